"""Feedback pages for a group: nbgrader's own pages, made quicker."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from submissions import MODULE, REFLECTION, Course, everything, right
from test_grading import due, group

from alliancelab.course.feedback import feedback
from alliancelab.course.grading import grade
from alliancelab.errors import AllianceLabError


@pytest.fixture(scope="module")
def graded(released: Course, tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, list[str]]:
    """A graded group with marks and comments by hand, some late with a penalty."""
    course = Course(Path(shutil.copytree(released.folder, tmp_path_factory.mktemp("feedback") / "course")))
    students = group(due(course, "zero"), 6)
    course.hand_in("words", everything(right))
    grade(course.folder, MODULE)
    course.mark_by_hand("words", REFLECTION, 4.5, "You <b>saw</b> it & *said* so.")
    return course, sorted([*students, "words"])


def written(course: Course) -> dict[str, bytes]:
    """Every file among the feedback, by its path, less the journals that nbgrader's own command copies there, too."""
    home = course.folder / "feedback"
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.suffix != ".jsonl"
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_pages_are_those_of_nbgraders_own_command(
    graded: tuple[Course, list[str]], workers: int, tmp_path: Path
) -> None:
    """Each page is to the letter what `nbgrader generate_feedback` writes in the course, with one process and with two."""
    course, students = graded
    ours, stock = (Course(Path(shutil.copytree(course.folder, tmp_path / name))) for name in ("ours", "stock"))
    told = []
    assert feedback(ours.folder, MODULE, workers=workers, progress=lambda *said: told.append(said)) == students
    assert told[-1] == ("feedback", len(students), len(students))
    assert stock.give_feedback()["success"]
    assert written(ours) == written(stock)
    assert "4.5 of 6 points" in ours.feedback("words")
    assert "were taken off because it was handed in late" in "".join(ours.feedback(student) for student in students)


def test_a_page_is_written_anew_with_the_marks_of_now(graded: tuple[Course, list[str]], tmp_path: Path) -> None:
    """A mark that was given since is on the page after the command is repeated, and nothing else has changed."""
    course = Course(Path(shutil.copytree(graded[0].folder, tmp_path / "course")))
    feedback(course.folder, MODULE)
    before = written(course)
    course.mark_by_hand("words", REFLECTION, 6)
    feedback(course.folder, MODULE)
    assert {name for name, raw in written(course).items() if before[name] != raw} == {f"words/{MODULE}/{MODULE}.html"}
    assert "6 of 6 points" in course.feedback("words")


def test_before_grading_there_is_nothing_to_write(course: Course) -> None:
    """Without a graded submission the error names the command that comes first; a lost notebook is left out."""
    course.hand_in("ada", everything(right))
    with pytest.raises(
        AllianceLabError, match="nothing of 'rapport' is graded yet; run `alliancelab course grade rapport` first"
    ):
        feedback(course.folder, MODULE)
    course.hand_in("berta", everything(right))
    grade(course.folder, MODULE)
    course.autograded("ada").unlink()
    assert feedback(course.folder, MODULE) == ["berta"]


def test_own_steps_are_left_to_nbgrader(course: Course) -> None:
    """A course that names its own steps of feedback is not written past them."""
    config = course.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.GenerateFeedback.preprocessors = []\n")
    with pytest.raises(AllianceLabError, match=r"sets c\.GenerateFeedback\.preprocessors itself"):
        feedback(course.folder, MODULE)
