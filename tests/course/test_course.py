"""Making a course and grading it, from Python and by nbgrader's commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from submissions import MODULE, REFLECTION, Course, everything, right, source, wrong

from alliancelab import catalogue
from alliancelab.course import make_course
from alliancelab.course.course import nbgrader_api
from alliancelab.course.feedback import feedback
from alliancelab.course.grading import grade
from alliancelab.errors import AllianceLabError

TOTAL = sum(graded.points for graded in source().graded.values())


def test_a_course_is_the_config_and_the_sources(tmp_path: Path) -> None:
    """A course holds nbgrader_config.py and the sources of its modules, and nothing else."""
    folder = make_course(tmp_path / "new" / "course")
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    with_source = [module for module in catalogue.modules() if catalogue.exercise_source(module)]
    assert found == sorted(["nbgrader_config.py", *(f"source/{m}/{m}.ipynb" for m in with_source)])


def test_a_course_overwrites_nothing(tmp_path: Path) -> None:
    """A folder with anything in it is refused, and stays as it is."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(AllianceLabError, match="is not empty; name a new folder"):
        make_course(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_unknown_module_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """The error names the module that comes near."""
    with pytest.raises(AllianceLabError, match="no module 'raport'; did you mean 'rapport'"):
        make_course(tmp_path / "course", ["raport"])
    assert not (tmp_path / "course").exists()


def test_a_file_in_the_way_is_said_to_be(tmp_path: Path) -> None:
    """Where no folder can be made, the error names the path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(AllianceLabError, match="a course cannot be made there"):
        make_course(tmp_path / "file" / "course")


def test_a_folder_that_is_no_course_is_refused(tmp_path: Path) -> None:
    """Grading somewhere else says how to make a course."""
    with pytest.raises(AllianceLabError, match="is no course"):
        grade(tmp_path, MODULE)


def test_grading_from_python(tmp_path: Path) -> None:
    """`grade` grades everybody and returns a row for each, `feedback` writes the pages; both tell how far they are."""
    course = Course(make_course(tmp_path / "course", [MODULE]))
    told: list[tuple[str, int, int]] = []
    assert nbgrader_api(course.folder).generate_assignment(MODULE)["success"]
    course.hand_in("ada", everything(right))
    course.hand_in("berta", everything(wrong))
    course.hand_in("cleo", {})
    (course.hand_in("dora", {"your-jaw": right("your-jaw")}) / f"{MODULE}.ipynb").unlink()
    rows = grade(course.folder, MODULE, progress=lambda *said: told.append(said))
    assert [(row.student, row.points, row.waiting, row.fault) for row in rows] == [
        ("ada", TOTAL, True, ""),
        ("berta", 0, False, ""),
        ("cleo", 0, False, ""),
        ("dora", 2, False, ""),
    ]
    assert {row.out_of for row in rows} == {TOTAL + source().written[REFLECTION]}
    assert rows[0].items["your-jaw"] == 2
    assert told == [*(("grade", done, 4) for done in range(5)), ("grade", 4, 4)]
    told.clear()
    assert feedback(course.folder, MODULE, progress=lambda *said: told.append(said)) == [row.student for row in rows]
    assert told == [("feedback", 0, 4), ("feedback", 4, 4)]
    assert all("Your feedback" in course.feedback(row.student) for row in rows)


def test_what_was_never_assigned_is_not_graded(tmp_path: Path) -> None:
    """A submission for a module that was never assigned is refused, with the command that assigns it; nothing is written."""
    course = Course(make_course(tmp_path / "course", [MODULE]))
    (course.folder / "release" / MODULE).mkdir(parents=True)
    (course.folder / "release" / MODULE / f"{MODULE}.ipynb").write_text("{}")
    course.hand_in("ada", everything(right))
    for step in (grade, feedback):
        with pytest.raises(AllianceLabError, match="never assigned; run `alliancelab course assign rapport` first"):
            step(course.folder, MODULE)
    assert not (course.folder / "autograded").exists()


def test_one_submission_that_fails_leaves_the_rows_of_the_others(course: Course) -> None:
    """What goes wrong with one submission stands in its row."""
    course.hand_in("ada", everything(right))
    course.hand_in("berta", everything(right))
    (course.folder / "autograded").mkdir()
    (course.folder / "autograded" / "berta").write_text("a file where nbgrader wants a folder")
    course.submitted("cleo").mkdir(parents=True)
    ada, berta, cleo = grade(course.folder, MODULE)
    assert (ada.points, ada.fault) == (TOTAL, "")
    assert (berta.points, berta.items) == (0, {})
    assert berta.fault.startswith("it cannot be written: ")
    assert cleo.fault == "it cannot be read: there is no rapport.answers.jsonl and no rapport.ipynb"


def test_plain_nbgrader_commands_work_in_a_course(tmp_path: Path) -> None:
    """From an empty folder to feedback pages with nothing but nbgrader's own commands."""
    course = Course(make_course(tmp_path / "my course", [MODULE]))

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=course.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    run("generate_assignment", MODULE)
    assert "Success" in run("validate", f"source/{MODULE}/{MODULE}.ipynb")
    assert "Success" in run("validate", "--invert", f"release/{MODULE}/{MODULE}.ipynb")
    course.hand_in("ada", everything(right))
    course.hand_in("berta", everything(wrong))
    run("autograde", MODULE)
    run("generate_feedback", MODULE)
    assert {grade.auto for name, grade in course.grades("berta").items()} == {0}
    assert f"{TOTAL:g} of {TOTAL + 6:g} points so far." in course.feedback("ada")
    assert "0 of 40 points." in course.feedback("berta")


def test_a_refused_run_ends_with_one_sentence_and_a_failure(course: Course) -> None:
    """On the command line a changed source is one line of error, no traceback, and exit code 1."""
    course.hand_in("ada", {})
    course.source.write_text(course.source.read_text().replace("Your jaw", "Your other jaw"))
    command = [sys.executable, "-m", "nbgrader", "autograde", MODULE]
    done = subprocess.run(command, cwd=course.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert [line for line in done.stderr.splitlines() if "ERROR" in line and "is not what was released" in line]


def test_the_checkouts_exercises_are_such_a_course() -> None:
    """exercises/ has the config that courses are made with, and it sets nothing but what `configure` sets."""
    text = (catalogue.course_home() / "nbgrader_config.py").read_text()
    code = [line for line in text.splitlines() if line and not line.startswith(("#", '"""'))]
    assert code == [
        "from alliancelab.course import configure",
        "c = get_config()  # noqa: F821 - nbgrader puts it here",
        "configure(c)",
    ]
