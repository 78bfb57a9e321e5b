"""Find content by name: dialogues, practice items, moves, sources, charts, lessons and exercises.

Lessons and exercises stand beside the package in a checkout and inside it in an installed wheel; nothing above this
module knows the difference.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alliancelab import questions, script
from alliancelab.dialogue import Dialogue
from alliancelab.errors import AllianceLabError, ContentError, Fault
from alliancelab.questions import Practice

PACKAGE = Path(__file__).parent
CONTENT = PACKAGE / "content"
START = "00_start_here"
PRACTISE = "practise"  # the page of the daily practice
PLAYS = ".plays.toml"


class NotFound(AllianceLabError):
    """A name that no content has, with the names that come near."""


def _home(name: str) -> Path:
    """Where a folder that the wheel carries stands: in the package, or in the checkout."""
    packed = PACKAGE / "_carried" / name
    return packed if packed.is_dir() else PACKAGE.parents[1] / name


def lessons_home() -> Path:
    """The folder of the lessons."""
    return _home("notebooks")


def course_home() -> Path:
    """The folder of the nbgrader course: `nbgrader_config.py` and, where the keys are at hand, `source/`."""
    return _home("exercises")


def released_home() -> Path:
    """The folder of the released exercises, made with the wheel; a checkout has none."""
    return _home("released")


@dataclass(frozen=True)
class Module:
    """A module as the course file has it. `minutes` are those of the lesson and of the exercise, `needs` what comes before,
    `level` the agreement with the key that it asks for, by kind (see `alliancelab.calibration.reached`).
    """

    slug: str
    title: str
    moment: str
    minutes: Mapping[str, int]
    needs: tuple[str, ...]
    objectives: tuple[str, ...]
    sources: tuple[str, ...]
    level: Mapping[str, float] = field(default_factory=dict)


@cache
def course() -> Mapping[str, Module]:
    """Slug to module, in teaching order; raises `ContentError` while the course file is not whole."""
    path = CONTENT / "course.toml"
    try:
        modules = [_module(table) for table in load_toml(path)["module"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ContentError([Fault(str(path), 1, "is not whole; `alliancelab content check` says where")]) from None
    return MappingProxyType({module.slug: module for module in modules})


def _module(table: Mapping[str, Any]) -> Module:
    return Module(
        str(table["slug"]),
        str(table["title"]),
        str(table["moment"]),
        MappingProxyType({part: table["minutes"][part] for part in ("lesson", "exercise")}),
        tuple(map(str, table["needs"])),
        tuple(map(str, table["objectives"])),
        tuple(map(str, table["sources"])),
        MappingProxyType({str(kind): float(wanted) for kind, wanted in table.get("level", {}).items()}),
    )


@cache
def modules() -> Mapping[str, str]:
    """Slug to title of each module, in teaching order."""
    return MappingProxyType({slug: module.title for slug, module in course().items()})


def start_cell(module: Module) -> str:
    """What the start page says about a module, as Markdown.

    >>> print(start_cell(course()["rapport"]).splitlines()[0])
    ## Rapport
    """
    after = "".join(f"- {objective}\n" for objective in module.objectives)
    needed = [course()[slug] for slug in module.needs if slug in course()]
    before = ", ".join(f"[{one.title}]({one.slug}.ipynb)" for one in needed)
    return (
        f"## {module.title}\n\n*{module.moment}*\n\nAfterwards you can\n\n{after}\n"
        + (f"Before it: {before}.\n\n" if before else "It needs nothing before it.\n\n")
        + f"- [Read the lesson: {module.title}]({module.slug}.ipynb), about {module.minutes['lesson']} minutes\n"
        + f"- [Do the exercise: {module.title}](exercises/{module.slug}/{module.slug}.ipynb), "
        + f"about {module.minutes['exercise']} minutes, best on another day"
    )


@cache
def moves() -> Mapping[str, Mapping[str, str]]:
    """Slug to name, meaning and (sometimes) `near` of each move that a reply can make."""
    return MappingProxyType(load_toml(CONTENT / "moves.toml"))


@cache
def near_moves() -> Mapping[str, str]:
    """Moves that count for one another when coding, since trained people barely agree on which is which.

    >>> near_moves()["restatement"]
    'reflection'
    """
    return MappingProxyType({slug: move["near"] for slug, move in moves().items() if "near" in move})


@cache
def sources() -> Mapping[str, Mapping[str, Any]]:
    """Slug to reference."""
    return MappingProxyType(load_toml(CONTENT / "sources.toml"))


def source_link(slug: str) -> str:
    """Where a reference can be opened.

    >>> source_link("elliott-2018")
    'https://doi.org/10.1037/pst0000175'
    """
    source = sources()[slug]
    return source.get("url") or f"https://doi.org/{source['doi']}"


def source_name(slug: str) -> str:
    """A reference as a text names it.

    >>> source_name("swift-2012")
    'Swift, J. K., & Greenberg, R. P. (2012)'
    """
    source = sources()[slug]
    return f"{source['authors']} ({source['year']})"


def dialogue_names() -> list[str]:
    """The names of all dialogues."""
    return sorted(path.stem for path in (CONTENT / "dialogues").glob("*.md"))


@cache
def dialogue(name: str) -> Dialogue:
    """The dialogue of this name; raises `NotFound` with names that come near."""
    if name not in dialogue_names():
        raise NotFound(f"there is no dialogue '{name}'{near(name, dialogue_names())}")
    return script.read(CONTENT / "dialogues" / f"{name}.md", moves())


@cache
def plays(name: str) -> tuple[Mapping[str, Any], ...]:
    """The played transcripts beside a dialogue, in the author's order: path, end and alliance of each."""
    tables = load_toml(CONTENT / "dialogues" / f"{name}{PLAYS}")
    return tuple(MappingProxyType(play) for play in tables.get("play", ()))


