"""What a policy says of a log, as plain data for a page: what is signed and what waits, side by side and never as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.policy import counting, forecast, in_time, policies
from alliancelab.hours.policy.counting import Claim, NotCounted, Row
from alliancelab.hours.policy.policy import Policy
from alliancelab.hours.policy.wording import ADVICE, amount, told
from alliancelab.widgets.hours_shown import count, day, length

if TYPE_CHECKING:
    from alliancelab.hours.record.rules import Logged

DATES = {"qualified": "the day of qualifying", "application": "the day of the application"}
MOST_NAMED = 3  # entries of one reason


def offered() -> list[list[Any]]:
    """The policies that can be chosen: id, title, and the dates that each needs."""
    found = [policies.named(name) for name in policies.names()]
    return [[policy.id, policy.title, sorted(policy.dates)] for policy in found]


def of(found: Sequence[Logged], about: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What the policy that `about` names (`policy`, `qualified`, `application`) says of these entries.

    Raises `AllianceLabError` for a policy that is none, and for a date that it needs and that is missing.
    """
    policy, dates = _chosen(about)
    claims = _claims(found, waiting=True)
    given = {name: day_ for name, day_ in dates.items() if day_ is not None}
    signed = counting.count(policy, _claims(found, waiting=False), **dates)
    both = counting.count(policy, claims, **dates)
    waits = sum(one.entry.minutes for one in found if one.approved is None and not one.declined)
    rows = [_row(row, then) for row, then in zip(signed.rows, both.rows, strict=True)]
    return {
        "policy": policy.id,
        "title": policy.title,
        "met": signed.met,
        "verdict": _verdict(signed.rows),
        "waits": length(waits) if waits else "",
        "then": "" if signed.met or not waits else _then(both.rows),
        "rows": rows,
        "soon": in_time.warnings(policy, claims, today, given, moves=False),
        "lost": [_lost(one, found) for one in signed.not_counted if one.step],
        "told": [*told(policy), ADVICE],
    }


def ahead(found: Sequence[Logged], about: Mapping[str, Any], today: date) -> dict[str, Any]:
    """When the policy will be met at the pace of late, and what to ask for first; it may take some seconds."""
    policy, dates = _chosen(about)
    told = forecast.forecast(policy, _claims(found, waiting=False), today, **dates)
    when = "It is not in sight at this pace." if told.on is None else f"At this pace all is met on {day(told.on)}."
    return {
        "told": [told.pace.told, *([when] if told.pace.enough and told.pace.minutes and not told.outcome.met else [])],
        "when": [[one.row.title, day(one.on)] for one in told.expected if not one.row.met and one.on is not None],
        "asks": list(told.asks),
        "minds": list(told.warnings),
    }


def _chosen(about: Mapping[str, Any]) -> tuple[Policy, dict[str, date | None]]:
    name = str(about.get("policy", "")).strip()
    policy = policies.find(str(Path(name).expanduser()) if name.startswith("~/") else name)
    dates = {name: _day(about.get(name)) for name in DATES}
    if missing := [words for name, words in DATES.items() if name in policy.dates and not dates[name]]:
        raise AllianceLabError(f"this policy counts by {' and '.join(missing)}; fill it in")
    return policy, dates


def _claims(found: Sequence[Logged], waiting: bool) -> list[Claim]:
    """What is claimed: the minutes that are signed, and with `waiting` those that may still be."""
    return [
        Claim(
            one.entry,
            one.entry.minutes if waiting and one.approved is None and not one.declined else one.approved or 0,
            n,
        )
        for n, one in enumerate(found)
    ]


def _row(row: Row, then: Row) -> dict[str, Any]:
    need = amount(row.need, row.unit)
    have = f"{amount(row.have, row.unit)} of {'at most ' if row.at_most else ''}{need}"
    missing = f"{amount(row.missing, row.unit)} missing" if row.missing else ""
    state = "met" if row.met else "too much" if row.at_most else missing or "not met"
    change = then.have != row.have or then.met != row.met
    return {
        "title": row.title,
        "met": row.met,
        "have": have,
        "state": state,
        "share": _share(row),
        "then_share": _share(then),
        "then": f"with what waits: {amount(then.have, then.unit)}{_turn(row, then)}" if change else "",
    }


def _share(row: Row) -> int:
    """How far the bar is filled, in percent."""
    return min(100, 100 * row.have // row.need) if row.need else 100


def _turn(row: Row, then: Row) -> str:
    return "" if row.met == then.met else ", and met" if then.met else ", and not met any more"


def _verdict(rows: Sequence[Row]) -> str:
    missing = sum(not row.met for row in rows)
    if not missing:
        return "By what is signed, every requirement is met."
    verb = "is" if missing == 1 else "are"
    return f"By what is signed, {missing} of {count(len(rows), 'requirement', 'requirements')} {verb} not met yet."


def _then(rows: Sequence[Row]) -> str:
    missing = sum(not row.met for row in rows)
    left = "every requirement would be met" if not missing else f"{missing} would still be missing"
    return f"If all that waits were signed as it is, {left}."


def _lost(one: NotCounted, found: Sequence[Logged]) -> list[str]:
    named = [f"{day(found[number].entry.date)}, {length(minutes)}" for number, minutes in one.rows if minutes]
    rest = f", and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    reason = one.reason[:1].upper() + one.reason[1:]
    return [reason, length(one.minutes), "; ".join(named[:MOST_NAMED]) + rest]


def _day(given: Any) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise AllianceLabError(f"'{str(given)[:20]}' is no day; choose it in the calendar") from None
