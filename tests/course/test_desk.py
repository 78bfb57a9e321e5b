"""What the supervisor's desk shows of a real course, and what its buttons do to it; the page itself is tested in a browser."""

from __future__ import annotations

import csv
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from submissions import MODULE, REFLECTION, Course, everything, right, wrong

from alliancelab import desk as desk_module
from alliancelab import workspace
from alliancelab.desk import PAGE, Desk, open_desk, page
from alliancelab.errors import AllianceLabError
from alliancelab.widgets import DeskCard

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
COLUMNS = ("Trainee", "Status", "Handed in", "Late", "Points", "Feedback")


def at(course: Course) -> Desk:
    """The desk of a course on a fixed day, at its module."""
    desk = Desk(course.folder, lambda: NOW)
    press(desk, "choose", module=course.module)
    return desk


def press(desk: Desk, action: str, **about) -> desk_module.Done:
    """Press a button."""
    return desk.actions()[action](about, lambda what, done, of: None)


def people(desk: Desk) -> dict[str, dict]:
    """The table of trainees, by name."""
    table = desk.look()["people"]
    assert tuple(name for name, _ in table["columns"]) == COLUMNS
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in table["rows"]}


def test_a_folder_without_modules_offers_to_make_a_course(tmp_path):
    """The modules can be chosen, none chosen is said, and then the course is there and nothing is assigned."""
    (tmp_path / PAGE).write_bytes(page())
    desk = Desk(tmp_path, lambda: NOW)
    workspace.put_page(tmp_path, PAGE, page())
    (tmp_path / "nbgrader_config.py").write_text("# my own settings\n")
    assert desk.look() == {"course": False, "seen": NOW.isoformat(), "hours": ""}
    assert MODULE in dict(desk.face()["offered"])
    assert not press(desk, "make").ok
    assert press(desk, "make", modules=["foundations", MODULE]).ok
    assert (tmp_path / "nbgrader_config.py").read_text() == "# my own settings\n"
    shown = desk.look()
    assert [one["module"] for one in shown["modules"]] == ["foundations", MODULE]
    assert (shown["course"], shown["assigned"], shown["people"]) == (True, False, None)


def test_a_course_from_assigned_to_feedback(course: Course):
    """Each button does its work on the real course, says so, and the tables show it."""
    desk = at(course)
    assert press(desk, "assign", due="2026-03-02T17:00:00.000Z").ok
    assert desk.look()["due"] == "2026-03-02T17:00:00+00:00"
    assert not press(desk, "assign", due="soon").ok
    assert press(desk, "grade").text == "Nobody has handed in Rapport yet; collect first."
    course.hand_in("ada", everything(right))
    course.hand_in("berta", everything(wrong))
    rows = people(desk)
    assert {name: row["Status"] for name, row in rows.items()} == {
        "ada": "waits for grading",
        "berta": "waits for grading",
    }
    assert rows["ada"]["Late"] == "1 hour"
    assert press(desk, "grade").text == "2 submissions graded. 1 trainee has written something for you to read."
    rows = people(desk)
    assert (rows["ada"]["Status"], rows["ada"]["Points"]) == ("waits for you", [34.0, 40.0])
    assert (rows["berta"]["Status"], rows["berta"]["Feedback"]) == ("done", "")
    shown = desk.look()
    (waiting,) = shown["queue"]["rows"]
    with course.gradebook() as book:
        notebook = book.find_submission_notebook(MODULE, MODULE, "ada").id
    assert waiting[1][1] == f"formgrader/submissions/{notebook}/"
    assert shown["missed"]["rows"][0][1] == 50
    assert "ada" in str(shown["numbers"]["rows"])
    course.mark_by_hand("ada", REFLECTION, 5)
    assert desk.look()["queue"]["rows"] == []
    assert press(desk, "feedback").text.startswith("2 feedback pages written")
    assert people(desk)["ada"]["Feedback"] == ["Open", f"files/feedback/ada/{MODULE}/{MODULE}.html"]


def test_what_cannot_be_graded_is_listed_with_its_reason(course: Course):
    """The others are graded, and the sentence says how many were not."""
    course.hand_in("ada", everything(right))
    course.submitted("berta").mkdir(parents=True)
    done = press(at(course), "grade")
    assert (done.ok, done.text.partition(".")[0]) == (False, "1 submission graded, 1 could not be graded")
    assert done.details == (f"berta: it cannot be read: there is no {MODULE}.answers.jsonl and no {MODULE}.ipynb",)


