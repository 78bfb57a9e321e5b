"""Collect what trainees handed in: zip files, alone, in folders or in an LMS's download, or nbgrader's exchange.

Each hand-in is verified and then written to `submitted/` whole or not at all; one that cannot be taken in is listed with
its reason, and stops no other. Of several of one trainee the newest counts, in whatever order they come.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alliancelab.course.course import known, modules_of, nbgrader_api
from alliancelab.course.exchange import has_exchange
from alliancelab.course.files import TIMESTAMP, read_plain, time_of, write_whole
from alliancelab.course.hand_ins import BROKEN, Found, Refused, found_at, unpack, whose
from alliancelab.course.lock import course_lock
from alliancelab.course.settings import CONFIG, refuse_own_steps
from alliancelab.errors import AllianceLabError
from alliancelab.sheet import journal_path

if TYPE_CHECKING:
    from nbgrader.apps.api import NbGraderAPI

EXCHANGE = "exchange"


@dataclass(frozen=True)
class Collected:
    """What came of collecting.

    `taken` holds trainee, module and time of hand-in, UTC (empty where there was none to read, which counts as in time);
    `unchanged` trainee and module where nothing newer was handed in; `refused` the name of a file and why it was not
    taken in; `notes` what a supervisor should know besides.
    """

    taken: tuple[tuple[str, str, str], ...] = ()
    unchanged: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def collect(
    folder: Path,
    path: Path | str,
    *,
    module: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Collected:
    """Take in what was handed in at `path` for the course at `folder`; of one module, or of all that are assigned.

    `path` is a hand-in's zip, a folder in which there are some at any depth, an LMS's zip of them, or "exchange" for
    nbgrader's. It can be repeated: what was taken in before stays as it is. Raises `AllianceLabError` where there is
    nothing to collect.
    """
    folder, tell = Path(folder).resolve(), progress or (lambda what, done, of: None)
    api = nbgrader_api(folder)
    assigned = _assigned(api)
    if module is not None:
        known(folder, module)
        if module not in assigned:
            raise AllianceLabError(f"'{module}' was never assigned; type `alliancelab course assign {module}` first")
    with course_lock(folder, lambda: tell("waiting for another run in this course", 0, 1)):
        if str(path) == EXCHANGE:
            return _from_exchange(api, [module] if module else sorted(assigned), tell)
        collecting = _Collecting(api, folder, assigned, module)
        collecting.go(Path(path), tell)
        return collecting.outcome()


def _assigned(api: NbGraderAPI) -> set[str]:
    from nbgrader.api import Gradebook

    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        return {assignment.name for assignment in gradebook.assignments if assignment.notebooks}


# -- into the course --------------------------------------------------------------------------------------------------

_Rank = tuple[datetime, int, int]


def _rank(time: datetime | None, journal: bytes | None) -> _Rank:
    """The newer has the higher: by its time, and of the same time by the longer journal, since journals only grow."""
    return time or datetime.min, len(journal) if journal is not None else -1, zlib.crc32(journal or b"")


@dataclass
class _Collecting:
    """One run over the hand-ins at a path."""

    api: NbGraderAPI
    folder: Path
    assigned: set[str]
    module: str | None
    taken: dict[tuple[str, str], str] = field(default_factory=dict)
    unchanged: set[tuple[str, str]] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def go(self, path: Path, tell: Callable[[str, int, int], None]) -> None:
        modules = {*modules_of(self.folder), *self.assigned}
        if not os.path.lexists(path):
            raise AllianceLabError(f"'{path}' does not exist; name a zip file, a folder, or '{EXCHANGE}'")
        path = path.resolve()
        number, accounts = self._accounts(path, modules)
        if not number:
            name = f"STUDENT__{self.module or 'MODULE'}.zip"
            of = f" for '{self.module}'" if self.module else ""
            raise AllianceLabError(
                f"{path} holds nothing handed in{of}; hand-ins are called {name}, alone, in a folder or in a zip"
            )
        for module in self.assigned:
            self._sweep(module)
        for done, found in enumerate(self._of_module(path, modules)):
            tell("collect", done, number)
            try:
                self._take(found, modules, accounts)
            except Refused as reason:
                self.refused.append((_shown(found.name), _shown(str(reason))))
            except OSError as error:
                self.refused.append((_shown(found.name), f"it cannot be taken in: {error.strerror or error}"))
        for module in self.assigned:
            self._sweep(module)
        tell("collect", number, number)

    def outcome(self) -> Collected:
        return Collected(
            tuple((*whom, time) for whom, time in sorted(self.taken.items())),
            tuple(sorted(self.unchanged - self.taken.keys())),
            tuple(self.refused),
            tuple(self.notes),
        )

    def _of_module(self, path: Path, modules: set[str]) -> Iterator[Found]:
        """The hand-ins at `path`, without those of other modules where one is asked for."""
        for found in found_at(path, modules, self.folder):
            with suppress(Refused):
                if self.module not in (None, whose(found.place, modules)[1]):
                    continue
            yield found

    def _accounts(self, path: Path, modules: set[str]) -> tuple[int, dict[tuple[str, str], set[str]]]:
        """How many hand-ins there are, and from which accounts of the LMS each trainee's come."""
        number, accounts = 0, {}
        for found in self._of_module(path, modules):
            number += 1
            with suppress(Refused):
                student, module, account = whose(found.place, modules)
                if account:
                    accounts.setdefault((student, module), set()).add(account)
        return number, accounts

    def _take(self, found: Found, modules: set[str], accounts: dict[tuple[str, str], set[str]]) -> None:
        student, module, _ = whose(found.place, modules)
        if found.fault:
            raise Refused(found.fault)
        if module not in modules:
            raise Refused(f"the course has no exercise '{module}'")
        if module not in self.assigned:
            raise Refused(f"'{module}' was never assigned; type `alliancelab course assign {module}` first")
        if len(several := accounts.get((student, module), ())) > 1:
            raise Refused(
                f"several accounts handed in as '{student}': {', '.join(sorted(several))}; "
                "ask them who it is, and collect the right file by itself"
            )
        try:
            raw = found.read()
        except BROKEN as error:
            raise Refused(f"it cannot be unpacked ({error}); ask for it again") from None
        files = unpack(raw, module)
        try:
            time = time_of(files.get(TIMESTAMP))
        except ValueError:
            time = None
            del files[TIMESTAMP]  # nbgrader stops at a time that it cannot read
        submitted = self._submitted(student, module)
        journal = journal_path(submitted, module).name
        there = _collected(submitted, journal)
        if there is not None and _rank(time, files.get(journal)) <= there:
            if time is None and there[0] != datetime.min:
                raise Refused("it has no time that can be read, and one that has was collected")
            self.unchanged.add((student, module))
            return
        self._archive(raw, f"{student}__{module}.zip", found, module)
        self._put(submitted, module, files)
        self.taken[student, module] = f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else ""
        if time is None:
            self.notes.append(f"{_shown(found.name)} has no time that can be read; it counts as in time")

    def _submitted(self, student: str, module: str) -> Path:
        coursedir = self.api.coursedir
        submitted = Path(coursedir.format_path(coursedir.submitted_directory, student, module))
        if submitted.parent.is_symlink():
            raise Refused(f"{submitted.parent} is a link; put a folder in its place")
        return submitted

    def _archive(self, raw: bytes, name: str, found: Found, module: str) -> None:
        """Keep the zip where nbgrader's own `zip_collect` looks for it."""
        archive = self.folder / "downloaded" / module / "archive"
        if not Path(found.place).is_relative_to(archive):
            archive.mkdir(parents=True, exist_ok=True)
            write_whole(archive / name, raw, 0o644)

    # A submission is made ready in a folder of its own and put in its place by renaming it. Where a run is killed between
    # the two renamings, the next one puts the former submission back.

    def _aside(self, module: str) -> Path:
        return self._submitted(".collecting", module)

    def _put(self, submitted: Path, module: str, files: dict[str, bytes]) -> None:
        aside = self._aside(module)
        new, former = aside / "new", aside / "former"
        for folder in (new, former):
            shutil.rmtree(folder, ignore_errors=True)
        new.mkdir(parents=True)
        for name, raw in files.items():
            (new / name).write_bytes(raw)
        submitted.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(submitted):
            (aside / "whose.json").write_text(json.dumps(str(submitted)))
            submitted.rename(former)
        new.rename(submitted)

    def _sweep(self, module: str) -> None:
        """Take away what was made ready; put back a former submission that nothing has replaced."""
        aside = self._aside(module)
        if not aside.is_dir():
            return
        former, place = aside / "former", aside / "whose.json"
        if os.path.lexists(former) and not os.path.lexists(submitted := Path(json.loads(place.read_text()))):
            former.rename(submitted)
        shutil.rmtree(aside)
        with suppress(OSError):
            aside.parent.rmdir()


