"""The lists that all content leans on: moves, sources, modules, charts, and where each point of the curriculum is at home."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from alliancelab import calibration, catalogue, coverage, scales, script, series, sheet, simulated
from alliancelab.dialogue import FEATURES
from alliancelab.errors import AllianceLabError, ContentError, Fault
from alliancelab.items import Code, Rate
from alliancelab.lint.words import known

_Wrong = Iterator[tuple[str, str]]


def check(path: Path) -> Iterator[Fault]:
    """What is wrong with a list; its name says which it is."""
    try:
        text, tables = script.read_text(path), catalogue.load_toml(path)
    except ContentError as error:
        yield from error.faults
        return
    for name, message in LISTS[path.name](tables):
        found = re.search(rf'^(\[+|(?:slug|id) *= *"){re.escape(name)}(\]|")', text, re.MULTILINE) if name else None
        yield Fault(str(path), text[: found.start()].count("\n") + 1 if found else 1, message)


def check_series(path: Path) -> Iterator[Fault]:
    """What is wrong with a series file."""
    try:
        tables = catalogue.load_toml(path)
    except ContentError as error:
        yield from error.faults
        return
    for message in series.faults(tables):
        yield Fault(str(path), 1, message)


def check_scale(path: Path) -> Iterator[Fault]:
    """What is wrong with a scale file."""
    try:
        text, tables = script.read_text(path), catalogue.load_toml(path)
    except ContentError as error:
        yield from error.faults
        return
    yield from scales.faults(tables, text, str(path))


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
    if tables == known(catalogue.sources):  # ours: then what names them is at hand, too
        for slug in known(unused_sources) or ():
            yield slug, f"'{slug}' is named nowhere; take it out, or name it where it belongs"


def unused_sources() -> list[str]:
    """The entries of the bibliography that nothing in the content names."""
    named = {source for module in catalogue.course().values() for source in module.sources}
    named.update(scales.named(name).source for name in scales.names())
    for name in catalogue.dialogue_names():
        named.update(catalogue.dialogue(name).sources)
    written = []
    for module in catalogue.modules():
        for path in (catalogue.lesson(module), catalogue.exercise_source(module)):
            if path is not None and path.is_file():
                read = sheet.read(path)
                keys = [marked.key for marked in [*read.asked.values(), *read.graded.values()]]
                named.update(str(key.get("source")) for key in keys if isinstance(key, Mapping))
                written.append(path.read_text(encoding="utf-8"))
    return [slug for slug in catalogue.sources() if slug not in named and not _is_linked(slug, written)]


def _is_linked(slug: str, written: list[str]) -> bool:
    return any(catalogue.source_link(slug) in text for text in written)


def _modules(tables: Mapping[str, Any]) -> _Wrong:
    modules = tables.get("module")
    if list(tables) != ["module"] or not isinstance(modules, list) or not modules:
        yield "", 'holds something other than modules; write `[[module]]`, `slug = "..."`, `title = "..."`'
        return
    slugs = [module.get("slug") if isinstance(module, dict) else None for module in modules]
    for number, (slug, module) in enumerate(zip(slugs, modules, strict=True)):
        needed = {"slug": str, "title": str, "moment": str, "minutes": dict, "objectives": list, "sources": list}
        yield from _table(str(slug), module, needed, {"needs": list, "level": dict}, is_slug=False)
        if isinstance(module, dict):
            yield from ((str(slug), message) for message in _module(module, slugs[:number]))
        if isinstance(slug, str) and not script.SLUG.fullmatch(slug):
            yield slug, f"'{slug}' cannot name a module; use small letters, digits, hyphens"
        if slug in slugs[:number]:
            yield str(slug), f"the module '{slug}' stands twice; take one out"


def _module(module: Mapping[str, Any], before: list[Any]) -> Iterator[str]:
    minutes, sources = module.get("minutes"), known(catalogue.sources)
    if isinstance(minutes, dict) and (
        set(minutes) != {"lesson", "exercise"} or not all(type(n) is int and 0 < n <= 600 for n in minutes.values())
    ):
        yield "`minutes` are not those of a lesson and an exercise; write {lesson = 60, exercise = 45}"
    yield from _level(module.get("level", {}), module.get("slug"))
    if "needs" not in module:
        yield "has no `needs`; name the modules that come before, or write `needs = []`"
    for what in ("objectives", "sources"):
        if module.get(what) == []:
            yield f"`{what}` is empty; name one or more"
    for need in _listed(module, "needs"):
        if need not in before:
            yield f"needs '{need}', which does not come before it; change the order, or take it out"
    if any(not isinstance(objective, str) or not objective.strip() for objective in _listed(module, "objectives")):
        yield "an objective is no text; write what a trainee can do afterwards"
    for source in _listed(module, "sources"):
        if sources is not None and source not in list(sources):
            yield f"'{source}' is no known source; add it to sources.toml, or name another"


def _listed(module: Mapping[str, Any], what: str) -> list[Any]:
    return module[what] if isinstance(module.get(what), list) else []  # that it is no list is said already


def _level(level: Any, slug: Any) -> Iterator[str]:
    if not isinstance(level, dict):
        return  # `_table` has said so
    for kind, wanted in level.items():
        if kind not in calibration.KINDS:
            yield f"`level` asks for '{kind}'; write one of: {', '.join(calibration.KINDS)}"
        elif type(wanted) not in (int, float) or not 0 < wanted < 1:
            yield f"the level of {kind} is no agreement between 0 and 1; write {kind} = 0.6"
        elif 0 < (number := _judged(slug)[kind]) < calibration.ENOUGH:
            what = calibration.KINDS[kind]
            yield (
                f"'{slug}' has {number} {what}, and a level is judged on {calibration.ENOUGH} or more; "
                "take the level out, or write more tasks"
            )


def _judged(slug: Any) -> Counter[str]:
    """How many codings and ratings a module has, in its lesson and its exercise; none where they cannot be read."""
    found = Counter[str]()
    try:
        for path in filter(None, (catalogue.lesson(slug), catalogue.exercise_source(slug))):
            for asked in sheet.read(path).asked.values():
                if isinstance(asked.item, Code):
                    found[calibration.CODING] += len(asked.item.utterances)
                elif isinstance(asked.item, Rate):
                    found[calibration.RATING] += len(asked.item.aspects)
    except (AllianceLabError, OSError):
        return Counter()
    return found


def _charts(tables: Mapping[str, Any]) -> _Wrong:
    for slug, chart in tables.items():
        needed = {"title": str, "shape": str, "sessions": int, "seed": int}
        yield from _table(slug, chart, needed, {"at": int, "line": str, "reliable": int})
        if not isinstance(chart, dict):
            continue
        if isinstance(chart.get("shape"), str) and chart["shape"] not in simulated.SHAPES:
            yield slug, f"'{slug}': there is no shape '{chart['shape']}'; write one of: {', '.join(simulated.SHAPES)}"
        if type(sessions := chart.get("sessions")) is int and not 2 <= sessions <= simulated.MOST_SESSIONS:
            yield slug, f"'{slug}' has {sessions} sessions; write a number from 2 to {simulated.MOST_SESSIONS}"
        elif type(sessions) is int and type(at := chart.get("at", 2)) is int:
            last = sessions - simulated.LAST_AT.get(str(chart.get("shape")), 0)
            if not 2 <= at <= last:
                yield slug, f"'{slug}': `at` is {at}, where the shape can't be seen; write a number from 2 to {last}"
        if (line := chart.get("line", "goals")) not in FEATURES:
            yield slug, f"'{slug}': there is no line '{line}'; write one of: {', '.join(FEATURES)}"
        if "simulated" not in str(chart.get("title")):
            yield slug, f"'{slug}': its title does not say that it is simulated; add the word"


def _coverage(tables: Mapping[str, Any]) -> _Wrong:
    points = tables.get("point")
    if list(tables) != ["point"] or not isinstance(points, list):
        yield "", "holds something other than points; write `[[point]]`, id, says, module and `[[point.home]]`"
        return
    for point in points:
        slug = str(point.get("id")) if isinstance(point, dict) else ""
        yield from _table(slug, point, {"id": str, "says": str, "module": str, "home": list}, {}, is_slug=False)
    whole = all(isinstance(point, dict) and coverage.is_whole(point) for point in points)
    if whole and known(catalogue.modules) is not None:
        yield from coverage.faults([coverage.Point.of(point) for point in points])


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
        elif key in value and (type(value[key]) is not kind or (not value[key] and kind is not list)):
            yield slug, f"'{slug}': `{key}` is not {_KINDS[kind]}; write one"


_KINDS = {int: "a whole number", str: "a text", dict: "a table", list: "a list"}

LISTS: dict[str, Callable[[Mapping[str, Any]], _Wrong]] = {
    "moves.toml": _moves,
    "sources.toml": _sources,
    "course.toml": _modules,
    "charts.toml": _charts,
    "coverage.toml": _coverage,
}
