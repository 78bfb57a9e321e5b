"""What must be right before the first submission of a run of autograde is touched.

nbgrader makes one exporter for each run, after it has listed the submissions and before it opens one. `Intake` is that
exporter: there nothing is half done yet, and a refusal is one sentence for the whole run.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from glob import glob
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_notebook
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.utils import rmtree
from traitlets import List, Unicode

from alliancelab import release, sheet
from alliancelab.answers import LONGEST_JOURNAL, SUFFIX
from alliancelab.course import code
from alliancelab.course.files import LONGEST_TIMESTAMP, TIMESTAMP, below, time_of
from alliancelab.course.seal import GRADED, Seal
from alliancelab.course.source import Source, sources
from alliancelab.errors import AllianceLabError


class Intake(NotebookExporter):
    """Autograde's exporter: sees to the submissions before the run, and never opens a submitted notebook."""

    code = List(Unicode(), help="The exercises whose code is run, in a cage.").tag(config=True)
    refused = Unicode(help="What is wrong with the course's settings; nothing is graded then.").tag(config=True)

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        if isinstance(self.parent, Autograde):
            try:
                if self.refused:
                    raise AllianceLabError(self.refused)
                Run(self.parent, self.code).prepare()
            except AllianceLabError as error:
                self.parent.log.error("%s", error)
                raise NbGraderException(str(error)) from None

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Read a notebook, but not one that was handed in: the first step wants only to know where it stands."""
        handed_in = any(isinstance(step, Seal) for step in self._preprocessors)
        if resources and resources.get("nbgrader", {}).get("assignment") in self.code:
            self._preprocessors = []
            for step in code.SANITIZE if handed_in else code.AUTOGRADE:
                self.register_preprocessor(step)
        if not handed_in:
            return super().from_filename(filename, resources, **options)
        path = Path(filename)
        about = {**(resources or {}), "metadata": {"name": path.stem, "path": str(path.parent)}}
        return self.from_notebook_node(new_notebook(), about, **options)


class Run:
    """One run of grading: which submissions there are, and what stands in their way."""

    def __init__(self, converter: Autograde, with_code: list[str]):
        self.with_code = with_code
        self.converter, self.log = converter, converter.log
        self.coursedir = converter.coursedir
        self.place = re.compile(converter._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True))
        self.sources: dict[str, dict[str, Source]] = {}

    def prepare(self) -> None:
        # nbgrader's list leaves out a journal whose notebook was not handed in.
        pattern = self.converter._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        for name in sorted({*glob(pattern), *self.converter.assignments}):
            match = self.place.fullmatch(name)
            if match is None:
                continue
            assignment, student = match["assignment"], match["student"]
            if assignment not in self.sources:
                sealed = assignment not in self.with_code
                self.sources[assignment] = sources(self.coursedir, assignment, self.converter, sealed)
            try:
                self._submission(name, assignment, student)
            except OSError as error:
                self.log.error("%s is left out: %s; mend this and grade again", name, error)
                self.converter.assignments.pop(name, None)

    def _submission(self, name: str, assignment: str, student: str) -> None:
        folder = Path(name)
        self.quarantine(folder, assignment, student)
        wanted = {
            folder / f"{notebook}.ipynb": source
            for notebook, source in self.sources[assignment].items()
            if fnmatch(notebook, self.coursedir.notebook_id)
        }
        if assignment in self.with_code:
            self._see_code(name, assignment, student, wanted)
            return
        journals = [sheet.journal_path(folder, source.sheet.module) for source in wanted.values()]
        if name not in self.converter.assignments and not any(journal.is_file() for journal in journals):
            return
        for path, source in wanted.items():
            self.complete(path, source, student)
        self.converter.assignments[name] = [str(path) for path in wanted]
        self._redo_unfinished(assignment, student, list(wanted))

    def _see_code(self, name: str, assignment: str, student: str, wanted: Iterable[Path]) -> None:
        """Leave out a submission with a notebook that cannot be read; nbgrader itself sees to one that is missing."""
        there = [path for path in wanted if path.is_file()]
        faults = [fault for fault in map(code.unreadable, there) if fault]
        for fault in faults:
            self.log.error("%s", fault)
        if faults:
            self.converter.assignments.pop(name, None)
        elif there:
            self._redo_unfinished(assignment, student, there)

    def complete(self, path: Path, source: Source, student: str) -> None:
        """Put the released notebook where none was handed in; say so where one cannot be read. Neither is graded."""
        if not path.exists():
            self.log.warning("%s handed in no %s; what stands in the journal is graded", student, path.name)
            put_released(source.path, path)
        elif not _is_notebook(path):
            self.log.warning("%s of %s is not a whole notebook; what stands in the journal is graded", path, student)

    def _redo_unfinished(self, assignment: str, student: str, notebooks: list[Path]) -> None:
        """Remove what a run that was cut short left behind, or nbgrader would take it for graded and skip it."""
        made = Path(self.coursedir.format_path(self.coursedir.autograded_directory, student, assignment))
        if made.is_dir() and not all(_is_graded(made / path.name) for path in notebooks):
            self.log.warning("the grading of %s for %s was cut short; it is done again", assignment, student)
            rmtree(str(made))

    def quarantine(self, folder: Path, assignment: str, student: str) -> list[str]:
        """Move aside what must not be followed, copied or read, and a time that cannot be read; what was moved, and why."""
        said = []
        for path, reason in _unfit(folder):
            kept = self._set_aside(path, assignment, student)
            said.append(f"{path.name} {reason}; it was moved to {kept}")
            self.log.warning("%s %s; it was moved to %s", path, reason, kept)
        return said

    def _set_aside(self, path: Path, assignment: str, student: str) -> Path:
        home = Path(self.coursedir.root) / "quarantine" / student / assignment
        home.mkdir(parents=True, exist_ok=True)
        kept, number = home / path.name, 1
        while kept.is_symlink() or kept.exists():
            number += 1
            kept = home / f"{number}-{path.name}"
        path.rename(kept)  # moves a link itself, never what it points to
        return kept


def put_released(source: Path, path: Path) -> None:
    """Write the released form of the notebook at `source` to `path`: nbgrader looks only at what has a notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(release.text(release.released(source)), encoding="utf-8")


def irregular(folder: Path) -> list[Path]:
    """What is neither a folder nor a plain file in `folder`, or `folder` itself; links are not followed."""
    modes = ((path, about.st_mode) for path, about in below(folder))
    return [path for path, mode in modes if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode)]


def _unfit(folder: Path) -> Iterator[tuple[Path, str]]:
    """What is not taken as it is in a submission, with the reason; looked at anew for each, since it is moved meanwhile."""
    for path in irregular(folder):
        yield path, "is a link or a device, which cannot be handed in"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        is_journal = path.name.endswith(SUFFIX)
        if path.is_dir() and (is_journal or path.suffix == ".ipynb"):
            yield path, "is a folder and no file"
        elif is_journal and path.stat().st_size > LONGEST_JOURNAL:
            yield path, f"is larger than {LONGEST_JOURNAL:,} bytes, more than a person can write"
        elif path.name == TIMESTAMP and path.is_file() and not _is_time(path):
            yield path, "holds no time, so that it counts as handed in in time"


def _is_time(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            time_of(file.read(LONGEST_TIMESTAMP + 1))
    except ValueError:
        return False
    return True


def _is_notebook(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes())["cells"], list)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _is_graded(path: Path) -> bool:
    try:
        return json.loads(path.read_bytes())["metadata"]["alliancelab"]["grading"] == GRADED
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
