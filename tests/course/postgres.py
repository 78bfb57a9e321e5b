"""A PostgreSQL server for tests: the system's own programs, on loopback, run by a user without rights."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "postgres"


@dataclass(frozen=True)
class Server:
    """A running server; `new_database` gives the URL of an empty database."""

    port: int

    def new_database(self, name: str) -> str:
        import psycopg

        with psycopg.connect(host="127.0.0.1", port=self.port, user=USER, dbname="postgres", autocommit=True) as server:
            server.execute(f'create database "{name}"')
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"


def _program(name: str) -> str:
    """A program of the newest PostgreSQL on this machine; Debian keeps them out of the path."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = shutil.which(name, path=os.pathsep.join([*map(str, reversed(places)), os.environ["PATH"]]))
    assert found, f"{name} is missing; install PostgreSQL, as the README says"
    return found


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server of one's own, and end it."""
    as_root = os.geteuid() == 0  # PostgreSQL refuses to be run by root
    user = USER if as_root else None
    with tempfile.TemporaryDirectory(prefix="alliancelab-postgres-") as home:
        if as_root:
            os.chown(home, pwd.getpwnam(USER).pw_uid, pwd.getpwnam(USER).pw_gid)
        data = str(Path(home) / "data")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]

        def run(*command: str) -> None:
            subprocess.run(command, check=True, user=user, cwd=home, stdout=subprocess.DEVNULL)

        run(_program("initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -p {port}"
        pg_ctl = _program("pg_ctl")
        run(pg_ctl, "-D", data, "-o", options, "-l", str(Path(home) / "log"), "-w", "start")
        try:
            yield Server(port)
        finally:
            run(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop")
