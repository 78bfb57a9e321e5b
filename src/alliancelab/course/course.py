"""Make a course and grade it from Python, by nbgrader's own ways."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab import catalogue
from alliancelab.course.exchange import has_exchange
from alliancelab.course.lock import course_lock
from alliancelab.course.settings import CONFIG
from alliancelab.errors import AllianceLabError

if TYPE_CHECKING:
    from nbgrader.apps.api import NbGraderAPI


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


def make_course(folder: Path, modules: Iterable[str] | None = None, beside: Collection[str] = ()) -> Path:
    """Copy the course that comes with AllianceLab into `folder`, which must be new or empty; all modules, or these.

    `beside` names what may already be there.
    """
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
        if any(path.name not in beside for path in folder.iterdir()):
            raise AllianceLabError(f"{folder} is not empty; name a new folder, so that nothing is overwritten")
        if not (folder / CONFIG).exists():
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

    Where the course has an exchange, it is released to it, too.
    A due date without an offset is on this machine's clock. It can be repeated: the release is made anew, and a due date
    that is not named stays as it is. nbgrader refuses, and so does this, when the graded cells were changed after
    somebody had handed in.
    """
    folder = Path(folder).resolve()
    api = nbgrader_api(folder)
    known(folder, module)
    with course_lock(folder):
        _assign(api, module, due)
    return folder / api.coursedir.release_directory / module


def _assign(api: NbGraderAPI, module: str, due: datetime | None) -> None:
    from nbgrader.api import Gradebook

    if due is not None:
        with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
            gradebook.update_or_create_assignment(module, duedate=due.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"))
    must(api.generate_assignment(module))
    if has_exchange(api):
        api.config.ExchangeReleaseAssignment.force = True  # what was released before is released anew
        must(api.release_assignment(module))


def known(folder: Path, module: str) -> None:
    """Refuse a module that the course has no source for, with those it has."""
    there = modules_of(folder)
    if module not in there:
        raise AllianceLabError(
            f"the course in {folder} has no exercise '{module}'{catalogue.near(module, there or ['none'])}"
        )


def modules_of(folder: Path) -> list[str]:
    """The modules that the course has a source for."""
    return sorted({path.parent.name for path in (folder / "source").glob("*/*.ipynb")})


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
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    is_server = re.match(r"(?!sqlite)\w[\w+]*://", api.coursedir.db_url)
    if is_server and not api.coursedir.course_id:
        raise AllianceLabError(
            f"{folder / CONFIG} names a database but no course, which nbgrader needs there; "
            "add the line c.CourseDirectory.course_id = 'your-course'"
        )
    return api


def must(outcome: dict[str, Any]) -> None:
    """Raise what went wrong, where a step of nbgrader's did not succeed."""
    if not outcome["success"]:
        raise AllianceLabError(_reason(outcome))


def _reason(outcome: dict[str, Any]) -> str:
    """The line of nbgrader's log that says what went wrong, or the last line of its traceback."""
    lines = [line.partition("[ERROR] ")[2] for line in outcome.get("log", "").splitlines() if "[ERROR]" in line]
    return (lines or outcome.get("error", "").strip().splitlines() or ["nbgrader gave no reason"])[-1]
