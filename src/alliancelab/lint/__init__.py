"""Content is linted like code: every mistake at once, each with path, line and what to write instead.

`check` looks at dialogues with their plays, practice items, series, scales, policies, the lists (moves, sources, modules, charts,
coverage), lessons and exercise sources; `hard_to_read` asks an author to look again, and finds no fault.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from alliancelab import answers, catalogue, script
from alliancelab.errors import ContentError, Fault
from alliancelab.hours.policy import policies
from alliancelab.lint import dialogues, lists, notebooks, practice, prose
from alliancelab.skeleton_texts import MARK

_OURS = "dialogues (.md), plays (.plays.toml), items, series, scales and policies (.toml in a folder of that name), notebooks (.ipynb) and "
_OURS += ", ".join(sorted(lists.LISTS))


def check(paths: Iterable[str | Path] = ()) -> list[Fault]:
    """What is wrong with the content in these files and folders, in order; without any, with all that is installed.

    Nothing is raised for what stands in a file: one that cannot be read is a fault like any other.
    """
    faults: set[Fault] = set()
    for root in [Path(path) for path in paths] or _all_content():
        faults.update(fault for path in _files(root, faults) for fault in _check_file(path))
    return sorted(faults)


def hard_to_read(paths: Iterable[str | Path] = ()) -> list[Fault]:
    """The passages of lessons that are hard to read; without any path, of all lessons."""
    roots = [Path(path) for path in paths] or [_from_here(catalogue.lessons_home())]
    lessons = [path for root in roots for path in _files(root, set()) if path.suffix == ".ipynb"]
    return sorted(found for path in lessons for found in prose.hard_to_read(path))


def _all_content() -> list[Path]:
    roots = [catalogue.CONTENT, catalogue.lessons_home(), catalogue.course_home() / "source"]
    return [_from_here(root) for root in roots if root.exists()]


def _from_here(path: Path) -> Path:
    """The path as a person would type it here, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _check_file(path: Path) -> Iterable[Fault]:
    return [*_check_kind(path), *_unwritten(path)]


def _unwritten(path: Path) -> Iterator[Fault]:
    """The places of a skeleton that wait for words."""
    try:
        text = script.read_text(path)
    except ContentError:
        return  # said already
    for number, line in enumerate(text.split("\n"), start=1):
        if MARK in line:
            yield Fault(str(path), number, f"is still to be written: {line.partition(MARK)[2].strip()[:60]}")


def _check_kind(path: Path) -> Iterable[Fault]:
    if path.name.endswith(dialogues.PLAYS):
        return dialogues.check_plays(path)
    if path.name in lists.LISTS:
        return lists.check(path)
    if path.suffix == ".toml" and path.parent.name == "items":
        return practice.check(path)
    if path.suffix == ".toml" and path.parent.name == "series":
        return lists.check_series(path)
    if path.suffix == ".toml" and path.parent.name == "scales":
        return lists.check_scale(path)
    if path.suffix == ".toml" and path.parent.name == "policies":
        return policies.check(path)
    if path.suffix == ".md":
        return dialogues.check(path)
    if path.suffix == ".ipynb":
        return notebooks.check(path)
    return [Fault(str(path), 1, f"is no content of ours; move it away. Ours are {_OURS}")]


def _files(root: Path, faults: set[Fault]) -> Iterator[Path]:
    """The files to check; in a folder neither hidden ones nor an author's own answers, which lie beside a lesson."""

    def unreadable(error: OSError) -> None:
        faults.add(Fault(str(error.filename), 1, f"cannot be read: {error.strerror}"))

    try:
        is_folder = stat.S_ISDIR(root.stat().st_mode)
    except (OSError, ValueError) as error:
        faults.add(Fault(str(root), 1, f"cannot be read: {getattr(error, 'strerror', None) or error}; mend the name"))
        return
    if not is_folder:
        yield root
        return
    for folder, inside, names in os.walk(root, onerror=unreadable):
        inside[:] = [name for name in inside if not name.startswith((".", "_"))]
        for name in names:
            if not name.startswith(".") and not name.endswith(answers.SUFFIX):
                yield Path(folder, name)
