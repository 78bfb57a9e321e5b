"""The hours commands as people type them, in this process: each person in a folder of their own, one clock for all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from people import Clock

from alliancelab import answers, cli


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)


@dataclass
class Terminal:
    """`t("ana", "log", ...)` runs `alliancelab hours log ... --folder <home>/ana`."""

    home: Path
    clock: Clock
    read: Callable[[], tuple[str, str]]

    def __call__(self, who: str, *words: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main(["hours", *map(str, words), "--folder", str(self.home / who)])
        out, err = self.read()
        return Said(int(ended.value.code or 0), out, err)

    def well(self, who: str, *words: object) -> Said:
        """The same; it must have gone well."""
        said = self(who, *words)
        assert said.code == 0, (words, said)
        return said

    def json(self, who: str, *words: object) -> Any:
        """What a command that goes well prints as JSON."""
        return self.well(who, *words, "--json").data

    def file(self, name: str, *lines: str) -> Path:
        """A file of these lines."""
        path = self.home / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path


def at_home(home: Path, clock: Clock, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> Terminal:
    """A terminal whose clock stands still, where no keyring is used and no passphrase is asked for."""
    patch.setattr(answers, "now", clock)
    patch.setenv("ALLIANCELAB_KEY_PASSPHRASE", "a few words that one remembers")
    patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    patch.setenv("COLUMNS", "200")

    def read() -> tuple[str, str]:
        told = capsys.readouterr()
        return told.out, told.err

    return Terminal(home, clock, read)


def programme(t: Terminal, url: str) -> None:
    """Open a ledger at a URL; ana and ben join it, and berg, who supervises ana from February on."""
    t.well("programme", "open", "--ledger", url, "--name", "The Institute")
    for person, role in (("ana", "trainee"), ("ben", "trainee"), ("berg", "supervisor")):
        joined = t.json(person, "join", "--ledger", url, "--person", person, "--role", role)
        t.well("programme", "register", "add", person, "--role", role, "--key", joined["key"])
    t.well("programme", "agree", "ana", "berg", "--from", "2026-02-01")
