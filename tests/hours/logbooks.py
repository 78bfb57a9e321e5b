"""Logs made by hand for the tests of policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from alliancelab.hours.entries import Entry
from alliancelab.hours.policy import policies
from alliancelab.hours.policy.counting import Claim, Outcome, count
from alliancelab.hours.policy.policy import Policy


def entry(day: str | date, category: str, minutes: int, **more: Any) -> Entry:
    """An entry; flags may be a text."""
    flags = frozenset(more.pop("flags", "").split())
    return Entry(date.fromisoformat(str(day)), minutes, category, flags=flags, **more)


def every(days: int, first: str, number: int) -> list[date]:
    """So many days, so far apart."""
    return [date.fromisoformat(first) + timedelta(days=days * one) for one in range(number)]


def spread(minutes: int, days: Sequence[date], category: str, **more: Any) -> list[Entry]:
    """Minutes spread evenly over days: what does not divide goes to the first of them, a minute each."""
    each, over = divmod(minutes, len(days))
    return [entry(day, category, each + (number < over), **more) for number, day in enumerate(days)]


def outcome(policy: str | Policy, log: Iterable[Entry], **dates: str) -> Outcome:
    """What a policy says of a log."""
    found = policies.named(policy) if isinstance(policy, str) else policy
    claims = [Claim.whole(one, row) for row, one in enumerate(log, start=2)]
    return count(found, claims, **{name: date.fromisoformat(day) for name, day in dates.items()})


def unmet(policy: str | Policy, log: Iterable[Entry], **dates: str) -> list[str]:
    """The ids of the requirements that a log does not meet."""
    return [row.id for row in outcome(policy, log, **dates).rows if not row.met]


def have(policy: str | Policy, log: Iterable[Entry], **dates: str) -> dict[str, int]:
    """What a log has, by requirement."""
    return {row.id: row.have for row in outcome(policy, log, **dates).rows}


def lost(policy: str | Policy, log: Iterable[Entry], **dates: str) -> dict[str, int]:
    """Minutes that do not count, by reason."""
    return {one.reason: one.minutes for one in outcome(policy, log, **dates).not_counted}
