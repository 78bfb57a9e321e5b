"""The gradebook on a real PostgreSQL server: one database a course, the same grades, and a lock that reaches further."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from postgres import Server, serving
from submissions import MODULE, REFLECTION, Course, right
from test_grading import KILL, copy_of, due, gradebook, group, pages, run

from alliancelab.course import assign
from alliancelab.course.feedback import feedback
from alliancelab.course.grading import grade
from alliancelab.errors import AllianceLabError


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def on(server: Server, course: Course, name: str) -> Course:
    """The course with its gradebook in a new database."""
    config = course.folder / "nbgrader_config.py"
    lines = f'c.CourseDirectory.db_url = "{server.new_database(name)}"\nc.CourseDirectory.course_id = "spring"\n'
    config.write_text(f"{config.read_text()}\n{lines}")
    (course.folder / "gradebook.db").unlink(missing_ok=True)
    assign(course.folder, MODULE)
    return course


def plain(rows: list) -> list:
    """Rows without what the two databases write differently: a time, and whether something is so."""
    told = []
    for row in rows:
        values = row if isinstance(row, tuple) else (row,)
        told.append([int(value) if isinstance(value, bool) else str(value)[:19] for value in values])
    return [[str(value) for value in row] for row in told]


def test_a_course_without_a_name_is_told_what_to_add(course: Course) -> None:
    """nbgrader cannot keep a course without an id in such a database; the sentence says which line is missing."""
    config = course.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + '\nc.CourseDirectory.db_url = "postgresql+psycopg://nobody@127.0.0.1/x"\n')
    with pytest.raises(AllianceLabError, match=r"add the line c\.CourseDirectory\.course_id = 'your-course'"):
        assign(course.folder, MODULE)


def test_grades_are_those_of_plain_nbgrader_and_of_sqlite(course: Course, server: Server) -> None:
    """On PostgreSQL our grading, nbgrader's own and ours on SQLite leave the same, also after marks by hand and changes."""
    students = group(course, 8)
    other = on(server, copy_of(course, "nbgrader"), "equal-nbgrader")
    ours = on(server, copy_of(course, "ours"), "equal-ours")
    assert other.grade()["success"]
    rows = grade(ours.folder, MODULE, workers=2)
    assert rows == grade(course.folder, MODULE)
    assert gradebook(ours) == gradebook(other)
    assert plain(gradebook(ours)) == plain(gradebook(course))
    for each in (ours, other):
        each.mark_by_hand(students[0], REFLECTION, 4, "Thank you.")
        each.hand_in(students[0], {"your-jaw": right("your-jaw")})
    other.journal(students[0]).write_bytes(ours.journal(students[0]).read_bytes())
    assert other.grade()["success"]
    grade(ours.folder, MODULE)
    assert gradebook(ours) == gradebook(other)
    assert pages(ours) == pages(other)
    assert feedback(ours.folder, MODULE) == students
    assert "Thank you." in ours.feedback(students[0])


def test_two_machines_on_one_gradebook_wait_for_each_other(course: Course, server: Server) -> None:
    """Two copies of a course, as on two machines, that grade into one database at once: nothing is lost, nothing doubled."""
    group(course, 30)
    shared = on(server, copy_of(course, "shared"), "shared")
    twin = copy_of(shared, "twin")
    command = [sys.executable, "-m", "alliancelab.cli", "course", "grade", MODULE, "--json", "--course"]
    both = [
        subprocess.Popen([*command, str(each.folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for each in (shared, twin)
    ]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    grade(course.folder, MODULE)
    assert plain(gradebook(shared)) == plain(gradebook(course))


def test_a_killed_run_leaves_no_half_submission(course: Course, server: Server) -> None:
    """Killed in the middle and run again, the database holds what an undisturbed run leaves."""
    group(course, 9)
    whole = on(server, copy_of(course, "whole"), "whole")
    broken = on(server, copy_of(course, "broken"), "broken")
    calls = int(run(KILL, whole.folder, MODULE, 0).stdout)
    for share in (0.5, 0.7, 0.9):
        run(KILL, broken.folder, MODULE, int(calls * share))
    grade(broken.folder, MODULE)
    assert gradebook(broken) == gradebook(whole)


def test_due_dates_and_lateness(course: Course, server: Server) -> None:
    """What lateness costs is the same on PostgreSQL."""
    group(course, 4)
    late = due(on(server, copy_of(course, "late"), "late"), "zero")
    due(course, "zero")
    assert grade(late.folder, MODULE) == grade(course.folder, MODULE)
    assert plain(gradebook(late)) == plain(gradebook(course))
