"""The grade of one submission as a pure function: (exercise, what was handed in) to what is written down.

It opens no gradebook and no folder, so that it runs in a worker process, or on another machine, as it does here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import ClearHiddenTests

from alliancelab import __version__, answers, catalogue
from alliancelab.course.evaluate import answer_digest, evaluate, journal_note
from alliancelab.course.seal import GRADED, mark_as, seal
from alliancelab.course.source import Source


@dataclass(frozen=True)
class HandedIn:
    """What one trainee handed in: the journals by file name, and the text of timestamp.txt, each None where it is missing."""

    student: str
    journals: Mapping[str, bytes | None]
    timestamp: bytes | None = None


@dataclass(frozen=True)
class Score:
    """What a graded cell earns by itself (None: a person decides), and for which answer, as a digest."""

    points: float | None
    answer: str


@dataclass(frozen=True)
class Graded:
    """A submission as graded: by notebook the text of the file, by (notebook, cell) scores and automatic comments."""

    student: str
    digest: str
    notebooks: Mapping[str, str]
    scores: Mapping[tuple[str, str], Score]
    comments: Mapping[tuple[str, str], str | None]
    fault: str = ""


Scores = dict[tuple[str, str], Score]
Comments = dict[tuple[str, str], str | None]


def earned(notebook: str, cells: Iterable[NotebookNode]) -> tuple[Scores, Comments]:
    """What the evaluated cells of a notebook earn by nbgrader's rules, and its automatic comments."""
    scores: Scores = {}
    comments: Comments = {}
    for cell in cells:
        about = cell.metadata.get("nbgrader", {})
        if utils.is_grade(cell):
            points, _ = utils.determine_grade(cell)
            scores[notebook, about["grade_id"]] = Score(points, answer_digest(cell))
        if utils.is_solution(cell):
            is_stub = about.get("checksum") == utils.compute_checksum(cell)
            comments[notebook, about["grade_id"]] = "No response." if is_stub else None
    return scores, comments


class Exercise:
    """An exercise made ready for grading: what does not depend on the submission is done here, once.

    `sources` are the trusted sources of its notebooks, by name. It can be pickled and sent to another machine.
    """

    def __init__(self, name: str, sources: Mapping[str, Source]):
        self.name, self.sources, self.version = name, dict(sources), __version__

    @cached_property
    def digest(self) -> str:
        """What the grade depends on besides the submission: questions, keys, conversations and this version's code."""
        parts = [self.version, self.name, repr(sorted(catalogue.near_moves().items()))]
        for name, source in sorted(self.sources.items()):
            parts += [name, repr(replace(source.sheet, path="")), json.dumps(source.notebook, sort_keys=True)]
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def journals(self) -> dict[str, str]:
        """Notebook to the file name of its journal."""
        return {name: f"{source.sheet.module}{answers.SUFFIX}" for name, source in self.sources.items()}

    @cached_property
    def graded_cells(self) -> list[str]:
        """The names of what is graded, in the exercise's order."""
        cells = [cell for _, source in sorted(self.sources.items()) for cell in source.notebook.cells]
        return [cell.metadata.nbgrader["grade_id"] for cell in cells if utils.is_grade(cell)]

    @cached_property
    def pages(self) -> dict[str, _Page]:
        """Notebook to what of its graded form is the same for everybody."""
        return {name: _Page(source) for name, source in self.sources.items()}

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "sources": self.sources, "version": self.version}

    def digest_of(self, handed_in: HandedIn) -> str:
        """What identifies a submission together with the exercise: the same digest means the same grade."""
        digest = sha256(self.digest.encode())
        for part in (handed_in.timestamp, *(handed_in.journals.get(name) for name in sorted(self.journals.values()))):
            digest.update(b"-" if part is None else sha256(part).digest())
        return digest.hexdigest()

    def grade(self, handed_in: HandedIn) -> Graded:
        """Grade one submission."""
        texts: dict[str, str] = {}
        scores: Scores = {}
        comments: Comments = {}
        for name, page in self.pages.items():
            journal = self.journals[name]
            raw = handed_in.journals.get(journal)
            reading = answers.Reading() if raw is None else answers.parse(BytesIO(raw), journal)
            cells = page.cells()
            seal(cells.values(), page.source, reading)
            evaluate(cells.values(), page.source, reading, journal_note(journal, reading, raw is not None))
            found, said = earned(name, cells.values())
            scores |= found
            comments |= said
            texts[name] = page.text(cells)
        return Graded(handed_in.student, self.digest_of(handed_in), texts, scores, comments)


class _Page:
    """The graded notebook less what hangs on the answers: cells that are the same for everybody stand ready as text."""

    def __init__(self, source: Source):
        self.source = source
        shown = NotebookNode(source.notebook, cells=[copy(cell) for cell in source.notebook.cells])
        shown.metadata = NotebookNode(json.loads(json.dumps(shown.metadata)))
        shown, _ = ClearHiddenTests().preprocess(shown, {})
        mark_as(shown, GRADED)
        self._sources = [cell.source for cell in shown.cells]
        asked = {asked.cell for asked in source.sheet.asked.values()}
        self._varying, opener = [], None
        for number, cell in enumerate(shown.cells):
            is_code, is_graded = cell.cell_type == "code", bool(utils.is_grade(cell))
            if is_graded or utils.is_solution(cell) or (is_code and cell.get("id") in asked):
                self._varying.append(number)
            elif is_code and opener is None:
                opener = number  # where a note about the journal goes
                self._varying.append(number)
            elif is_code:
                cell.outputs = []
        fixed = [None if number in self._varying else _text(cell) for number, cell in enumerate(shown.cells)]
        self._texts = fixed
        rest = {name: value for name, value in shown.items() if name != "cells"}
        self._tail = "\n],\n" + _text(rest).removeprefix("{") + "\n"

    def cells(self) -> dict[int, NotebookNode]:
        """Place to cell of what hangs on the answers, as in the source, for one submission."""
        found = {}
        for number in self._varying:
            cell = copy(self.source.notebook.cells[number])
            cell.metadata = copy(cell.metadata)
            found[number] = cell
        return found

    def text(self, cells: Mapping[int, NotebookNode]) -> str:
        """The file of the graded notebook, hidden tests taken out."""
        texts = []
        for number, fixed in enumerate(self._texts):
            if fixed is None:
                cell = cells[number]
                if cell.source == self.source.notebook.cells[number].source:
                    cell.source = self._sources[number]
                fixed = _text(cell)
            texts.append(fixed)
        return '{"cells": [\n' + ",\n".join(texts) + self._tail


def _text(value: Any) -> str:
    """As JSON, each cell on one line: written in C, where nbformat's indented form takes most of the time of grading."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