@cache
def practice(module: str) -> Mapping[str, Practice]:
    """Name to practice item of a module's lesson; a module without a file of items has none."""
    path = items_file(known(module))
    if not path.is_file():
        return MappingProxyType({})
    return MappingProxyType(questions.made(load_toml(path), script.read_text(path), str(path)))


def items_file(module: str) -> Path:
    """The file of a lesson's practice items."""
    return CONTENT / "items" / f"{module}.toml"


def practice_item(module: str, name: str) -> Practice:
    """One practice item of a module's lesson; raises `NotFound` with names that come near."""
    found = practice(module)
    if name not in found:
        raise NotFound(f"there is no item '{name}' in items/{module}.toml{near(name, list(found))}")
    return found[name]


@cache
def charts() -> Mapping[str, Mapping[str, Any]]:
    """Name to chart of simulated ratings: title, shape, sessions, seed, and what else `simulated.series` takes."""
    return MappingProxyType(load_toml(CONTENT / "charts.toml"))


def chart(name: str) -> Mapping[str, Any]:
    """One chart of simulated ratings; raises `NotFound` with names that come near."""
    if name not in charts():
        raise NotFound(f"there is no chart '{name}' in charts.toml{near(name, list(charts()))}")
    return charts()[name]


def lesson(module: str) -> Path:
    """The lesson's notebook of a module."""
    return lessons_home() / f"{known(module)}.ipynb"


def exercise_source(module: str) -> Path | None:
    """The exercise's source notebook, which holds the keys; None where the keys are not at hand."""
    path = course_home() / "source" / known(module) / f"{module}.ipynb"
    return path if path.is_file() else None


def known(module: str) -> str:
    """The slug itself, if there is such a module; raises `NotFound` otherwise.

    >>> known("raport")
    Traceback (most recent call last):
    ...
    alliancelab.catalogue.NotFound: there is no module 'raport'; did you mean 'rapport'?
    """
    if module not in modules():
        raise NotFound(f"there is no module '{module}'{near(module, list(modules()))}")
    return module


def near(name: str, names: list[str]) -> str:
    """How an unknown name is answered: the one that comes near, or all there are."""
    close = get_close_matches(name, names, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; there are: {', '.join(names)}"


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; a file that cannot be used is a `ContentError`."""
    try:
        return tomllib.loads(script.read_text(path))
    except RecursionError:
        raise ContentError([Fault(str(path), 1, "is nested too deeply; write plain tables")]) from None
    except ValueError as error:  # TOMLDecodeError, and a number with thousands of digits
        line = re.search(r"at line (\d+)", str(error))
        fault = Fault(str(path), int(line[1]) if line else 1, f"is not readable TOML: {error}")
        raise ContentError([fault]) from None
