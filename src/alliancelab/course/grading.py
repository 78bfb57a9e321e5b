"""Grade a whole group: the same grades as nbgrader's own autograde with our settings, with the work for each kept small.

What does not hang on the submission is done once; a submission is a pure function of the exercise and the journal; the
gradebook is written in bulk, by this process alone. A run that was cut short goes on where it was.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from glob import glob
from math import fsum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import DBAPIError

from alliancelab.course import code
from alliancelab.course.course import Row, known, nbgrader_api
from alliancelab.course.files import SECRET, TIMESTAMP, portions, read_plain, time_of, write_whole
from alliancelab.course.gradebook import Former, Rows, engine_of
from alliancelab.course.graded import Exercise, Graded, HandedIn
from alliancelab.course.intake import Run
from alliancelab.course.lock import course_lock, database_lock
from alliancelab.course.settings import refuse_own_steps
from alliancelab.course.source import sources
from alliancelab.course.workers import graded
from alliancelab.errors import AllianceLabError

AT_ONCE = 200  # submissions written in one transaction

Progress = Callable[[str, int, int], None]


def grade(
    folder: Path,
    module: str,
    *,
    workers: int = 1,
    dask: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> list[Row]:
    """Grade everyone who handed in `module` in the course at `folder`; one row for each.

    What has not changed since it was graded is left as it is, unless `force`. `workers` is how many processes grade,
    `dask` the address of a cluster's scheduler that does it instead. `progress` is called with what is being done, the
    number done and the number of all.
    """
    folder, tell = Path(folder).resolve(), progress or (lambda what, done, of: None)
    api = nbgrader_api(folder)
    known(folder, module)
    refuse_own_steps(api.config, "Autograde", ("exporter_class", "sanitize_preprocessors", "autograde_preprocessors"))

    def waits() -> None:
        tell("waiting for another run in this course", 0, 1)

    with course_lock(folder, waits):
        if not _is_assigned(api, module):
            raise AllianceLabError(f"'{module}' was never assigned; run `alliancelab course assign {module}` first")
        engine = engine_of(api.coursedir.db_url)
        try:
            with database_lock(engine, waits):
                if code.is_code(api.config, module):
                    return list(_run_code(api, module, Rows(engine, module), force, tell))
                run = _Grading(api, module, engine, force)
                run.go(workers, dask, tell)
                return list(_rows(run.rows, run.students, run.exercise.graded_cells, run.faults))
        except DBAPIError as error:
            raise AllianceLabError(
                f"the gradebook cannot be read or written ({error.orig}); what was graded until now is kept. "
                "Mend this and run the same command again"
            ) from None
        finally:
            engine.dispose()


def _is_assigned(api: Any, module: str) -> bool:
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        try:
            return bool(gradebook.find_assignment(module).notebooks)
        except MissingEntry:
            return False


def _rows(rows: Rows, students: Sequence[str], cells: Iterable[str], faults: Mapping[str, str]) -> Iterator[Row]:
    out_of = fsum(rows.worth.values())
    order = {name: number for number, name in enumerate(cells)}
    for some in portions(students, AT_ONCE):
        marks = rows.marks(some)
        for student in some:
            pages = marks.get(student, {}).values()
            found = sorted(
                (order[name], name, mark) for page, _ in pages for name, mark in page.items() if name in order
            )
            points = fsum(mark.score for _, _, mark in found) - fsum(late for _, late in pages)
            items = {name: mark.score for _, name, mark in found}
            waiting = any(mark.waits for _, _, mark in found)
            yield Row(student, points, out_of, waiting, items, faults.get(student, ""))


def _run_code(api: Any, module: str, rows: Rows, force: bool, tell: Progress) -> Iterator[Row]:
    """An exercise with code cells: nbgrader's own way, one submission after another, each in a cage."""
    students = _submitted(api.coursedir, module)
    faults = {}
    for done, student in enumerate(students):
        tell("grade", done, len(students))
        faults[student] = code.grade_submission(api, module, student, force)
    tell("grade", len(students), len(students))
    yield from _rows(rows, students, [name for _, name in rows.graded_cells], faults)


