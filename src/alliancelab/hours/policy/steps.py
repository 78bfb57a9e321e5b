"""What each step of a policy leaves of a log's times: `after` takes one step.

A log is a sequence of entries, its times another as long: minutes, or after a credit exact parts of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

from alliancelab.hours.entries import Entry
from alliancelab.hours.policy.days import month_of, months_after, week_of
from alliancelab.hours.policy.policy import LOG, SESSION, WEEK, Cap, Credit, Exclude, Gate, Policy, Step, Window

Time = int | Fraction
Times = Sequence[Time]
Log = Sequence[Entry]


def after(step: Step, policy: Policy, log: Log, times: Times, dates: Mapping[str, date]) -> Times:
    """What a step leaves of the times."""
    if isinstance(step, Exclude):
        return [0 if step.which.fits(entry) else time for entry, time in each(log, times)]
    if isinstance(step, Credit):
        credits = [other for other in policy.steps if isinstance(other, Credit)]

        def takes(entry: Entry) -> bool:
            # told apart by identity: a file may say the same credit twice, and it is given once
            return next((credit for credit in credits if credit.which.fits(entry)), None) is step

        return [_credited(step, entry, time) if takes(entry) else time for entry, time in each(log, times)]
    if isinstance(step, Window):
        first, last = span_of(step, dates[step.date])
        return [time if first <= entry.date <= last else 0 for entry, time in each(log, times)]
    if isinstance(step, Gate):
        return _gated(step, policy, log, times)
    return _capped(step, policy, log, times)


def _credited(step: Credit, entry: Entry, time: Time) -> Time:
    part, of = step.part
    exact = Fraction(time) * part / (of * entry.group_size if step.by_people else of)
    return exact.numerator if exact.denominator == 1 else exact


def span_of(window: Window, day: date) -> tuple[date, date]:
    """The first and the last day of a window.

    >>> first, last = span_of(Window("application", 6, "too long ago"), date(2026, 6, 1))
    >>> str(first), str(last)
    ('2020-06-01', '2026-06-01')
    """
    return (day, date.max) if window.years is None else (months_after(day, -12 * window.years), day)


def _gated(gate: Gate, policy: Policy, log: Log, times: Times) -> Times:
    """A period that holds too little supervision keeps nothing of what the gate holds back."""

    def period(entry: Entry) -> tuple[date, str]:
        return period_of(policy, gate.per, entry.date), entry.setting if gate.in_each_setting else ""

    supervised: dict[tuple[date, str], Counter[int]] = {}
    busy: Counter[tuple[date, str]] = Counter()
    for entry, time in each(log, times):
        minutes = supervised.setdefault(period(entry), Counter())
        for number, unit in enumerate(gate.units):
            if unit.which.fits(entry):
                minutes[number] += time  # type: ignore[assignment]  # after a credit it is a fraction
                break
        if gate.busy is not None and gate.busy.fits(entry):
            busy[period(entry)] += time  # type: ignore[assignment]
    opened = {
        one
        for one, minutes in supervised.items()
        if sum(minutes[number] // unit.minutes for number, unit in enumerate(gate.units))
        >= (gate.busy_need if busy[one] > gate.busy_over and gate.busy is not None else gate.need)
    }
    return [time if not gate.which.fits(entry) or period(entry) in opened else 0 for entry, time in each(log, times)]


def _capped(cap: Cap, policy: Policy, log: Log, times: Times) -> Times:
    """Of each period (session, week, month, or the log) only so much is kept, and the first of it by the cap's own order."""
    groups: dict[object, list[int]] = {}
    for number, (entry, time) in enumerate(each(log, times)):
        if time and cap.which.fits(entry):
            own = {SESSION: number, LOG: LOG}
            one = own[cap.per] if cap.per in own else period_of(policy, cap.per, entry.date)
            groups.setdefault(one, []).append(number)
    blocks = _blocks(cap, groups, log, times)
    left = list(times)
    for one, numbers in groups.items():
        block = blocks.get(one)
        room: Time = cap.most if block is None else min(times[block], cap.once_a_month)
        for number in sorted(numbers, key=lambda number: (number != block, *rank(cap, log[number]), number)):
            left[number] = min(times[number], room)
            room -= left[number]
    return left


def rank(cap: Cap, entry: Entry) -> tuple[int, bool]:
    """Where an entry stands among those that a cap keeps first."""
    found = (place for place, category in enumerate(cap.first) if entry.is_of(category))
    return next(found, len(cap.first)), bool(cap.first_phase) and entry.phase != cap.first_phase


def _blocks(cap: Cap, weeks: Mapping[object, list[int]], log: Log, times: Times) -> dict[object, int]:
    """The weeks for which one long session stands, and which: one in each calendar month at most."""
    if not cap.once_a_month:
        return {}
    found = [(month_of(log[one].date), week, one) for week, numbers in weeks.items() for one in numbers]
    # months in order; in each the one that gains most, then the earliest
    found.sort(key=lambda block: (block[0], -min(times[block[2]], cap.once_a_month), block[2]))
    blocks: dict[object, int] = {}
    served: set[date] = set()
    for month, week, one in found:
        if times[one] > cap.most and month not in served and week not in blocks:
            blocks[week] = one
            served.add(month)
    return blocks


def period_of(policy: Policy, per: str, day: date) -> date:
    """The first day of the week or month in which a day lies."""
    return week_of(day, policy.sunday) if per == WEEK else month_of(day)


def each(log: Log, times: Times) -> Iterator[tuple[Entry, Time]]:
    """Each entry with its time."""
    return zip(log, times, strict=True)
