"""Counting by a policy: what holds for every log, and what is told of the hours that do not count."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logbooks import entry, have, outcome

from alliancelab.hours.entries import Entry
from alliancelab.hours.policy import policies
from alliancelab.hours.policy.counting import UNSIGNED, Claim, count
from alliancelab.hours.policy.days import full_months, months_after, week_of, weeks_between
from alliancelab.hours.policy.policy import CATEGORIES, PERIODS, SUM, Cap, Credit, Policy, Requirement, Which

DATES = {"qualified": date(2025, 2, 3), "application": date(2025, 6, 1)}
# A credit, a cap in a week and one of all, each of them with something that the others leave.
MIXED = Policy(
    "mixed",
    "Mixed",
    "us",
    "here",
    date(2026, 1, 1),
    "read",
    (
        Credit(Which(("supervision.group",), people_to=4), "half", (1, 2)),
        Credit(Which(("supervision",), people_from=5), "divided", by_people=True),
        Cap(Which(("supervision",)), "week", "week", 100, once_a_month=150),
        Cap(Which(), "log", "log", 3_000, first=("client.family",)),
    ),
    (
        Requirement("supervision", "Supervision", SUM, 600, Which(("supervision",))),
        Requirement("weeks", "Weeks", PERIODS, 10, Which(("supervision",)), each=30),
    ),
)
ALL = [MIXED, *map(policies.named, policies.names())]

entries = st.builds(
    Entry,
    st.integers(0, 200).map(lambda days: date(2025, 1, 1) + timedelta(days=days)),
    st.integers(1, 1_440),
    st.sampled_from([*CATEGORIES, "admin"]),
    setting=st.sampled_from(["", "clinic"]),
    group_size=st.sampled_from([1, 2, 3, 4, 5, 7, 8, 9]),
    flags=st.sampled_from([frozenset(), frozenset({"observable"})]),
    phase=st.sampled_from(["", "practicum", "associate"]),
)


@st.composite
def claim_lists(draw):
    """Claims with rows of their own, most of them whole."""
    made = []
    for row, one in enumerate(draw(st.lists(entries, max_size=25)), start=2):
        part = draw(st.sampled_from([1, 1, 1, 0, 2]))
        made.append(Claim(one, one.minutes // part if part else 0, row))
    return made


claims = claim_lists()
any_policy = st.sampled_from(ALL)


@settings(max_examples=100, deadline=None)
@given(any_policy, claims, st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(policy, made, dice):
    """Not for the requirements, nor for what is told of each row."""
    shuffled = list(made)
    dice.shuffle(shuffled)
    assert count(policy, made, **DATES) == count(policy, shuffled, **DATES)


@settings(max_examples=100, deadline=None)
@given(any_policy, claims)
def test_what_counts_and_what_does_not_are_all_that_was_logged(policy, made):
    """To the minute, in whole minutes, for all entries together, and no entry loses more than it has."""
    told = count(policy, made, **DATES)
    assert told.counted + sum(one.minutes for one in told.not_counted) == told.logged
    assert told.logged == sum(claim.entry.minutes for claim in made)
    taken = dict.fromkeys((claim.row for claim in made), 0)
    for one in told.not_counted:
        for row, minutes in one.rows:
            taken[row] += minutes
    assert all(0 <= taken[claim.row] <= claim.entry.minutes for claim in made)
    numbers = [number for row in told.rows for number in (row.have, row.need, row.part, row.whole, row.missing)]
    numbers += [told.logged, told.counted, *taken.values(), *(one.minutes for one in told.not_counted)]
    assert all(type(number) is int and number >= 0 for number in numbers)


@settings(max_examples=100, deadline=None)
@given(any_policy, claims)
def test_each_pool_adds_up(policy, made):
    """The same of clients' hours alone, and of supervision alone: a pool's own log tells all of it."""
    for pool in ("client", "supervision"):
        own = [claim for claim in made if claim.entry.is_of(pool)]
        told = count(policy, own, **DATES)
        assert told.counted + sum(one.minutes for one in told.not_counted) == sum(one.entry.minutes for one in own)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([one for one in ALL if one.id != "ca-bbs-lmft"]), claims, entries)
def test_one_more_entry_never_lowers_a_sum(policy, made, more):
    """What is added may not count; it takes nothing away. (California's gate may: an eleventh direct hour asks for a unit more.)"""
    if policy is MIXED:
        policy = replace(policy, steps=policy.steps[:3])  # a cap on all lets an hour take another's place
    now, then = (count(policy, log, **DATES) for log in (made, [*made, Claim.whole(more, 99)]))
    for one, other in zip(now.rows, then.rows, strict=True):
        if policy.requirements[now.rows.index(one)].kind == SUM:
            assert other.have >= one.have


@settings(max_examples=100, deadline=None)
@given(any_policy, claims, st.integers(1, 100))
def test_a_cap_never_changes_a_count_of_weeks(policy, made, most):
    """Caps made tight or taken out leave the number of supervised weeks, the span and the first and last day as they are."""
    steps = policy.steps
    tight = tuple(replace(step, most=most) if isinstance(step, Cap) else step for step in steps)
    without = tuple(step for step in steps if not isinstance(step, Cap))
    told = [count(replace(policy, steps=some), made, **DATES) for some in (steps, tight, without)]
    for rows in zip(*(one.rows for one in told), strict=True):
        if rows[0].unit in ("weeks", "months"):
            assert len({row.have for row in rows}) == 1


@settings(max_examples=100, deadline=None)
@given(any_policy, claims)
def test_met_is_having_what_is_needed(policy, made):
    """A figure that is cut off never says otherwise than the exact one."""
    for row in count(policy, made, **DATES).rows:
        if row.unit == "percent" or row.unit.startswith("minutes a"):
            assert row.met is (row.have >= row.need and row.whole > 0)
        else:
            assert row.met is (row.have <= row.need if row.at_most else row.have >= row.need)


def test_what_is_not_signed_is_told_apart():
    """Of a partly approved entry the rest does not count, with its own reason and row."""
    told = count(policies.named("cacrep-practicum"), [Claim(entry("2026-01-05", "client.individual", 50), 30, 7)])
    assert [(one.step, one.reason, one.minutes, one.rows) for one in told.not_counted] == [
        (0, UNSIGNED, 20, ((7, 20),))
    ]
    assert told.rows[1].have == 30
    with pytest.raises(ValueError, match="51 minutes claimed of 50"):
        Claim(entry("2026-01-05", "client.individual", 50), 51)


def test_parts_of_a_minute_add_up():
    """Four times 22.5 are 90; what is told of each row is whole, and of all together exact."""
    log = [entry(f"2026-01-0{day}", "supervision.group", 45, group_size=3) for day in (1, 2, 3, 4)]
    plain = replace(MIXED, steps=MIXED.steps[:1])
    told = outcome(plain, log)
    assert (told.rows[0].have, told.counted) == (90, 90)
    assert [(one.minutes, one.rows) for one in told.not_counted] == [(90, ((2, 23), (3, 23), (4, 23), (5, 23)))]
    assert have(plain, log[:1])["supervision"] == 22
    sevenths = [entry("2026-01-05", "supervision.group", 10, group_size=7) for _ in range(7)]
    assert have(replace(MIXED, steps=MIXED.steps[1:2]), sevenths)["supervision"] == 10


def test_an_entry_takes_one_credit_only():
    """The first that fits: a half is not halved again by a later one."""
    twice = replace(MIXED, steps=(MIXED.steps[0], Credit(Which(("supervision",)), "third", (1, 3))))
    log = [entry("2026-01-05", kind, 60) for kind in ("supervision.group", "supervision.individual")]
    assert have(twice, log)["supervision"] == 30 + 20


def test_a_cap_of_all_keeps_what_comes_first():
    """The categories named, then the earlier days."""
    policy = replace(MIXED, steps=(Cap(Which(), "all", "log", 100, first=("client.family",)),))
    log = [entry("2026-01-01", "client.couple", 60), entry("2026-01-02", "supervision", 60)]
    log.append(entry("2026-01-03", "client.family", 70))
    told = outcome(policy, log)
    assert next((lost.reason, dict(lost.rows)) for lost in told.not_counted) == ("all", {2: 30, 3: 60})


def test_a_large_log_is_counted():
    """A log of some years in a moment, so that nothing in it is quadratic."""
    dice = random.Random(3)
    log = [
        entry(date(2020, 6, 1) + timedelta(days=dice.randrange(2_000)), dice.choice(CATEGORIES), dice.randrange(1, 300))
        for _ in range(20_000)
    ]
    told = outcome("ca-bbs-lmft", log, application="2026-06-01")
    assert told.logged == sum(one.minutes for one in log)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_days_of_the_calendar(one, other):
    """Full months are the most that still end by the second day; weeks are counted without a gap."""
    first, last = sorted((one, other))
    months = full_months(first, last)
    assert months_after(first, months) <= last < months_after(first, months + 1)
    assert weeks_between(first, last) == len(
        {week_of(first + timedelta(days=day)) for day in range(0, (last - first).days + 1, 7)} | {week_of(last)}
    )
