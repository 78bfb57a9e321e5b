"""Handing in: a zip file that a supervisor collects, or nbgrader's exchange where one is set up."""

from __future__ import annotations

import getpass
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alliancelab import answers, catalogue, marking, release, sheet
from alliancelab.errors import AllianceLabError, ContentError

HANDED_IN = "handed-in"
OUTER = "ALLIANCELAB_OUTER"  # what JUPYTER_... variables were before we set them, as JSON

_STUDENT = re.compile(r"(?!.*__)\w[\w.@-]{0,99}")


@dataclass(frozen=True)
class HandedIn:
    """What was handed in: the zip file (None where nbgrader's exchange took it), and how much is answered."""

    path: Path | None
    answered: int
    of: int

    @property
    def said(self) -> str:
        """What the trainee reads."""
        left = "" if self.answered == self.of else " You can answer the rest and hand in again; the last one counts."
        where = (
            f"Handed in. The file is {self.path}; give it to your supervisor."
            if self.path
            else "Handed in to your course."
        )
        return f"{where} {self.answered} of {self.of} answered.{left}"


def hand_in(folder: Path, module: str, student: str | None = None, *, at: datetime) -> HandedIn:
    """Hand in the exercise of `module` that stands in `folder`.

    `student` is the name in the course (the system's user name without one). What counts is the journal; a broken
    notebook is replaced by a fresh one and holds nothing up. Handing in again replaces what was handed in before.
    """
    catalogue.known(module)
    student = check_student(student or former_student(folder, module) or getpass.getuser())
    answered, of = _count(folder, module)
    course = exchange()
    if course is None:
        return HandedIn(zip_up(folder, module, student, at), answered, of)
    _submit(folder, module, course)
    return HandedIn(None, answered, of)


def check_student(student: str) -> str:
    """The name itself, if nbgrader and a file name can carry it.

    >>> check_student("../maria")
    Traceback (most recent call last):
    ...
    alliancelab.errors.AllianceLabError: '../maria' cannot be a name in a course; use letters, digits, '.', '@', '-', '_'
    """
    if not _STUDENT.fullmatch(student):
        raise AllianceLabError(
            f"{student[:60]!r} cannot be a name in a course; use letters, digits, '.', '@', '-', '_'"
        )
    return student


def former_student(folder: Path, module: str) -> str | None:
    """The name under which the exercise in `folder` was handed in last, if it was."""
    zips = sorted((folder / HANDED_IN).glob(f"*__{module}.zip"), key=lambda path: path.stat().st_mtime)
    return zips[-1].name.removesuffix(f"__{module}.zip") if zips else None


def zip_up(folder: Path, module: str, student: str, at: datetime) -> Path:
    """Make `<student>__<module>.zip`: the notebook, the journal and `timestamp.txt`. The same input gives the same bytes."""
    home = folder / HANDED_IN
    path = home / f"{student}__{module}.zip"
    at = at.astimezone(UTC)
    try:
        members = {**_members(folder, module), "timestamp.txt": f"{at:%Y-%m-%d %H:%M:%S} UTC\n".encode()}
        home.mkdir(exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=home, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, raw in members.items():
                    info = zipfile.ZipInfo(name, at.timetuple()[:6])
                    info.compress_type = zipfile.ZIP_DEFLATED
                    info.external_attr = 0o644 << 16
                    archive.writestr(info, raw)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise AllianceLabError(f"{path} cannot be written ({reason}); mend that and hand in again") from None
    return path


def _members(folder: Path, module: str) -> dict[str, bytes]:
    journal = sheet.journal_path(folder, module)
    members = {f"{module}.ipynb": _notebook(folder, module)}
    if journal.exists():
        members[journal.name] = journal.read_bytes()
    return members


def _notebook(folder: Path, module: str) -> bytes:
    """The trainee's notebook, or a fresh one where theirs is missing or broken."""
    path = folder / f"{module}.ipynb"
    try:
        sheet.load(path)
        return path.read_bytes()
    except ContentError:
        fresh = release.of_module(module)
        if fresh is None:
            raise AllianceLabError(
                f"{path} cannot be read and there is no fresh copy; type `alliancelab start`"
            ) from None
        return fresh.encode()


def _count(folder: Path, module: str) -> tuple[int, int]:
    path = folder / f"{module}.ipynb"
    asked = sheet.from_notebook(json.loads(_notebook(folder, module)), str(path))
    results = sheet.marks(asked, answers.read(sheet.journal_path(folder, module))).values()
    return sum(1 for result in results if result.status != marking.NOT_ANSWERED), len(results)


def exchange() -> str | None:
    """The id of the course whose nbgrader exchange the user has set up and can write into, or None."""
    with _outside():
        from nbgrader.apps.baseapp import NbGrader

        app = NbGrader(log_level="ERROR")  # to have set up no course is no mistake
        app.load_cwd_config = False
        app.load_config_file()
        config = app.config
    course = config.CourseDirectory.get("course_id")
    root = config.Exchange.get("root")
    if not isinstance(course, str) or not isinstance(root, str) or not course:
        return None
    inbound = Path(root) / course / "inbound"
    return course if inbound.is_dir() and os.access(inbound, os.W_OK) else None


def _submit(folder: Path, module: str, course: str) -> None:
    with tempfile.TemporaryDirectory() as stage, _outside():
        home = Path(stage) / module
        home.mkdir()
        for name, raw in _members(folder, module).items():
            (home / name).write_bytes(raw)
        command = [sys.executable, "-m", "nbgrader", "submit", module, f"--course={course}"]
        done = subprocess.run(command, cwd=stage, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = next((line for line in reversed(done.stderr.splitlines()) if "ERROR" in line), "it gave no reason")
        raise AllianceLabError(f"nbgrader did not take it: {reason.rpartition('] ')[2]}")


@contextmanager
def _outside() -> Iterator[None]:
    """The user's own Jupyter settings, also inside a server that `alliancelab start` runs."""
    outer = json.loads(os.environ.get(OUTER, "{}"))
    before = {name: os.environ.get(name) for name in outer}
    try:
        _set(outer)
        yield
    finally:
        _set(before)


def _set(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
