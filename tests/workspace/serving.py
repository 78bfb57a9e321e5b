"""A real server for tests, started as `alliancelab start` or `alliancelab desk` starts it: the same machinery, settings and token."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_START = (
    "import sys; from alliancelab.workspace import start; "
    "start(sys.argv[1], browser=False, lab=sys.argv[2] == 'lab', port=int(sys.argv[3]) or None, jupyter=sys.argv[4:])"
)
_DESK = (
    "import sys; from alliancelab.desk import open_desk; "
    "open_desk(sys.argv[1], browser=False, port=int(sys.argv[3]) or None, jupyter=sys.argv[4:])"
)
_HOURS = _DESK.replace("alliancelab.desk import open_desk", "alliancelab.hours_desk import open_hours_desk").replace(
    "open_desk(sys", "open_hours_desk(sys"
)
_OURS = re.compile(r"JUPYTER|IPYTHON|ALLIANCELAB")


def surroundings(home: Path, **more: str) -> dict[str, str]:
    """The environment of somebody whose home is `home` and who has set up nothing."""
    kept = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    return {**kept, "HOME": str(home), "MPLCONFIGDIR": str(home / "matplotlib"), **more}


@dataclass
class Server:
    """A running server: its folder, its process, and the address that it printed."""

    folder: Path
    process: subprocess.Popen[str]
    url: str
    errors: Path

    @property
    def root(self) -> str:
        """The address without a path and without the token."""
        return self.url.split("/notebooks")[0].split("/lab")[0]

    @property
    def token(self) -> str:
        """What the address carries so that nobody else gets in."""
        return self.url.partition("token=")[2]

    def kernels(self) -> list[psutil.Process]:
        """The kernels that run for the open pages."""
        return [
            child for child in psutil.Process(self.process.pid).children() if "ipykernel_launcher" in child.cmdline()
        ]

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@contextmanager
def serving(
    folder: Path,
    home: Path,
    lab: bool = False,
    port: int = 0,
    jupyter: Sequence[str] = (),
    desk: bool = False,
    hours: bool = False,
    **variables: str,
) -> Iterator[Server]:
    """A server on `folder`, ended afterwards with its kernels whatever happens. `variables` go into its environment.

    With `desk` it is the server of a supervisor's desk, with `hours` that of the page on which hours are signed.
    """
    home.mkdir(parents=True, exist_ok=True)
    errors = home / "server-errors.txt"
    command = [
        sys.executable,
        "-c",
        _DESK if desk else _HOURS if hours else _START,
        str(folder),
        "lab" if lab else "notebook",
        str(port),
        *jupyter,
    ]
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=surroundings(home, **variables)
        ) as process,
    ):
        try:
            found = None
            while not found:
                line = process.stdout.readline()
                if not line:
                    raise AssertionError(f"the server did not start:\n{errors.read_text()}")
                found = re.search(r"http://\S+", line)
            yield Server(folder, process, found[0], errors)
        finally:
            if process.poll() is None:
                left = psutil.Process(process.pid).children(recursive=True)
                process.kill()
                for child in left:
                    if child.is_running():
                        child.kill()


def get(server: Server, path: str, token: str = "", method: str = "GET") -> tuple[int, str]:
    """Status and text of one request; a redirect is not followed."""
    connection = http.client.HTTPConnection(*server.root.removeprefix("http://").split(":"), timeout=30)
    connection.request(method, path, headers={"Authorization": f"token {token}"} if token else {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text
