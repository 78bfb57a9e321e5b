"""Make a course and grade it from Python, by nbgrader's own ways."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab import catalogue
from alliancelab.errors import AllianceLabError
from alliancelab.sheet import journal_path

if TYPE_CHECKING:
    from nbgrader.apps.api import NbGraderAPI

CONFIG = "nbgrader_config.py"


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
        raise AllianceLabError(f"{folder} is no course: it has no {CONFIG}; make one with `alliancelab course FOLDER`")
    config = Config(PyFileConfigLoader(CONFIG, path=str(folder)).load_config())
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
