"""Entries, requirements and reminders of the hours wing as plain data for a page; what they say is decided in `hours`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from alliancelab.hours import titles
from alliancelab.hours.entries import Entry
from alliancelab.hours.policy.wording import amount
from alliancelab.hours.record import codes

if TYPE_CHECKING:
    from alliancelab.hours.record.rules import Logged

SIGNED, PART, WAITING, ASKED, DECLINED, ALONE = "signed", "part", "waiting", "asked", "declined", "alone"


def length(minutes: int) -> str:
    """Minutes in words.

    >>> length(200)
    '3 h 20 min'
    """
    return amount(minutes, "minutes")


def day(when: date) -> str:
    """A day in words.

    >>> day(date(2026, 3, 2))
    'Mon 2 March 2026'
    """
    return f"{when:%a} {when.day} {when:%B} {when.year}"


def count(number: int, one: str, many: str) -> str:
    """How many of something.

    >>> count(1, "entry", "entries"), count(1_200, "entry", "entries")
    ('1 entry', '1,200 entries')
    """
    return f"{number:,} {one if number == 1 else many}"


def when(entry: Entry) -> str:
    """The day of an entry, and the times where it has them."""
    if entry.start is None or entry.end is None:
        return day(entry.date)
    over = f" ({day(entry.end.date())})" if entry.end.date() != entry.date else ""
    zone = entry.start.isoformat()[-6:]
    return f"{day(entry.date)}, {entry.start:%H:%M} to {entry.end:%H:%M}{over}, UTC{zone}"


def more(entry: Entry) -> str:
    """Whatever else an entry says."""
    people = [f"{entry.group_size} people"] if entry.group_size > 1 else []
    said = [*people, entry.setting, titles.PHASES.get(entry.phase, entry.phase)]
    said += ["with observable data" if flag == "observable" else flag for flag in sorted(entry.flags)]
    said += [f"for {entry.supervisor}"] if entry.supervisor else []
    return ", ".join(filter(None, said))


def standing(one: Logged, alone: bool) -> tuple[str, str]:
    """How an entry stands: a word for its look, and a sentence; `alone` is whether nobody can sign it yet."""
    if one.approved is not None and one.approved == one.entry.minutes:
        return SIGNED, f"Signed by {one.by}"
    if one.approved is not None:
        return PART, f"Signed in part by {one.by}: {length(one.approved)} of {length(one.entry.minutes)}"
    if one.declined:
        return DECLINED, f"Declined: {codes.DECLINES.get(one.declined, one.declined)}"
    if one.asked:
        return ASKED, f"Asked: {codes.ASKS.get(one.asked, one.asked)}"
    return (ALONE, "Nobody can sign it yet") if alone else (WAITING, "Waits for a signature")


def fields(entry: Entry) -> dict[str, Any]:
    """An entry as the form holds it."""
    told: dict[str, Any] = {
        "category": entry.category,
        "setting": entry.setting,
        "supervisor": entry.supervisor,
        "phase": entry.phase,
        "flags": sorted(entry.flags),
        "group_size": entry.group_size,
        "date": entry.date.isoformat(),
        "minutes": entry.minutes,
    }
    if entry.start is not None and entry.end is not None:
        told |= {"start": entry.start.isoformat(), "end": entry.end.isoformat()}
    return told


def row(one: Logged, note: str = "", alone: bool = False) -> dict[str, Any]:
    """An entry in a list."""
    state, says = standing(one, alone)
    return {
        "version": one.version,
        "when": when(one.entry),
        "what": titles.of(one.entry.category),
        "length": length(one.entry.minutes),
        "minutes": one.entry.minutes,
        "more": more(one.entry),
        "state": state,
        "says": says,
        "note": note,
    }


def by_category(minutes: Mapping[str, int]) -> list[list[str]]:
    """Minutes of categories, in words, the most first."""
    ordered = sorted(minutes.items(), key=lambda pair: (-pair[1], pair[0]))
    return [[titles.of(name), length(number)] for name, number in ordered]


def newest(found: Iterable[Logged]) -> list[Logged]:
    """Entries, the newest day first; of one day the last recorded."""
    return sorted(found, key=lambda one: (one.entry.date, one.at), reverse=True)


def sums(found: Sequence[Logged]) -> list[list[str]]:
    """What is signed, what waits, and what is declined: never one number of them together."""
    signed = sum(one.approved or 0 for one in found)
    waits = sum(one.entry.minutes for one in found if one.approved is None and not one.declined)
    declined = sum(one.entry.minutes for one in found if one.approved is None and one.declined)
    told = [["Signed", length(signed)], ["Waiting for a signature", length(waits)]]
    return told + ([["Declined", length(declined)]] if declined else [])