def test_collecting_says_what_was_taken_and_what_refused(course: Course, tmp_path):
    """Nothing named, and a folder with a broken hand-in, end in sentences."""
    desk = at(course)
    assert not press(desk, "collect", path=" ").ok
    with pytest.raises(AllianceLabError):
        press(desk, "collect", path=str(tmp_path / "nowhere"))
    (tmp_path / "zips").mkdir()
    (tmp_path / "zips" / f"ada__{MODULE}.zip").write_text("no zip")
    done = press(desk, "collect", path=str(tmp_path / "zips"))
    assert (done.ok, done.text) == (False, "0 taken in, 1 refused:")
    assert "ada" in done.details[0]


def test_files_to_keep(course: Course):
    """The three files hold everybody; what waits for a person is said to be left empty."""
    desk = at(course)
    course.hand_in("ada", everything(right))
    press(desk, "grade")
    for form in dict(desk.look()["offers"]):
        done = press(desk, "export", form=form)
        name, text = done.file
        assert name == f"course-{form}.csv"
        assert list(csv.reader(text.splitlines()))
        assert ("1 to read" in done.text) == (form != "standing")


def test_more_than_a_thousand_hand_ins_are_read_when_asked_for(course: Course, monkeypatch):
    """Until then the page says how many there are; after the next action it says so again."""
    monkeypatch.setattr(desk_module, "AT_ONCE", 1)
    desk = at(course)
    for name in ("ada", "berta"):
        course.hand_in(name, everything(right))
    shown = desk.look()
    assert (shown["more"], shown["missed"], shown["quiet"]) == (2, None, None)
    press(desk, "look", all=True)
    shown = desk.look()
    assert shown["more"] == 0
    assert shown["missed"]["rows"]
    assert desk.look()["more"] == 2


def test_what_is_shown_can_be_sent(course: Course):
    """The whole view is plain JSON, not-a-numbers and times included, also where nothing is graded."""
    desk = at(course)
    json.dumps(desk.look(), allow_nan=False)
    course.hand_in("ada", {})
    json.dumps(desk.look(), allow_nan=False)
    card = DeskCard(desk.face(), desk.look, desk.actions())
    assert card.view["people"]["rows"][0][0] == "ada"


def test_the_page_is_one_call_that_is_trusted(tmp_path):
    """The notebook is whole, is shown as a page, and holds nothing but the call."""
    notebook = nbformat.reads(page().decode(), as_version=4)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["from alliancelab.desk import desk\n\ndesk()"]
    assert notebook.metadata.alliancelab.kind == "desk"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Which folders a server would have been started in."""
    calls: list[tuple] = []
    monkeypatch.setattr(workspace, "serve", lambda *arguments, **named: calls.append(arguments))
    before = Path.cwd()
    yield calls
    os.chdir(before)


@pytest.mark.parametrize("there", [False, True])
def test_a_new_or_empty_folder_is_made_ready(tmp_path, served, there):
    """It gets the page and the settings; opened again, it is still a folder in which a course can be made."""
    folder = tmp_path / "spring"
    if there:
        folder.mkdir()
    open_desk(folder, browser=False)
    open_desk(folder, browser=False)
    assert [arguments[:2] for arguments in served] == [(folder, PAGE)] * 2
    assert {path.name for path in folder.iterdir()} == {".alliancelab", PAGE, "nbgrader_config.py"}
    assert press(Desk(folder, lambda: NOW), "make", modules=[MODULE]).ok


def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path, served):
    """The sentence says what to type; nothing is written, no server starts. A trainee's folder is known as one."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(AllianceLabError, match=r"is no course and not empty; name .*: alliancelab desk FOLDER"):
        open_desk(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(AllianceLabError, match="is no folder; name another one: alliancelab desk FOLDER"):
        open_desk(tmp_path / "notes.txt")
    workspace.prepare(tmp_path / "mine")
    with pytest.raises(AllianceLabError, match="is a trainee's folder"):
        open_desk(tmp_path / "mine")
    assert served == []
