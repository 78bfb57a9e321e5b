"""Where each point of the curriculum is taught, practised and graded: `content/coverage.toml`, read and checked.

The points are those of the article the curriculum goes back to, so that none of them is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alliancelab import catalogue, sheet
from alliancelab.errors import ContentError, Fault

FEWEST_HOMES = 2


@dataclass(frozen=True)
class Home:
    """One place of a point: the cell of a module's lesson, a dialogue or item in it, and an item of its exercise."""

    module: str
    lesson: str
    practised: str
    graded: str


@dataclass(frozen=True)
class Point:
    """A point of the curriculum: its id, what it says, the module it belongs to, and its homes."""

    id: str
    says: str
    module: str
    homes: tuple[Home, ...]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Point:
        """The point of a table that `is_whole`."""
        return cls(table["id"], table["says"], table["module"], tuple(Home(**home) for home in table["home"]))


def is_whole(table: Mapping[str, Any]) -> bool:
    """Whether a table can be read as a point."""
    homes = table.get("home")
    return (
        all(isinstance(table.get(key), str) for key in ("id", "says", "module"))
        and isinstance(homes, list)
        and all(isinstance(home, Mapping) and set(home) == set(Home.__dataclass_fields__) for home in homes)
        and all(isinstance(value, str) for home in homes for value in home.values())
    )


def points() -> list[Point]:
    """The points of the curriculum, in order; raises `ContentError` while their file is not whole."""
    path = catalogue.CONTENT / "coverage.toml"
    tables = catalogue.load_toml(path).get("point")
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) and is_whole(table) for table in tables):
        raise ContentError([Fault(str(path), 1, "is not whole; `alliancelab content check` says where")])
    return [Point.of(table) for table in tables]


def faults(of: Iterable[Point]) -> Iterator[tuple[str, str]]:
    """What is wrong with the homes of these points: the point's id, and the message."""
    seen: set[str] = set()
    for point in of:
        if point.id in seen:
            yield point.id, f"the point '{point.id}' stands twice; take one out"
        seen.add(point.id)
        if point.module not in catalogue.modules():
            yield point.id, f"'{point.id}' belongs to '{point.module}', which is no module"
        for message in _homes(point):
            yield point.id, f"'{point.id}': {message}"


def _homes(point: Point) -> Iterator[str]:
    if len(point.homes) < FEWEST_HOMES:
        yield f"has {len(point.homes)} homes; write {FEWEST_HOMES} or more"
    for what in ("practised", "graded"):
        names = [getattr(home, what) for home in point.homes]
        if len(set(names)) != len(names):
            yield f"is {what} in one place only; name another for its second home"
    if point.homes and all(home.module != point.module for home in point.homes):
        yield f"has no home in its own module '{point.module}'"
    for home in point.homes:
        if home.module not in catalogue.modules():
            yield f"its home '{home.module}' is no module"
            continue
        cells, practised, graded = _there(home.module)
        if home.lesson not in cells:
            yield f"the lesson {home.module}.ipynb has no cell '{home.lesson}'"
        if home.practised not in practised:
            yield f"the lesson {home.module}.ipynb has no dialogue or item '{home.practised}'"
        if graded is not None and home.graded not in graded:
            yield f"the exercise of {home.module} grades no '{home.graded}'"


@cache
def _there(module: str) -> tuple[frozenset[str], frozenset[str], frozenset[str] | None]:
    """The text cells and items of a lesson, and the graded items of its exercise, where its source is at hand."""
    cells: set[str] = set()
    practised: set[str] = set()
    lesson, exercise = catalogue.lesson(module), catalogue.exercise_source(module)
    if lesson.is_file():
        try:
            cells = {str(c.get("id")) for c in sheet.load(lesson)["cells"] if c.get("cell_type") == "markdown"}
            practised = set(sheet.read(lesson).items)
        except ContentError:
            pass  # the linter says so where it reads the lesson
    return frozenset(cells), frozenset(practised), _graded(exercise)


def _graded(exercise: Path | None) -> frozenset[str] | None:
    if exercise is None:
        return None
    try:
        read = sheet.read(exercise)
    except ContentError:
        return frozenset()
    return frozenset([*read.graded, *read.written])