def _shown(text: str) -> str:
    """A text as any terminal takes it, whatever signs somebody put into the name of a file."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _collected(submitted: Path, journal: str) -> _Rank | None:
    """The rank of what was collected before, or None where nothing was."""
    if submitted.is_symlink() or not submitted.is_dir():
        return None
    try:
        return _rank(time_of(read_plain(submitted / TIMESTAMP)), read_plain(submitted / journal))
    except (OSError, ValueError):
        return _rank(None, None)


# -- nbgrader's exchange ----------------------------------------------------------------------------------------------


def _from_exchange(api: NbGraderAPI, modules: list[str], tell: Callable[[str, int, int], None]) -> Collected:
    """Collect with nbgrader's own `collect --update`, module by module."""
    from nbgrader.exchange import ExchangeError

    refuse_own_steps(api.config, "ExchangeFactory", ("collect",))
    if not has_exchange(api):
        raise AllianceLabError(
            f"this course names no exchange; fill in these two lines of {Path(api.coursedir.root, CONFIG)}: "
            'c.CourseDirectory.course_id = "..." and c.Exchange.root = "..."'
        )
    taken, unchanged, refused = [], [], []
    for done, module in enumerate(modules):
        tell(module, done, len(modules))
        api.coursedir.assignment_id = module
        step = api.exchange.Collect(coursedir=api.coursedir, authenticator=api.authenticator, parent=api)
        step.update = True
        try:
            step.start()
        except (ExchangeError, OSError) as error:
            raise AllianceLabError(f"nbgrader could not collect '{module}' from the exchange: {error}") from None
        taken += [(student, module, f"{time:%Y-%m-%d %H:%M:%S} UTC") for student, time in step.taken.items()]
        unchanged += [(student, module) for student in step.unchanged]
        refused += [(_shown(name), _shown(reason)) for name, reason in step.refused]
    tell("collect", len(modules), len(modules))
    return Collected(tuple(sorted(taken)), tuple(sorted(unchanged)), tuple(refused))
