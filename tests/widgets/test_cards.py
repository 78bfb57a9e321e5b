"""The cards, without a browser: setting the state is what the page sends."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import pytest

from alliancelab import answers, catalogue, notebook, sheet
from alliancelab.errors import AllianceLabError
from alliancelab.items import Choose, Code, Fill, Find, Order, Rate, Talk, Write
from alliancelab.play import path_to
from alliancelab.widgets import Card, FinishCard

WHO = Choose("who", "Who may be told?", {"nobody": "Nobody.", "the-team": "The team."})
KEY = {"credit": {"the-team": 1}, "why": {"nobody": "Stricter than agreed.", "the-team": "As agreed."}}
ITEMS = [
    (WHO, ["the-team"]),
    (Find("fell", "When did it fall?", chart="reggie-six", sessions=6), ["6"]),
    (Order("steps", "In order?", {"b": "Second", "a": "First", "c": "Third"}), ["a", "b", "c"]),
    (Rate("how-much", "How much?", {"bond": "Bond", "goals": "Goals"}), {"bond": 7}),
    (Code("moves", "Label.", [("Ada", "I came."), ("You", "You came.", "came")], {"a": "A", "b": "B"}), {"came": "a"}),
    (Write("words", "In your words?"), "I would wait."),
    (Fill("page", "Where you work.", {"by-day": "By day", "by-night": "By night"}), {"by-night": "The duty line."}),
    (Talk("tomasz-was-sent", catalogue.dialogue("tomasz-was-sent")), None),
]


def say(card: Card | FinishCard, value: object, number: int = 1, **more: object) -> dict:
    """What the page sends, and the view that comes back."""
    card.set_state({"said": {"n": number, "value": value, **more}})
    return card.view


@pytest.mark.parametrize(("item", "value"), ITEMS, ids=[item.kind for item, _ in ITEMS])
def test_an_answer_is_in_the_journal_before_the_card_says_saved(item, value, tmp_path):
    """Every kind of card keeps its answer, acknowledges it by number, and a new card on the same journal has it."""
    journal = tmp_path / "rapport.answers.jsonl"
    if isinstance(item, Talk):
        value = list(path_to(item.dialogue, ["deepened"]))
    view = say(Card(item, journal), value, number=7)
    assert (view["n"], view["saved"]["text"]) == (7, "Saved.")
    assert answers.answer_of(answers.read(journal), item) == value
    again = Card(item, journal)
    assert again.view["answer"] == value
    assert again.view["saved"]["text"] == "Saved. This is your answer from before."


@pytest.mark.parametrize(
    "value", [["elsewhere"], "nobody", None, 3, {"who": 1}, ["nobody", "the-team"], [["nobody"]], float("nan")]
)
def test_what_cannot_be_an_answer_is_refused_and_nothing_is_lost(value, tmp_path):
    """A value of the wrong kind gets "Not saved" with the reason; the answer before it stands, and nothing raises."""
    journal = tmp_path / "rapport.answers.jsonl"
    card = Card(WHO, journal)
    say(card, ["nobody"])
    view = say(card, value, number=2)
    assert not view["saved"]["ok"]
    assert view["saved"]["text"].startswith("Not saved: ")
    assert not view["saved"]["keep"]
    assert view["answer"] == ["nobody"]
    assert answers.answer_of(answers.read(journal), WHO) == ["nobody"]


def test_a_folder_that_is_gone_is_told_and_the_page_keeps_the_answer(tmp_path):
    """When the journal cannot be written, the card says so with the reason, and asks the page to remember the answer."""
    view = say(Card(WHO, tmp_path / "gone" / "rapport.answers.jsonl"), ["nobody"])
    assert view["saved"]["text"].startswith("Not saved: ")
    assert "cannot be made; is its folder gone or renamed." in view["saved"]["text"]
    assert view["saved"]["keep"]


def test_practice_tells_the_authors_view_only_when_it_is_asked_for(tmp_path):
    """A lesson's card keeps an answer silently, and gives the reasons when the trainee compares."""
    card = Card(WHO, tmp_path / "j.answers.jsonl", KEY)
    assert "feedback" not in say(card, ["nobody"])
    told = say(card, ["nobody"], number=2, compare=True)["feedback"]
    assert told["text"] == "Not yet."
    assert [(r["sign"], r["part"], r["why"]) for r in told["remarks"]] == [
        ("wrong", "Nobody.", "Stricter than agreed.")
    ]
    assert len(answers.read(tmp_path / "j.answers.jsonl").entries) == 1  # comparing is not answering again
    assert "feedback" not in say(card, ["the-team"], number=3)


def test_comparing_before_answering_keeps_nothing(tmp_path):
    """Who compares without an answer is asked to answer first, and no key is shown."""
    card = Card(WHO, tmp_path / "j.answers.jsonl", KEY)
    view = say(card, [], compare=True)
    assert view["saved"]["text"] == "Answer first, then compare."
    assert "feedback" not in view
    assert not (tmp_path / "j.answers.jsonl").exists()


