"""What of a log counts by a policy: the plain reference, step by step; clear rather than fast.

Steps are taken in the policy's order. Each takes time away from entries, with its reason; what is left meets the
requirements. Times are whole minutes, or after a credit exact fractions; `have` is what is left of them after cutting
off the part of a minute, and a requirement is met on the exact time, which comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from alliancelab.errors import AllianceLabError
from alliancelab.hours.entries import Entry
from alliancelab.hours.policy import Policy

UNSIGNED = "not signed by a supervisor"
UNASKED = "no requirement of this policy counts it"


class DateNeeded(AllianceLabError):
    """A policy needs a date that was not given."""


@dataclass(frozen=True)
class Claim:
    """An entry and how many of its minutes are claimed: all, or only those that a supervisor has approved.

    `row` is its number where it comes from: the line of a file, or its place in a ledger's log.

    >>> Claim.whole(Entry(date(2026, 3, 2), 50, "client.individual"), 2).minutes
    50
    """

    entry: Entry
    minutes: int
    row: int = 0

    @classmethod
    def whole(cls, entry: Entry, row: int = 0) -> Claim:
        """All minutes of an entry."""
        return cls(entry, entry.minutes, row)


@dataclass(frozen=True)
class Row:
    """How far a requirement is reached. `have` and `need` are in `unit`: minutes, minutes a week, minutes a month, percent, weeks or months.

    `have` is rounded down, where at most `need` is allowed rounded up. `part` and `whole` are what it was made from:
    of a share minutes and minutes, of an average minutes and periods; elsewhere `part` is `have` and `whole` is 1.
    """

    id: str
    title: str
    have: int
    need: int
    met: bool
    unit: str
    at_most: bool = False
    part: int = 0
    whole: int = 1

    @property
    def missing(self) -> int:
        """What is still missing, in the same unit."""
        return 0 if self.met or self.at_most else max(self.need - self.have, 0)


@dataclass(frozen=True)
class NotCounted:
    """Minutes that a step took away, and why; `rows` are (row, minutes) of each entry.

    `step` is the number of the policy's step from 1 on, 0 for what was never claimed, one more than the last where no
    requirement asks. A row's minutes are rounded so that what is left of an entry is whole; `minutes` so that what is
    left of all together is.
    """

    step: int
    reason: str
    minutes: int
    rows: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Outcome:
    """What a policy says of a log: a row for each requirement, and what was not counted.

    `logged` are the minutes of all entries, `counted` those left after the steps: together with `not_counted` they
    are all of `logged`.
    """

    policy: Policy
    rows: tuple[Row, ...]
    not_counted: tuple[NotCounted, ...]
    logged: int
    counted: int

    @property
    def met(self) -> bool:
        """Whether every requirement is."""
        return all(row.met for row in self.rows)


def count(
    policy: Policy, claims: Iterable[Claim], qualified: date | None = None, application: date | None = None
) -> Outcome:
    """What the policy says of these claims; their order does not matter. Raises `DateNeeded`."""
    raise NotImplementedError
