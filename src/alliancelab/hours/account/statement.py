"""A week or a month of a log on one page: what was done, what is signed, and the checkpoint that makes it proof later."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record.rules import Logged

_WEEK, _MONTH = re.compile(r"(\d{4})-W(\d{2})"), re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True)
class Period:
    """Days from `since` to `until`, both included, as `name` calls them."""

    name: str
    since: date
    until: date


def week(text: str) -> Period:
    """A week from Monday to Sunday, by its number in the ISO calendar.

    >>> week("2026-W10").since, week("2026-W10").until
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 8))
    """
    if found := _WEEK.fullmatch(text):
        try:
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return Period(text, monday, monday + timedelta(6))
        except (ValueError, OverflowError):
            pass
    raise AllianceLabError(f"'{text[:40]}' is no week; write it as 2026-W10")


def month(text: str) -> Period:
    """A calendar month.

    >>> month("2026-02").until
    datetime.date(2026, 2, 28)
    """
    if found := _MONTH.fullmatch(text):
        try:
            first = date(int(found[1]), int(found[2]), 1)
            return Period(text, first, (first + timedelta(31)).replace(day=1) - timedelta(1))
        except (ValueError, OverflowError):
            pass
    raise AllianceLabError(f"'{text[:40]}' is no month; write it as 2026-03")


def week_before(day: date) -> Period:
    """The last whole week before a day.

    >>> week_before(date(2026, 3, 9)).name, week_before(date(2026, 3, 8)).name
    ('2026-W10', '2026-W09')
    """
    year, number, _ = (day - timedelta(day.isoweekday())).isocalendar()
    return week(f"{year}-W{number:02}")


@dataclass(frozen=True)
class Statement:
    """The entries of a period, in the order of their days. `checkpoint` is the ledger's, as JSON values; where it is signed
    `by_programme`, it proves to others what the chain held.
    """

    person: str
    ledger: str
    period: Period
    entries: tuple[Logged, ...]
    checkpoint: dict[str, Any]
    by_programme: bool = False

    @property
    def logged(self) -> int:
        """All minutes."""
        return sum(one.entry.minutes for one in self.entries)

    @property
    def signed(self) -> int:
        """The minutes that a supervisor has signed; no others count."""
        return sum(one.approved or 0 for one in self.entries)

    def by_category(self) -> dict[str, tuple[int, int]]:
        """Minutes logged and minutes signed of each category."""
        found: dict[str, tuple[int, int]] = {}
        for one in self.entries:
            logged, signed = found.get(one.entry.category, (0, 0))
            found[one.entry.category] = (logged + one.entry.minutes, signed + (one.approved or 0))
        return dict(sorted(found.items()))

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a file."""
        return {
            "person": self.person,
            "ledger": self.ledger,
            "period": self.period.name,
            "from": self.period.since.isoformat(),
            "until": self.period.until.isoformat(),
            "minutes": self.logged,
            "signed": self.signed,
            "categories": {name: {"minutes": had, "signed": good} for name, (had, good) in self.by_category().items()},
            "entries": [
                {"version": one.version, **one.entry.body(), "signed": one.approved, "by": one.by}
                for one in self.entries
            ],
            "checkpoint": self.checkpoint,
        }


def of_period(
    person: str,
    ledger: str,
    period: Period,
    entries: Iterable[Logged],
    checkpoint: dict[str, Any],
    by_programme: bool = False,
) -> Statement:
    """The statement of a period, from all of a log's entries."""
    inside = [one for one in entries if period.since <= one.entry.date <= period.until]
    inside.sort(key=lambda one: (one.entry.date, one.at, one.version))
    return Statement(person, ledger, period, tuple(inside), checkpoint, by_programme)
