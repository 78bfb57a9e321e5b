"""nbgrader's gradebook, read and written in bulk: the rows that its own autograde would leave, a group at a time.

nbgrader opens the gradebook nine times for one submission and writes row by row. Here a batch of submissions is one
transaction, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from nbgrader.api import Base
from sqlalchemy import Connection, Engine, Table, bindparam, create_engine, delete, event, func, insert, select, update

from alliancelab.course.graded import Graded
from alliancelab.course.remembered import ANSWERS, GRADED, TABLES
from alliancelab.errors import AllianceLabError

WRITES = "writes"  # the option of a connection that is going to write
LOCK_SECONDS = 60  # how long SQLite waits for somebody else's write, such as a mark given in formgrader

_T = Base.metadata.tables
_student, _submitted, _page = _T["student"], _T["submitted_assignment"], _T["submitted_notebook"]
_grade, _comment = _T["grade"], _T["comment"]
_notebook, _base_cell, _assignment = _T["notebook"], _T["base_cell"], _T["assignment"]

Penalty = Callable[[str, float, float], float | None]


@dataclass(frozen=True)
class Mark:
    """What a cell earned of what it is worth, whether a person still has to read it, and the comment on it."""

    score: float
    out_of: float
    waits: bool
    comment: str | None = None


@dataclass(frozen=True)
class Former:
    """What a submission was when it was last graded, and the extension that its trainee has been given now."""

    noted: str
    size: int
    extension: timedelta | None


def engine_of(url: str) -> Engine:
    """The database at an nbgrader `db_url`. On SQLite a transaction that `WRITES` takes the lock when it begins.

    Otherwise it would fail midway when somebody else, such as formgrader, writes between its first look and its write.
    """
    engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS} if url.startswith("sqlite") else {})
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _no_hidden_begin(connection: Any, record: Any) -> None:
            connection.isolation_level = None

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")

    return engine


class Rows:
    """The gradebook's rows of one exercise."""

    def __init__(self, engine: Engine, assignment: str):
        self.engine = engine
        with engine.execution_options(**{WRITES: True}).begin() as database:
            TABLES.create_all(database)
            found = database.execute(select(_assignment).where(_assignment.c.name == assignment)).one_or_none()
            if found is None:
                raise AllianceLabError(
                    f"'{assignment}' was never assigned; run `alliancelab course assign {assignment}` first"
                )
            self.assignment, self.due = found.id, found.duedate
            cells = database.execute(
                select(_base_cell.c.id, _base_cell.c.name, _base_cell.c.type, _notebook.c.name, _notebook.c.id)
                .join(_notebook, _base_cell.c.notebook_id == _notebook.c.id)
                .where(_notebook.c.assignment_id == found.id)
            ).all()
            grade_cells = _T["grade_cells"]
            worth = select(grade_cells.c.id, grade_cells.c.max_score).where(grade_cells.c.id.in_([c.id for c in cells]))
            self.worth = dict(database.execute(worth).all())
        self.notebooks = {notebook: id for _, _, _, notebook, id in cells}
        self.graded_cells = {(page, name): id for id, name, kind, page, _ in cells if kind == "GradeCell"}
        self.commented_cells = {(page, name): id for id, name, kind, page, _ in cells if kind == "SolutionCell"}

    def former(self, students: Sequence[str]) -> dict[str, Former]:
        """Student to what was graded last, of those for whom that is known."""
        with self.engine.connect() as database:
            rows = database.execute(
                select(_submitted.c.student_id, GRADED.c.digest, GRADED.c.size, _submitted.c.extension)
                .join(GRADED, GRADED.c.submission_id == _submitted.c.id)
                .where(_submitted.c.assignment_id == self.assignment, _submitted.c.student_id.in_(students))
            ).all()
        return {student: Former(*former) for student, *former in rows}

    def noted(self, digest: str, extension: timedelta | None) -> str:
        """What is noted of a submission: its digest, and by when it had to be handed in, which decides what lateness costs."""
        return sha256(f"{digest} {self.due} {extension}".encode()).hexdigest()

    def write(self, batch: Sequence[tuple[Graded, datetime | None, int]], penalty: Penalty) -> None:
        """Write what was graded: each a submission, when it was handed in (UTC, no offset), and the size of its files.

        `penalty` says what being late costs (student, score, seconds). All of it is written, or nothing. A mark that a
        person gave stays; it is asked for again where the answer has changed since.
        """
        with self.engine.execution_options(**{WRITES: True}).begin() as database:
            whole = _Batch(self, database, [graded for graded, _, _ in batch])
            whole.write({graded.student: time for graded, time, _ in batch}, penalty)
            whole.remember({graded.student: size for graded, _, size in batch})

    def write_page(self, graded: Graded) -> None:
        """Write the marks of one notebook, for nbgrader's own autograde, which sees to times and penalties itself."""
        with self.engine.execution_options(**{WRITES: True}).begin() as database:
            page = _Batch(self, database, [graded])
            page.write({}, None)
            page.forget()

    def students(self) -> list[str]:
        """Everyone of whom there is a submission of the exercise."""
        chosen = select(_submitted.c.student_id).where(_submitted.c.assignment_id == self.assignment)
        with self.engine.connect() as database:
            return sorted(database.scalars(chosen))

    def marks(self, students: Sequence[str]) -> dict[str, dict[str, tuple[dict[str, Mark], float]]]:
        """Student to notebook to the marks by cell, and what being late cost: nbgrader's own rules, in two queries."""
        score = func.coalesce(_grade.c.manual_score, _grade.c.auto_score)
        chosen = (_submitted.c.assignment_id == self.assignment, _submitted.c.student_id.in_(students))
        pages = select(_submitted.c.student_id, _page.c.id, _page.c.notebook_id, _page.c.late_submission_penalty)
        pages = pages.join(_page, _page.c.assignment_id == _submitted.c.id).where(*chosen)
        grades = select(_page.c.id, _grade.c.cell_id, score + func.coalesce(_grade.c.extra_credit, 0.0))
        grades = grades.add_columns(_grade.c.needs_manual_grade).join(_grade, _grade.c.notebook_id == _page.c.id)
        comments = select(
            _page.c.id, _comment.c.cell_id, func.coalesce(_comment.c.manual_comment, _comment.c.auto_comment)
        )
        comments = comments.join(_comment, _comment.c.notebook_id == _page.c.id)
        names = {id: name for cells in (self.graded_cells, self.commented_cells) for (_, name), id in cells.items()}
        notebooks = {id: name for name, id in self.notebooks.items()}
        found: dict[str, dict[str, tuple[dict[str, Mark], float]]] = {}
        by_page: dict[str, dict[str, Mark]] = {}
        with self.engine.connect() as database:
            for student, page, notebook, late in database.execute(pages):
                by_page[page] = {}
                found.setdefault(student, {})[notebooks[notebook]] = by_page[page], late or 0.0
            owned = _submitted.join(_page, _page.c.assignment_id == _submitted.c.id)
            for page, cell, points, waits in database.execute(grades.join(_submitted, owned.onclause).where(*chosen)):
                by_page[page][names[cell]] = Mark(points or 0.0, self.worth[cell], bool(waits))
            for page, cell, comment in database.execute(comments.join(_submitted, owned.onclause).where(*chosen)):
                mark = by_page[page].get(names[cell], Mark(0.0, 0.0, False))
                by_page[page][names[cell]] = replace(mark, comment=comment)
        return found


