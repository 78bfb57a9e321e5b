"""The start page's card, without a browser: what it says before and after some work, and that it writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import practising
import pytest
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor

from alliancelab import answers, catalogue, lint, notebook, progress, sheet
from alliancelab.errors import AllianceLabError
from alliancelab.widgets import ProgressCard

START = catalogue.lessons_home() / f"{catalogue.START}.ipynb"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who has done three modules in three weeks."""
    folder = tmp_path_factory.mktemp("worked")
    practising.work(folder, practising.growing, modules=3)
    return folder


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_at_first_the_card_says_where_to_begin(tmp_path):
    """One sentence and one link; no bars, no lines, nothing about what was never tried."""
    view = ProgressCard(tmp_path).view
    assert view["lead"] == progress.NOTHING_YET
    assert view["next"]["word"] == "Begin with"
    assert view["next"]["link"] == "foundations.ipynb"
    assert (view["modules"], view["rest"], view["skills"], view["drawn"]) == ([], [], [], False)


def test_after_some_work_it_shows_each_part_what_is_next_and_the_skills(worked):
    """What is begun has its bars, what is not stands in one line, and nothing is drawn that nobody asked for."""
    card = ProgressCard(worked)
    assert [module["title"] for module in card.view["modules"]] == list(catalogue.modules().values())[:3]
    lesson, exercise = card.view["modules"][1]["parts"]
    assert (lesson["name"], lesson["link"], lesson["done"]) == ("Lesson", "rapport.ipynb", lesson["of"])
    assert exercise["said"].startswith("14 of 14 answered, ")
    assert card.view["rest"] == list(catalogue.modules().values())[3:]
    assert card.view["next"]["title"].startswith("Lesson: Stages")
    assert card.view["skills"][0]["name"] == "All together"
    assert [week for week, _ in card.view["skills"][0]["weeks"]] == [0, 1, 2]
    assert card.view["private"] == "Read from your answers on this computer; nothing is sent anywhere."
    assert "picture" not in card.view


def test_the_picture_comes_when_it_is_asked_for(worked):
    """A click brings the figure with its words and rows; looking again leaves it out."""
    card = ProgressCard(worked)
    card.set_state({"said": {"n": 3, "value": "picture"}})
    assert card.view["n"] == 3
    made = card.view["picture"]
    assert made["src"].startswith("data:image/png;base64,")
    assert "All together: from" in made["alt"]
    assert made["rows"][0] == ["Week of", "Skill", "Share", "Answers"]
    assert {row[1] for row in made["rows"][1:]} >= {"All together", "Choosing"}
    card.set_state({"said": {"n": 4, "value": "look"}})
    assert "picture" not in card.view


def test_whoever_comes_back_sees_what_was_done_meanwhile(tmp_path):
    """The card reads the journals anew when the page says that it is in view again."""
    card = ProgressCard(tmp_path)
    item = next(iter(sheet.read(catalogue.lesson("foundations")).items.values()))
    answers.record(tmp_path / "foundations.answers.jsonl", item, [next(iter(item.options))])
    card.set_state({"said": {"n": 1, "value": "look"}})
    assert card.view["modules"][0]["parts"][0]["done"] == 1


@pytest.mark.parametrize("said", [{}, {"n": "x"}, {"value": ["picture"]}, {"n": 1, "value": {"do": "picture"}}])
def test_whatever_the_page_says_it_gets_a_view(said, worked):
    """A message that is none is taken as a look."""
    card = ProgressCard(worked)
    card.set_state({"said": said})
    assert card.view["modules"]


def test_nothing_is_written(worked):
    """Looking, drawing and the copy leave every file as it was, and add none."""
    before = files(worked)
    card = ProgressCard(worked)
    card.set_state({"said": {"n": 1, "value": "picture"}})
    card.plain_html()
    assert files(worked) == before


def test_what_goes_wrong_is_a_sentence(tmp_path, monkeypatch):
    """Where the course itself cannot be read the card says so, and the page goes on."""

    def fail(folder: Path) -> None:
        raise AllianceLabError("the course file is not whole")

    monkeypatch.setattr(progress, "of", fail)
    card = ProgressCard(tmp_path)
    assert card.view["lead"] == "Your progress cannot be read: the course file is not whole."
    assert "the course file is not whole" in card.plain_html()


def test_a_page_that_runs_again_has_one_card(tmp_path, monkeypatch):
    """The call closes the card of the run before, and no other."""
    monkeypatch.chdir(tmp_path)
    notebook.lesson("rapport")
    question = notebook.item("channel-first")
    first = notebook.progress()
    second = notebook.progress()
    assert isinstance(first, ProgressCard)
    assert first.comm is None
    assert second.comm is not None
    assert question.comm is not None


def test_the_start_page_can_be_read_as_data_and_has_no_faults():
    """The running cells of the start page are calls like any other: read, never run, by the linter."""
    calls = [
        call.name
        for cell in sheet.load(START)["cells"]
        if cell["cell_type"] == "code"
        for call in sheet.statements(sheet.source_of(cell))
    ]
    assert calls == ["progress", "hours_log"]
    assert sheet.read(START).faults == ()
    assert list(lint.check([START])) == []


def test_outside_jupyter_the_start_page_stands_as_text(worked):
    """nbconvert's page has what is done, what is next as a link, and no word of a widget that could not be shown."""
    run = nbformat.read(START, as_version=4)
    ExecutePreprocessor(timeout=120).preprocess(run, {"metadata": {"path": str(worked)}})
    page, _ = HTMLExporter().from_notebook_node(run)
    text = unescape(page)
    assert "Next: " in text
    assert '<a href="stages.ipynb">Lesson: Stages: from the first hour to the last</a>' in text
    assert "14 of 14 answered, " in text
    assert "How your skills grow" in text
    for word in ("ProgressCard", "Error displaying widget", "widget-view+json"):
        assert word not in page


def test_the_first_look_needs_no_pictures(tmp_path):
    """In a fresh process the card of a new trainee comes without matplotlib and pandas: the start page stays quick."""
    code = (
        "import sys; from pathlib import Path; from alliancelab.widgets import ProgressCard; import json; "
        f"ProgressCard(Path({str(tmp_path)!r})); "
        "print(json.dumps([name for name in ('matplotlib', 'pandas', 'nbgrader', 'numpy') if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
