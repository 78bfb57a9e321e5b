"""Entries taken in from a table: all of its rows, or none; what was taken in before is known again.

A row is known by its *mark*: a hash of what it says, with a number, since two rows that say the same are two sessions.
So the same file adds nothing a second time, nor do the same rows in another order or in a longer export, and what was
withdrawn or amended since does not come back.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alliancelab.errors import AllianceLabError
from alliancelab.hours.entries import FIELDS, Entry
from alliancelab.hours.records import canonical


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be taken in: its number in the file, where 1 is the line of headings, and why."""

    number: int
    problem: str


class NotImported(AllianceLabError):
    """A table with rows that cannot be taken in; nothing of it was."""

    def __init__(self, rows: Iterable[BadRow]):
        self.rows = tuple(rows)
        super().__init__("\n".join(f"row {row.number}: {row.problem}" for row in self.rows))


@dataclass(frozen=True)
class Imported:
    """What came of a table: entries added, rows that were there before, and what somebody should look at.

    `alike` are rows that say the same as an entry that was logged by hand: (row, version). `gone` are versions of
    entries that were taken in before from what seems to be the same log, and which it does not hold any more.
    """

    added: tuple[str, ...]
    minutes: int
    known: int
    alike: tuple[tuple[int, str], ...] = ()
    gone: tuple[str, ...] = ()


def marks(entries: Iterable[Entry]) -> list[str]:
    """A mark for each entry, in their order.

    >>> from alliancelab.hours.entries import of
    >>> one = of({"date": "2026-03-02", "category": "study", "minutes": 50})
    >>> first, second = marks([one, one])
    >>> first != second, marks([one]) == [first]
    (True, True)
    """
    seen: Counter[str] = Counter()
    made = []
    for entry in entries:
        said = hashlib.sha256(canonical(entry.body())).hexdigest()[:32]
        seen[said] += 1
        made.append(f"{said}.{seen[said]}")
    return made


def gone(rows: Sequence[Entry], known: Iterable[tuple[str, Entry, str]], here: Iterable[str]) -> list[str]:
    """The versions of entries taken in before that a longer export of the same log ought to hold, and does not.

    `known` are (version, entry, mark) of entries that stand, `here` the marks of the table's rows.
    """
    known, here = list(known), set(here)
    if not rows or not any(mark in here for _, _, mark in known):
        return []  # another log
    first, last = min(row.date for row in rows), max(row.date for row in rows)
    places = {(row.setting, row.supervisor) for row in rows}
    return [
        version
        for version, entry, mark in known
        if mark not in here and first <= entry.date <= last and (entry.setting, entry.supervisor) in places
    ]


def write_csv(path: Path, rows: Iterable[Entry]) -> None:
    """Write entries as a table that `tables.read_rows` reads: to another ledger, or to look at it elsewhere."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(FIELDS)
            for row in rows:
                body = row.body()
                cells = (body.get(name, "") for name in FIELDS)
                table.writerow(";".join(cell) if isinstance(cell, list) else cell for cell in cells)
    except OSError as error:
        raise AllianceLabError(f"{path} cannot be written: {error.strerror or error}") from None
