"""Policies and logs as they come: for the tests in which what holds must hold for all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

from hypothesis import strategies as st

from alliancelab.hours.entries import Entry
from alliancelab.hours.policy.counting import Claim
from alliancelab.hours.policy.policy import (
    APPLICATION,
    CATEGORIES,
    KINDS,
    LOG,
    MONTH,
    QUALIFIED,
    SESSION,
    WEEK,
    Cap,
    Credit,
    Exclude,
    Gate,
    Policy,
    Requirement,
    Unit,
    Which,
    Window,
)

FIRST = date(2025, 1, 1)
PHASES = ("", "practicum", "associate")
few_words = st.lists(
    st.sampled_from(["client", "client.family", "client.child", "supervision", "supervision.group", "indirect"]),
    max_size=3,
    unique=True,
).map(tuple)
whiches = st.builds(
    Which,
    few_words,
    st.sampled_from([(), (), (), ("client.family",)]),
    st.sampled_from([1, 1, 1, 2, 5]),
    st.sampled_from([None, None, 8, 4]),
    st.sampled_from(["", "", "", "observable"]),
    st.sampled_from(["", "", "", "associate"]),
)
days = st.integers(0, 400).map(lambda number: FIRST + timedelta(days=number))
periods = st.sampled_from([WEEK, MONTH])
dates = st.sampled_from([QUALIFIED, APPLICATION])
minutes = st.integers(1, 2_000)

steps = st.tuples(
    st.lists(st.builds(Exclude, whiches.filter(lambda which: which.of or which.flag), st.just("x")), max_size=1),
    st.lists(
        st.builds(
            Credit,
            whiches,
            st.just("c"),
            st.sampled_from([(1, 2), (2, 3), (3, 7), (1, 1)]),
            st.booleans(),
        ),
        max_size=3,
    ),
    st.lists(st.builds(Window, dates, st.sampled_from([None, 1]), st.just("w")), max_size=1),
    st.lists(
        st.builds(
            Gate,
            whiches,
            st.just("g"),
            periods,
            st.lists(st.builds(Unit, whiches, st.integers(1, 400)), min_size=1, max_size=2).map(tuple),
            st.integers(1, 2),
            st.booleans(),
            st.none() | whiches,
            st.integers(1, 600),
            st.integers(3, 4),
        ),
        max_size=2,
    ),
    st.lists(
        st.builds(
            Cap,
            whiches,
            st.just("k"),
            st.sampled_from([SESSION, WEEK, MONTH, LOG]),
            minutes,
            few_words,
            st.sampled_from(PHASES),
        )
        | st.builds(
            lambda cap, most: Cap(cap.which, "b", WEEK, most, cap.first, "", 2 * most),
            st.builds(Cap, whiches, st.just("b"), st.just(WEEK), st.just(1), few_words),
            st.integers(20, 300),
        ),
        max_size=3,
    ),
).map(lambda parts: tuple(step for part in parts for step in part))

requirements = st.lists(
    st.builds(
        Requirement,
        st.just("r"),
        st.just("R"),
        st.sampled_from(KINDS),
        minutes,
        whiches,
        whiches,
        st.sampled_from(["", "", QUALIFIED]),
        periods,
        st.integers(1, 500),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
).map(tuple)
any_policy = st.builds(
    lambda steps, requirements, sunday: Policy(
        "any", "Any", "us", "here", FIRST, "read", steps, requirements, sunday=sunday
    ),
    steps,
    requirements,
    st.booleans(),
)


def an_entry(dice: Random, within: int) -> Entry:
    """An entry of one of so many days; some of them with an hour of their own, at some offset."""
    day, length = (
        FIRST + timedelta(days=dice.randrange(within)),
        dice.choice([20, 45, 60, 90, 120, dice.randint(1, 500)]),
    )
    start = end = None
    if dice.random() < 0.25:
        offset = timezone(timedelta(hours=dice.choice([-8, 0, 10])))
        start = datetime(day.year, day.month, day.day, dice.randint(0, 15), tzinfo=offset)
        end = (start.astimezone(UTC) + timedelta(minutes=length)).astimezone(offset)
    return Entry(
        day,
        length,
        dice.choice([*CATEGORIES, "admin"]),
        dice.choice(["", "clinic", "a-clinic"]),
        dice.choice(["", "kim", "ana"]),
        dice.choice([1, 1, 1, 2, 3, 4, 5, 7, 8, 9, 11]),
        dice.choice([frozenset(), frozenset({"observable"}), frozenset({"live", "observable"})]),
        dice.choice(PHASES),
        start,
        end,
    )


def a_log(seed: int, size: int, within: int) -> list[Claim]:
    """A log in which most entries are claimed whole: the same each time for a seed."""
    dice = Random(seed)
    made = []
    for row in range(2, size + 2):
        entry = an_entry(dice, within)
        made.append(Claim(entry, entry.minutes * dice.choice([2, 2, 2, 2, 1, 0]) // 2, row))
    return made


logs = st.builds(a_log, st.integers(0, 10**9), st.integers(0, 150), st.sampled_from([10, 40, 400]))
