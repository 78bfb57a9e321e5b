"""What to mind while there is still time: a month without supervision, a cap that is near, hours that will soon be too old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import floor

from alliancelab.hours.entries import Entry
from alliancelab.hours.policy.counting import Claim
from alliancelab.hours.policy.days import months_after
from alliancelab.hours.policy.policy import APPLICATION, LOG, SESSION, WEEK, Cap, Gate, Policy, Window
from alliancelab.hours.policy.steps import Time, Times, after, each, period_of, span_of
from alliancelab.hours.policy.wording import amount

NEAR = 90  # per cent of a cap from which on it is told
SOON = 3  # months in which hours will be too old


def warnings(policy: Policy, claims: Sequence[Claim], today: date, dates: Mapping[str, date], moves: bool) -> list[str]:
    """What to mind today, in the order of the policy's steps; `moves` is whether the day of the application is not fixed."""
    log = [claim.entry for claim in claims]
    times: Times = [claim.minutes for claim in claims]
    found: list[str] = []
    for step in policy.steps:
        left = after(step, policy, log, times, dates)
        if isinstance(step, Window) and step.years is not None:
            found += _window(step, log, times, today, dates[step.date], moves and step.date == APPLICATION)
        elif isinstance(step, Gate):
            found += _gate(step, policy, log, times, left, today)
        elif isinstance(step, Cap) and step.per != SESSION:
            found += _cap(step, policy, log, times, left, today)
        times = left
    return found


def last_of(policy: Policy, per: str, day: date) -> date:
    """The last day of the week or month in which a day lies."""
    first = period_of(policy, per, day)
    return first + timedelta(6) if per == WEEK else months_after(first, 1) - timedelta(1)


def spoken(day: date) -> str:
    """A day as people write it.

    >>> spoken(date(2026, 3, 2))
    '2 March 2026'
    """
    return f"{day.day} {day:%B %Y}"


def _minutes(time: Time) -> str:
    return amount(floor(time), "minutes")


def _window(window: Window, log: Sequence[Entry], times: Times, today: date, day: date, moves: bool) -> Iterator[str]:
    first, _ = span_of(window, day)
    if gone := sum(time for entry, time in each(log, times) if entry.date < first):
        yield f"{_minutes(gone)} are too old already: {window.why}."
    if not moves:
        return
    later = months_after(first, SOON)
    if going := sum(time for entry, time in each(log, times) if first <= entry.date < later):
        begins = min(entry.date for entry, time in each(log, times) if time and entry.date >= first)
        by = spoken(months_after(today, SOON))
        yield f"Hours begin to be too old: whoever applies on {by} loses {_minutes(going)}, from {spoken(begins)} on."


def _gate(gate: Gate, policy: Policy, log: Sequence[Entry], times: Times, left: Times, today: date) -> Iterator[str]:
    now = period_of(policy, gate.per, today)
    held: dict[str, Time] = {}
    supervised: dict[str, Time] = {}
    for (entry, time), kept in zip(each(log, times), left, strict=True):
        if period_of(policy, gate.per, entry.date) != now:
            continue
        where = entry.setting if gate.in_each_setting else ""
        if time > kept:
            held[where] = held.get(where, 0) + time - kept
        if any(unit.which.fits(entry) for unit in gate.units):
            supervised[where] = supervised.get(where, 0) + time
    for where, minutes in sorted(held.items()):
        has = f"only {_minutes(supervised[where])} of supervision" if supervised.get(where) else "no supervision yet"
        yield (
            f"This {gate.per} has {has}{f' in {where}' if where else ''}: {_minutes(minutes)} of it do not count, "
            f"unless there is enough by {spoken(last_of(policy, gate.per, today))} ({gate.why})."
        )


def _cap(cap: Cap, policy: Policy, log: Sequence[Entry], times: Times, left: Times, today: date) -> Iterator[str]:
    now = [
        (time, kept)
        for (entry, time), kept in zip(each(log, times), left, strict=True)
        if cap.which.fits(entry)
        and (cap.per == LOG or period_of(policy, cap.per, entry.date) == period_of(policy, cap.per, today))
    ]
    used, lost = sum(time for time, _ in now), sum(time - kept for time, kept in now)
    when = "In all" if cap.per == LOG else f"This {cap.per}"
    if lost:
        yield f"{when} {_minutes(lost)} are above a limit and do not count ({cap.why})."
    elif 100 * used >= NEAR * cap.most:
        yield f"{when} {_minutes(used)} of at most {_minutes(cap.most)} are reached; what is more does not count ({cap.why})."
