"""Grading a second time asks a person only for what has changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from submissions import MODULE, REFLECTION, WORDS, Course, everything, right, source, wrong

from alliancelab import answers

LATER = "2026-03-05 18:00:00 UTC"


@pytest.fixture(params=["nbgrader autograde", "alliancelab course grade"])
def course(course: Course, request: pytest.FixtureRequest) -> Course:
    """A course that is graded in one of the two ways."""
    course.way = request.param
    return course


def add(course: Course, student: str, name: str, answer: object) -> None:
    """One more answer in a journal that was handed in."""
    answers.record(course.journal(student), source().items[name], answer, at=lambda: datetime(2026, 3, 4, tzinfo=UTC))


def graded_by_hand(course: Course) -> None:
    """A submission with a mark given for the reflection, and one automatic mark overruled."""
    course.hand_in("ada", {**everything(right), "your-jaw": wrong("your-jaw")})
    course.grade()
    course.mark_by_hand("ada", REFLECTION, 5)
    course.mark_by_hand("ada", "your-jaw", 1)


def test_an_unchanged_submission_is_not_flagged_again(course: Course) -> None:
    """Marks given by hand stay, and nobody is asked to look at the same words twice, however often it is graded."""
    graded_by_hand(course)
    for _ in range(3):
        assert course.grade()["success"]
        grades = course.grades("ada")
        assert (grades[REFLECTION].manual, grades[REFLECTION].waiting) == (5, False)
        assert (grades["your-jaw"].auto, grades["your-jaw"].manual, grades["your-jaw"].waiting) == (0, 1, False)


def test_changed_words_are_flagged(course: Course) -> None:
    """New words wait for a person again, with the old mark kept until then; what did not change stays settled."""
    graded_by_hand(course)
    add(course, "ada", REFLECTION, WORDS + " And more.")
    course.grade()
    grades = course.grades("ada")
    assert (grades[REFLECTION].manual, grades[REFLECTION].waiting) == (5, True)
    assert not grades["your-jaw"].waiting
    course.grade()
    assert course.grades("ada")[REFLECTION].waiting


def test_a_changed_answer_under_a_mark_by_hand_is_flagged(course: Course) -> None:
    """Where a person overruled an automatic mark and the answer has changed since, they are asked again."""
    graded_by_hand(course)
    add(course, "ada", "your-jaw", right("your-jaw"))
    course.grade()
    grades = course.grades("ada")
    assert (grades["your-jaw"].auto, grades["your-jaw"].waiting) == (2, True)
    assert not grades[REFLECTION].waiting


def test_what_waits_goes_on_waiting_without_a_notebook(course: Course) -> None:
    """nbgrader would take a missing notebook for nothing to mark; words that wait still wait."""
    graded_by_hand(course)
    add(course, "ada", REFLECTION, "Other words.")
    course.hand_in("berta", {})
    for _ in range(2):
        (course.submitted("ada") / f"{MODULE}.ipynb").unlink()
        assert course.grade()["success"]
        assert course.grades("ada")[REFLECTION].waiting


def test_a_newer_hand_in_is_graded_without_force(course: Course) -> None:
    """A later timestamp.txt is enough for plain autograde to grade again; the same one is not."""
    course.way = "nbgrader autograde"
    course.hand_in("ada", {"your-jaw": wrong("your-jaw")})
    course.grade()
    add(course, "ada", "your-jaw", right("your-jaw"))
    assert "Skipping existing assignment" in course.grade(force=False)["log"]
    (course.submitted("ada") / "timestamp.txt").write_text(LATER)
    course.grade(force=False)
    assert course.grades("ada")["your-jaw"].auto == 2
