"""Grades as a file that an LMS takes in, or with the columns of nbgrader's own export; and tables for a spreadsheet.

A cell holds points only where a grade stands in the gradebook. What still waits for a person, or for grading, is left
empty unless it is asked for, so that no half marks reach an LMS unnoticed.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab.course import report
from alliancelab.errors import AllianceLabError

if TYPE_CHECKING:
    from pandas import DataFrame

# What a spreadsheet takes for the beginning of a formula: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Exported:
    """What was written: the file, how many trainees and grades are in it, and how much still waits.

    `to_read` grades wait for a person who reads an answer, `to_grade` hand-ins for grading; with `incomplete`, what is
    known of them is in the file.
    """

    path: Path
    trainees: int
    grades: int
    to_read: int
    to_grade: int
    incomplete: bool

    @property
    def said(self) -> str:
        """What the supervisor reads."""
        said = [f"{_many(self.grades, 'grade')} of {_many(self.trainees, 'trainee')} in {self.path}."]
        waits = []
        if self.to_read:
            waits.append(
                f"{_many(self.to_read, 'submission')} with answers that you have not read: read them in formgrader"
            )
        if self.to_grade:
            waits.append(f"{_many(self.to_grade, 'submission')} not graded: type `alliancelab course grade MODULE`")
        if waits and self.incomplete:
            said.append(f"Incomplete, with the points there are so far: {'; '.join(waits)}. Then export again.")
        elif waits:
            said.append(
                f"Left empty: {'; '.join(waits)}. Then export again; --incomplete exports the points there are so far."
            )
        return " ".join(said)


def export(folder: Path, lms: str, out: Path, *, incomplete: bool = False) -> Exported:
    """Write the grades of the course at `folder` to the file `out`, in the form of `lms`: canvas, moodle or csv.

    `incomplete` exports submissions with answers that nobody has read yet, without their points. Raises
    `AllianceLabError` where nothing is assigned or the file cannot be written.
    """
    folder = Path(folder).resolve()
    table = report.grades(folder)
    to_grade, to_read = (
        int((table["state"] == state).sum()) for state in (report.WAITS_FOR_GRADING, report.WAITS_FOR_YOU)
    )
    counts = table["points"].notna() & (incomplete | (table["state"] == report.DONE))
    for column in ("score", "penalty", "points"):
        table[column] = table[column].where(counts)
    graded = table[counts]
    rows = LMS[lms](table)
    write(out, rows)
    return Exported(out, graded["student"].nunique(), len(graded), to_read, to_grade, incomplete)


def write(path: Path, rows: Iterable[Sequence[Any]], encoding: str = "utf-8") -> None:
    """Write rows as CSV (RFC 4180), whole or not at all.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises; numbers do not.
    """
    path, temporary = Path(path), None
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            dir=path.parent,
            prefix=".",
            suffix=".part",
            encoding=encoding,
            errors="replace",
            newline="",
            delete=False,
        ) as file:
            temporary = Path(file.name)
            csv.writer(file).writerows([_cell(value) for value in row] for row in rows)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise AllianceLabError(f"{path} cannot be written ({error.strerror or error}); name another file") from None


def write_standing(path: Path, table: DataFrame) -> None:
    """Write a table that `report.standing` gave, for a spreadsheet: in UTF-8 with a mark at the beginning.

    Without the mark, Excel takes the file to be in the machine's old code page and garbles every name beyond it.
    """
    at = table["handed_in"].dt.strftime("%Y-%m-%d %H:%M:%S")  # with an offset, Excel sees no time in it
    shown = (
        table.assign(handed_in=at, points=table["points"].round(2))
        .rename(columns={"handed_in": "handed_in_utc"})
        .astype(object)
    )
    write(path, [list(shown.columns), *shown.where(shown.notna(), "").itertuples(index=False)], "utf-8-sig")


def _canvas(table: DataFrame) -> Iterator[list[Any]]:
    """Canvas's gradebook: a heading, a row with the points possible, and a row for everybody who has a grade.

    Canvas finds a person by its own ID, else by SIS Login ID, else by name. ID is nbgrader's lms_user_id.
    """
    modules = _modules(table)
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *modules]
    yield ["    Points Possible", "", "", "", "", *modules.values()]
    for person, points in _people(table):
        name = ", ".join(filter(None, (person["last_name"], person["first_name"]))) or person["student"]
        yield [name, person["lms_user_id"], "", person["student"], "", *(_points(points[m], "") for m in modules)]


def _moodle(table: DataFrame) -> Iterator[list[Any]]:
    """Moodle's grade import: who it is, then a column for each module, for everybody who has a grade.

    Moodle gives the points of a row whose person it is not told to the row before, so email and idnumber are there only
    where everybody has one. "-" is how Moodle's own export writes that there is no grade.
    """
    modules, people = _modules(table), list(_people(table))
    known = {"username": "student", "firstname": "first_name", "lastname": "last_name"}
    for column, own in (("email", "email"), ("idnumber", "lms_user_id")):
        if all(person[own] for person, _ in people):
            known[column] = own
    yield [*known, *modules]
    for person, points in people:
        yield [*(person[own] for own in known.values()), *(_points(points[module], "-") for module in modules)]


def _nbgrader(table: DataFrame) -> Iterator[list[Any]]:
    """The columns of `nbgrader export`, which writes names with commas in them as they are and cannot be read back."""
    columns = {
        "assignment": "module",
        "duedate": "duedate",
        "timestamp": "handed_in",
        "student_id": "student",
        "last_name": "last_name",
        "first_name": "first_name",
        "email": "email",
        "raw_score": "score",
        "late_submission_penalty": "penalty",
        "score": "points",
        "max_score": "out_of",
    }
    yield list(columns)
    shown = table[list(columns.values())].copy()
    for column in ("duedate", "handed_in"):
        shown[column] = shown[column].dt.tz_localize(None).astype(str).replace("NaT", "")
    yield from shown.astype(object).where(shown.notna(), "").itertuples(index=False)


LMS = {"canvas": _canvas, "moodle": _moodle, "csv": _nbgrader}


def _modules(table: DataFrame) -> dict[str, float]:
    """Module to what it is worth."""
    return dict(zip(table["module"], table["out_of"], strict=True))


def _people(table: DataFrame) -> Iterator[tuple[dict[str, str], dict[str, float]]]:
    """Everybody who has a grade, with the points by module."""
    for _, rows in table.groupby("student", sort=True):
        if rows["points"].notna().any():
            yield rows.iloc[0].to_dict(), dict(zip(rows["module"], rows["points"], strict=True))


def _points(points: float, none: str) -> float | str:
    """Points to two decimals, as both LMSs show them."""
    return none if isnan(points) else round(points, 2)


def _cell(value: Any) -> Any:
    is_formula = isinstance(value, str) and len(value) > 1 and value.startswith(_FORMULA)
    return f"'{value}" if is_formula else value


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
