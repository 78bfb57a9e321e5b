"""The desk's page, without a browser: setting the state is what the page sends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alliancelab.errors import AllianceLabError
from alliancelab.widgets import DeskCard
from alliancelab.widgets.acting import Done


def card(look: Callable[[], dict[str, Any]] = dict, **actions: Any) -> DeskCard:
    """A desk whose buttons do `actions`."""
    return DeskCard({"kind": "desk", "name": "desk", "title": "Your desk"}, look, actions)


def click(desk: DeskCard, action: str, number: int = 1, **about: Any) -> dict[str, Any]:
    """Press a button; what the page shows then."""
    desk.set_state({"said": {"n": number, "value": {"do": action, **about}}})
    return desk.view


def upload(desk: DeskCard, name: str, *pieces: bytes, file: int = 0) -> list[dict[str, Any]]:
    """Drop a file on the page; what each piece is answered with."""
    answers: list[dict[str, Any]] = []
    desk.send = lambda content, buffers=None: answers.append(content)  # type: ignore[method-assign]
    for number, piece in enumerate(pieces):
        about = {"do": "piece", "n": number, "first": number == file == 0, "file": file, "name": name}
        desk._handle_custom_msg(about, [memoryview(piece)])
    return answers


def test_every_action_ends_in_a_sentence_and_fresh_data():
    """The number, the sentence, the details and the file come back with what is shown after the action."""
    clicks: list[dict[str, Any]] = []

    def act(about, progress):
        clicks.append(dict(about))
        return Done("Two done.", details=("one", "two"), file=("a.csv", "x"))

    desk = card(lambda: {"seen": len(clicks)}, act=act)
    assert desk.view["seen"] == 0
    view = click(desk, "act", number=7, module="rapport")
    assert (view["n"], view["seen"]) == (7, 1)
    assert view["said"] == {"where": "act", "ok": True, "text": "Two done.", "details": ["one", "two"]}
    assert view["file"] == {"name": "a.csv", "text": "x"}
    assert clicks == [{"do": "act", "module": "rapport"}]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AllianceLabError("the disk is full; make room"), "The disk is full; make room."),
        (ValueError("odd"), "AllianceLab itself has failed (ValueError: odd). What was done before is kept."),
    ],
)
def test_what_goes_wrong_is_a_sentence_in_place(error, text):
    """An action that fails, and a look that fails after one that did not, leave the page as it was, with the reason."""

    def fail(*_):
        raise error

    view = click(card(lambda: {"seen": 1}, act=fail), "act")
    assert (view["said"]["ok"], view["said"]["text"], view["seen"]) == (False, text, 1)
    looks = iter([{"seen": 1}])
    desk = card(lambda: next(looks, None) or fail(), act=lambda about, progress: Done("Done."))
    view = click(desk, "act")
    assert (view["said"]["ok"], view["said"]["text"], view["seen"]) == (False, f"Done. {text}", 1)


@pytest.mark.parametrize("value", [None, 3, [], {"do": "unknown"}, {"do": None}, "act"])
def test_a_message_that_is_none_of_ours_raises_nothing(value):
    """Whatever the page sends, the desk stays alive."""
    desk = card(act=lambda about, progress: Done("Done."))
    desk.set_state({"said": {"n": 1, "value": value}})
    assert not desk.view["said"]["ok"]
    assert click(desk, "act", number=2)["said"]["ok"]


def test_progress_is_told_while_an_action_runs_and_not_ten_thousand_times():
    """The first and the last report arrive; those between are thinned; afterwards nothing runs."""
    told: list[dict[str, Any]] = []

    def act(about, progress):
        for done in range(10_001):
            progress("grade", done, 10_000)
        return Done("Done.")

    desk = card(act=act)
    desk.observe(lambda change: told.append(change["new"]), "work")
    click(desk, "act")
    assert told[0] == {"where": "act", "what": "", "done": 0, "of": 0}
    assert told[-2] == {"where": "act", "what": "grade", "done": 10_000, "of": 10_000}
    assert told[-1] == {}
    assert len(told) < 100


def test_a_dropped_file_arrives_whole_and_is_gone_afterwards():
    """Pieces are put together under the file's own name, in a folder that the action gets and that goes with it."""
    found: dict[str, bytes] = {}
    folders: list[Path] = []

    def act(about, progress):
        folders.append(Path(about["path"]))
        found.update({str(p.relative_to(folders[-1])): p.read_bytes() for p in folders[-1].rglob("*") if p.is_file()})
        return Done("Done.")

    desk = card(act=act)
    assert upload(desk, "ada__rapport.zip", b"one", b"two") == [{"taken": 0}, {"taken": 1}]
    upload(desk, "ada__rapport.zip", b"three", file=1)
    click(desk, "act", path="/etc")
    assert found == {"0/ada__rapport.zip": b"onetwo", "1/ada__rapport.zip": b"three"}
    assert not folders[0].exists()
    click(desk, "act", number=2, path="typed")
    assert folders[1] == Path("typed")


@pytest.mark.parametrize("name", ["../../evil.zip", "..\\..\\evil.zip", "/evil.zip", "..", "", "a\0b.zip", "x" * 5000])
def test_a_file_name_leads_nowhere_else(name):
    """A name with folders, or none, is a file in the upload's own folder."""
    found: list[Path] = []

    def act(about, progress):
        found.extend(path for path in Path(about["path"]).rglob("*") if path.is_file())
        assert all(path.parent == Path(about["path"]) / "0" for path in found)
        return Done("Done.")

    desk = card(act=act)
    answers = upload(desk, name, b"x")
    assert click(desk, "act")["said"]["ok"] or "refused" in answers[0]
    assert len(found) == 1 or "refused" in answers[0]


def test_without_a_kernel_the_page_says_what_to_type():
    """The copy in the saved notebook holds nothing of the trainees."""
    assert "alliancelab desk" in card(lambda: {"people": ["ada"]}).plain_html()
    assert "ada" not in card(lambda: {"people": ["ada"]}).plain_html()
