"""Find content by name: dialogues, moves, sources, lessons and exercises.

Lessons and exercises stand beside the package in a checkout and inside it in an installed wheel; nothing above this
module knows the difference.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alliancelab import script
from alliancelab.dialogue import Dialogue
from alliancelab.errors import AllianceLabError, ContentError, Fault

PACKAGE = Path(__file__).parent
CONTENT = PACKAGE / "content"
START = "00_start_here"


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


@cache
def modules() -> Mapping[str, str]:
    """Slug to title of each module, in teaching order."""
    course = load_toml(CONTENT / "course.toml")
    return MappingProxyType({module["slug"]: module["title"] for module in course["module"]})


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
    path = CONTENT / "dialogues" / f"{name}.md"
    if not script.SLUG.fullmatch(name) or not path.is_file():
        raise NotFound(f"there is no dialogue '{name}'{_near(name, dialogue_names())}")
    return script.read(path, moves())


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
        raise NotFound(f"there is no module '{module}'{_near(module, list(modules()))}")
    return module


def _near(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; there are: {', '.join(names)}"


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
