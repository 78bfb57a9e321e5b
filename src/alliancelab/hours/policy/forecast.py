"""When a policy will be met at the pace of late, what to ask for first, and what to mind while there is still time.

The pace is what was logged in the last 12 whole weeks (Mondays to Sundays, or as the policy's weeks are; with a policy that
looks at months, the last 3 whole months). A forecast logs it again and again from tomorrow on, and has the policy count: so
limits, gates and averages are heeded as they are for hours that were done. What is still to come is taken as signed.
Where the policy counts back from an application and no day is given, the application is on the day looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from alliancelab.hours.policy.counting import Claim, Outcome, Row, count
from alliancelab.hours.policy.days import months_after, months_between
from alliancelab.hours.policy.in_time import last_of, spoken, warnings
from alliancelab.hours.policy.policy import (
    APPLICATION,
    AVERAGE,
    MONTH,
    PERIODS,
    QUALIFIED,
    SHARE,
    SPAN,
    WEEK,
    Gate,
    Policy,
    Requirement,
)
from alliancelab.hours.policy.steps import period_of
from alliancelab.hours.policy.wording import amount

PERIODS_TAKEN = {WEEK: 12, MONTH: 3}  # so many make the pace
FEWEST = {WEEK: 4, MONTH: 2}  # and with fewer since the first entry there is too little to tell
YEARS = 6  # how far ahead is looked
SOMEBODY_ELSE = ("supervision", "observation", "workshop")  # what nobody arranges alone


@dataclass(frozen=True)
class Pace:
    """The whole weeks or months (`per`) of late, from `first` to `last`, that the forecast goes on with.

    `enough` is whether there are as many as it takes to tell; `minutes` is all that was logged in them.
    """

    per: str
    number: int
    first: date
    last: date
    minutes: int
    enough: bool

    @property
    def told(self) -> str:
        """How the pace was taken, or why there is none."""
        if not self.enough:
            return (
                f"There are fewer than {FEWEST[self.per]} whole {self.per}s since the first hours: too little to tell "
                "when the policy will be met."
            )
        span = f"the last {self.number} whole {self.per}s, {spoken(self.first)} to {spoken(self.last)}"
        if not self.minutes:
            return f"Nothing was logged in {span}: there is no pace to go on with."
        each = amount(self.minutes // self.number, "minutes")
        return f"The pace is that of {span}: {each} a {self.per}, all hours together. It is a guess, not a promise."


@dataclass(frozen=True)
class Expected:
    """A requirement's row today, and the first day on which it is met at this pace: None where that cannot be told, or not in sight.

    `until` is the day from which on it is no longer met at this pace, of one that is met today.
    """

    row: Row
    on: date | None
    until: date | None = None


@dataclass(frozen=True)
class Forecast:
    """What a policy says today, and what to expect; `on` is the day on which all of it is met.

    `asks` are sentences in the order of what to ask for first, `warnings` what to mind while there is time.
    """

    today: date
    outcome: Outcome
    pace: Pace
    expected: tuple[Expected, ...]
    on: date | None
    asks: tuple[str, ...]
    warnings: tuple[str, ...]


def forecast(
    policy: Policy,
    claims: Iterable[Claim],
    today: date,
    qualified: date | None = None,
    application: date | None = None,
) -> Forecast:
    """What to expect of these claims, each of a row of its own; those of days after `today` are left out.

    Raises `counting.DateNeeded`.

    >>> from alliancelab.hours.policy import policies
    >>> told = forecast(policies.named("cacrep-practicum"), [], date(2026, 3, 2))
    >>> told.on, told.pace.enough
    (None, False)
    """
    done = [claim for claim in claims if claim.entry.date <= today]
    ahead = _Ahead(policy, done, today, {QUALIFIED: qualified, APPLICATION: application})
    outcome, pace = ahead.outcome(today), ahead.pace
    met = [ahead.first(number, True) for number in range(len(outcome.rows))]
    on = max((day for day in met if day is not None), default=today) if None not in met else None
    together = on is not None and ahead.outcome(on).met
    year = months_after(today, 12)
    falls = [
        ahead.first(number, False, max(year, on or year)) if row.met and _may_fall(policy, wanted) else None
        for number, (row, wanted) in enumerate(zip(outcome.rows, policy.requirements, strict=True))
    ]
    expected = tuple(Expected(*one) for one in zip(outcome.rows, met, falls, strict=True))
    dates = ahead.dates(today)
    minded = warnings(policy, done, today, dates, moves=application is None)
    for one in expected:
        if one.until is not None:
            minded.append(
                f"{one.row.title}: {_now(one.row)} today, and at this pace no longer "
                f"{'within' if one.row.at_most else 'enough'} from {spoken(one.until)} on."
            )
    if on is not None and not together:
        minded.append(f"Not all is met at one time: by {spoken(on)}, when the last is, another no longer is.")
    asks = _asks(policy, done, outcome, pace, expected, APPLICATION in policy.dates and application is not None)
    return Forecast(today, outcome, pace, expected, on if together else None, tuple(asks), tuple(minded))


class _Ahead:
    """A log that goes on at its pace, and what the policy says of it on a day to come."""

    def __init__(self, policy: Policy, done: list[Claim], today: date, given: dict[str, date | None]) -> None:
        self.policy, self.done, self.today, self.given = policy, done, today, given
        self.pace = _pace(policy, done, today)
        self._told: dict[date, Outcome] = {}
        self._ends = self._periods_ahead()
        lately = [claim.entry for claim in done if self.pace.first <= claim.entry.date <= self.pace.last]
        to_come = []
        for round_ in range(1, len(self._ends) // max(self.pace.number, 1) + 3 if self.pace.enough else 1):
            for entry in lately:
                day = self._later(entry.date, round_ * self.pace.number)
                if self.today < day <= self._ends[-1]:
                    to_come.append(Claim.whole(replace(entry, date=day, start=None, end=None)))
        self.to_come = sorted(to_come, key=lambda claim: claim.entry.date)
        self._days = [claim.entry.date for claim in self.to_come]

    def _periods_ahead(self) -> list[date]:
        """The last day of this week or month, and of each to come, as far as is looked."""
        furthest, ends = months_after(self.today, 12 * YEARS), [last_of(self.policy, self.pace.per, self.today)]
        while ends[-1] < furthest:
            ends.append(last_of(self.policy, self.pace.per, ends[-1] + timedelta(1)))
        return ends

    def _later(self, day: date, periods: int) -> date:
        return day + timedelta(weeks=periods) if self.pace.per == WEEK else months_after(day, periods)

    def dates(self, day: date) -> dict[str, date]:
        """The dates that the policy needs, as they are on a day."""
        found = {name: given for name, given in self.given.items() if given is not None}
        if APPLICATION in self.policy.dates:
            found.setdefault(APPLICATION, day)
        return found

    def outcome(self, day: date) -> Outcome:
        """What the policy says on a day."""
        if day not in self._told:
            claims = self.done + self.to_come[: bisect_right(self._days, day)]
            self._told[day] = count(self.policy, claims, **self.dates(day))
        return self._told[day]

    def first(self, row: int, met: bool, until: date | None = None) -> date | None:
        """The first day on which a requirement is met, or is not: sought ahead in steps that double, then between them by halves."""
        if self.outcome(self.today).rows[row].met is met:
            return self.today
        if not self.to_come:
            return None
        ends = self._ends if until is None else [end for end in self._ends if end <= until]
        low, place, step = 0, 0, 1
        while place < len(ends) and self.outcome(ends[place]).rows[row].met is not met:
            low, place, step = place + 1, place + step, 2 * step
        if low >= len(ends) or (place >= len(ends) and self.outcome(ends[-1]).rows[row].met is not met):
            return None
        place = min(place, len(ends) - 1)
        found = ends[_lowest(low, place, lambda one: self.outcome(ends[one]).rows[row].met is met)]
        begins = max(period_of(self.policy, self.pace.per, found), self.today)
        days = (found - begins).days
        return begins + timedelta(
            _lowest(0, days, lambda one: self.outcome(begins + timedelta(one)).rows[row].met is met)
        )


def _lowest(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The least number for which it holds, where it holds for `high` and from some number on."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return high


def _pace(policy: Policy, done: list[Claim], today: date) -> Pace:
    looked_at = [step.per for step in policy.steps if isinstance(step, Gate)]
    looked_at += [wanted.per for wanted in policy.requirements if wanted.kind in (AVERAGE, PERIODS)]
    per = MONTH if MONTH in looked_at else WEEK
    now = period_of(policy, per, today)
    begun = period_of(policy, per, min((claim.entry.date for claim in done), default=today))
    there = (now - begun).days // 7 if per == WEEK else months_between(begun, now) - 1
    number = min(there, PERIODS_TAKEN[per])
    first = now - timedelta(weeks=number) if per == WEEK else months_after(now, -number)
    last = now - timedelta(1)
    minutes = sum(claim.entry.minutes for claim in done if first <= claim.entry.date <= last)
    return Pace(per, number, first, last, minutes, there >= FEWEST[per])


def _may_fall(policy: Policy, wanted: Requirement) -> bool:
    """Whether more hours, or time alone, can undo that it is met."""
    return wanted.at_most or wanted.kind in (AVERAGE, SHARE) or APPLICATION in policy.dates


def _now(row: Row) -> str:
    need = amount(row.need, row.unit)
    return f"{amount(row.have, row.unit)} of {'at most' if row.at_most else 'at least'} {need}"


def _asks(
    policy: Policy,
    done: list[Claim],
    outcome: Outcome,
    pace: Pace,
    expected: tuple[Expected, ...],
    fixed: bool,
) -> list[str]:
    """What to ask for, first what keeps hours from counting, then what comes last or not at all."""
    said = []
    lately = [claim for claim in done if pace.first <= claim.entry.date <= pace.last]
    rows = {claim.row for claim in lately}
    open_ = [
        (one, wanted)
        for one, wanted in zip(expected, policy.requirements, strict=True)
        if not one.row.met and not one.row.at_most and wanted.kind != SPAN  # a span needs time alone
    ]
    if not open_:
        time = [one.on for one in expected if not one.row.met and one.on is not None]
        return [f"Nothing: what is missing is time, until {spoken(max(time))}."] if time else []
    for lost in outcome.not_counted:
        if lost.step == 0:
            said.append(f"A signature: {amount(lost.minutes, 'minutes')} that are logged are not signed yet.")
            continue
        step = policy.steps[lost.step - 1] if lost.step <= len(policy.steps) else None
        minutes = sum(minutes for row, minutes in lost.rows if row in rows)
        if isinstance(step, Gate) and minutes:
            of_late = f"of the last {pace.number} {pace.per}s do not count"
            said.append(f"More supervision: {amount(minutes, 'minutes')} {of_late} ({lost.reason}).")

    def urgency(pair: tuple[Expected, Requirement]) -> tuple[bool, int, bool]:
        one, wanted = pair
        return one.on is not None, -(one.on or date.min).toordinal(), not _needs_somebody(wanted)

    for place, (one, wanted) in enumerate(sorted(open_, key=urgency)):
        text = f"{one.row.title}: {amount(one.row.missing, one.row.unit)} missing"
        if one.on is not None:
            text += f", at this pace by {spoken(one.on)}" + (
                ", the last of these" if not place and len(open_) > 1 else ""
            )
        elif pace.enough and not any(wanted.which.fits(claim.entry) for claim in lately):
            text += f", and none of it in the last {pace.number} {pace.per}s"
        elif pace.enough:
            text += f", and at this pace {'not by the application' if fixed else f'not within {YEARS} years'}"
        said.append(text + ("; it needs somebody else, so arrange it now." if _needs_somebody(wanted) else "."))
    return said


def _needs_somebody(wanted: Requirement) -> bool:
    """Whether all of it is something that nobody arranges alone."""
    of = wanted.which.of
    return bool(of) and all(any(f"{one}.".startswith(f"{other}.") for other in SOMEBODY_ELSE) for one in of)


def reached(outcome: Outcome) -> list[tuple[str, float, str, bool, bool]]:
    """How far each requirement is reached, as `plots.requirements` draws it: title, share, words, met, whether a limit.

    >>> from alliancelab.hours.policy import policies
    >>> reached(count(policies.named("cacrep-practicum"), []))[1]
    ('Direct hours with clients', 0.0, '0 min of 40 h', False, False)
    """
    return [
        (
            row.title,
            row.have / row.need,
            f"{amount(row.have, row.unit)} of {'at most ' if row.at_most else ''}{amount(row.need, row.unit)}",
            row.met,
            row.at_most,
        )
        for row in outcome.rows
    ]
