"""The second pass of autograde: outputs for the sealed notebook, made by marking the journal; nothing is executed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from alliancelab import answers, render, sheet
from alliancelab.answers import Reading
from alliancelab.course.seal import GRADED as GRADED_STATE
from alliancelab.course.seal import mark_as, output, trusted
from alliancelab.course.source import Source
from alliancelab.items import Item, Talk
from alliancelab.marking import Result

MOST_FAULTS_SHOWN = 10


class Evaluate(NbGraderPreprocessor):
    """Shows each answer in its question's cell and each result in its graded cell; a result's plain text is its points."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        source = trusted(self, resources)
        journal = sheet.journal_path(Path(resources["metadata"]["path"]), source.sheet.module)
        reading = answers.read(journal)
        evaluate(nb.cells, source, reading, journal_note(journal.name, reading, journal.exists()))
        mark_as(nb, GRADED_STATE)
        return nb, resources


def evaluate(cells: Iterable[NotebookNode], source: Source, reading: Reading, note: str) -> None:
    """Give sealed cells their outputs; `note` goes into the first code cell that asks and marks nothing."""
    results = sheet.marks(source.sheet, reading)
    items = {asked.cell: asked.item for asked in source.sheet.asked.values()}
    for cell in cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if utils.is_grade(cell):
            if name in results:
                _show_result(cell, source, reading, results[name])
        elif cell.cell_type == "code":
            if cell.get("id") in items:
                cell.outputs = [_html(_answered(items[cell["id"]], source, reading))]
            elif note:
                cell.outputs, note = [_html(note)], ""


def journal_note(name: str, reading: Reading, is_there: bool) -> str:
    """What the person who grades should know about the journal of this name, as HTML; empty where it is in order."""
    said = [f"{name}, line {fault.line}: {fault.message}." for fault in reading.faults[:MOST_FAULTS_SHOWN]]
    if len(reading.faults) > MOST_FAULTS_SHOWN:
        said.append(f"{len(reading.faults) - MOST_FAULTS_SHOWN} more lines of it could not be read either.")
    if reading.torn:
        said.append(f"The last line of {name} is torn, as when a machine stops while it writes; it is left out.")
    if not is_there:
        said.append(f"No answers were handed in: there is no {name}.")
    if not said:
        return ""
    rows = "".join(f"<li>{escape(line)}</li>" for line in said)
    return f'<div class="alliancelab-note"><p><strong>About the answers handed in</strong></p><ul>{rows}</ul></div>'


def _answered(item: Item, source: Source, reading: Reading) -> str:
    if item.name in source.sheet.written:
        return f"<p><strong>{render.inline(item.ask)}</strong></p>"  # the words stand in the cell that is marked
    tries = answers.tries(reading, item) if isinstance(item, Talk) else None
    return render.static(item, answers.answer_of(reading, item), tries)


def _html(html: str) -> NotebookNode:
    return output("display_data", data={"text/html": html, "text/plain": "(shown as a page)"}, metadata={})


def _show_result(cell: NotebookNode, source: Source, reading: Reading, result: Result) -> None:
    answer = answers.answer_of(reading, source.sheet.asked[result.name].item)
    seen = json.dumps([source.checksums.get(result.name), answer], sort_keys=True)
    cell.metadata["alliancelab"] = {
        "title": source.sheet.title(result.name),
        "status": result.status,
        "answer": sha256(seen.encode()).hexdigest(),
    }
    if cell.cell_type == "code":
        data = {"text/plain": repr(result), "text/markdown": result._repr_markdown_()}
        cell.outputs = [output("execute_result", data=data, metadata={}, execution_count=None)]


def answer_digest(cell: NotebookNode) -> str:
    """What identifies the answer that a graded cell was evaluated for, and the cell itself."""
    return str(cell.metadata.get("alliancelab", {}).get("answer", ""))
