"""Hints, model answers, pages to fill in, and the cards of a series, without a browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from making import TWO_SESSIONS

from alliancelab import answers, catalogue, checking, notebook, series, sheet
from alliancelab.items import Choose, Write
from alliancelab.play import path_to
from alliancelab.widgets import Card, SeriesChartCard, SessionCard

HINTS = ["Her *second* sentence.", "What was agreed.", "Somebody who was named."]


def say(card: Card | SessionCard, value: object, number: int = 1, **more: object) -> dict:
    """What the page sends, and the view that comes back."""
    card.set_state({"said": {"n": number, "value": value, **more}})
    return card.view


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> series.Series:
    """A small series over dialogues that ship."""
    (tmp_path / "two-hours.toml").write_text(TWO_SESSIONS, encoding="utf-8")
    monkeypatch.setattr(series, "FOLDER", tmp_path)
    series.named.cache_clear()
    yield series.named("two-hours")
    series.named.cache_clear()


def test_hints_go_to_the_page_and_are_no_part_of_the_item(tmp_path):
    """The card carries the hints in order, for the page to give one by one; the same item without them is equal."""
    item = Choose("who", "Who may be told?", {"nobody": "Nobody.", "the-team": "The team."})
    card = Card(item, tmp_path / "j.answers.jsonl", None, HINTS)
    assert card.face["hints"] == ["Her <em>second</em> sentence.", *HINTS[1:]]
    assert HINTS[1] not in card.plain_html()


def test_a_model_answer_comes_after_the_trainees_own(tmp_path):
    """Who asks for it too early is told how much to write first; who has written gets it, and it is not sent before."""
    item = Write("words", "In your words?", (5, 60))
    card = Card(item, tmp_path / "j.answers.jsonl", model="I would wait.\n\nThen I would *ask*.")
    assert "I would wait" not in json.dumps([card.face, card.view])
    view = say(card, "I don't know.", compare=True)
    assert "model" not in view
    assert view["saved"]["text"] == "Saved. Write about 5 words first; then there is something to compare."
    view = say(card, "I would ask her what it was like.", number=2, compare=True)
    assert view["model"] == ["I would wait.", "Then I would <em>ask</em>."]
    assert view["saved"]["text"] == "Saved."


def test_a_model_answer_is_never_there_before_a_word_is_written(tmp_path):
    """Where no length is asked for, something is still to be written first."""
    card = Card(Write("words", "In your words?", (0, 60)), tmp_path / "j.answers.jsonl", model="I would wait.")
    assert "model" not in card.view
    assert say(card, " ", compare=True)["saved"]["text"] == "Answer first, then compare."
    assert say(card, "Hm.", number=2, compare=True)["model"] == ["I would wait."]


def test_checking_ones_work_shows_the_model_of_what_is_written(tmp_path):
    """With the source at hand, a reflection that is written gets the author's; an empty one does not, nor one in a course."""
    source = sheet.read(catalogue.exercise_source("rapport"))
    [name] = source.written
    journal = tmp_path / "rapport.answers.jsonl"
    empty = sheet.marks(source, answers.read(journal))[name]
    assert checking.model_answer(source, empty) == ""
    answers.record(journal, source.items[name], "I would look at the floor.")
    written = sheet.marks(source, answers.read(journal))[name]
    assert len(checking.model_answer(source, written).split()) > 50
    released = sheet.Sheet("x", "exercise", "rapport", source.asked, {}, source.written, {name: "words"})
    assert checking.model_answer(released, written) == ""


