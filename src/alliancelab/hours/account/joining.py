"""How somebody comes to a place in a ledger: they make their own, open one for a programme, or join one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import portalocker

from alliancelab.errors import AllianceLabError
from alliancelab.hours.account import importing, place, programme
from alliancelab.hours.account.place import Place
from alliancelab.hours.record import keys
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.signing import Key

BEFORE = "hours-before.csv"  # the log that somebody brings along
PROGRAMME_KEY = "programme.key"  # in the folder of whoever keeps a ledger
LOCK_SECONDS = 10

Now = Callable[[], datetime]


def own(mine: Place, now: Now) -> tuple[Place, Ledger]:
    """Make a trainee's own ledger in their folder: their key, and another that keeps the register. Nothing is asked."""
    if mine.role != place.TRAINEE:
        raise AllianceLabError(f"only trainees log hours, and {mine.person} is here as {mine.role}")
    folder = mine.folder
    folder.mkdir(parents=True, exist_ok=True)
    url = place.in_folder(place.OWN_LEDGER, folder)
    made = replace(mine, ledger=place.OWN_LEDGER, key=folder / keys.OWN, programme_key=folder / PROGRAMME_KEY)
    with portalocker.Lock(folder / ".hours.lock", timeout=LOCK_SECONDS):  # the page and the terminal at once
        key, programmes = keys.own(folder), keys.own(folder, PROGRAMME_KEY)
        try:  # the other was first, or it was interrupted before hours.toml said so
            ledger = Ledger.open(url, now)
        except AllianceLabError:
            ledger = Ledger.create(url, programmes, f"The log of {mine.person}", now)
            (folder / place.OWN_LEDGER).chmod(0o600)
        if key.public not in ledger.register().keys:
            programme.enrol(ledger, programmes, mine.person, place.TRAINEE, key.public)
        place.write(made)
    return made, ledger


def opened(folder: Path, ledger: str, name: str, path: Path, key: Key, now: Now) -> tuple[Place, Ledger]:
    """Open a ledger for a programme with its key, which is kept in a file; `hours.toml` in the folder says so."""
    _is_free(folder)
    made = Place(folder, ledger, place.PROGRAMME, place.PROGRAMME, path)
    folder.mkdir(parents=True, exist_ok=True)
    opened = Ledger.create(made.url, key, name, now)
    place.write(made)
    return made, opened


def joined(folder: Path, ledger: str, person: str, role: str, path: Path, now: Now) -> tuple[Place, Path | None]:
    """Make somebody's place in a programme's ledger, with their key in a file that is there already.

    The entries of a trainee who had a ledger of their own are written to a table, to be imported: its path.
    """
    place.known_person(person)
    if role == place.TRAINEE and not ledger:
        raise AllianceLabError("a trainee logs into the programme's ledger; ask for its URL and give it as --ledger")
    before, table = place.read(folder), None
    if before is not None and before.programme_key is not None and before.role == role == place.TRAINEE:
        with Ledger.open(before.url, now) as earlier:
            standing = [one.entry for one in earlier.log(before.person).entries.values()]
        if standing:
            table = folder / BEFORE
            importing.write_csv(table, standing)
    else:
        _is_free(folder)
    made = Place(folder, ledger, person, role, path)
    place.write(made)
    return made, table


def _is_free(folder: Path) -> None:
    if (there := place.read(folder)) is not None:
        raise AllianceLabError(
            f"{folder / place.SETTINGS} is there already, that of {there.person}; name another --folder, or move it away"
        )
