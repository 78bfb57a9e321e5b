"""What of a log counts by a policy: the plain reference, step by step; clear rather than fast.

Steps are taken in the policy's order. Each takes time away from entries, with its reason; what is left meets the
requirements. Times are whole minutes, or after a credit exact fractions; `have` is what is left of them after cutting
off the part of a minute, and a requirement is met on the exact time, which comes to the same.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from math import ceil, floor

from alliancelab.errors import AllianceLabError
from alliancelab.hours.entries import Entry
from alliancelab.hours.policy.days import full_months, months_after, months_between, weeks_between
from alliancelab.hours.policy.policy import (
    APPLICATION,
    AVERAGE,
    MONTH,
    PERIODS,
    QUALIFIED,
    SHARE,
    SPAN,
    SUM,
    WEEK,
    Cap,
    Gate,
    Policy,
    Requirement,
    Which,
)
from alliancelab.hours.policy.steps import Log, Time, Times, after, each, period_of

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

    def __post_init__(self) -> None:
        if not 0 <= self.minutes <= self.entry.minutes:
            raise ValueError(f"{self.minutes} minutes claimed of {self.entry.minutes}; claim none to all of them")


@dataclass(frozen=True)
class Row:
    """How far a requirement is reached; `have` and `need` are in `unit` (minutes, minutes a week, percent, weeks, months).

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
    given = {QUALIFIED: qualified, APPLICATION: application}
    dates = {name: day for name, day in given.items() if day is not None}
    need_dates(policy, dates)
    claims = sorted(claims, key=_order)
    log = [claim.entry for claim in claims]

    stages: list[Times] = [[entry.minutes for entry in log], [claim.minutes for claim in claims]]
    reasons = [UNSIGNED]
    before_caps = stages[-1]
    for step in policy.steps:
        stages.append(after(step, policy, log, stages[-1], dates))
        reasons.append(step.why)
        if not isinstance(step, Cap):
            before_caps = stages[-1]
    rows = tuple(_row(wanted, policy, log, stages[-1], before_caps, dates) for wanted in policy.requirements)

    asked = _asked(policy)
    stages.append([time if any(which.fits(entry) for which in asked) else 0 for entry, time in each(log, stages[-1])])
    reasons.append(UNASKED)
    lost = [
        _lost(step, reason, claims, before, after)
        for step, (reason, before, after) in enumerate(zip(reasons, stages, stages[1:], strict=False))
    ]
    return Outcome(policy, rows, tuple(one for one in lost if one.rows), floor(sum(stages[0])), floor(sum(stages[-1])))


def need_dates(policy: Policy, given: Container[str]) -> None:
    """Raise `DateNeeded` for a date that the policy needs and that was not given."""
    missing = [name for name in (QUALIFIED, APPLICATION) if name in policy.dates and name not in given]
    if missing:
        what = " and ".join(
            {QUALIFIED: "the day of qualifying", APPLICATION: "the day of the application"}[name] for name in missing
        )
        typed = " ".join(f"--{name} 2026-06-30" for name in missing)
        raise DateNeeded(f"the policy '{policy.id}' counts by {what}; add {typed} with your own date")


def _order(claim: Claim) -> tuple[object, ...]:
    """The order in which a cap keeps entries that are alike to it; it does not lean on the order of the claims."""
    entry = claim.entry
    start = entry.start or datetime.min.replace(tzinfo=UTC)
    words = (entry.category, entry.setting, entry.supervisor, entry.group_size, entry.phase, sorted(entry.flags))
    return (entry.date, start, *words, entry.minutes, claim.minutes, claim.row)


def _row(
    wanted: Requirement, policy: Policy, log: Log, times: Times, before_caps: Times, dates: Mapping[str, date]
) -> Row:
    since = dates[wanted.since] if wanted.since else date.min

    def of(which: Which, times: Times) -> list[tuple[Entry, Time]]:
        return [(entry, time) for entry, time in each(log, times) if time and since <= entry.date and which.fits(entry)]

    if wanted.kind == SUM:
        return row_of(wanted, sum(time for _, time in of(wanted.which, times)))
    if wanted.kind == AVERAGE:
        days = [entry.date for entry, _ in of(wanted.among, before_caps)]
        between = weeks_between(min(days), max(days), policy.sunday) if wanted.per == WEEK and days else 0
        if wanted.per == MONTH and days:
            between = months_between(min(days), max(days))
        return row_of(wanted, sum(time for _, time in of(wanted.which, times)), between)
    if wanted.kind == SHARE:
        whole = sum(time for _, time in of(wanted.among, times))
        return row_of(wanted, sum(time for _, time in of(wanted.which, times)), whole)
    if wanted.kind == PERIODS:
        periods: dict[date, Time] = {}
        for entry, time in of(wanted.which, before_caps):
            period = period_of(policy, wanted.per, entry.date)
            periods[period] = periods.get(period, 0) + time
        return row_of(wanted, sum(time >= wanted.each for time in periods.values()))
    days = [entry.date for entry, _ in of(wanted.which, before_caps)]
    if not days:
        return row_of(wanted, 0)
    months = full_months(min(days), max(days))
    over = wanted.at_most and months_after(min(days), months) < max(days)
    return row_of(wanted, months + over)


def row_of(wanted: Requirement, part: int | Fraction, whole: int | Fraction = 1) -> Row:
    """The row of a requirement for what was found: the one place where a part of a minute is cut off.

    >>> row_of(Requirement("r", "Supervision", SUM, 90), Fraction(179, 2)).have
    89
    """
    scale = 100 if wanted.kind == SHARE else 1
    exact = Fraction(part) * scale / whole if whole else Fraction(0)
    if wanted.at_most:
        have, met = ceil(exact), exact <= wanted.need
    else:
        have, met = floor(exact), exact >= wanted.need
    units = {
        SUM: "minutes",
        AVERAGE: f"minutes a {wanted.per}",
        SHARE: "percent",
        PERIODS: f"{wanted.per}s",
        SPAN: "months",
    }
    return Row(
        wanted.id, wanted.title, have, wanted.need, met, units[wanted.kind], wanted.at_most, floor(part), floor(whole)
    )


def _asked(policy: Policy) -> list[Which]:
    """What a requirement or a gate of the policy looks at."""
    found = []
    for wanted in policy.requirements:
        found += [wanted.which, wanted.among] if wanted.kind in (AVERAGE, SHARE) else [wanted.which]
    for step in policy.steps:
        if isinstance(step, Gate):
            found += [unit.which for unit in step.units]
    return found


def _lost(step: int, reason: str, claims: Sequence[Claim], before: Times, after: Times) -> NotCounted:
    """What a step took, in whole minutes: what is left is cut off, so that all that was taken and what is left make the whole."""
    rows = [
        (claim.row, floor(one) - floor(other))
        for claim, one, other in zip(claims, before, after, strict=True)
        if one != other
    ]
    return NotCounted(step, reason, floor(sum(before)) - floor(sum(after)), tuple(sorted(rows)))
