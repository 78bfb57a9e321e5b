"""Blank, wrong and right answers to every item, through nbgrader."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from submissions import MODULE, REFLECTION, Course, everything, right, source, wrong

from alliancelab import marking, sheet

GRADED = sorted(source().graded)


@pytest.fixture(scope="module")
def graded(released: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Three submissions, each with one kind of answer to everything, and one without a journal."""
    course = Course(Path(shutil.copytree(released.folder, tmp_path_factory.mktemp("graded") / "course")))
    course.hand_in("blank", {})
    course.hand_in("wrong", everything(wrong))
    course.hand_in("right", everything(right))
    outcome = course.grade()
    assert outcome["success"], outcome
    return course


@pytest.mark.parametrize("name", GRADED)
def test_a_right_answer_earns_every_point(name: str, graded: Course) -> None:
    """The model answer of each item earns all its points and waits for nobody."""
    grade = graded.grades("right")[name]
    assert (grade.auto, grade.waiting) == (source().graded[name].points, False)


@pytest.mark.parametrize("name", GRADED)
def test_a_wrong_answer_earns_nothing_and_is_told_why(name: str, graded: Course) -> None:
    """The answer farthest from the key earns nothing, and the reason stands beside it."""
    assert graded.grades("wrong")[name].auto == 0
    said = graded.cell("wrong", name).outputs[0].data["text/markdown"]
    result = marking.mark(source().items[name], source().graded[name].key, wrong(name), 1)
    assert said.startswith("**Not yet.**")
    assert result.remarks
    assert all(remark.why.split()[0] in said for remark in result.remarks)


@pytest.mark.parametrize("name", GRADED)
def test_no_answer_earns_nothing_and_is_said_to_be_none(name: str, graded: Course) -> None:
    """Where nothing was answered the cell says so, apart from a wrong answer."""
    assert graded.grades("blank")[name].auto == 0
    assert graded.cell("blank", name).outputs[0].data["text/markdown"].startswith("**Not answered.**")


def test_a_reflection_waits_for_a_person_only_if_something_was_written(graded: Course) -> None:
    """An unanswered reflection is 0 by itself; an answered one has no points until a person gives them."""
    blank, written = graded.grades("blank")[REFLECTION], graded.grades("right")[REFLECTION]
    assert (blank.auto, blank.waiting) == (0, False)
    assert (written.auto, written.waiting) == (None, True)


def test_the_gradebook_holds_what_the_pure_function_says(graded: Course) -> None:
    """A grade is `sheet.marks` of the source and the journal, for each submission and each item."""
    from alliancelab import answers

    for student in ("blank", "wrong", "right"):
        marks = sheet.marks(source(), answers.read(graded.journal(student)))
        grades = graded.grades(student)
        assert {name: grades[name].auto for name in GRADED} == {name: marks[name].points for name in GRADED}


def test_each_answer_is_shown_in_the_graded_notebook(graded: Course) -> None:
    """In the graded notebook every question's cell shows the question and the answer, a conversation with its tries."""
    cells = {cell["id"]: cell for cell in graded.notebook("right").cells}
    for name, asked in source().asked.items():
        html = cells[asked.cell].outputs[0].data["text/html"]
        if asked.item.kind == "dialogue":
            assert "Played to an end 1 time." in html
        elif name != REFLECTION:
            assert "Not answered" not in html
    assert "I would look at the floor" not in cells[source().asked[REFLECTION].cell].outputs[0].data["text/html"]
    assert cells[REFLECTION].source.startswith("<pre")


def test_no_journal_is_said_to_be_missing(graded: Course) -> None:
    """Whoever grades can tell a trainee who answered nothing from one whose answers did not arrive."""
    shown = "".join(str(cell.get("outputs", "")) for cell in graded.notebook("blank").cells)
    assert f"there is no {MODULE}.answers.jsonl" in shown