def test_a_session_waits_for_the_one_before_it_and_then_begins_there(two, tmp_path):
    """The second card says what comes first; once the first session ends it shows what follows, with that alliance."""
    journal = tmp_path / "rapport.answers.jsonl"
    cards: list[SessionCard] = []

    def refresh(changed: SessionCard) -> None:
        for card in cards:
            if card is not changed:
                card.refresh()

    cards += [SessionCard(two, number, journal, refresh) for number in (1, 2)]
    first, second = cards
    assert second.view["wait"] == "Play session 1 to its end first; this one begins where it leaves you."
    assert "Play session 1" in second.plain_html()
    assert say(second, ["anything"])["saved"]["text"].startswith("Not saved: the session before this one")
    path = list(path_to(catalogue.dialogue("tomasz-was-sent"), ["lost"]))
    ended = say(first, path, number=3)
    assert (ended["end"], ended["saved"]["text"]) == ("The contact was lost.", "Saved.")
    assert second.view["title"] == catalogue.dialogue("leila-and-her-mother").title
    reached = [value for _, value, _ in ended["alliance"]]
    assert [value for _, value, _ in second.view["alliance"]] == reached
    say(first, list(path_to(catalogue.dialogue("tomasz-was-sent"), ["deepened"])), number=4)
    assert second.view["title"] == catalogue.dialogue("gordon-has-all-the-answers").title


def test_a_path_that_a_session_does_not_have_is_refused(two, tmp_path):
    """What cannot be a path there is told, and the journal stays as it was."""
    journal = tmp_path / "rapport.answers.jsonl"
    card = SessionCard(two, 1, journal, lambda changed: None)
    assert say(card, ["nowhere"])["saved"]["text"].startswith("Not saved: ")
    assert not journal.exists()
    gone = SessionCard(two, 1, tmp_path / "gone" / "rapport.answers.jsonl", lambda changed: None)
    view = say(gone, [catalogue.dialogue("tomasz-was-sent").scenes[0].choices[0].to])
    assert view["saved"]["keep"]


def test_the_picture_of_a_series_grows_with_it(two, tmp_path):
    """The picture's words tell how far the series has come, before and after a session."""
    journal = tmp_path / "rapport.answers.jsonl"
    card = SeriesChartCard(two, journal)
    assert "After 0 sessions" in card.view["alt"]
    path = list(path_to(catalogue.dialogue("tomasz-was-sent"), ["held"]))
    answers.append(journal, "tomasz-was-sent", "dialogue", path)
    card.refresh()
    assert "After 1 session: bond from " in card.view["alt"]
    assert card.view["src"].startswith("data:image/png;base64,")
    assert "<th>After session</th>" in card.view["numbers"]


def test_the_calls_of_a_lesson_make_these_cards(two, tmp_path, monkeypatch):
    """`item`, `session` and the charts make cards, a session that is kept refreshes the others; where nobody is, a picture."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        catalogue, "charts", lambda: {"up": {"title": "Up", "shape": "rising", "sessions": 5, "seed": 1}}
    )
    notebook.lesson("rapport")
    assert notebook.item("channel-first").face["compare"] == "Compare with the author’s view"
    first, second = notebook.session("two-hours", 1), notebook.session("two-hours", 2)
    picture = notebook.series_chart("two-hours")
    say(first, list(path_to(catalogue.dialogue("tomasz-was-sent"), ["held"])))
    assert "wait" not in second.view
    assert "After 1 session" in picture.view["alt"]
    drawn = notebook.chart("up").face["chart"]
    assert drawn["alt"].startswith("Up. From session 1 to session 5: ")
    monkeypatch.setattr(notebook, "someone_is_there", lambda: False)
    html = notebook.chart("up")._repr_html_()
    assert f'alt="{drawn["alt"]}"' in html
    assert "<summary>The numbers</summary>" in html
    assert "<em>" not in notebook.session("two-hours", 1)._repr_html_()[:4]
    assert 'alt="Two hours. After 1 session' in notebook.series_chart("two-hours")._repr_html_()


def test_a_reply_is_drawn_once_and_the_picture_only_after_an_ending(two, tmp_path, monkeypatch):
    """A card is drawn a second time only with reason: that would take the keyboard's place away from who has just replied."""
    monkeypatch.chdir(tmp_path)
    notebook.lesson("rapport")
    first, picture = notebook.session("two-hours", 1), notebook.series_chart("two-hours")
    drawn: list[object] = []
    for card in (first, picture):
        card.observe(lambda change: drawn.append(change["owner"]), "view")
    path = list(path_to(catalogue.dialogue("tomasz-was-sent"), ["held"]))
    say(first, path[:1])
    assert drawn == [first]
    say(first, path, number=2)
    assert drawn == [first, picture, first]
