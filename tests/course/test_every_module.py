"""Blank, wrong and right answers to every item of every exercise, through nbgrader."""

from __future__ import annotations

from pathlib import Path

import pytest
from submissions import Course, everything, right, source, wrong

from alliancelab import catalogue, marking
from alliancelab.course import make_course
from alliancelab.course.course import nbgrader_api

MODULES = list(catalogue.modules())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One course of all modules, as a programme makes it."""
    return make_course(tmp_path_factory.mktemp("all") / "course")


@pytest.mark.parametrize("module", MODULES)
def test_blank_wrong_and_right_answers_get_what_they_should(folder: Path, module: str) -> None:
    """Nothing earns nothing and says so, the farthest answer earns nothing, the model answer everything; words wait."""
    course = Course(folder, module)
    assert nbgrader_api(folder).generate_assignment(module)["success"]
    course.hand_in("blank", {})
    course.hand_in("wrong", everything(wrong, module))
    course.hand_in("right", everything(right, module))
    outcome = course.grade()
    assert outcome["success"], outcome
    blank, wrongly, rightly = (course.grades(student) for student in ("blank", "wrong", "right"))
    read = source(module)
    for name, graded in read.graded.items():
        assert blank[name].auto == 0, name
        assert course.cell("blank", name).outputs[0].data["text/markdown"].startswith("**Not answered.**"), name
        assert wrongly[name].auto == 0, name
        assert course.cell("wrong", name).outputs[0].data["text/markdown"].startswith("**Not yet.**"), name
        assert (rightly[name].auto, rightly[name].waiting) == (graded.points, False), name
    for name in read.written:
        assert (blank[name].auto, rightly[name].waiting) == (0, True), name


@pytest.mark.parametrize("module", MODULES)
def test_an_exercise_is_worth_forty_points(module: str) -> None:
    """Thirty-four points by itself and six by a person, so that modules weigh the same in a gradebook."""
    read = source(module)
    assert sum(graded.points for graded in read.graded.values()) == 34
    assert sum(read.written.values()) == 6
    results = [marking.mark(read.items[n], g.key, right(n, module), g.points) for n, g in read.graded.items()]
    assert sum(result.points for result in results) == 34


def test_the_curriculum_is_as_large_as_it_promises() -> None:
    """At least 32 dialogues, and 100 graded items beside them."""
    assert len(catalogue.dialogue_names()) >= 32
    items = [item for module in MODULES for n, item in source(module).items.items() if n in source(module).graded]
    assert len([item for item in items if item.kind != "dialogue"]) >= 100
