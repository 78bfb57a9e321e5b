"""What counts of many people's logs at once: the fast evaluator. It answers as `counting.count` does, which is the reference.

It is fast because it asks a policy about each *kind* of entry once, and because it sorts only what a cap has to choose
from. It is exact because times are whole: in minutes, or where a credit makes parts of a minute, in a part of a minute
of each person's own that all of their times are whole in. Who would need one too small for the computer's numbers is
counted by the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from alliancelab.hours.policy import columns
from alliancelab.hours.policy.columns import DAY_0, Columns, Numbers, Yes, in_order, piled
from alliancelab.hours.policy.counting import DateNeeded, need_dates
from alliancelab.hours.policy.counting import count as count_plainly
from alliancelab.hours.policy.days import full_months, months_after
from alliancelab.hours.policy.policy import (
    APPLICATION,
    AVERAGE,
    LOG,
    MONTH,
    PERIODS,
    QUALIFIED,
    SESSION,
    SHARE,
    SUM,
    Cap,
    Credit,
    Exclude,
    Gate,
    Policy,
    Requirement,
    Step,
    Which,
    Window,
)
from alliancelab.hours.policy.steps import rank, span_of

if TYPE_CHECKING:
    from pandas import DataFrame

LARGEST_PART, LARGEST = 2**40, 2**63 - 1
When = date | Mapping[str, date] | None
Days = Mapping[str, list[date]]


def count(policy: Policy, table: DataFrame, qualified: When = None, application: When = None) -> DataFrame:
    """What the policy says of each trainee in a table (its columns are told in `columns`).

    Comes back with a row for each trainee and requirement: `trainee`, `requirement`, and as in `counting.Row` `have`,
    `need` and `met`. A date is one for all, or one for each by name. Raises `counting.DateNeeded`.
    """
    import pandas as pd

    log = columns.read(table)
    dates = _dates(policy, log.people, {QUALIFIED: qualified, APPLICATION: application})
    counted = _Count(policy, log, dates)
    have = np.stack([counted.have(wanted) for wanted in policy.requirements], axis=1)
    for person in np.flatnonzero(counted.too_fine):
        rows = table[log.who == person]
        own = {name: days[person] for name, days in dates.items()}
        told = count_plainly(policy, *columns.claims(rows).values(), **own)
        have[person] = [row.have for row in told.rows]
    need = np.array([wanted.need for wanted in policy.requirements], dtype=np.int64)
    at_most = np.array([wanted.at_most for wanted in policy.requirements], dtype=bool)
    ids = [wanted.id for wanted in policy.requirements]
    return pd.DataFrame(
        {
            "trainee": np.repeat(np.array(log.people, dtype=object), len(ids)),
            "requirement": np.tile(np.array(ids, dtype=object), len(log.people)),
            "have": have.ravel(),
            "need": np.tile(need, len(log.people)),
            "met": np.where(at_most, have <= need, have >= need).ravel(),
        }
    )


def _dates(policy: Policy, people: list[str], given: Mapping[str, When]) -> dict[str, list[date]]:
    """Each date that the policy needs, of each person."""
    need_dates(policy, [name for name, day in given.items() if day is not None])
    found: dict[str, list[date]] = {}
    for name in sorted(policy.dates):
        day = given[name]
        if isinstance(day, Mapping):
            if without := [person for person in people if person not in day]:
                raise DateNeeded(
                    f"the policy '{policy.id}' counts by a date of each trainee, and {without[0]} has none"
                )
            found[name] = [day[person] for person in people]
        elif day is not None:
            found[name] = [day] * len(people)
    return found


class _Count:
    """A log's times after the steps of a policy; `before_caps` are those before any cap."""

    def __init__(self, policy: Policy, log: Columns, dates: Days) -> None:
        self.policy, self.log, self.dates = policy, log, dates
        self.time, self.part, self.too_fine = _credited(policy, log)
        self.before_caps = self.time
        for step in policy.steps:
            self.time = self._after(step)
            if not isinstance(step, Cap):
                self.before_caps = self.time

    def _after(self, step: Step) -> Numbers:
        if isinstance(step, Exclude):
            return np.where(self.log.fits(step.which), 0, self.time)
        if isinstance(step, Window):
            ends = [span_of(step, day) for day in self.dates[step.date]]
            first, last = (_numbers([end[side] for end in ends])[self.log.who] for side in (0, 1))
            return np.where((first <= self.log.day) & (self.log.day <= last), self.time, 0)
        if isinstance(step, Gate):
            return self._gated(step)
        return self._capped(step) if isinstance(step, Cap) else self.time  # credits have been given already

    def _scaled(self, minutes: int) -> Numbers:
        """Minutes in each person's parts; where they are more than all of the log, just more than it, which is as much."""
        return np.minimum(minutes, self.log.total + 1) * self.part

    def _gated(self, gate: Gate) -> Numbers:
        period, whose = self.log.periods(gate.per, self.policy.sunday, gate.in_each_setting)
        units = np.zeros(len(whose), dtype=np.int64)
        rest = np.ones(len(self.log.kinds), dtype=bool)
        for unit in gate.units:  # an entry goes into the first that it fits
            sums = self._sums(rest & self.log.of_kinds(unit.which), period, len(whose))
            units += sums // self._scaled(unit.minutes)[whose]
            rest &= ~self.log.of_kinds(unit.which)
        need: int | Numbers = gate.need
        if gate.busy is not None:
            busy = self._sums(self.log.of_kinds(gate.busy), period, len(whose))
            need = np.where(busy > self._scaled(gate.busy_over)[whose], gate.busy_need, gate.need)
        return np.where(self.log.fits(gate.which) & (units < need)[period], 0, self.time)

    def _sums(self, kinds: Yes, index: Numbers, size: int) -> Numbers:
        rows = np.flatnonzero(kinds[self.log.kind])
        return piled(index[rows], self.time[rows], size)

    def _capped(self, cap: Cap) -> Numbers:
        """Only where there is too much is it sorted what is kept."""
        log, fits = self.log, self.log.fits(cap.which)
        if cap.per == SESSION:
            return np.where(fits, np.minimum(self.time, self._scaled(cap.most)[log.who]), self.time)
        group, whose = log.who, np.arange(len(log.people))
        if cap.per != LOG:
            group, whose = log.periods(cap.per, self.policy.sunday)
        room = self._scaled(cap.most)[whose]
        rows = np.flatnonzero(fits & (self.time > 0))
        rows = rows[(piled(group[rows], self.time[rows], len(whose)) > room)[group[rows]]]
        blocks = self._blocks(cap, rows, group)
        room[group[blocks]] = np.minimum(self.time[blocks], self._scaled(cap.once_a_month)[log.who[blocks]])
        others = np.ones(len(self.time), dtype=bool)
        others[blocks] = False
        ranks = np.array([rank(cap, kind) for kind in log.kinds], dtype=np.int64).reshape(-1, 2)[log.kind[rows]]
        rows = rows[in_order([group[rows], others[rows], *ranks.T, *log.order(rows)])]

        own, time = group[rows], self.time[rows]
        begins = np.flatnonzero(np.diff(own, prepend=-1))
        before = np.cumsum(time) - time  # of everybody: where it runs over, the differences are right all the same
        before -= np.repeat(before[begins], np.diff(begins, append=len(rows)))
        left = self.time.copy()
        left[rows] = np.clip(room[own] - before, 0, time)
        return left

    def _blocks(self, cap: Cap, rows: Numbers, week: Numbers) -> Numbers:
        """The rows that stand for their weeks, one in each month of a person at most: those that gain most, then the earliest."""
        log = self.log
        if not cap.once_a_month:
            return rows[:0]
        rows = rows[self.time[rows] > self._scaled(cap.most)[log.who[rows]]]
        most = self._scaled(cap.once_a_month)[log.who[rows]]
        months = log.months[rows] - log.months.min(initial=0)
        rows = rows[in_order([log.who[rows], months, most - np.minimum(self.time[rows], most), *log.order(rows)])]
        found: list[int] = []
        months_served: set[tuple[int, int]] = set()
        weeks_served: set[int] = set()
        columns_ = (rows, log.who[rows], log.months[rows], week[rows])
        for row, person, month, own in zip(*(column.tolist() for column in columns_), strict=True):
            if (person, month) not in months_served and own not in weeks_served:
                found.append(row)
                months_served.add((person, month))
                weeks_served.add(own)
        return np.array(found, dtype=np.int64)

    def have(self, wanted: Requirement) -> Numbers:
        """How much each person has of what is wanted."""
        if wanted.kind == PERIODS:
            return self._periods(wanted)
        if wanted.kind not in (SUM, AVERAGE, SHARE):
            return self._span(wanted)
        people = len(self.log.people)
        rows = self._rows(wanted, wanted.which, self.time)
        part, whole = piled(self.log.who[rows], self.time[rows], people), self.part
        if wanted.kind == AVERAGE:
            whole = whole * self._between(wanted)
        if wanted.kind == SHARE:
            rows = self._rows(wanted, wanted.among, self.time)
            part, whole = 100 * part, piled(self.log.who[rows], self.time[rows], people)
        rounded = -(-part // np.maximum(whole, 1)) if wanted.at_most else part // np.maximum(whole, 1)
        return np.where(whole > 0, rounded, 0)

    def _rows(self, wanted: Requirement, which: Which, times: Numbers) -> Numbers:
        fits = self.log.fits(which) & (times > 0)
        if wanted.since:
            fits &= _numbers(self.dates[wanted.since])[self.log.who] <= self.log.day
        return np.flatnonzero(fits)

    def _periods(self, wanted: Requirement) -> Numbers:
        period, whose = self.log.periods(wanted.per, self.policy.sunday)
        rows = self._rows(wanted, wanted.which, self.before_caps)
        sums = piled(period[rows], self.before_caps[rows], len(whose))
        enough = (sums >= self._scaled(wanted.each)[whose]) & (sums > 0)
        return np.bincount(whose[enough], minlength=len(self.log.people))

    def _ends(self, rows: Numbers, of: Numbers) -> tuple[Numbers, Numbers, Yes]:
        """The least and the most of each person's rows, and who has any."""
        people, who = len(self.log.people), self.log.who[rows]
        least, most = (np.full(people, fill, dtype=np.int64) for fill in (LARGEST, -LARGEST))
        np.minimum.at(least, who, of[rows])
        np.maximum.at(most, who, of[rows])
        return least, most, least <= most

    def _between(self, wanted: Requirement) -> Numbers:
        log = self.log
        number = log.months if wanted.per == MONTH else log.week(log.day, self.policy.sunday)
        first, last, some = self._ends(self._rows(wanted, wanted.among, self.before_caps), number)
        return np.where(some, last, 0) - np.where(some, first, 0) + some

    def _span(self, wanted: Requirement) -> Numbers:
        first, last, some = self._ends(self._rows(wanted, wanted.which, self.before_caps), self.log.day)
        found = np.zeros(len(some), dtype=np.int64)
        for person in np.flatnonzero(some):
            begun, ended = (date.fromordinal(int(end[person]) + DAY_0.toordinal()) for end in (first, last))
            months = full_months(begun, ended)
            found[person] = months + (wanted.at_most and months_after(begun, months) < ended)
        return found


def _credited(policy: Policy, log: Columns) -> tuple[Numbers, Numbers, Yes]:
    """The claimed times after all credits, how many parts each person's minute has for them to be whole, and whose are too many."""
    parts = np.ones((len(log.kinds), 2), dtype=np.int64)
    for number, kind in enumerate(log.kinds):
        for step in policy.steps:
            if isinstance(step, Credit) and step.which.fits(kind):
                parts[number] = step.part[0], step.part[1] * (kind.group_size if step.by_people else 1)
                break
    person_parts = [1] * len(log.people)
    rows = np.flatnonzero((parts[:, 1] > 1)[log.kind])
    part, of = parts[log.kind[rows]].T
    time = log.claimed[rows] * part
    shared = np.gcd(time, of)
    time, of = time // shared, of // shared
    most = int(of.max(initial=1)) + 1
    for pair in np.unique(log.who[rows] * most + of).tolist():
        person_parts[pair // most] = lcm(person_parts[pair // most], pair % most)
    limits = (min(LARGEST_PART, LARGEST // (100 * (all_ + 1))) for all_ in log.total.tolist())
    too_fine = np.array([own > limit for own, limit in zip(person_parts, limits, strict=True)], dtype=bool)
    # the times of those are not used; they are kept from running over
    minute = np.array([1 if fine else own for own, fine in zip(person_parts, too_fine, strict=True)], dtype=np.int64)
    left = log.claimed * minute[log.who]
    left[rows] = time * minute[log.who[rows]] // of
    return left, minute, too_fine


def _numbers(days: list[date]) -> Numbers:
    return np.array([day.toordinal() for day in days], dtype=np.int64) - DAY_0.toordinal()
