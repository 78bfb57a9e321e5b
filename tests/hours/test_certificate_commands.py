"""`alliancelab certificate`, from the hours to the stranger who verifies, offline, with nothing but the package."""

from __future__ import annotations

import importlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import making_badges
import people
import postgres
import pytest
from making_badges import KEY, LIST
from people import NOON, PROGRAMME, SPARE, Clock

import alliancelab
from alliancelab import cli
from alliancelab.hours.certificate import badges
from alliancelab.hours.record import checkpoint, records
from alliancelab.hours.record.ledger import Ledger

POLICY = """format = 1
title = "Ninety minutes"
body = "A programme"
source = "Our handbook"
checked = 2026-01-05
how_sure = "read"
modules = ["foundations"]

[[require]]
id = "practice"
title = "Practice"
kind = "sum"
of = ["client"]
minutes = 90
"""
URL = "https://programme.example/certificates"
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def database() -> Iterator[postgres.Server]:
    """A PostgreSQL server."""
    with postgres.serving() as server:
        yield server


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command at a moment that stands still: its exit code and all that it says."""

    def command(*arguments: object, at: datetime = NOON) -> tuple[int, str]:
        monkeypatch.setattr(importlib.import_module("alliancelab.cli.certificate"), "_now", lambda: at)
        with pytest.raises(SystemExit) as ended:
            cli.main(["certificate", *map(str, arguments)])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out + err

    return command


def _programme(folder: Path, url: str) -> list[str]:
    """A ledger in which ana has 50 signed minutes, with the key and the policy beside it: what `issue` is told."""
    with Ledger.create(url, PROGRAMME, "Riverside", Clock()) as ledger:
        people.peopled(ledger)
        people.say(ledger, PROGRAMME, records.PROGRAMME, people.draft(records.PERSON, person="ana", name="Ana Ruiz"))
        people.approve(ledger, people.logged(ledger)[0])
    (folder / "programme.key").write_bytes(PROGRAMME.pem())
    (folder / "ninety.toml").write_text(POLICY, encoding="utf-8")
    (folder / "modules.csv").write_text("trainee,module,completed\nana,foundations,yes\n", encoding="utf-8")
    return ["--ledger", url, "--key", str(folder / "programme.key"), "--out", str(folder / "out")]


def _more_hours(url: str) -> None:
    with Ledger.open(url, Clock()) as ledger:
        people.approve(ledger, people.logged(ledger, people.entry("2026-03-03"))[0])


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_the_whole_story(run: Run, tmp_path: Path, where: str, request: pytest.FixtureRequest) -> None:
    """Too few hours, a module missing, a certificate, verified, revoked, refused: on both databases, by the commands alone."""
    url = f"sqlite:///{tmp_path}/hours.db"
    if where == "postgresql":
        url = request.getfixturevalue("database").new_database("certificates")
    there = _programme(tmp_path, url)
    ask = ["issue", *there, "--trainee", "ana", "--policy", tmp_path / "ninety.toml", "--url", URL]
    code, said = run(*ask)
    assert (code, "Practice: 50 min of 1 h 30 min" in said) == (1, True), said
    _more_hours(url)
    code, said = run(*ask)
    assert (code, "1 module that ana has not completed (foundations)" in said) == (1, True), said
    ask += ["--modules", tmp_path / "modules.csv", "--valid-until", "2031-03-31", "--json"]
    code, said = run(*ask)
    assert code == 0, said
    issued = json.loads(said)
    assert issued["new"]
    badge, status = (
        Path(issued["folder"]) / "certificate.json",
        tmp_path / f"out/public/status-{PROGRAMME.public[:8]}.json",
    )
    verify = ["verify", badge, "--issuer", tmp_path / "out/public/issuer.txt"]
    code, said = run(*verify, "--status", status)
    assert code == 0, said
    assert "Riverside certifies to Ana Ruiz: Ninety minutes, on 2026-03-16, valid until 2031-03-31 23:59 UTC." in said
    assert f"SHA-256 {issued['digest']}" in said
    assert "was not checked" in run(*verify)[1]
    code, said = run(*ask)
    assert (code, json.loads(said)["new"]) == (0, False)
    code, said = run("show", badge, "--checkpoint", tmp_path / "checkpoint.json")
    assert (code, "Practice: 100 minutes (asked: 90 minutes)" in said) == (0, True)
    assert "Nothing of it was verified" in said
    assert checkpoint.read(tmp_path / "checkpoint.json").is_signed()
    assert run("show", "--ledger", url)[1].endswith("ana  ninety  stands\n")
    code, said = run("revoke", issued["certificate"], *there, "--reason", "hours-changed")
    assert code == 0, said
    assert run(*verify, "--status", status)[0] == 1
    code, said = run(*verify, "--status", status.with_suffix(".jwt"))
    assert (code, "the programme has revoked it" in said) == (1, True)
    assert "revoked 2026-03-16 (hours-changed)" in run("show", "--ledger", url)[1]
    with Ledger.open(url, Clock()) as ledger:
        kinds = [event.kind for event in ledger.events("ana")][-2:]
    assert kinds == [records.CERTIFICATE, records.CERTIFICATE_REVOKED]


def test_a_ledger_that_was_changed_by_hand_certifies_nothing(run: Run, tmp_path: Path) -> None:
    """The audit before each certificate finds it, and a checkpoint that was kept finds an end that was cut off."""
    path = tmp_path / "hours.db"
    ask = [
        "issue",
        *_programme(tmp_path, f"sqlite:///{path}"),
        "--trainee",
        "ana",
        "--policy",
        tmp_path / "ninety.toml",
    ]
    ask += ["--modules", tmp_path / "modules.csv"]
    _more_hours(f"sqlite:///{path}")
    with Ledger.open(str(path), Clock()) as ledger:
        checkpoint.take(ledger, PROGRAMME, Clock()).write(tmp_path / "kept.json")
        people.logged(ledger, people.entry("2026-03-04"))
    with sqlite3.connect(path) as database:
        gone = "chain = 'ana' AND number >= 3"
        database.execute(
            "DELETE FROM alliancelab_hours_body WHERE commitment IN "
            f"(SELECT commitment FROM alliancelab_hours_event WHERE {gone})"
        )
        database.execute(f"DELETE FROM alliancelab_hours_event WHERE {gone}")
    code, said = run(*ask, "--checkpoint", tmp_path / "kept.json")
    assert (code, "the audit of the ledger found that" in said, "the end was cut off" in said) == (1, True, True), said
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alliancelab_hours_body SET body = replace(body, '50', '500')")
    code, said = run(*ask)
    assert (code, "the audit of the ledger found that" in said) == (1, True), said
    assert not list((tmp_path / "out").glob("ana*"))


def test_a_new_key_speaks_for_the_old_one(run: Run, tmp_path: Path) -> None:
    """Rotated on the command line: the old key names the new one, which goes on with the old one's list."""
    url = f"sqlite:///{tmp_path}/hours.db"
    there = _programme(tmp_path, url)
    _more_hours(url)
    ask = ["issue", *there, "--trainee", "ana", "--policy", tmp_path / "ninety.toml", "--url", URL, "--json"]
    issued = json.loads(run(*ask, "--modules", tmp_path / "modules.csv")[1])
    badge, status = (
        Path(issued["folder"]) / "certificate.json",
        tmp_path / f"out/public/status-{PROGRAMME.public[:8]}.json",
    )
    said = tmp_path / "succession.json"
    assert run("succession", "--key", tmp_path / "programme.key", "--to", SPARE.public, "--out", said)[0] == 0
    with Ledger.open(url, Clock()) as ledger:
        people.enrol(ledger, "programme", "programme", SPARE)
    (tmp_path / "programme.key").write_bytes(SPARE.pem())  # the old one is lost
    verify = ["verify", badge, "--issuer", PROGRAMME.public, "--status", status]
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    code, text = run(*verify, at=summer)
    assert (code, "ran out on 2026-06-16" in text) == (1, True)
    code, text = run("status", *there, "--for", PROGRAMME.public, at=summer)
    assert (code, "Publish both" in text) == (0, True), text
    assert run(*verify, at=summer)[0] == 1
    assert run(*verify, "--succession", said, at=summer)[0] == 0
    said.write_text(said.read_text(encoding="utf-8").replace(SPARE.public, KEY.public), encoding="utf-8")
    code, text = run(*verify, "--succession", said, at=summer)
    assert (code, "was not signed by the key that it says is the old one" in text) == (2, True)


