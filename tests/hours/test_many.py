"""The fast evaluator answers as the plain one does, on every policy that a file can hold and on every log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

import hours_policy
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logbooks import entry
from making_policies import a_log, any_policy, days, logs

from alliancelab.errors import AllianceLabError
from alliancelab.hours.policy import columns, many, policies
from alliancelab.hours.policy.counting import Claim, DateNeeded, count
from alliancelab.hours.policy.policy import Cap, Credit, Gate, Policy, Requirement, Unit, Which

SHIPPED = [policies.named(name) for name in policies.names()]
DATES = {"qualified": date(2025, 2, 3), "application": date(2025, 11, 1)}
groups = st.dictionaries(st.sampled_from(["ana", "bo", "cem"]), logs, min_size=1)

Answers = dict[tuple[str, int], tuple[int, int, bool]]


def fast(policy: Policy, made: Mapping[str, list[Claim]], **dates: Any) -> Answers:
    """What the fast evaluator says, by trainee and the requirement's place."""
    told = many.count(policy, columns.table(made), **dates)
    width = len(policy.requirements)
    return {
        (row.trainee, number % width): (row.have, row.need, row.met) for number, row in enumerate(told.itertuples())
    }


def plain(policy: Policy, made: Mapping[str, list[Claim]], **dates: Any) -> Answers:
    """What the reference says of those who have claimed anything."""
    return {
        (name, number): (row.have, row.need, row.met)
        for name, of_one in made.items()
        if of_one
        for number, row in enumerate(
            count(
                policy, of_one, **{what: day[name] if isinstance(day, dict) else day for what, day in dates.items()}
            ).rows
        )
    }


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SHIPPED), groups)
def test_the_eight_policies_are_answered_as_the_reference_does(policy, made):
    """For several trainees at once, each with a log of their own, partly claimed."""
    assert fast(policy, made, **DATES) == plain(policy, made, **DATES)


@settings(max_examples=150, deadline=None)
@given(any_policy, groups, days, days)
def test_any_policy_is_answered_as_the_reference_does(policy, made, qualified, application):
    """Whatever steps and requirements a file can hold, with dates that differ from trainee to trainee."""
    dates = {"qualified": {"ana": qualified, "bo": application, "cem": DATES["qualified"]}, "application": application}
    assert fast(policy, made, **dates) == plain(policy, made, **dates)


def asking(*steps: Any, kind: str = "sum", which: Which | None = None, **more: Any) -> Policy:
    """A policy of these steps that asks for one thing."""
    wanted = Requirement("r", "R", kind, 600, which or Which(), **more)
    return Policy("own", "Own", "us", "here", date(2026, 1, 1), "read", steps, (wanted,))


def whole(*told: tuple[str, str, int], **more: Any) -> dict[str, list[Claim]]:
    """One trainee's log."""
    return {"ana": [Claim.whole(entry(day, category, minutes, **more)) for day, category, minutes in told]}


def have(policy: Policy, made: Mapping[str, list[Claim]], **dates: Any) -> int:
    """What the one trainee has, on which both evaluators agree."""
    told = fast(policy, made, **dates)
    assert told == plain(policy, made, **dates)
    return told["ana", 0][0]


def test_supervision_goes_into_the_first_unit_that_it_fits():
    """90 minutes of group supervision are no 60 of any supervision and no 60 of group supervision at once."""
    units = (Unit(Which(("supervision",)), 120), Unit(Which(("supervision.group",)), 60))
    log = whole(("2026-03-02", "supervision.group", 90), ("2026-03-03", "client.individual", 50))
    client = Which(("client",))
    assert have(asking(Gate(client, "g", "week", units), which=client), log) == 0
    assert have(asking(Gate(client, "g", "week", units[::-1]), which=client), log) == 50


def test_a_week_takes_one_block():
    """Of a week in two months, with a long session in each, one stands for it: the later month has its own elsewhere."""
    cap = Cap(Which(("supervision",)), "c", "week", 60, once_a_month=120)
    log = whole(
        ("2026-03-30", "supervision", 120), ("2026-04-01", "supervision", 120), ("2026-04-13", "supervision", 90)
    )
    assert have(asking(cap), log) == 120 + 90


