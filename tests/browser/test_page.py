"""Our notebooks as pages, in Chromium: no code in view, run by themselves, still readable without a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from browsing import PATIENCE, open_page, picture
from playwright.sync_api import Browser, Locator, Page, expect
from serving import Server, serving

from alliancelab import catalogue, sheet

START, LESSON, EXERCISE = "00_start_here.ipynb", "rapport.ipynb", "exercises/rapport/rapport.ipynb"
CARDS = len(sheet.read(catalogue.lesson("rapport")).asked) + 1  # and the page on how close one is to the key


class Reader:
    """Somebody with a browser window on a server; the page says in `data-alliancelab` how far it has come."""

    def __init__(self, browser: Browser, server: Server):
        self.server = server
        self.page: Page = open_page(browser, server.url)

    def open(self, notebook: str, state: str = "ready", view: str = "notebooks") -> None:
        """Open a notebook of the folder and wait until its page is `state`."""
        self.page.goto(f"{self.server.root}/{view}/{notebook}")
        self.wait(state)

    def wait(self, state: str = "ready") -> None:
        """Wait for a state; where it is `ready`, also until no copy stands in for a card any more."""
        self.page.wait_for_selector(f"[data-alliancelab={state}]")
        if state == "ready":
            expect(self.copies).to_have_count(0)

    def follow(self, link: str, notebook: str) -> None:
        """Click a link to another page of ours."""
        self.page.get_by_role("link", name=link).click()
        self.page.wait_for_url(f"{self.server.root}/notebooks/{notebook}")
        self.wait()

    @property
    def cards(self) -> Locator:
        """The cards that are alive."""
        return self.page.locator("section.alliancelab")

    @property
    def copies(self) -> Locator:
        """The copies that stand in for cards."""
        return self.page.locator(".alliancelab-copy:not(.alliancelab-hidden)")

    @property
    def notice(self) -> Locator:
        """What the page says about itself at the top."""
        return self.page.locator(".alliancelab-notice")

    @property
    def dialogs(self) -> Locator:
        """Jupyter's own dialogues; a trainee never sees one."""
        return self.page.locator(".jp-Dialog")

    def scrolled(self) -> int:
        """How far down the page is."""
        return self.page.evaluate("Math.round(document.querySelector('.jp-WindowedPanel-outer').scrollTop)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a fresh folder, for somebody with an empty home; for all who leave it as it is."""
    home = tmp_path_factory.mktemp("page")
    with serving(home / "mine", home / "home") as running:
        yield running


@pytest.fixture
def reader(browser: Browser, server: Server) -> Iterator[Reader]:
    """Somebody who has just opened the printed address."""
    reader = Reader(browser, server)
    yield reader
    reader.page.context.close()


@pytest.fixture
def alone(browser: Browser, tmp_path: Path) -> Iterator[Reader]:
    """Somebody with a server of their own, which may be killed."""
    with serving(tmp_path / "mine", tmp_path / "home") as running:
        reader = Reader(browser, running)
        yield reader
        reader.page.context.close()


def visible(place: Locator) -> list[Locator]:
    """Those of the elements that can be seen."""
    return [node for node in place.all() if node.is_visible()]


def test_a_lesson_is_a_page(reader):
    """From the start page by a link: every card alive, no code, no prompt, no menu, at the top, nothing to save."""
    page = reader.page
    expect(page.get_by_role("link", name="Read the lesson: Rapport")).to_be_visible()
    picture(page, "page-start")
    reader.follow("Read the lesson: Rapport", LESSON)
    expect(reader.cards).to_have_count(CARDS)
    for hidden in (".jp-Cell-inputWrapper", ".jp-OutputPrompt", ".jp-Collapser", ".jp-Toolbar", "#menu-panel"):
        code = page.locator(f".jp-CodeCell {hidden}" if hidden == ".jp-Cell-inputWrapper" else hidden)
        assert visible(code) == [], hidden
    assert reader.scrolled() == 0
    assert reader.notice.inner_text() == ""
    frame = "getComputedStyle(document.querySelector('.jp-MarkdownOutput')).borderTopWidth"
    assert page.evaluate(frame) == "0px"
    assert page.evaluate("document.querySelector('.jp-WindowedPanel-inner').offsetWidth") <= 48 * 16
    empty = page.locator(".jp-CodeCell.jp-mod-noOutputs")
    expect(empty).to_have_count(1)  # the one that says which lesson it is
    assert visible(empty) == []
    picture(page, "page-lesson")
    page.go_back()
    reader.wait()
    reader.follow("Do the exercise: Rapport", EXERCISE)
    picture(page, "page-exercise")
    expect(reader.dialogs).to_have_count(0)
    assert reader.server.errors.read_text() == ""  # the terminal stays calm, also when pages are left early


@pytest.mark.parametrize("view", ["lab/tree", "doc/tree"])
def test_it_is_a_page_in_lab_too(reader, view):
    """JupyterLab keeps its own frame; the notebook in it is the same page."""
    reader.open(LESSON, view=view)
    expect(reader.cards).to_have_count(CARDS)
    assert visible(reader.page.locator(".jp-CodeCell .jp-Cell-inputWrapper")) == []
    expect(reader.dialogs).to_have_count(0)
    picture(reader.page, f"page-{view.partition('/')[0]}")


def test_keys_and_double_clicks_change_nothing(reader):
    """a, b, dd, x, Enter on a paragraph or a button are not Jupyter's; words go where they are typed."""
    reader.open(LESSON)
    page = reader.page
    expect(reader.cards).to_have_count(CARDS)
    cells = page.locator(".jp-Cell").count()
    page.locator(".jp-MarkdownCell").nth(2).click()
    for key in ("a", "b", "d", "d", "x", "m", "y", "Enter", "Shift+Enter", "Control+s"):
        page.keyboard.press(key)
    reader.cards.first.get_by_role("radio").first.focus()
    for key in ("a", "b", "d", "d", "x", "m"):
        page.keyboard.press(key)
    page.locator(".jp-MarkdownCell p").nth(2).dblclick()
    assert page.locator(".jp-Cell").count() == cells
    assert visible(page.locator(".jp-MarkdownCell .jp-InputArea-editor")) == []
    box = page.locator("section.alliancelab textarea").first
    box.click()
    page.keyboard.type("dd and a")
    assert box.input_value() == "dd and a"
    expect(reader.dialogs).to_have_count(0)


def test_a_kernel_that_dies_is_replaced_without_a_word(alone):
    """The page runs itself again where the alone is, without a dialogue; every card is alive again."""
    alone.open(LESSON)
    expect(alone.cards).to_have_count(CARDS)
    alone.cards.last.scroll_into_view_if_needed()
    before = alone.scrolled()
    assert before > 1000
    alone.page.evaluate("() => { window.old = [...document.querySelectorAll('section.alliancelab')]; }")
    for kernel in alone.server.kernels():
        kernel.kill()
    alone.page.wait_for_function("window.old.every((card) => !card.isConnected)")
    alone.wait()
    expect(alone.cards).to_have_count(CARDS)
    alone.page.wait_for_function(
        f"Math.abs(document.querySelector('.jp-WindowedPanel-outer').scrollTop - {before}) < 50"
    )
    expect(alone.dialogs).to_have_count(0)


def test_without_a_kernel_a_copy_is_shown(browser, tmp_path, no_kernel):
    """Where nothing can be started the page shows what was there, and says in a sentence what to do."""
    with serving(tmp_path / "mine", tmp_path / "home") as server:
        reader = Reader(browser, server)
        reader.open(LESSON)
        reader.page.wait_for_function(
            """(cards) => fetch("/api/contents/rapport.ipynb").then((answer) => answer.json())
              .then((model) => model.content?.cells.filter((cell) => cell.outputs?.length).length === cards)""",
            arg=CARDS,
        )
        reader.page.context.close()
    with serving(tmp_path / "mine", tmp_path / "home", **no_kernel) as server:
        reader = Reader(browser, server)
        reader.open(LESSON, state="still")
        shown = reader.page.locator(".jp-OutputArea .alliancelab-static")
        expect(shown.filter(visible=True)).to_have_count(CARDS)
        for wrong in ("Error displaying widget", "Loading widget"):
            assert visible(reader.page.get_by_text(wrong)) == []
        expect(reader.notice).to_contain_text("Nothing can be answered on this page at the moment")
        expect(reader.dialogs).to_have_count(0)
        expect(shown.filter(has_text="Tomasz Wieczorek")).to_be_visible()
        shown.nth(5).scroll_into_view_if_needed()
        picture(reader.page, "page-without-kernel")
        reader.page.context.close()


def test_a_page_that_loses_its_server_says_so(alone):
    """The cards stay, since words may stand in them; a sentence says that nothing can be answered now."""
    alone.open(LESSON)
    expect(alone.cards).to_have_count(CARDS)
    left = alone.server.kernels()
    alone.server.process.kill()
    alone.wait("still")
    expect(alone.notice).to_contain_text("What was saved is safe.")
    expect(alone.cards).to_have_count(CARDS)
    picture(alone.page, "page-without-server")
    assert psutil.wait_procs(left, timeout=PATIENCE / 1000)[1] == []


def test_a_notebook_from_elsewhere_is_not_run_unasked(reader):
    """A notebook that claims to be ours but was never opened here asks first; "Start it" is the reader's consent."""
    ran = reader.server.folder / "ran.txt"
    notebook = nbformat.read(catalogue.lesson("rapport"), as_version=4)
    notebook.cells[1].source += f"\nopen({ran.name!r}, 'w').close()"
    nbformat.write(notebook, reader.server.folder / "elsewhere.ipynb")
    reader.open("elsewhere.ipynb", state="asks")
    assert reader.cards.count() == 0
    assert not ran.exists()
    picture(reader.page, "page-asks")
    reader.page.get_by_role("button", name="Start it").click()
    reader.wait()
    expect(reader.cards).to_have_count(CARDS)
    assert ran.exists()


def test_a_page_with_a_broken_cell_says_so_without_a_traceback(reader):
    """Where a cell ends in an error the reader gets a sentence; Python's own words are not shown."""
    notebook = nbformat.read(catalogue.lesson("rapport"), as_version=4)
    notebook.cells[1].source = "import nowhere"
    nbformat.write(notebook, reader.server.folder / "broken.ipynb")
    reader.open("broken.ipynb", state="asks")
    reader.page.get_by_role("button", name="Start it").click()
    reader.wait("failed")
    expect(reader.notice).to_contain_text("Something on this page could not be started.")
    assert visible(reader.page.get_by_text("Error")) == []
    picture(reader.page, "page-failed")


def test_other_notebooks_are_left_alone(reader):
    """Without our mark in its metadata a notebook looks and behaves as ever."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("print('never run')")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, reader.server.folder / "other.ipynb")
    page = reader.page
    page.goto(f"{reader.server.root}/notebooks/other.ipynb")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    expect(page.locator(".jp-CodeCell .jp-Cell-inputWrapper")).to_be_visible()
    expect(page.locator("#menu-panel")).to_be_visible()
    expect(page.locator("[data-alliancelab], .alliancelab-page")).to_have_count(0)
    expect(page.locator(".jp-OutputArea-output")).to_have_count(0)
    page.locator(".jp-CodeCell .cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator(".jp-Cell")).to_have_count(2)


def test_in_the_dark_the_page_is_dark(browser, server):
    """The page follows the system's light or dark."""
    page = browser.new_context(color_scheme="dark", viewport={"width": 1200, "height": 900}).new_page()
    page.goto(server.url)
    page.wait_for_selector("[data-alliancelab=ready]", timeout=PATIENCE)
    page.wait_for_function(
        "Number(getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor.match(/[0-9]+/)[0]) < 60"
    )
    picture(page, "page-dark")
    page.context.close()
