"""A small exercise with code cells, as a programme could write it, and submissions to it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from submissions import Course

from alliancelab.course.course import nbgrader_api

EXERCISE = "mean-alliance"

STUB = '''def mean_alliance(ratings):
    """The mean of a client's ratings from 1 to 7; sessions without a rating are None."""
    ### BEGIN SOLUTION
    given = [rating for rating in ratings if rating is not None]
    return sum(given) / len(given)
    ### END SOLUTION'''

RIGHT = """def mean_alliance(ratings):
    given = [rating for rating in ratings if rating is not None]
    return mean(given)"""

WRONG = """def mean_alliance(ratings):
    return sum(rating or 0 for rating in ratings) / len(ratings)"""

WORDS = "The mean hides the dip in session three, which is what I would ask about."


def _about(name: str, points: float | None = None, *, solution: bool = False, locked: bool = False) -> dict[str, Any]:
    about: dict[str, Any] = {"grade": points is not None, "grade_id": name, "locked": locked, "solution": solution}
    if points is not None:
        about["points"] = points
    return {"nbgrader": {**about, "schema_version": 3, "task": False}}


def source() -> nbformat.NotebookNode:
    """The exercise's source: a function to write, a test with a hidden part, a test with partial credit, some words."""
    cells = [
        new_markdown_cell("# The mean of an alliance\n\nMaya rates each session, and leaves some out.", id="title"),
        new_code_cell("from statistics import mean", id="imports"),
        new_code_cell(STUB, id="write", metadata=_about("write", solution=True)),
        new_code_cell(
            "assert mean_alliance([4, 6]) == 5\n"
            "### BEGIN HIDDEN TESTS\n"
            "assert mean_alliance([4, None, 6]) == 5\n"
            "### END HIDDEN TESTS",
            id="a-mean",
            metadata=_about("a-mean", 2, locked=True),
        ),
        new_code_cell(
            "### BEGIN HIDDEN TESTS\n"
            "right = [mean_alliance([1]) == 1, mean_alliance([2, 4, None]) == 3]\n"
            "### END HIDDEN TESTS\n"
            "sum(right)",
            id="step-by-step",
            metadata=_about("step-by-step", 2, locked=True),
        ),
        new_markdown_cell("What does the mean not tell you?", id="ask"),
        new_markdown_cell(
            "### BEGIN SOLUTION\nThat it fell.\n### END SOLUTION",
            id="words",
            metadata=_about("words", 3, solution=True),
        ),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def settings(folder: Path, **options: Any) -> None:
    """Write the course's settings: this exercise's code is run."""
    told = ", ".join(f"{name}={value!r}" for name, value in {"code": [EXERCISE], **options}.items())
    (folder / "nbgrader_config.py").write_text(
        f"from alliancelab.course import configure\n\nc = get_config()\nconfigure(c, {told})\n"
    )


@dataclass
class CodeCourse(Course):
    """A course with the exercise, used through nbgrader's own interface."""

    module: str = EXERCISE
    limits: dict[str, int] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, **limits: int) -> CodeCourse:
        (folder / "source" / EXERCISE).mkdir(parents=True)
        nbformat.write(source(), folder / "source" / EXERCISE / f"{EXERCISE}.ipynb")
        settings(folder, **limits)
        outcome = nbgrader_api(folder).generate_assignment(EXERCISE)
        assert outcome["success"], outcome
        return cls(folder)

    def released(self) -> nbformat.NotebookNode:
        return nbformat.read(self.folder / "release" / EXERCISE / f"{EXERCISE}.ipynb", as_version=4)

    def submit(
        self,
        student: str,
        code: str | None = RIGHT,
        *,
        more: Sequence[str] = (),
        words: str = "",
        notebook: nbformat.NotebookNode | None = None,
    ) -> Path:
        """Hand in the released notebook with a function written into it and `more` cells behind it."""
        notebook = notebook or self.released()
        for number, cell in enumerate(notebook.cells):
            about = cell.metadata.get("nbgrader")
            name = about.get("grade_id") if isinstance(about, dict) else None
            if name == "write" and code is not None:
                cell.source = code
                notebook.cells[number + 1 : number + 1] = [new_code_cell(text) for text in more]
            elif name == "words" and words:
                cell.source = words
        folder = self.submitted(student)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{EXERCISE}.ipynb")
        (folder / "timestamp.txt").write_text("2026-03-02 18:00:00 UTC")
        return folder

    def points(self, student: str) -> dict[str, float | None]:
        return {name: grade.auto for name, grade in self.grades(student).items()}

    def said(self, student: str) -> str:
        """All that the cells of the graded notebook print."""
        return "\n".join(str(output) for cell in self.notebook(student).cells for output in cell.get("outputs", ()))
