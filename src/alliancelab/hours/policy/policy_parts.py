"""A policy's steps and requirements, each read from its table in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from alliancelab import script
from alliancelab.hours.policy.policy import (
    APPLICATION,
    AVERAGE,
    KINDS,
    LOG,
    MONTH,
    PERIODS,
    QUALIFIED,
    SESSION,
    SHARE,
    SPAN,
    SUM,
    WEEK,
    Cap,
    Credit,
    Exclude,
    Gate,
    Requirement,
    Step,
    Unit,
    Which,
    Window,
)
from alliancelab.hours.policy.toml_table import Table

PER = (WEEK, MONTH)
_PART = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


def _which(table: Table, words: tuple[str, ...], of: str = "of") -> Which:
    """Which entries a table looks at."""
    found = Which(
        table.words(of, words),
        table.words("but", words),
        table.whole("people_from", 1, 1_000, 1),
        table.whole("people_to", 1, 1_000, 0) or None,
        _slug(table, "flag"),
        _slug(table, "phase"),
    )
    if found.people_to is not None and found.people_from > found.people_to:
        table.fault(f"`people_from` {found.people_from} is more than `people_to` {found.people_to}", "people_from")
    return found


def _slug(table: Table, key: str) -> str:
    word = table.text(key, needed=False)
    if word and not script.SLUG.fullmatch(word):
        table.fault(f"`{key}` '{word}' is not a short name; use small letters, digits and hyphens", key)
    return word


def _why(table: Table) -> str:
    return table.text("why", 'why = "..."; it is told beside the hours that do not count')


def _exclude(table: Table, words: tuple[str, ...]) -> Step:
    which = _which(table, words)
    if which == Which():
        table.fault('excludes everything; say what, with of = ["client.assessment"] or people_from = 9')
    return Exclude(which, _why(table))


def _credit(table: Table, words: tuple[str, ...]) -> Step:
    which, by_people = _which(table, words), table.yes("by_people")
    text = table.text("part", needed=False)
    part = _PART.fullmatch(text)
    if bool(text) == by_people:
        table.fault('needs either part = "1/2" or by_people = true', "part" if text else "by_people")
    elif text and (part is None or int(part[1]) >= int(part[2])):
        table.fault(f"`part` '{text}' is no part of an hour; write it as \"1/2\"", "part")
        part = None
    return Credit(which, _why(table), (int(part[1]), int(part[2])) if part else (1, 1), by_people)


def _window(table: Table, words: tuple[str, ...]) -> Step:
    since, until = table.has("since"), table.has("until")
    if since == until:
        table.fault('needs either since = "qualified", or until = "application" with years = 6')
    if until:
        day = table.one_of("until", (APPLICATION, QUALIFIED))
        return Window(day, table.whole("years", 1, 50), _why(table))
    return Window(table.one_of("since", (QUALIFIED, APPLICATION), QUALIFIED), None, _why(table))


def _gate(table: Table, words: tuple[str, ...]) -> Step:
    units = []
    for one in table.tables("unit"):
        units.append(Unit(_which(one, words), one.duration()))
        one.end()
    if not table.has("unit"):
        table.fault('`unit` is missing; write unit = [{of = ["supervision"], minutes = 90}]')
    need = table.whole("units", 1, 100, 1)
    busy, over, busy_need = None, 0, need
    for one in table.tables("busy")[:1]:
        busy, over, busy_need = _which(one, words), one.duration("over_"), one.whole("units", 1, 100)
        one.end()
        if busy_need <= need:
            table.fault(f"`busy` asks for {busy_need} units, and `units` for {need} already; write more", "busy")
    return Gate(
        _which(table, words),
        _why(table),
        table.one_of("per", PER),
        tuple(units),
        need,
        table.yes("in_each_setting"),
        busy,
        over,
        busy_need,
    )


def _cap(table: Table, words: tuple[str, ...]) -> Step:
    per, most, once = table.one_of("per", (SESSION, *PER, LOG)), table.duration(), table.duration("once_a_month_", 0)
    if once and per != WEEK:
        table.fault('a longer session once a month goes with per = "week"', "per")
    elif once and once <= most:
        table.fault("what counts once a month is no more than the cap itself; write more, or take it out")
    first = table.words("first", words)
    return Cap(_which(table, words), _why(table), per, most, first, _slug(table, "first_phase"), once)


def requirement(table: Table, words: tuple[str, ...]) -> Requirement:
    name, kind = table.text("id", 'id = "direct"'), table.one_of("kind", KINDS)
    if name and not script.SLUG.fullmatch(name):
        table.fault(f"id '{name}' is not a short name; use small letters, digits and hyphens", "id")
    title, which, at_most = table.text("title", 'title = "..."'), _which(table, words), table.yes("at_most")
    since = table.one_of("since", (QUALIFIED, APPLICATION)) if table.has("since") else ""
    among = Which(table.words("among", words)) if kind in (AVERAGE, SHARE) else Which()
    per = table.one_of("per", PER, WEEK) if kind in (AVERAGE, PERIODS) else WEEK
    each = table.duration("each_", 1) if kind == PERIODS else 1
    return Requirement(name, title, kind, _NEED[kind](table), which, among, since, per, each, at_most)


def _span(table: Table) -> int:
    given = [key for key in ("years", "months") if table.has(key)]
    if not given:
        table.fault("`years` is missing; write years = 2, or months = 9")
    years = table.whole("years", 1, 50) if "years" in given else 0
    return 12 * years + (table.whole("months", 1, 600) if "months" in given else 0)


STEPS: Mapping[str, Callable[[Table, tuple[str, ...]], Step]] = {
    "exclude": _exclude,
    "credit": _credit,
    "window": _window,
    "gate": _gate,
    "cap": _cap,
}
_NEED: Mapping[str, Callable[[Table], int]] = {
    SUM: Table.duration,
    AVERAGE: Table.duration,
    SHARE: lambda table: table.whole("percent", 1, 100),
    PERIODS: lambda table: table.whole("count", 1, 5_000),
    SPAN: _span,
}