def test_what_is_alike_to_a_cap_is_kept_in_one_order():
    """By day, start, category, setting, supervisor, size, phase, flags and length, each before the next."""
    unlike = [
        {"day": ("2026-03-02", "2026-03-03")},
        {"start": (None, datetime(2026, 3, 2, 9, tzinfo=UTC))},
        {"category": ("client.child", "client.family")},
        {"setting": ("", "a")},
        {"supervisor": ("bo", "kim")},
        {"group_size": (2, 3)},
        {"phase": ("associate", "practicum")},
        {"flags": ("live", "observable")},
        {"minutes": (40, 50)},
    ]
    base = {"day": "2026-03-02", "category": "client.family", "minutes": 50}
    for place, one in enumerate(unlike):
        (name, (low, high)), rest = *one.items(), unlike[place + 1 :]
        first = base | {name: low} | {key: pair[1] for each in rest for key, pair in each.items()}
        second = base | {name: high} | {key: pair[0] for each in rest for key, pair in each.items()}
        for made in (first, second):
            made["end"] = made["start"] + timedelta(minutes=made["minutes"]) if made.get("start") else None
        log = [
            Claim.whole(entry(made.pop("day"), made.pop("category"), made.pop("minutes"), **made))
            for made in (second, first)
        ]
        kept = log[1].minutes - 5
        for claim in log:
            looked_at = {"flag": next(iter(claim.entry.flags), ""), "phase": claim.entry.phase}
            which = Which((claim.entry.category,), (), claim.entry.group_size, claim.entry.group_size, **looked_at)
            policy = asking(Cap(Which(), "c", "log", kept), which=which)
            assert fast(policy, {"ana": log}) == plain(policy, {"ana": log}), name


def test_parts_of_a_minute_that_have_no_common_measure_are_counted_all_the_same():
    """Groups of so many sizes that no whole number of parts holds them all: the reference counts this one trainee."""
    primes = [one for one in range(5, 100) if all(one % other for other in range(2, one))]
    log = [Claim.whole(entry("2026-03-02", "supervision.group", 100, group_size=size)) for size in primes]
    policy = asking(Credit(Which(), "c", by_people=True))
    both = {"ana": log, "bo": log[:2]}
    assert fast(policy, both) == plain(policy, both)
    assert fast(policy, both)["ana", 0][0] == floor(sum(Fraction(100, size) for size in primes))


def test_a_table_of_plain_texts_is_read_too():
    """As pandas reads it from a CSV file: no categories, days as texts, empty cells, no column that is not needed."""
    table = pd.DataFrame(
        {
            "trainee": ["ana", "bo", "ana"],
            "date": ["2026-03-02", "2026-03-02", "2026-03-03"],
            "category": ["client.family", "client", "supervision"],
            "minutes": [50, 40, 60],
            "flags": [None, None, "observable; live"],
        }
    )
    told = many.count(policies.named("coamfte"), table)
    assert list(told.columns) == ["trainee", "requirement", "have", "need", "met"]
    assert told["have"].tolist() == [50, 50, 60, 60, 40, 0, 0, 0]
    assert not many.count(policies.named("coamfte"), table[:0]).size


def test_what_is_missing_is_told():
    """A column, a cell, a date, and one trainee's date."""
    table = columns.table({"ana": [Claim.whole(entry("2026-03-02", "client", 50))]})
    with pytest.raises(AllianceLabError, match="the table has no column date, minutes; it needs trainee, date"):
        many.count(SHIPPED[0], table.drop(columns=["date", "minutes"]))
    with pytest.raises(AllianceLabError, match="column category is empty in some rows"):
        many.count(SHIPPED[0], table.assign(category=[None]))
    with pytest.raises(DateNeeded, match="add --qualified 2026-06-30"):
        many.count(policies.named("pacfa-clinical"), table)
    with pytest.raises(DateNeeded, match="a date of each trainee, and ana has none"):
        many.count(policies.named("pacfa-clinical"), table, qualified={"bo": date(2026, 1, 1)})


def test_a_table_is_read_back_as_the_claims_that_it_was_made_of():
    """So that the reference may be asked about any trainee of a table."""
    made = a_log(7, 60, 40)
    back = columns.claims(columns.table({"ana": made}))["ana"]
    assert [replace(claim, row=0, entry=replace(claim.entry, end=None)) for claim in made] == [
        replace(claim, row=0, entry=replace(claim.entry, end=None)) for claim in back
    ]


@pytest.mark.parametrize(("name", "by_hand", "dates"), hours_policy.BY_HAND)
def test_the_benchmark_compares_what_is_the_same(name, by_hand, dates):
    """The queries that were written by hand give the answers of the reference, for logs that meet the policy and others."""
    table = hours_policy.a_table(entries=18_000, trainees=12)
    theirs = by_hand(table)
    met = set()
    for trainee, of_one in columns.claims(table).items():
        told = count(policies.named(name), of_one, **dates)
        assert {row.id: row.have for row in told.rows} == theirs.loc[trainee].to_dict()
        met.add(told.met)
    assert met == {True, False}