@dataclass
class _Submission:
    """The rows of one submission as they stand before it is written."""

    id: str
    extension: timedelta | None = None
    pages: dict[str, str] | None = None  # notebook to the id of its row


class _Batch:
    """Some submissions, written in one transaction."""

    def __init__(self, rows: Rows, database: Connection, batch: Sequence[Graded]):
        self.rows, self.database, self.batch = rows, database, batch
        self.students = [graded.student for graded in batch]

    def write(self, times: Mapping[str, datetime | None], penalty: Penalty | None) -> None:
        """Write scores, comments and, with `penalty`, what being late costs; `times` says when each was handed in."""
        self._students()
        self.submissions = self._submissions(times)
        pages = [id for student in self.students for id in self.submissions[student].pages.values()]
        grades = self._existing(_grade, pages, lambda row: row)
        comments = self._existing(_comment, pages, lambda row: row.id)
        answers = self._answers([row.id for row in grades.values()])
        new_grades, changed_grades, new_comments, changed_comments, given_for, late = [], [], [], [], [], []
        for graded in self.batch:
            submission = self.submissions[graded.student]
            totals = dict.fromkeys((page for page, _ in graded.scores), 0.0)
            for (page, name), score in graded.scores.items():
                cell = self.rows.graded_cells[page, name]
                before = grades.get((submission.pages[page], cell))
                id = before.id if before else uuid4().hex
                manual = before.manual_score if before else None
                settled = manual is not None and not before.needs_manual_grade and answers.get(id) == score.answer
                waits = (manual is not None or score.points is None) and not (settled and score.answer)
                points = score.points if manual is None else manual
                totals[page] += (points or 0.0) + (before.extra_credit or 0.0 if before else 0.0)
                if before is None:
                    new_grades.append(
                        {"id": id, "notebook_id": submission.pages[page], "cell_id": cell, "auto_score": score.points}
                        | {"manual_score": None, "extra_credit": None, "needs_manual_grade": waits}
                    )
                else:
                    changed_grades.append({"key": id, "auto_score": score.points, "needs_manual_grade": waits})
                given_for.append({"grade_id": id, "answer": score.answer})
            for (page, name), comment in graded.comments.items():
                cell = self.rows.commented_cells[page, name]
                id = comments.get((submission.pages[page], cell))
                if id is None:
                    row = {"id": uuid4().hex, "notebook_id": submission.pages[page], "cell_id": cell}
                    new_comments.append(row | {"auto_comment": comment, "manual_comment": None})
                else:
                    changed_comments.append({"key": id, "auto_comment": comment})
            for page, total in totals.items() if penalty else ():
                seconds = self._seconds_late(times[graded.student], submission.extension)
                cost = penalty(graded.student, total, seconds) if seconds > 0 else None
                late.append({"key": submission.pages[page], "late_submission_penalty": cost})
        self._insert(_grade, new_grades)
        self._update(_grade, changed_grades)
        self._insert(_comment, new_comments)
        self._update(_comment, changed_comments)
        self._update(_page, late)
        self._replace(ANSWERS, given_for)

    def remember(self, sizes: Mapping[str, int]) -> None:
        """Note what each submission was, and the size of its files, so that it can be left alone while it is the same."""
        rows = []
        for graded in self.batch:
            submission = self.submissions[graded.student]
            noted = self.rows.noted(graded.digest, submission.extension)
            rows.append({"submission_id": submission.id, "digest": noted, "size": sizes[graded.student]})
        self._replace(GRADED, rows)

    def forget(self) -> None:
        """What was noted no longer says how these submissions were graded last."""
        ids = [self.submissions[student].id for student in self.students]
        self.database.execute(delete(GRADED).where(GRADED.c.submission_id.in_(ids)))

    def _students(self) -> None:
        known = set(self.database.scalars(select(_student.c.id).where(_student.c.id.in_(self.students))))
        self._insert(_student, [{"id": student} for student in self.students if student not in known])

    def _submissions(self, times: Mapping[str, datetime | None]) -> dict[str, _Submission]:
        """Every student's submission, made where there was none, and with the time it was handed in now."""
        known = self.database.execute(
            select(_submitted.c.student_id, _submitted.c.id, _submitted.c.extension).where(
                _submitted.c.assignment_id == self.rows.assignment, _submitted.c.student_id.in_(self.students)
            )
        )
        found = {student: _Submission(id, extension, {}) for student, id, extension in known}
        # As in nbgrader, a submission without a time of its own keeps the one that is known.
        self._update(
            _submitted, [{"key": found[s].id, "timestamp": time} for s, time in times.items() if s in found and time]
        )
        names = {id: name for name, id in self.rows.notebooks.items()}
        owners = {submission.id: submission for submission in found.values()}
        for id, notebook, submission in self.database.execute(
            select(_page.c.id, _page.c.notebook_id, _page.c.assignment_id).where(_page.c.assignment_id.in_(owners))
        ):
            owners[submission].pages[names[notebook]] = id
        new = {student: _Submission(uuid4().hex, None, {}) for student in self.students if student not in found}
        self._insert(
            _submitted,
            [
                {
                    "id": one.id,
                    "assignment_id": self.rows.assignment,
                    "student_id": student,
                    "timestamp": times[student],
                }
                | {"extension": None}
                for student, one in new.items()
            ],
        )
        found |= new
        pages = []
        for submission in found.values():
            for name, notebook in self.rows.notebooks.items():
                if name not in submission.pages:
                    submission.pages[name] = uuid4().hex
                    row = {"id": submission.pages[name], "notebook_id": notebook, "assignment_id": submission.id}
                    pages.append(row | {"flagged": False, "late_submission_penalty": None})
        self._insert(_page, pages)
        return found

    def _existing(self, table: Table, pages: Iterable[str], keep: Callable[[Any], Any]) -> dict[tuple[str, str], Any]:
        rows = self.database.execute(select(table).where(table.c.notebook_id.in_(list(pages))))
        return {(row.notebook_id, row.cell_id): keep(row) for row in rows}

    def _answers(self, grades: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in _portions(grades):
            found |= dict(self.database.execute(select(ANSWERS).where(ANSWERS.c.grade_id.in_(some))).all())
        return found

    def _seconds_late(self, handed_in: datetime | None, extension: timedelta | None) -> float:
        if handed_in is None or self.rows.due is None:
            return 0.0
        return (handed_in - self.rows.due - (extension or timedelta())).total_seconds()

    def _insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            self.database.execute(insert(table), rows)

    def _update(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            values = {name: bindparam(name) for name in rows[0] if name != "key"}
            self.database.execute(update(table).where(table.c.id == bindparam("key")).values(values), rows)

    def _replace(self, table: Table, rows: list[dict[str, Any]]) -> None:
        (key,) = table.primary_key.columns
        for some in _portions([row[key.name] for row in rows]):
            self.database.execute(delete(table).where(key.in_(some)))
        self._insert(table, rows)


def _portions(values: Sequence[Any], size: int = 5_000) -> Iterator[Sequence[Any]]:
    """The values in portions that a database takes as the parameters of one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