def test_a_graded_question_carries_no_key_to_the_page(tmp_path):
    """Nothing of an exercise's key is in what its cards send to the browser."""
    source = sheet.read(catalogue.exercise_source("rapport"))
    sent = ""
    for item in source.items.values():
        card = Card(item, tmp_path / "rapport.answers.jsonl")
        sent += json.dumps([card.face, card.view], ensure_ascii=False)
    for graded in source.graded.values():
        why = graded.key["why"]
        for reason in [why] if isinstance(why, str) else why.values():
            assert reason not in sent


def test_a_conversation_shows_replies_alliance_and_reasons_step_by_step(tmp_path):
    """After each reply the card has the new turns, the alliance with its change, the reason, and the next replies."""
    talk = sheet.talk("tomasz-was-sent")
    card = Card(talk, tmp_path / "j.answers.jsonl")
    first = card.view["replies"][0][0]
    assert [name for name, *_ in card.view["alliance"]] == ["Bond", "Goals", "Tasks"]
    view = say(card, [first])
    you = next(entry for entry in view["log"] if entry["who"] == "You")
    choice = talk.dialogue.scene(talk.dialogue.start).choice(first)
    assert (you["change"], bool(you["why"])) == (str(choice.change), True)
    assert [to for to, _ in view["replies"]] == [c.to for c in talk.dialogue.scene(first).choices]
    ended = say(card, list(path_to(talk.dialogue, ["lost"])), number=2)
    assert ended["end"] == "The contact was lost."
    assert ended["replies"] == []


@pytest.mark.parametrize(("item", "value"), ITEMS, ids=[item.kind for item, _ in ITEMS])
def test_without_a_kernel_a_static_page_is_shown(item, value, tmp_path):
    """Beside the widget stands HTML that reads by itself, with the answer in it, and never an object's repr."""
    card = Card(item, tmp_path / "j.answers.jsonl")
    if value is not None:
        say(card, value)
    data, *_ = card._repr_mimebundle_()
    html = data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert escape(item.ask, quote=False) in html
    assert "Card(" not in html + data["text/plain"]
    if isinstance(value, str):
        assert escape(value) in html


def test_words_are_escaped_in_the_static_page(tmp_path):
    """Markup that a trainee writes is shown as they wrote it."""
    card = Card(Write("words", "Your words?"), tmp_path / "j.answers.jsonl")
    say(card, "<script>alert(1)</script> [x](javascript:1)")
    assert "<script>" not in card.plain_html()
    assert "&lt;script&gt;" in card.plain_html()


def test_the_last_card_checks_the_work(tmp_path, monkeypatch):
    """The button "Check my work" gives each item's state and the sum, from the same marks as the command line."""
    monkeypatch.chdir(tmp_path)
    source = catalogue.exercise_source("rapport")
    (tmp_path / "rapport.ipynb").write_bytes(source.read_bytes())
    journal = tmp_path / "rapport.answers.jsonl"
    answers.record(journal, sheet.read(source).items["own-part-in-the-room"], "I would look at the floor.")
    view = say(FinishCard("rapport", tmp_path), {})
    states = {row["title"]: row["text"] for row in view["rows"]}
    assert list(states.values()).count("Not answered.") == len(states) - 1
    assert "1 of 14 answered. A person reads what you wrote in your own words." in view["text"]


def test_a_broken_notebook_is_a_sentence_in_the_last_card(tmp_path, monkeypatch):
    """Where the work cannot be checked the card says why."""
    monkeypatch.setattr(catalogue, "exercise_source", lambda module: None)
    (tmp_path / "rapport.ipynb").write_text('{"cells": [')
    assert "is not a whole notebook" in say(FinishCard("rapport", tmp_path), {})["text"]


def test_the_calls_of_a_notebook_need_a_beginning(monkeypatch):
    """A question before `lesson(...)` is a programmer's mistake and says what to write."""
    monkeypatch.setattr(notebook, "_module", [])
    with pytest.raises(AllianceLabError, match=r'begin it with lesson\("rapport"\)'):
        notebook.play("tomasz-was-sent")


def test_marking_without_a_key_judges_nothing_and_under_validate_uses_the_model_answer(tmp_path, monkeypatch):
    """A released mark is worth nothing yet; with a key it marks the journal, or the model answer while validating."""
    monkeypatch.chdir(tmp_path)
    notebook.exercise("rapport")
    notebook.choose("who", "Who?", dict(WHO.options))
    assert repr(notebook.mark("who", points=2)) == "0"
    assert repr(notebook.mark("who", points=2, key=KEY)) == "0"
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert repr(notebook.mark("who", points=2, key=KEY)) == "2"
    assert not list(Path(tmp_path).iterdir())


def test_running_a_page_again_closes_its_old_cards(tmp_path, monkeypatch):
    """After a reload nothing is said to a card that nobody sees: the old ones are closed when the page begins again."""
    monkeypatch.chdir(tmp_path)
    notebook.lesson("rapport")
    old = [notebook.choose("who", "Who?", dict(WHO.options)), notebook.finish()]
    notebook.lesson("rapport")
    assert [card.comm for card in old] == [None, None]