# The stranger


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with what a stranger is given."""
    folder = tmp_path_factory.mktemp("stranger")
    since, until = datetime(2020, 1, 2, tzinfo=UTC), datetime(2120, 1, 2, tzinfo=UTC)
    for name, index in (("good", 11), ("revoked", 12)):
        text = badges.sign(making_badges.badge(1, index), KEY)
        (folder / f"{name}.json").write_bytes(text)
    as_json, as_jwt = badges.sign_list(KEY, LIST, [12], since, until)
    (folder / "status.json").write_bytes(as_json)
    (folder / "status.jwt").write_bytes(as_jwt)
    return folder


def _alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Verify in a process that has no network at all where the system allows that, no home, and nothing but the package."""
    code = (
        "import socket, sys\n"
        "def closed(*_): raise OSError('no network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = closed\n"
        "from alliancelab.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*sorted(name.partition('.')[0] for name in sys.modules), file=open('loaded', 'w'))\n"
    )
    cut = ["unshare", "--net", "--map-root-user"]
    cut = (
        cut
        if shutil.which("unshare") and subprocess.run([*cut, "true"], capture_output=True, check=False).returncode == 0
        else []
    )
    command = [*cut, sys.executable, "-c", code, "certificate", "verify", *arguments]
    environment = {
        "PYTHONPATH": str(Path(alliancelab.__file__).parents[1]),
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["good.json", "--status", "status.json"], 0, "It has not been revoked"),
        (["good.json"], 0, "Whether it has been revoked was not checked"),
        (["revoked.json", "--status", "status.jwt"], 1, "the programme has revoked it"),
        (["status.json"], 2, "is no certificate of ours"),
    ],
)
def test_a_stranger_verifies_offline(stranger: Path, arguments: list[str], code: int, said: str) -> None:
    """In an empty folder, without a network, with the files alone; and neither a database nor tables are loaded for it."""
    done = _alone(stranger, *arguments, "--issuer", badges.did(KEY.public))
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done
    loaded = set((stranger / "loaded").read_text(encoding="utf-8").split())
    assert "alliancelab" in loaded
    assert not loaded & {"sqlalchemy", "alembic", "pandas", "numpy", "typst", "keyring", "nbgrader", "ipywidgets"}


