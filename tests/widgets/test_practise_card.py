"""The card of the daily practice, without a browser."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alliancelab import answers, catalogue, marking, notebook, plots, practice, sheet
from alliancelab.items import Talk
from alliancelab.play import path_to
from alliancelab.widgets import PractiseCard

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def do(folder: Path, module: str) -> None:
    """Answer a lesson and play its conversations."""
    for asked in sheet.read(catalogue.lesson(module)).asked.values():
        item = asked.item
        value = path_to(item.dialogue, ["deepened", "repaired"]) if isinstance(item, Talk) else None
        value = value or marking.model_answer(item, asked.key)
        if value is not None:
            answers.record(sheet.journal_path(folder, module), item, value, at=lambda: MONDAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trainee's folder with one lesson done."""
    do(tmp_path, "rapport")
    return tmp_path


def say(card: PractiseCard, value: object, number: int = 1, /, **more: object) -> dict:
    """What the page sends, and the view that comes back."""
    card.set_state({"said": {"n": number, "value": value, **more}})
    return card.view


def model(card: PractiseCard) -> object:
    return marking.model_answer(card.asked.item, card.asked.key)


def test_a_whole_session(folder):
    """Each answer is in the journal before "Saved." is said, with the author's view; then the next; at the end, tomorrow."""
    card = PractiseCard(folder, now=lambda: MONDAY)
    planned = [c.name for c in practice.due(card.cards, answers.Reading(), MONDAY)]
    for number, name in enumerate(planned, start=1):
        assert card.view["heading"] == f"{number} of {len(planned)}, from: Rapport"
        assert "feedback" not in card.view
        assert card.asked.name == name
        view = say(card, model(card), 2 * number, card=name, compare=True)
        assert (view["n"], view["saved"]["text"]) == (2 * number, "Saved.")
        assert view["feedback"]["text"] == "Yes."
        assert answers.read(practice.journal(folder)).entries[-1].item == name
        view = say(card, None, 2 * number + 1, next=True)
    assert view["end"].startswith("That is all for today. There are ")
    assert len(answers.read(practice.journal(folder)).entries) == len(planned)
    drawn = say(card, None, 99, picture=True)
    assert drawn["src"].startswith("data:image/png;base64,")
    assert "nothing has come back yet" in drawn["alt"]


def test_a_reload_goes_on_where_it_was(folder):
    """A new card on the same journal asks what the old one would have asked next."""
    card = PractiseCard(folder, now=lambda: MONDAY)
    say(card, model(card), card=card.asked.name)
    say(card, None, 2, next=True)
    again = PractiseCard(folder, now=lambda: MONDAY)
    assert again.asked == card.asked
    assert again.view["heading"] == card.view["heading"]


def test_an_answer_counts_once_and_only_for_its_card(folder):
    """Pressed twice, meant for another card, or answered in the terminal meanwhile: no second line is written."""
    card = PractiseCard(folder, now=lambda: MONDAY)
    say(card, model(card), card="another--card")
    assert not practice.journal(folder).exists()
    first = card.asked
    other = PractiseCard(folder, now=lambda: MONDAY)
    say(card, model(card), 2, card=first.name)
    say(card, model(card), 3, card=first.name)
    view = say(other, model(other), 4, card=first.name)
    assert "answered elsewhere" in view["saved"]["text"]
    assert other.asked.name != first.name
    assert len(answers.read(practice.journal(folder)).entries) == 1


@pytest.mark.parametrize("value", [None, [], {}, "words", ["elsewhere"], 3, [["a"]]])
def test_what_is_no_answer_is_refused_with_a_sentence(folder, value):
    """Nothing raises, nothing is kept, no reason is shown."""
    card = PractiseCard(folder, now=lambda: MONDAY)
    view = say(card, value, card=card.asked.name)
    assert not view["saved"]["ok"]
    assert view["saved"]["text"].startswith("Not saved: ")
    assert "feedback" not in view
    assert not practice.journal(folder).exists()


def test_a_wrong_choice_also_shows_the_authors(folder):
    """Who chose another reply reads why it is not the best and which one is; before that no reason is sent to the page."""
    card = PractiseCard(folder, now=lambda: MONDAY)
    while card.asked.kind != practice.REPLY:
        say(card, model(card), card=card.asked.name)
        say(card, None, 2, next=True)
    why = card.asked.key["why"]
    assert not any(reason in json.dumps(card.view, ensure_ascii=False) for reason in why.values())
    slug = next(slug for slug in card.asked.item.options if practice.share(card.asked, [slug]) < 0.5)
    told = say(card, [slug], 3, card=card.asked.name)["feedback"]
    assert told["text"] == "Not yet."
    assert [remark["sign"] for remark in told["remarks"]] == ["wrong", "said"]
    assert told["remarks"][1]["part"].startswith("The author’s choice: ")


def test_a_journal_that_cannot_be_written_is_told(folder):
    """The page is asked to remember the answer, and the card waits."""
    card = PractiseCard(folder, now=lambda: MONDAY)
    card.journal.mkdir()
    view = say(card, model(card), card=card.asked.name)
    assert view["saved"]["text"].startswith("Not saved: ")
    assert view["saved"]["keep"]
    assert "feedback" not in view


def test_with_no_lesson_done_it_says_what_to_do(tmp_path, monkeypatch):
    """An empty folder gives a sentence, and so does a page that nobody runs."""
    assert "Answer half of a lesson first" in PractiseCard(tmp_path, now=lambda: MONDAY).view["end"]
    monkeypatch.chdir(tmp_path)
    assert isinstance(notebook.practise(), PractiseCard)


def test_the_picture_of_retention_is_told_in_words():
    """The text alternative is made from the reviews: how many, how many right, and by how many days."""
    made = plots.retention([(0, False), (1, True), (1, False), (5, True), (40, True)], 0.9)
    assert made.alt == (
        "Still right when it came back: 3 of 4 reviews (75%); the schedule aims at 90%. "
        "By the days since the last time: after 1 day 50% of 2, after 4 to 7 days 100% of 1, after 31 or more days 100% of 1."
    )
    assert made.rows[1] == ("1", "2", "50%")
    assert made.png.startswith(b"\x89PNG")


def test_after_a_month_the_card_is_harder(folder):
    """What is held well comes without hints and in another order, and its answers are still the same."""
    clock = [MONDAY]
    card = PractiseCard(folder, now=lambda: clock[0])
    seen: list[tuple[str, ...]] = []
    for day in range(40):
        clock[0] = MONDAY + timedelta(days=day)
        card = PractiseCard(folder, now=lambda: clock[0])
        while card.asked is not None:
            if card.asked.name == "rapport--channel-first":
                seen.append(tuple(card.asked.item.options))
            say(card, model(card), card=card.asked.name)
            assert card.view["feedback"]["text"] == "Yes."
            say(card, None, 2, next=True)
    assert len(set(seen)) > 1
    assert len(seen) == 3
