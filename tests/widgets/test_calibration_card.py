"""The page that says how close one is to the key, without a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from alliancelab import answers, catalogue, checking, marking, notebook, sheet
from alliancelab.widgets import CalibrationCard, FinishCard

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_page(monkeypatch):
    """As where no page is: the browser of an earlier test may run a loop in this thread, and a card would wait for it."""

    def nothing_runs():
        raise RuntimeError("no running event loop")

    monkeypatch.setattr("alliancelab.widgets.calibration.asyncio.get_running_loop", nothing_runs)


def answer(folder: Path, off: int = 0, at: datetime = MONDAY, module: str = "features", only: str = "") -> None:
    """Answers to the lesson's codings and ratings: the key's, ratings `off` steps higher, on a day."""
    [tasks] = checking.tasks(module, folder)
    for item, key in tasks.keyed:
        if only in ("", item.name):
            given = marking.model_answer(item, key)
            if item.kind == "rate":
                given = {part: min(item.scale[1], number + off) for part, number in given.items()}
            answers.record(tasks.journal, item, given, at=lambda: at)


def test_before_anything_is_answered_it_says_what_will_stand_there(tmp_path):
    """An empty page has a sentence, and neither a table, a picture nor a figure."""
    view = CalibrationCard("features", tmp_path).view
    assert view["said"] == [
        "Nothing to compare yet. Label every line of a task, or rate every aspect of one, "
        "and it is laid beside the key here."
    ]
    assert (view["rows"], view["pictures"], view["note"], view["level"]) == ([], [], "", [])


def test_it_shows_agreement_direction_passage_and_reason(tmp_path):
    """After answers three steps too high: the leaning, each passage with both numbers, the reason, and a picture in words."""
    answer(tmp_path, off=3)
    card = CalibrationCard("features", tmp_path)
    said = " ".join(card.view["said"])
    assert "On average you rate 2.67 higher than the key, from 0 to 10 (95 % interval" in said
    assert "9 ratings: far too few for a firm figure; the interval says so." in said
    assert card.view["caption"] == "Where you differ, the largest difference first"
    first = card.view["rows"][0]
    assert first["beside"] == "You: 6. Key: 3. You 3 higher than the key."
    assert "Henrike" in first["ask"]
    key = catalogue.practice_item("features", "henrike-three-numbers").key
    assert first["why"].split()[:3] == key["why"]["bond"].split()[:3]
    [picture] = card.view["pictures"]
    assert "Higher than the key" in picture["alt"]
    assert "<th>You</th>" in picture["numbers"]
    assert escape(first["beside"]) in card.plain_html()


def test_who_answers_as_the_key_does_reads_that_nothing_differs(tmp_path):
    """Full agreement has no table, and the few answers it rests on are still called few."""
    answer(tmp_path)
    view = CalibrationCard("features", tmp_path).view
    assert view["rows"] == []
    assert "Nowhere do you differ from the key by more than it allows." in view["said"]
    assert "far too few" in " ".join(view["said"])


def test_over_weeks_it_becomes_a_line(tmp_path):
    """With answers in two weeks, in whatever modules, a second picture shows the agreement of each."""
    answer(tmp_path, off=5)
    answer(tmp_path, at=MONDAY + timedelta(weeks=1), module="foundations")
    pictures = CalibrationCard("features", tmp_path).view["pictures"]
    assert len(pictures) == 2
    assert "week of 2 March 2026" in pictures[1]["alt"]
    assert "week of 9 March 2026" in pictures[1]["alt"]


def test_it_is_drawn_anew_when_a_task_is_whole_and_only_then(tmp_path, monkeypatch):
    """On the open page the last missing number brings the comparison; a click that changes nothing there draws nothing."""
    monkeypatch.chdir(tmp_path)
    notebook.lesson("features")
    rating = notebook.item("henrike-three-numbers")
    other = notebook.item("mehmet-and-the-noise")
    page = notebook.calibration()
    drawn: list[str] = []
    page.observe(lambda change: drawn.append(page.view["said"][0]), "view")

    def say(card, number, value):
        card.set_state({"said": {"n": number, "value": value}})
        assert card.view["saved"]["text"] == "Saved."

    say(rating, 1, {"bond": 9})
    assert "1 task is answered in part, and counted once every part has an answer." in page.view["said"]
    say(rating, 2, {"bond": 9, "goals": 7})
    assert len(drawn) == 1
    say(rating, 3, {"bond": 9, "goals": 7, "tasks": 9})
    assert drawn[1].startswith("Ratings: as near as the key asks in 2 of 3.")
    assert page.view["rows"][0]["beside"] == "You: 9. Key: 3. You 6 higher than the key."
    say(other, 5, list(other.item.options)[:1])
    assert len(drawn) == 2


def test_the_answer_is_acknowledged_before_the_picture_is_drawn(tmp_path, monkeypatch):
    """ "Saved." does not wait for a picture."""
    monkeypatch.chdir(tmp_path)
    notebook.lesson("features")
    rating, page = notebook.item("henrike-three-numbers"), notebook.calibration()
    order: list[str] = []
    rating.observe(lambda change: order.append("saved"), "view")
    page.observe(lambda change: order.append("drawn"), "view")
    rating.set_state({"said": {"n": 1, "value": {"bond": 3, "goals": 7, "tasks": 9}}})
    assert order == ["saved", "drawn"]


def test_a_level_that_a_module_asks_for_stands_there_in_plain_words(tmp_path, monkeypatch):
    """Where the course file asks for one, the page says how far it is; where it does not, nothing."""
    answer(tmp_path)
    assert CalibrationCard("features", tmp_path).view["level"] == []
    asked = dict(catalogue.course())
    asked["features"] = type(asked["features"])(**{**vars(asked["features"]), "level": {"coding": 0.6}})
    monkeypatch.setattr(catalogue, "course", lambda: asked)
    card = CalibrationCard("features", tmp_path)
    assert card.view["level"] == [
        "This module asks for an agreement of 0.6 in your codings. Not enough yet: 5 of the 20 it takes."
    ]
    assert card.view["level"][0] in card.plain_html()


def test_where_nobody_can_click_it_is_plain_html(tmp_path, monkeypatch):
    """A page made by nbconvert has the sentences and the table as HTML."""
    monkeypatch.chdir(tmp_path)
    answer(tmp_path, off=3)
    monkeypatch.setattr(notebook, "someone_is_there", lambda: False)
    notebook.lesson("features")
    html = notebook.calibration()._repr_html_()
    assert "<caption>Where you differ, the largest difference first</caption>" in html
    assert html.count("<tr>") > 8


def test_every_lesson_that_has_it_asks_for_something_to_compare():
    """The lessons whose page has it are those we say, and each has tasks with keys."""
    having = []
    for module in catalogue.modules():
        path = catalogue.lesson(module)
        calls = [
            call.name
            for cell in sheet.load(path)["cells"]
            if cell["cell_type"] == "code"
            for call in sheet.statements(sheet.source_of(cell))
            if isinstance(call, sheet.Call)
        ]
        if "calibration" in calls:
            having.append(module)
            assert checking.tasks(module, path.parent)
    assert {"foundations", "features", "impasses"} <= set(having)


def test_checking_an_exercise_says_how_close_it_was(tmp_path):
    """The last card's "Check my work" gives the same sentences for the exercise, where the keys are at hand."""
    source = sheet.read(catalogue.exercise_source("features"))
    journal = tmp_path / "features.answers.jsonl"
    for name, graded in source.graded.items():
        item = source.items[name]
        if item.kind in ("rate", "code"):
            answers.record(journal, item, marking.model_answer(item, graded.key))
    card = FinishCard("features", tmp_path)
    card.set_state({"said": {"n": 1, "value": {}}})
    assert card.view["close"][0].startswith("Codings: the key’s label, or one that it accepts as well, in 13 of 13.")
    assert any("Agreement in the numbers (ICC(2,1)): 1" in said for said in card.view["close"])


@pytest.mark.parametrize("module", list(catalogue.modules()))
def test_every_module_can_be_calibrated(module, tmp_path):
    """For each module, answers as the key's have an agreement of 1 or a reason why there is none."""
    answer(tmp_path, module=module)
    view = CalibrationCard(module, tmp_path).view
    assert view["rows"] == []
    assert view["said"]
