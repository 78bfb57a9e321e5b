"""The fast evaluator answers as the plain one does, on every policy that a file can hold and on every log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making_policies import any_policy, days, logs

from alliancelab.errors import AllianceLabError
from alliancelab.hours import columns, many, policies
from alliancelab.hours.counting import Claim, DateNeeded, count
from alliancelab.hours.entries import Entry
from alliancelab.hours.policy import Credit, Policy, Which

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
            count(policy, of_one, **{what: day[name] if isinstance(day, dict) else day for what, day in dates.items()}).rows
        )
    }


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(SHIPPED), groups)
def test_the_eight_policies_are_answered_as_the_reference_does(policy, made):
    """For several trainees at once, each with a log of their own, partly claimed."""
    assert fast(policy, made, **DATES) == plain(policy, made, **DATES)


@settings(max_examples=250, deadline=None)
@given(any_policy, groups, days, days)
def test_any_policy_is_answered_as_the_reference_does(policy, made, qualified, application):
    """Whatever steps and requirements a file can hold, with dates that differ from trainee to trainee."""
    dates = {"qualified": {"ana": qualified, "bo": application, "cem": DATES["qualified"]}, "application": application}
    assert fast(policy, made, **dates) == plain(policy, made, **dates)
