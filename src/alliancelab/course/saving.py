"""The steps of nbgrader's own commands that write grades into the gradebook, and bring them back for a feedback page."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor

from alliancelab.course.gradebook import Rows, engine_of
from alliancelab.course.graded import Graded, earned


class SaveGrades(NbGraderPreprocessor):
    """Writes the grades of a notebook as nbgrader does, in one go, where nbgrader takes a transaction for each cell.

    A mark that a person has given for this very answer is not asked for again.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        about = resources["nbgrader"]
        graded = Graded(about["student"], "", {}, *earned(about["notebook"], nb.cells))
        engine = engine_of(about["db_url"])
        try:
            Rows(engine, about["assignment"]).write_page(graded)
        finally:
            engine.dispose()
        return nb, resources


class ShowGrades(GetGrades):
    """Brings grades and comments into the feedback page, and whether a person still has to read an answer."""

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._get_score(cell, resources)
        name = cell.metadata.nbgrader["grade_id"]
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        cell.metadata.nbgrader["waiting"] = bool(grade.needs_manual_grade)
