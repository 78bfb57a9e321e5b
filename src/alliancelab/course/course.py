"""Make a course and grade it from Python, by nbgrader's own ways."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import glob
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from alliancelab import catalogue
from alliancelab.errors import AllianceLabError
from alliancelab.sheet import journal_path

if TYPE_CHECKING:
    from nbgrader.apps.api import NbGraderAPI

CONFIG = "nbgrader_config.py"
LARGEST_HAND_IN = 100_000_000


@dataclass(frozen=True)
class Row:
    """What one trainee reached: points by item, and whether a person still has to read something.

    `fault` says in a line why a submission could not be graded.
    """

    student: str
    points: float
    out_of: float
    waiting: bool
    items: dict[str, float]
    fault: str = ""


def make_course(folder: Path, modules: Iterable[str] | None = None) -> Path:
    """Copy the course that comes with AllianceLab into `folder`, which must be new or empty; all modules, or these."""
    folder = Path(folder).resolve()
    chosen = list(catalogue.modules()) if modules is None else [catalogue.known(module) for module in modules]
    sources = {module: catalogue.exercise_source(module) for module in chosen}
    missing = [module for module, source in sources.items() if source is None]
    if modules is None:
        missing = [] if len(missing) < len(sources) else missing
    if missing:
        raise AllianceLabError(
            f"there is no exercise source for {', '.join(missing)}; install an AllianceLab that carries the sources"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise AllianceLabError(f"{folder} is not empty; name a new folder, so that nothing is overwritten")
        shutil.copyfile(catalogue.course_home() / CONFIG, folder / CONFIG)
        for module, source in sources.items():
            if source is not None:
                (folder / "source" / module).mkdir(parents=True)
                shutil.copyfile(source, folder / "source" / module / source.name)
    except OSError as error:
        raise AllianceLabError(f"{folder}: a course cannot be made there ({error.strerror or error})") from None
    return folder


def assign(folder: Path, module: str, due: datetime | None = None) -> Path:
    """Release an exercise of the course at `folder`, with a due date or without one; gives the folder for the trainees.

    A due date without an offset is on this machine's clock. It can be repeated: the release is made anew, and a due date
    that is not named stays as it is. nbgrader refuses, and so does this, when the graded cells were changed after
    somebody had handed in.
    """
    from nbgrader.api import Gradebook

    folder = Path(folder).resolve()
    api = nbgrader_api(folder)
    _known(folder, module)
    if due is not None:
        with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
            gradebook.update_or_create_assignment(module, duedate=due.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"))
    _must(api.generate_assignment(module))
    return folder / api.coursedir.release_directory / module


def collect(folder: Path, module: str, path: Path) -> list[str]:
    """Take in what was handed in for a module: a hand-in's zip, a folder of them, or a zip of them as an LMS gives it.

    Returns the trainees of whom there is a submission now. Of two hand-ins of one name the one taken in
    last counts; taking in the same once more changes nothing. A zip in a folder that cannot be opened is passed over.
    """
    folder, path = Path(folder).resolve(), Path(path).resolve()
    api = nbgrader_api(folder)
    _known(folder, module)
    archive = folder / "downloaded" / module / "archive"
    if not _take_in(path, archive, module):
        raise AllianceLabError(
            f"{path} holds nothing handed in for '{module}'; hand-ins are called STUDENT__{module}.zip, alone, in a folder or in a zip"
        )
    command = [sys.executable, "-m", "nbgrader", "zip_collect", module, "--force"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AllianceLabError(f"nbgrader could not collect; its log says: {done.stderr.strip()[-400:]}")
    return sorted(api.get_submitted_students(module))


def _take_in(path: Path, archive: Path, module: str) -> list[str]:
    """Put each hand-in at `path` into the archive, under its own name; the names."""
    taken = []
    try:
        archive.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            for found in sorted(path.rglob("*.zip")):
                ours = found.name.endswith(f"__{module}.zip") or zipfile.is_zipfile(found)  # others may lie there, too
                if ours and found.is_file() and not found.is_symlink():
                    taken += _take_in(found, archive, module)
        elif path.name.endswith(f"__{module}.zip"):
            if path.parent != archive:
                shutil.copyfile(path, archive / path.name)
            taken.append(path.name)
        else:
            with zipfile.ZipFile(path) as outer:
                for member in outer.infolist():
                    name = PurePosixPath(member.filename.replace("\\", "/")).name
                    if name.endswith(f"__{module}.zip") and member.file_size <= LARGEST_HAND_IN:
                        with outer.open(member) as file:
                            (archive / name).write_bytes(file.read(LARGEST_HAND_IN))
                        taken.append(name)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise AllianceLabError(f"{path}: cannot be taken in ({error})") from None
    return taken


def _known(folder: Path, module: str) -> None:
    """Refuse a module that the course has no source for, with those it has."""
    there = sorted(path.parent.name for path in (folder / "source").glob("*/*.ipynb"))
    if module not in there:
        raise AllianceLabError(
            f"the course in {folder} has no exercise '{module}'{catalogue.near(module, there or ['none'])}"
        )


def grade(folder: Path, module: str, progress: Callable[[str, int, int], None] | None = None) -> list[Row]:
    """Grade everyone who handed in `module` in the course at `folder`, and write the feedback pages.

    The exercise is released first where that has not been done. `progress` is called with what is being done, the number
    done and the number of all.
    """
    import warnings

    from nbgrader.api import Gradebook, MissingEntry
    from sqlalchemy.exc import SAWarning

    warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.")  # nbgrader's own, and harmless
    folder = Path(folder).resolve()
    api = nbgrader_api(folder)
    coursedir = api.coursedir
    tell = progress or (lambda what, done, of: None)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            released = bool(gradebook.find_assignment(module).notebooks)
        except MissingEntry:
            released = False
    if not released:
        tell("release", 0, 1)
        _must(api.generate_assignment(module))
    _complete(coursedir, module)
    students = sorted(api.get_submitted_students(module))
    faults = {}
    for number, student in enumerate(students):
        tell(student, number, len(students))
        outcome = api.autograde(module, student, force=False)
        if not outcome["success"]:
            faults[student] = _reason(outcome)
            continue
        outcome = api.generate_feedback(module, student, force=True)
        if not outcome["success"]:
            faults[student] = _reason(outcome)
    tell("done", len(students), len(students))
    return _rows(coursedir, module, students, faults)


def nbgrader_api(folder: Path) -> NbGraderAPI:
    """nbgrader's own interface to the course at `folder`, with the course's own settings and nobody else's."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    if not (folder / CONFIG).is_file():
        raise AllianceLabError(
            f"{folder} is no course: it has no {CONFIG}; make one with `alliancelab course new FOLDER`"
        )
    config = Config(PyFileConfigLoader(CONFIG, path=str(folder)).load_config())
    if config["Intake"].get("refused"):
        raise AllianceLabError(config["Intake"]["refused"])
    config.CourseDirectory.root = str(folder)
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def _complete(coursedir: Any, module: str) -> None:
    """Put the released notebook beside each journal that came without one, or nbgrader would not list the trainee."""
    from alliancelab.course.intake import put_released
    from alliancelab.course.source import source_path

    source = source_path(coursedir, module, module)
    pattern = coursedir.format_path(coursedir.submitted_directory, "*", module)
    for folder in map(Path, glob(pattern)):
        if journal_path(folder, module).is_file() and not any(folder.glob("*.ipynb")):
            put_released(source, folder / source.name)


def _must(outcome: dict[str, Any]) -> None:
    if not outcome["success"]:
        raise AllianceLabError(_reason(outcome))


def _reason(outcome: dict[str, Any]) -> str:
    """The line of nbgrader's log that says what went wrong, or the last line of its traceback."""
    lines = [line.partition("[ERROR] ")[2] for line in outcome.get("log", "").splitlines() if "[ERROR]" in line]
    return (lines or outcome.get("error", "").strip().splitlines() or ["nbgrader gave no reason"])[-1]


def _rows(coursedir: Any, module: str, students: list[str], faults: dict[str, str]) -> list[Row]:
    from nbgrader.api import Gradebook, MissingEntry

    rows = []
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        out_of = gradebook.find_assignment(module).max_score
        for student in students:
            try:
                done = gradebook.find_submission(module, student)
            except MissingEntry:
                rows.append(Row(student, 0, out_of, False, {}, faults.get(student, "nothing was handed in")))
                continue
            items = {grade.name: grade.score for notebook in done.notebooks for grade in notebook.grades}
            waiting = bool(done.needs_manual_grade)
            rows.append(Row(student, done.score, out_of, waiting, items, faults.get(student, "")))
    return rows
