"""What a ledger's logs claim, and how far everybody is by a policy."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from people import Clock

from alliancelab.hours import entries
from alliancelab.hours.account import claims
from alliancelab.hours.policy import counting, policies
from alliancelab.hours.record.rules import Log, Logged

DATES = {"qualified": date(2024, 1, 1), "application": date(2026, 3, 1)}
SORTS = ("client.individual", "client.family", "supervision.individual", "supervision.group", "workshop")


def log_of(name: str, days: int) -> Log:
    """A log in which every third entry is not signed, and every fifth in part."""
    log = Log(name)
    for number in range(days):
        day = date(2024, 6, 1) + timedelta(number)
        entry = entries.of({"date": day, "category": SORTS[number % 5], "minutes": 60, "setting": "clinic"})
        approved = None if number % 3 == 0 else 45 if number % 5 == 0 else 60
        version = f"{number:064x}"
        log.entries[version] = Logged(version, entry, Clock().at, approved=approved)
    return log


def test_only_what_is_signed_is_claimed():
    """Unsigned minutes are told as not signed, and wait; what was declined waits for nobody."""
    log = log_of("ana", 6)
    first = next(iter(log.entries))
    outcome = counting.count(policies.named("cacrep-practicum"), claims.of(log))
    assert (outcome.logged, outcome.counted) == (360, 225)
    assert [(one.reason, one.minutes) for one in outcome.not_counted] == [(counting.UNSIGNED, 135)]
    assert claims.waiting(log) == 120
    log.entries[first] = Logged(first, log.entries[first].entry, Clock().at, declined="twice")
    assert claims.waiting(log) == 60


@pytest.mark.parametrize("policy", policies.names())
def test_everybody_at_once_is_each_alone(policy):
    """The same rows as the plain evaluator gives for each, also for somebody who has logged nothing."""
    wanted = policies.named(policy)
    dates = {name: day for name, day in DATES.items() if name in wanted.dates}
    logs = {"ana": log_of("ana", 400), "ben": log_of("ben", 31), "cleo": Log("cleo")}
    found = claims.of_everybody(wanted, logs, dates)
    assert [one.trainee for one in found] == ["ana", "ben", "cleo"]
    for one in found:
        alone = counting.count(wanted, claims.of(logs[one.trainee]), **dates).rows
        assert [(row.id, row.have, row.need, row.met) for row in alone] == [
            (row.id, row.have, row.need, row.met) for row in one.requirements
        ]
    nobody = claims.of_everybody(wanted, {"cleo": Log("cleo")}, dates)
    assert nobody == [found[2]]