@dataclass
class _Grading:
    """One run over the submissions of a module."""

    api: Any
    module: str
    engine: Any
    force: bool
    students: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.coursedir = self.api.coursedir
        converter = Autograde(coursedir=self.coursedir, parent=self.api)
        self.permissions = int(str(converter.permissions), 8)
        self.exercise = Exercise(self.module, sources(self.coursedir, self.module, converter))
        self.intake = Run(converter, [])
        self.rows = Rows(self.engine, self.module)
        self.penalty = _penalty(converter)
        self.students = _submitted(self.coursedir, self.module)
        self.handed_in: dict[str, HandedIn] = {}

    def go(self, workers: int, dask: str | None, tell: Progress) -> None:
        done, of = 0, len(self.students)
        tell("grade", 0, of)
        ready: list[tuple[Graded, datetime | None, int]] = []

        def counted() -> Iterator[HandedIn]:
            nonlocal done
            for student, one in self._changed():
                if one is None:
                    done += 1
                    tell("grade", done, of)
                else:
                    self.handed_in[student] = one
                    yield one

        try:
            for one in graded(self.exercise, counted(), workers, dask):
                handed_in = self.handed_in.pop(one.student)
                if one.fault:
                    self.faults[one.student] = one.fault
                else:
                    self._keep(one, handed_in, ready)
                done += 1
                tell("grade", done, of)
                if len(ready) >= AT_ONCE:
                    self.rows.write(ready, self.penalty)
                    ready.clear()
        finally:  # also where a cluster is lost, or somebody has enough
            if ready:
                self.rows.write(ready, self.penalty)
        tell("grade", of, of)

    def _changed(self) -> Iterator[tuple[str, HandedIn | None]]:
        """Each trainee with what they handed in; None where it cannot be read or has been graded as it is."""
        for students in portions(self.students, AT_ONCE):
            former = self.rows.former(students)
            for student in students:
                try:
                    one = self._read(student)
                except OSError as error:
                    self.faults[student] = f"it cannot be read: {error}"
                    yield student, None
                    continue
                before = former.get(student)
                is_same = before is not None and not self.force and self._is_same(one, before)
                yield student, None if is_same else one

    def _is_same(self, one: HandedIn, before: Former) -> bool:
        noted = self.rows.noted(self.exercise.digest_of(one), before.extension)
        return before.noted == noted and before.size == self._size(one.student)

    def _read(self, student: str) -> HandedIn:
        folder = self._folder(self.coursedir.submitted_directory, student)
        if told := self.intake.quarantine(folder, self.module, student):
            self.faults[student] = "; ".join(told)
        if not folder.is_dir():
            raise FileNotFoundError("what was handed in is a link or a device, and was set aside")
        expected = {*(f"{name}.ipynb" for name in self.exercise.sources), *self.exercise.journals.values()}
        if not any((folder / name).exists() for name in expected):
            raise FileNotFoundError(f"there is no {' and no '.join(sorted(expected))}")
        for name, source in self.exercise.sources.items():
            self.intake.complete(folder / f"{name}.ipynb", source, student)
        journals = {name: read_plain(folder / name) for name in set(self.exercise.journals.values())}
        return HandedIn(student, journals, read_plain(folder / TIMESTAMP))

    def _folder(self, step: str, student: str) -> Path:
        return Path(self.coursedir.format_path(step, student, self.module))

    def _size(self, student: str) -> int:
        """The size of all graded notebooks of a trainee; -1 where one is not there."""
        folder = self._folder(self.coursedir.autograded_directory, student)
        try:
            return sum((folder / f"{name}.ipynb").stat().st_size for name in self.exercise.sources)
        except OSError:
            return -1

    def _secret(self, student: str) -> bytes | None:
        return read_plain(self._folder(self.coursedir.submitted_directory, student) / SECRET)

    def _keep(self, one: Graded, handed_in: HandedIn, ready: list[tuple[Graded, datetime | None, int]]) -> None:
        """Write the files of a graded submission; the gradebook follows, so that what it knows of is on the disk."""
        folder = self._folder(self.coursedir.autograded_directory, one.student)
        files = {f"{name}.ipynb": text.encode("utf-8", "replace") for name, text in one.notebooks.items()}
        size = sum(map(len, files.values()))
        files |= {name: raw for name, raw in handed_in.journals.items() if raw is not None}
        try:
            beside = {TIMESTAMP: handed_in.timestamp, SECRET: self._secret(one.student)}
            files |= {name: raw for name, raw in beside.items() if raw is not None}
            folder.mkdir(parents=True, exist_ok=True)
            for name, raw in files.items():
                write_whole(folder / name, raw, self.permissions)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise AllianceLabError(
                    "the disk is full; what was graded until now is kept. Make room and run the same command again"
                ) from None
            self.faults[one.student] = f"it cannot be written: {error}"
            return
        ready.append((one, time_of(handed_in.timestamp), size))


def _penalty(converter: Autograde) -> Callable[[str, float, float], float | None]:
    """nbgrader's plugin for late submissions, as the course sets it up, within the bounds that nbgrader keeps."""
    step = AssignLatePenalties(parent=converter)
    step.init_plugin()

    def penalty(student: str, score: float, seconds: float) -> float | None:
        found = step.plugin_inst.late_submission_penalty(student, score, seconds)
        return None if found is None else step._check_late_penalty(SimpleNamespace(score=score), found)

    return penalty


def _submitted(coursedir: Any, module: str) -> list[str]:
    """Who has a folder among what was handed in for a module, whatever it holds."""
    before, _, after = coursedir.format_path(coursedir.submitted_directory, "*", module).partition("*")
    return sorted(path.removeprefix(before).removesuffix(after) for path in glob(f"{before}*{after}"))
