"""What `report` reads: the gradebook's tables, in a handful of statements for a group of any size, and what was handed in."""

from __future__ import annotations

import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab import answers, catalogue, sheet
from alliancelab.course.files import LONGEST_TIMESTAMP, TIMESTAMP, time_of
from alliancelab.course.source import source_path
from alliancelab.errors import AllianceLabError, ContentError

if TYPE_CHECKING:
    from pandas import DataFrame, Series
    from sqlalchemy import Connection, Select


class NothingAssigned(AllianceLabError):
    """There is a course, and no module of it is assigned yet."""


@contextmanager
def gradebook(coursedir: Any) -> Iterator[Connection]:
    """A connection to the course's gradebook, which must be there; what it cannot do is told in a sentence."""
    from sqlalchemy import create_engine, inspect, make_url
    from sqlalchemy.exc import SAWarning, SQLAlchemyError

    warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.")  # nbgrader's own, and harmless
    try:
        url = make_url(coursedir.db_url)
        if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
            raise nothing_assigned(coursedir.root)  # to connect would make an empty one
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                if not inspect(connection).has_table("assignment"):
                    raise nothing_assigned(coursedir.root)
                yield connection
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        raise AllianceLabError(
            f"the gradebook of {coursedir.root} cannot be read ({reason}); see db_url in its nbgrader_config.py"
        ) from None


def nothing_assigned(folder: Path | str) -> NothingAssigned:
    """The error of a course in which no module is assigned, with what to type."""
    return NothingAssigned(f"nothing is assigned in {folder} yet; type `alliancelab course assign MODULE`")


def frame_of(connection: Connection, statement: Select[Any]) -> DataFrame:
    """What a statement gives, as a table."""
    import pandas as pd

    result = connection.execute(statement)
    return pd.DataFrame(result.all(), columns=list(result.keys()), dtype=object)


def in_utc(times: Series) -> Series:
    """Times as pandas reckons with them; the gradebook's have no offset and are UTC."""
    import pandas as pd

    return pd.to_datetime(times, utc=True).astype("datetime64[us, UTC]")


def known_students(connection: Connection) -> DataFrame:
    """Everybody whom the gradebook knows."""
    from nbgrader.api import Student
    from sqlalchemy import select

    columns = (Student.first_name, Student.last_name, Student.email, Student.lms_user_id)
    return frame_of(connection, select(Student.id.label("student"), *columns))


def assigned_modules(connection: Connection) -> DataFrame:
    """The assigned modules, in the curriculum's order, with due date and points."""
    from nbgrader.api import Assignment, Notebook
    from sqlalchemy import select

    columns = (Assignment.name.label("module"), Assignment.duedate, Assignment.max_score.label("out_of"))
    released = select(Notebook.assignment_id)
    modules = frame_of(connection, select(*columns).where(Assignment.id.in_(released)).order_by(Assignment.name))
    modules["duedate"], modules["out_of"] = in_utc(modules["duedate"]), modules["out_of"].astype(float)
    order = list(catalogue.modules())
    place = [order.index(module) if module in order else len(order) for module in modules["module"]]
    return modules.iloc[sorted(range(len(place)), key=place.__getitem__)]


def known_submissions(connection: Connection) -> DataFrame:
    """One row for each submission that the gradebook knows: its sums, and how many grades are still to be given.

    The score of a grade is nbgrader's own expression; its sums for a submission are made here, in one go for all.
    """
    import pandas as pd
    from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import Integer, case, cast, func, select

    submissions = frame_of(
        connection,
        select(
            SubmittedAssignment.id,
            SubmittedAssignment.student_id.label("student"),
            Assignment.name.label("module"),
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
        ).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id),
    )
    notebooks = frame_of(
        connection,
        select(
            SubmittedNotebook.id.label("notebook"),
            SubmittedNotebook.assignment_id.label("id"),
            SubmittedNotebook.late_submission_penalty.label("penalty"),
        ),
    )
    # Last, so that no submission comes without its grades where somebody grades meanwhile.
    sums = frame_of(
        connection,
        select(
            Grade.notebook_id.label("notebook"),
            func.sum(Grade.score).label("score"),
            func.sum(cast(Grade.needs_manual_grade, Integer)).label("waiting"),
            func.sum(case((not_graded(connection), 1), else_=0)).label("unfinished"),
        ).group_by(Grade.notebook_id),
    )
    notebooks = notebooks.merge(sums, how="left", on="notebook")
    numbers = ["score", "penalty", "waiting", "unfinished"]
    notebooks[numbers] = notebooks[numbers].astype(float).fillna(0.0)
    table = submissions.merge(notebooks.groupby("id")[numbers].sum(), how="left", on="id").drop(columns="id")
    table["timestamp"] = in_utc(table["timestamp"])
    table["extension"] = pd.to_timedelta(table["extension"])
    return table


def not_graded(connection: Connection) -> Any:
    """The grades that a grading which was cut short has not come to: autograde gives every other code cell a score."""
    from nbgrader.api import Grade, GradeCell, SolutionCell
    from sqlalchemy import and_, select

    by_hand = set(map(tuple, connection.execute(select(SolutionCell.notebook_id, SolutionCell.name))))
    code = select(GradeCell.id, GradeCell.notebook_id, GradeCell.name).where(GradeCell.cell_type == "code")
    automatic = [cell for cell, *place in connection.execute(code) if tuple(place) not in by_hand]
    return and_(Grade.auto_score.is_(None), Grade.manual_score.is_(None), Grade.cell_id.in_(automatic))


def folders_of(coursedir: Any, module: str) -> Iterator[tuple[str, Path]]:
    """Each trainee who handed in a module, with the folder; found as nbgrader finds them."""
    step = coursedir.submitted_directory
    place = re.compile(coursedir.format_path(step, "(?P<student>.*)", re.escape(module), escape=True))
    for name in sorted(glob(coursedir.format_path(step, "*", module))):
        match = place.fullmatch(name)
        if match is not None and (folder := Path(name)).is_dir():
            yield match["student"].encode(errors="replace").decode(), folder  # a folder's name may be no text


def handed_in_at(folder: Path) -> datetime | None:
    """The time in a hand-in's timestamp.txt, or None where there is none or it is no time."""
    path = folder / TIMESTAMP
    if not _is_file(path):
        return None
    try:
        with path.open("rb") as file:
            at = time_of(file.read(LONGEST_TIMESTAMP + 1))
    except (OSError, ValueError):
        return None
    return at and at.replace(tzinfo=UTC)


def journal_in(folder: Path, module: str) -> answers.Reading:
    """The journal that was handed in; an empty one where a link or a device stands in its place, which are not opened."""
    path = sheet.journal_path(folder, module)
    return answers.read(path) if _is_file(path) else answers.Reading()


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def source_of(coursedir: Any, module: str) -> Path:
    """The source of a module's exercise."""
    return source_path(coursedir, module, module)


def titles_of(source: Path) -> dict[str, str]:
    """What each item of an exercise is about; none where the source cannot be read."""
    try:
        read = sheet.read(source)
    except ContentError:
        return {}
    return {name: read.title(name) for name in read.items}
