"""A chart that is read session by session, and the question asked on it: what the page gets, what the journal keeps."""

from __future__ import annotations

import json

import pytest

from alliancelab import answers, catalogue, items, notebook, render, simulated
from alliancelab.catalogue import NotFound
from alliancelab.items import Find
from alliancelab.widgets import Card, ChartCard

BEYOND = Find("beyond", "In which sessions did it move?", chart="jorunn-nine", sessions=9, several=True)
KEY = {"right": ["5", "6"], "either": ["7"], "why": {"5": "Down by 25.", "6": "Up by 19.", "other": "Within noise."}}


@pytest.mark.parametrize("name", catalogue.charts())
def test_the_page_gets_the_numbers_and_every_word(name):
    """Each session comes with its numbers and its sentence, each chart with its alternative, its table and its band; it says simulated."""
    face = ChartCard(name).face
    drawn = face["chart"]
    rated = simulated.of_chart(catalogue.chart(name))["rated"]
    assert [(one["session"], tuple(one["values"]), one["mean"]) for one in drawn["sessions"]] == [
        (one.session, one.values, one.mean) for one in rated
    ]
    for one in drawn["sessions"]:
        assert one["says"].startswith(f"Session {one['session']}: ")
        assert all(str(value) in one["says"] for value in one["values"] if value is not None)
    assert "simulated" in face["title"]
    assert drawn["alt"].startswith(face["title"])
    assert [row[0] for row in drawn["rows"]] == ["Session", *(str(one.session) for one in rated)]
    low, high, label = drawn["band"]
    assert low <= rated[0].mean <= high
    assert label == "within 12 of session 1"
    assert json.loads(json.dumps(face)) == face


def test_where_no_page_is_the_chart_is_a_picture():
    """A saved page shows the picture with the same words, the numbers below it."""
    card = ChartCard("reggie-six")
    html = card._repr_mimebundle_()[0]["text/html"]
    assert html == render.chart("reggie-six")
    assert html.startswith('<figure class="alliancelab-figure"')
    assert f'alt="{card.face["chart"]["alt"]}"' in html


def test_a_question_on_a_chart_can_be_read_where_nobody_is(tmp_path, monkeypatch):
    """A run that nobody sees shows the question, the picture with its numbers, and what was marked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notebook, "someone_is_there", lambda: False)
    notebook.lesson("measuring")
    asked = catalogue.practice_item("measuring", "vusi-one-line").item
    answers.record(tmp_path / "measuring.answers.jsonl", asked, ["4"])
    html = notebook.item("vusi-one-line")._repr_html_()
    assert render.chart("vusi-seven") in html
    assert "Marked: <strong>session 4</strong>" in html
    assert "Not answered." in notebook.item("jorunn-beyond-noise")._repr_html_()


def test_an_unknown_chart_is_told_with_one_that_comes_near():
    """A misspelt name is told with what was meant."""
    with pytest.raises(NotFound, match="did you mean 'reggie-six'"):
        ChartCard("regie-six")


def test_a_session_found_is_kept_and_compared(tmp_path):
    """What is marked on the chart is in the journal, and the author's view gives a reason for what was found and what was missed."""
    journal = tmp_path / "measuring.answers.jsonl"
    card = Card(BEYOND, journal, KEY)
    assert card.face["kind"] == "find"
    assert len(card.face["chart"]["sessions"]) == 9
    card.set_state({"said": {"n": 1, "value": ["8", "5"], "compare": True}})
    assert card.view["saved"]["text"] == "Saved."
    assert answers.answer_of(answers.read(journal), BEYOND) == ["5", "8"]
    told = [(remark["sign"], remark["part"], remark["why"]) for remark in card.view["feedback"]["remarks"]]
    assert told == [
        ("right", "Session 5", "Down by 25."),
        ("wrong", "Session 6 (not chosen)", "Up by 19."),
        ("wrong", "Session 8", "Within noise."),
    ]
    assert "Marked: <strong>session 5, 8</strong>" in card.plain_html()


@pytest.mark.parametrize("value", [["10"], ["0"], [5], "5", None, [["5"]], {"5": True}])
def test_what_is_no_session_of_the_chart_is_refused(value):
    """Only numbers of the chart's sessions, as texts, are an answer."""
    with pytest.raises(items.NotAnAnswer):
        BEYOND.clean(value)
