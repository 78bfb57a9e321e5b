"""A small programme for tests of pages: a ledger, a trainee who has joined it, a supervisor with a key of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from alliancelab.hours.account import joining, place, programme
from alliancelab.hours.record import keys
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.signing import Key

PASSPHRASE = "a lamp in the window"
TRAINEE, SUPERVISOR, NAME = "ana", "dr-b", "Riverside College"


@dataclass(frozen=True)
class Programme:
    """Its ledger and key, and the folders of its people."""

    ledger: Ledger
    key: Key
    folder: Path
    trainee: Path
    supervisor: Path


def peopled(home: Path, now: Callable[[], datetime], since: date, until: date | None = None) -> Programme:
    """A programme in which ana is supervised by dr-b from a day on; dr-b's folder holds nothing but the key."""
    folders = [home / "programme", home / TRAINEE, home / SUPERVISOR]
    path = folders[0] / joining.PROGRAMME_KEY
    key = keys.new(path, PASSPHRASE)
    _, ledger = joining.opened(folders[0], "sqlite:///hours.db", NAME, path, key, now)
    own = keys.own(folders[1])
    url = place.in_folder("sqlite:///hours.db", folders[0])
    joining.joined(folders[1], url, TRAINEE, place.TRAINEE, folders[1] / keys.OWN, now)
    theirs = keys.new(folders[2] / keys.OWN, PASSPHRASE)
    programme.enrol(ledger, key, TRAINEE, place.TRAINEE, own.public)
    programme.enrol(ledger, key, SUPERVISOR, place.SUPERVISOR, theirs.public, "Dr Helen Brandt")
    programme.agree(ledger, key, TRAINEE, SUPERVISOR, since, until)
    return Programme(ledger, key, *folders)
