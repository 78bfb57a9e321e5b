"""The lists that all content leans on: moves, sources, modules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from alliancelab import catalogue, script
from alliancelab.errors import ContentError, Fault

_Wrong = Iterator[tuple[str, str]]


def check(path: Path) -> Iterator[Fault]:
    """What is wrong with a list; its name says which it is."""
    try:
        text, tables = script.read_text(path), catalogue.load_toml(path)
    except ContentError as error:
        yield from error.faults
        return
    for name, message in LISTS[path.name](tables):
        found = re.search(rf'^(\[+|slug *= *"){re.escape(name)}(\]|")', text, re.MULTILINE) if name else None
        yield Fault(str(path), text[: found.start()].count("\n") + 1 if found else 1, message)


def _moves(tables: Mapping[str, Any]) -> _Wrong:
    for slug, move in tables.items():
        yield from _table(slug, move, {"name": str, "what": str}, {"near": str})
        if isinstance(move, dict) and "near" in move and (move["near"] not in list(tables) or move["near"] == slug):
            yield slug, f"'{slug}': `near` names no other move; name one of this file, or take it out"


def _sources(tables: Mapping[str, Any]) -> _Wrong:
    for slug, source in tables.items():
        yield from _table(slug, source, {"authors": str, "year": int, "title": str}, {"doi": str, "url": str})
        if isinstance(source, dict) and ("doi" in source) == ("url" in source):
            yield slug, f"'{slug}' cannot be opened; write a `doi`, or where there is none a `url`"


def _modules(tables: Mapping[str, Any]) -> _Wrong:
    modules = tables.get("module")
    if list(tables) != ["module"] or not isinstance(modules, list) or not modules:
        yield "", 'holds something other than modules; write `[[module]]`, `slug = "..."`, `title = "..."`'
        return
    slugs = [module.get("slug") if isinstance(module, dict) else None for module in modules]
    for number, (slug, module) in enumerate(zip(slugs, modules, strict=True)):
        yield from _table(str(slug), module, {"slug": str, "title": str}, {}, is_slug=False)
        if isinstance(slug, str) and not script.SLUG.fullmatch(slug):
            yield slug, f"'{slug}' cannot name a module; use small letters, digits, hyphens"
        if slug in slugs[:number]:
            yield str(slug), f"the module '{slug}' stands twice; take one out"


def _table(
    slug: str, value: object, needed: Mapping[str, type], allowed: Mapping[str, type], is_slug: bool = True
) -> _Wrong:
    if not isinstance(value, dict):
        yield slug, f"'{slug}' is no table; write `[{slug}]` and under it {', '.join(needed)}"
        return
    if is_slug and not script.SLUG.fullmatch(slug):
        yield slug, f"'{slug}' is no slug; use small letters, digits, hyphens"
    for key in value:
        if key not in needed and key not in allowed:
            yield slug, f"'{slug}' has an unknown key '{key}'; the keys are: {', '.join([*needed, *allowed])}"
    for key, kind in {**needed, **allowed}.items():
        if key in needed and key not in value:
            yield slug, f"'{slug}' has no `{key}`; add it"
        elif key in value and (type(value[key]) is not kind or not value[key]):
            yield slug, f"'{slug}': `{key}` is not {'a whole number' if kind is int else 'a text'}; write one"


LISTS: dict[str, Callable[[Mapping[str, Any]], _Wrong]] = {
    "moves.toml": _moves,
    "sources.toml": _sources,
    "course.toml": _modules,
}
