"""Attacks with the notebook that is handed in: none changes a grade, none is run, none harms the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output
from submissions import MODULE, REFLECTION, Course, everything, right, source, wrong

FULL = sum(graded.points for graded in source().graded.values())
Notebook = nbformat.NotebookNode

PATCH = """import alliancelab.marking, alliancelab.sheet
alliancelab.marking.mark = alliancelab.sheet.marks = lambda *a, **k: 1000
open({mark!r}, "w").write("was run")"""
EXIT = "open({mark!r}, 'w').write('was run')\nimport os\nos._exit(0)"
LOOP = "open({mark!r}, 'w').write('was run')\nwhile True: pass"
READ = """from pathlib import Path
found = [Path({course!r}) / "source", Path({course!r}) / "gradebook.db", Path({course!r}) / "submitted/zoe"]
open({mark!r}, "w").write(str([path.exists() for path in found]))"""
PRINT = "print(2)\n2"


def graded_cells(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def texts_of(notebook: Notebook) -> list[str]:
    """The text of each cell but the trainee's own words."""
    return [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != REFLECTION]


def with_code(code: str) -> Callable[[Notebook, dict[str, str]], None]:
    """Code in a cell of one's own at the beginning, and in the place of everything that is graded."""

    def attack(notebook: Notebook, places: dict[str, str]) -> None:
        text = code.format(**places)
        for cell in graded_cells(notebook):
            if cell.cell_type == "code":
                cell.source = text
                cell.outputs = [new_output("execute_result", data={"text/plain": "2"}, execution_count=1)]
        notebook.cells.insert(0, new_code_cell(text))

    return attack


def edited_points(notebook: Notebook, places: dict[str, str]) -> None:
    for cell in graded_cells(notebook):
        cell.metadata.nbgrader.points = 1_000


def edited_ids(notebook: Notebook, places: dict[str, str]) -> None:
    cells = graded_cells(notebook)
    names = [cell.metadata.nbgrader.grade_id for cell in cells]
    for cell, name in zip(cells, reversed(names), strict=True):
        cell.metadata.nbgrader.grade_id = name


def edited_checksums(notebook: Notebook, places: dict[str, str]) -> None:
    for cell in graded_cells(notebook):
        cell.metadata.nbgrader.checksum = "0" * 32
        cell.metadata.nbgrader.locked = False
        cell.metadata.nbgrader.solution = True


def deleted(notebook: Notebook, places: dict[str, str]) -> None:
    notebook.cells = [cell for cell in notebook.cells if cell not in graded_cells(notebook)]


def duplicated(notebook: Notebook, places: dict[str, str]) -> None:
    notebook.cells = [cell for cell in notebook.cells for _ in range(2)]


def moved(notebook: Notebook, places: dict[str, str]) -> None:
    notebook.cells.reverse()


def skipped(notebook: Notebook, places: dict[str, str]) -> None:
    for cell in notebook.cells:
        cell.metadata.tags = ["skip-execution", "raises-exception", "remove-cell"]


def retyped(notebook: Notebook, places: dict[str, str]) -> None:
    for cell in graded_cells(notebook):
        cell.cell_type = "raw"
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


ATTACKS: dict[str, Any] = {
    "patches the package": with_code(PATCH),
    "leaves the process": with_code(EXIT),
    "never ends": with_code(LOOP),
    "reads other folders": with_code(READ),
    "prints a number": with_code(PRINT),
    "edits points": edited_points,
    "edits ids": edited_ids,
    "edits checksums": edited_checksums,
    "deletes what is graded": deleted,
    "has everything twice": duplicated,
    "turns the order round": moved,
    "tags cells to be skipped": skipped,
    "changes the kind of cells": retyped,
}


@pytest.mark.parametrize("way", ["nbgrader autograde", "alliancelab course grade"])
def test_a_notebook_that_was_tampered_with_earns_what_its_answers_earn(
    way: str, course: Course, tmp_path: Path
) -> None:
    """Each attack is handed in once with wrong answers and once with right ones, between honest people: everybody earns
    what the answers earn, no cell was run, and what was tampered with is in no graded notebook.
    """
    course.way = way
    mark = tmp_path / "mark"
    places = {"mark": str(mark), "course": str(course.folder)}
    expected = {}
    for name, attack in ATTACKS.items():
        for kind, answer in (("wrong", wrong), ("right", right)):
            student = f"{name} {kind}".replace(" ", "-")
            path = course.hand_in(student, everything(answer)) / f"{MODULE}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            attack(notebook, places)
            path.write_text(json.dumps(notebook), encoding="utf-8")
            expected[student] = FULL if kind == "right" else 0
    for student in ("ada", "zoe"):
        course.hand_in(student, everything(right))
        expected[student] = FULL
    assert course.grade()["success"]
    grades = {student: course.grades(student) for student in expected}
    assert {student: sum(grade.auto or 0 for grade in of.values()) for student, of in grades.items()} == expected
    assert {student for student, of in grades.items() if of[REFLECTION].waiting} == {
        student for student in expected if expected[student]
    }
    assert not mark.exists()
    honest = texts_of(course.notebook("zoe"))
    for student in expected:
        assert texts_of(course.notebook(student)) == honest, student
        assert {cell.metadata.nbgrader.points for cell in graded_cells(course.notebook(student))} <= {1, 2, 3, 4, 5, 6}
    assert course.give_feedback()["success"]