def test_what_a_stranger_types_wrongly_is_told(run: Run, stranger: Path, tmp_path: Path) -> None:
    """Exit code 2, and a sentence that says what to type."""
    (tmp_path / "large.json").write_bytes(b"x" * 10_000_000)
    good, key = stranger / "good.json", KEY.public
    wrong: list[tuple[list[Any], str]] = [
        (["verify", good], "Missing option '--issuer'"),
        (["verify", good, "--issuer", "abc"], "abc cannot be read: No such file"),
        (["verify", good, "--issuer", good], "holds no public key"),
        (["verify", stranger / "none.json", "--issuer", key], "none.json cannot be read: No such file"),
        (["verify", tmp_path, "--issuer", key], "is a directory"),
        (["verify", tmp_path / "large.json", "--issuer", key], "is larger than 256 KB"),
        (["verify", good, "--issuer", key, "--status", good], "is no status list"),
        (["verify", good, "--issuer", key, "--succession", good], "it is no succession"),
        (["show"], "name either a badge's file or a --ledger"),
        (["show", stranger / "status.json"], "is no certificate of ours"),
    ]
    for arguments, said in wrong:
        code, text = run(*arguments)
        assert (code, said in text) == (2, True), text


def test_the_verdict_as_json(run: Run, stranger: Path) -> None:
    """For another program: whether it is valid, the rule that it broke, and whether anybody looked at the status."""
    code, text = run("verify", stranger / "good.json", "--issuer", KEY.public, "--json")
    told = json.loads(text)
    assert (code, told["valid"], told["status_checked"], told["badge"]["name"]) == (0, True, False, "Ana Ruiz")
    code, text = run(
        "verify", stranger / "revoked.json", "--issuer", KEY.public, "--status", stranger / "status.json", "--json"
    )
    told = json.loads(text)
    assert (code, told["valid"], told["rule"], told["badge"]) == (1, False, "revoked", None)
