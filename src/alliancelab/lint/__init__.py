"""Content is linted like code: every mistake at once, each with path, line and what to write instead.

`check` looks at dialogues with their plays, the lists of moves, sources and modules, lessons and exercise sources.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from alliancelab import answers, catalogue
from alliancelab.errors import Fault
from alliancelab.lint import dialogues, lists, notebooks

_OURS = "dialogues (.md), plays (.plays.toml), notebooks (.ipynb) and " + ", ".join(sorted(lists.LISTS))


def check(paths: Iterable[str | Path] = ()) -> list[Fault]:
    """What is wrong with the content in these files and folders, in order; without any, with all that is installed.

    Nothing is raised for what stands in a file: one that cannot be read is a fault like any other.
    """
    faults: set[Fault] = set()
    for root in [Path(path) for path in paths] or _all_content():
        faults.update(fault for path in _files(root, faults) for fault in _check_file(path))
    return sorted(faults)


def _all_content() -> list[Path]:
    roots = [catalogue.CONTENT, catalogue.lessons_home(), catalogue.course_home() / "source"]
    return [_from_here(root) for root in roots if root.exists()]


def _from_here(path: Path) -> Path:
    """The path as a person would type it here, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _check_file(path: Path) -> Iterable[Fault]:
    if path.name.endswith(dialogues.PLAYS):
        return dialogues.check_plays(path)
    if path.name in lists.LISTS:
        return lists.check(path)
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
