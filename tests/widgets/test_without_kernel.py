"""A lesson outside Jupyter: nbconvert's page of it, as it is and after an evening's work."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor

from alliancelab import answers, catalogue, sheet
from alliancelab.play import path_to


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    """The lesson, with a conversation played and a text written, run and turned into HTML."""
    folder = tmp_path_factory.mktemp("lesson")
    source = sheet.read(catalogue.lesson("rapport"))
    journal = sheet.journal_path(folder, "rapport")
    talk = source.items["tomasz-was-sent"]
    answers.record(journal, talk, list(path_to(talk.dialogue, ["deepened"])))
    answers.record(journal, source.items["your-first-two-minutes"], "<script>alert(1)</script> I would wait.")
    notebook = nbformat.read(catalogue.lesson("rapport"), as_version=4)
    ExecutePreprocessor(timeout=120).preprocess(notebook, {"metadata": {"path": str(folder)}})
    html, _ = HTMLExporter().from_notebook_node(notebook)
    return html


def test_a_played_conversation_stands_there_as_a_transcript(page):
    """What was said, the alliance and the outcome can be read without a kernel and without a script."""
    talk = sheet.talk("tomasz-was-sent")
    last = talk.dialogue.scene(path_to(talk.dialogue, ["deepened"])[-1])
    assert f"<strong>{talk.dialogue.client}:</strong>" in page
    assert re.search(r"<strong>Deepened\.</strong> Bond \d+, goals \d+, tasks \d+\.", page)
    assert last.lines[-1].text.strip("*")[:30] in page


def test_nothing_of_python_is_shown_in_place_of_a_card(page):
    """There is no repr of an object, and no word of a widget that could not be displayed."""
    for word in ("Card(", "FinishCard", "&lt;alliancelab", "Error displaying widget", "widget-view+json"):
        assert word not in page


def test_a_trainees_words_are_text(page):
    """Markup in an answer is shown, not run."""
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; I would wait." in page
