"""Policies by name, and a policy's TOML file read and checked: every mistake at once, with its line.

What may stand in a file is told in `policy`; what contradicts itself there, in `policy_sense`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from alliancelab import catalogue, script
from alliancelab.errors import ContentError, Fault
from alliancelab.hours import policy_sense
from alliancelab.hours.policy import (
    APPLICATION,
    AVERAGE,
    CATEGORIES,
    KINDS,
    LOG,
    MONTH,
    ORDER,
    PERIODS,
    QUALIFIED,
    SESSION,
    SHARE,
    SPAN,
    SUM,
    SURE,
    WEEK,
    Cap,
    Credit,
    Exclude,
    Gate,
    Policy,
    Requirement,
    Step,
    Unit,
    Which,
    Window,
)
from alliancelab.hours.toml_table import Table, blocks

FOLDER = catalogue.CONTENT / "policies"
SUFFIX = ".toml"
FORMAT = 1
REQUIRE = "require"
PER = (WEEK, MONTH)

_PART = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")
_DOTTED = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")


def names() -> list[str]:
    """The ids of all policies that come with the package."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


@cache
def named(name: str) -> Policy:
    """The policy of this id; raises `catalogue.NotFound` with ids that come near, `ContentError` for a faulty one.

    >>> named("pacfa-clinic").title
    Traceback (most recent call last):
    ...
    alliancelab.catalogue.NotFound: there is no policy 'pacfa-clinic'; did you mean 'pacfa-clinical'?
    """
    return read(file_of(name))


def file_of(name: str) -> Path:
    """The file of one of our policies; raises `catalogue.NotFound`."""
    if name not in names():
        raise catalogue.NotFound(f"there is no policy '{name}'{catalogue.near(name, names())}")
    return FOLDER / f"{name}{SUFFIX}"


def find(name: str) -> Policy:
    """The policy that somebody typed: an id of ours, or a file of their own (.toml)."""
    return read(Path(name)) if name.endswith(SUFFIX) else named(name)


def read(path: Path) -> Policy:
    """The policy of a file; a faulty one is a `ContentError` with everything that is wrong."""
    found, faults = _read(path)
    if faults:
        raise ContentError(faults)
    return found


def check(path: Path) -> list[Fault]:
    """What is wrong with a policy's file."""
    try:
        return _read(path)[1]
    except ContentError as error:
        return list(error.faults)


def _read(path: Path) -> tuple[Policy, list[Fault]]:
    values, stand, faults = catalogue.load_toml(path), blocks(script.read_text(path)), list[Fault]()
    top = Table(str(path), "", values, 1, stand[0][2], faults)
    if not script.SLUG.fullmatch(path.stem):
        top.fault("the file's name is the policy's id; use small letters, digits and hyphens")
    if top.whole("format", 1, FORMAT) != FORMAT:
        pass  # said
    title, body = top.text("title", 'title = "..."'), top.text("body", 'body = "..." (who asks for it)')
    source, url = top.text("source", 'source = "..." (where it is written)'), top.text("url", needed=False)
    if url and not url.startswith(("https://", "http://")):
        top.fault("`url` is no address; write https://...", "url")
    checked, sure = top.day("checked"), top.one_of("how_sure", SURE)
    note = top.text("sure_note", 'sure_note = "..."; say what was not read', needed=sure != SURE[0])
    sunday = top.one_of("week_begins", ("monday", "sunday"), "monday") == "sunday"
    own = top.texts("words", '["client.by-letter"]')
    for word in own:
        if not _DOTTED.fullmatch(word):
            top.fault(f"'{word}' is no category; write dotted words such as client.by-letter", "words")
    modules = top.texts("modules", '["foundations"]')
    for module in modules:
        if not script.SLUG.fullmatch(module):
            top.fault(f"'{module}' is no module; write small letters, digits and hyphens", "modules")
    notes, valid = top.texts("notes", '["..."]'), top.whole("valid_months", 1, 1200, 0)
    words = (*CATEGORIES, *own)

    steps: list[Step] = []
    lines: dict[int, Table] = {}
    for name, _ in ORDER:
        for table in _listed(top, name, stand):
            step = _STEPS[name](table, words)
            table.end()
            lines[id(step)] = table
            steps.append(step)
    requirements = []
    for table in _listed(top, REQUIRE, stand):
        wanted = _requirement(table, words)
        table.end()
        lines[id(wanted)] = table
        requirements.append(wanted)
    if not requirements and REQUIRE not in values:
        top.fault(f'asks for nothing; write [[{REQUIRE}]], id = "direct", kind = "sum", of = ["client"], hours = 40')
    top.end()
    _in_order(stand, faults, str(path))
    found = Policy(
        path.stem,
        title,
        body,
        source,
        checked,
        sure,
        tuple(steps),
        tuple(requirements),
        url,
        note,
        notes,
        sunday,
        modules,
        valid,
        str(path),
    )
    if not faults:
        for part, message in policy_sense.wrong(found):
            lines[id(part)].fault(message)
    return found, sorted(set(faults))


def _listed(top: Table, name: str, stand: list[tuple[str, int, dict[str, int]]]) -> list[Table]:
    """The tables of one name, each with the lines of its keys where it was written under a header of its own."""
    found = top.tables(name)
    at = [(line, keys) for header, line, keys in stand if header == name]
    for number, table in enumerate(found):
        table.name = f"[[{name}]]"
        if len(at) == len(found):
            table.line, table.lines = at[number]
    return found


def _in_order(stand: list[tuple[str, int, dict[str, int]]], faults: list[Fault], path: str) -> None:
    """The order of the file is the order of the steps."""
    order = [*(name for name, _ in ORDER), REQUIRE]
    furthest = ""
    for name, line, _ in stand:
        if name not in order:
            continue
        if furthest and order.index(name) < order.index(furthest):
            said = f"[[{name}]] stands after [[{furthest}]]; the order is {', '.join(order)}, so move it up"
            faults.append(Fault(path, line, said))
        else:
            furthest = name


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


def _requirement(table: Table, words: tuple[str, ...]) -> Requirement:
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


_STEPS = {"exclude": _exclude, "credit": _credit, "window": _window, "gate": _gate, "cap": _cap}
_NEED: Mapping[str, Any] = {
    SUM: Table.duration,
    AVERAGE: Table.duration,
    SHARE: lambda table: table.whole("percent", 1, 100),
    PERIODS: lambda table: table.whole("count", 1, 5_000),
    SPAN: _span,
}
