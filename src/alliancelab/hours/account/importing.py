"""Entries taken in from a table: all of its rows, or none; what was taken in before is known again.

A row is known by its *mark*: a hash of what it says, with a number, since two rows that say the same are two sessions.
So the same file adds nothing a second time, nor do the same rows in another order or in a longer export, and what was
withdrawn or amended since does not come back.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from alliancelab.errors import AllianceLabError
from alliancelab.hours import tables
from alliancelab.hours.entries import FIELDS, Entry
from alliancelab.hours.record import records, rules
from alliancelab.hours.record.records import Draft, Refused, Submission, canonical
from alliancelab.hours.record.rules import Log, Register

TELL_EVERY = 200  # rows

Tell = Callable[[str, int, int], None]  # what is being done, how much of it is done, of how much


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be taken in: its number in the file, where 1 is the line of headings, and why.

    `refused` is whether it is an entry, and has no place in the log.
    """

    number: int
    problem: str
    refused: bool = False


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


@dataclass(frozen=True)
class Plan:
    """What a table would add to a log: for each row that is new its number and a draft; and what to tell of the others."""

    numbers: tuple[int, ...]
    drafts: tuple[Draft, ...]
    minutes: int
    known: int
    alike: tuple[tuple[int, str], ...]
    gone: tuple[str, ...]

    def done(self) -> Imported:
        """What came of it, once it is recorded."""
        versions = tuple(draft.commitment for draft in self.drafts)
        return Imported(versions, self.minutes, self.known, self.alike, self.gone)

    def refused(self, log: Log, register: Register, signer: str, at: datetime, tell: Tell) -> list[BadRow]:
        """Each row that the ledger would refuse, so that all of them are told at once.

        What is wrong with the signer's key is not one row's fault: that is raised as `records.Refused`.
        """
        log = replace(
            log,
            entries=dict(log.entries),
            imported=set(log.imported),
            minutes=dict(log.minutes),
            untimed=dict(log.untimed),
            timed={day: list(versions) for day, versions in log.timed.items()},
        )
        if self.drafts:
            rules.may_sign(register, log.trainee, signer, records.ENTRY)
        bad: list[BadRow] = []
        for done, (number, draft) in enumerate(zip(self.numbers, self.drafts, strict=True)):
            if done % TELL_EVERY == 0:
                tell("Reading", done, len(self.drafts))
            try:
                rules.check(register, log, log.trainee, signer, draft, at)
            except Refused as refused:
                bad.append(BadRow(number, str(refused), refused=True))
                continue
            submission = Submission(register.ledger, log.trainee, signer, "", (draft,))
            log.add(*records.chained(submission, None, register.size, at), register)
        return bad


def plan(rows: Sequence[tuple[int, Entry]], log: Log) -> Plan:
    """What rows, each with its number, would add to a log."""
    found = [entry for _, entry in rows]
    marked = [(number, entry, mark) for (number, entry), mark in zip(rows, marks(found), strict=True)]
    fresh = [(number, entry, mark) for number, entry, mark in marked if mark not in log.imported]
    by_hand = {one.entry: one.version for one in log.entries.values() if not one.mark}
    known = [(one.version, one.entry, one.mark) for one in log.entries.values() if one.mark]
    return Plan(
        tuple(number for number, _, _ in fresh),
        tuple(records.draft(records.ENTRY, {**entry.body(), "import": mark}) for _, entry, mark in fresh),
        sum(entry.minutes for _, entry, _ in fresh),
        len(rows) - len(fresh),
        tuple((number, by_hand[entry]) for number, entry, _ in fresh if entry in by_hand),
        tuple(gone(found, known, [mark for _, _, mark in marked])),
    )


def read(path: Path, today: date) -> tuple[list[tuple[int, Entry]], list[BadRow]]:
    """The rows of a table that are entries, each with its number, and those that are none."""
    rows, faults = tables.read_what_is_good(path, today)
    return rows, [BadRow(fault.line, fault.message) for fault in faults]


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
