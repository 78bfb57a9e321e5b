"""The first pass of autograde: a notebook from the trusted source, with nothing of the submission but its words.

What a trainee's notebook holds is never looked at. Their answers stand in the journal beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from alliancelab import answers, sheet
from alliancelab.course.source import Source, source_at, source_path
from alliancelab.items import is_blank
from alliancelab.marking import literal

SEALED, GRADED = "sealed", "graded"
_UNGRADED = "This answer has not been graded yet."


class Seal(NbGraderPreprocessor):
    """Puts the trusted source in place of the submitted notebook, and the trainee's written answers into it."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        source = trusted(self, resources)
        sealed = deepcopy(source.notebook)
        reading = answers.read(sheet.journal_path(Path(resources["metadata"]["path"]), source.sheet.module))
        seal(sealed.cells, source, reading)
        mark_as(sealed, SEALED)
        return sealed, resources


def seal(cells: Iterable[NotebookNode], source: Source, reading: answers.Reading) -> None:
    """Take outputs out of cells of the trusted source, and put the trainee's words in; nothing is graded yet."""
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs = [_ungraded()] if utils.is_grade(cell) else []
        elif utils.is_grade(cell) and utils.is_solution(cell):
            _put_words(cell, source, reading)


def trusted(step: NbGraderPreprocessor, resources: dict[str, Any], sealed: bool = True) -> Source:
    """The source of the notebook that a step of autograde has before it."""
    coursedir = step.parent.parent.coursedir  # the step's parent is the exporter, whose parent is the converter
    about = resources["nbgrader"]
    return source_at(source_path(coursedir, about["assignment"], about["notebook"]), step, sealed)


def mark_as(notebook: NotebookNode, state: str) -> None:
    """Write into a notebook how far it has come: sealed, or graded."""
    notebook.metadata.setdefault("alliancelab", {})["grading"] = state


def _ungraded() -> NotebookNode:
    """What a graded cell holds until it is evaluated: nbgrader gives a cell without output full marks."""
    return output("error", ename="NotGraded", evalue=_UNGRADED, traceback=[])


def output(kind: str, **about: Any) -> NotebookNode:
    """An output of a cell. nbformat's own function checks each against the schema, which takes longer than the grading."""
    return from_dict({"output_type": kind, **about})


def _put_words(cell: NotebookNode, source: Source, reading: answers.Reading) -> None:
    asked = source.sheet.asked.get(cell.metadata.nbgrader["grade_id"])
    answer = asked and answers.answer_of(reading, asked.item)
    if asked and not is_blank(asked.item, answer):
        # In <pre>, and with every sign and blank written as a number: formgrader does not sanitize Markdown, a link or a
        # formula needs no HTML, and nbgrader looks for words such as BEGIN HIDDEN TESTS in every cell. The checksum of
        # the stub stays, so nbgrader sees that there are words to be marked.
        harmless = literal(answer).replace(" ", "&#32;")
        cell.source = f'<pre style="white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; font: inherit">{harmless}</pre>'
