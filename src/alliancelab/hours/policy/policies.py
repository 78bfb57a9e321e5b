"""Policies by name, and a policy's TOML file read and checked: every mistake at once, with its line.

What may stand in a file is told in `policy`; what contradicts itself there, in `policy_sense`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from alliancelab import catalogue, script
from alliancelab.errors import ContentError, Fault
from alliancelab.hours.policy import policy_parts, policy_sense
from alliancelab.hours.policy.policy import CATEGORIES, ORDER, SURE, Policy, Step
from alliancelab.hours.policy.toml_table import Table, blocks

FOLDER = catalogue.CONTENT / "policies"
SUFFIX = ".toml"
FORMAT = 1
REQUIRE = "require"

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
    lines = {header: line for header, line, _ in reversed(stand[1:])} | stand[0][2]
    top = Table(str(path), "", values, 1, lines, faults)
    if not script.SLUG.fullmatch(path.stem):
        top.fault("the file's name is the policy's id; use small letters, digits and hyphens")
    top.whole("format", FORMAT, FORMAT)
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
    tables: dict[int, Table] = {}  # by the identity of what was read from it
    for name, _ in ORDER:
        for table in _listed(top, name, stand):
            step = policy_parts.STEPS[name](table, words)
            table.end()
            tables[id(step)] = table
            steps.append(step)
    requirements = []
    for table in _listed(top, REQUIRE, stand):
        wanted = policy_parts.requirement(table, words)
        table.end()
        tables[id(wanted)] = table
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
            tables[id(part)].fault(message)
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
    inline = list(stand[0][2].items())  # a step written as `cap = [{...}]`
    for name, line in sorted(inline + [(name, line) for name, line, _ in stand], key=lambda one: one[1]):
        if name not in order:
            continue
        if furthest and order.index(name) < order.index(furthest):
            said = f"[[{name}]] stands after [[{furthest}]]; the order is {', '.join(order)}, so move it up"
            faults.append(Fault(path, line, said))
        else:
            furthest = name
