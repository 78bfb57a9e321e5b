"""Our notebooks as pages, in Chromium: no code in view, run by themselves, still readable without a kernel."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect
from reading import PATIENCE, Reader
from serving import serving

from alliancelab import catalogue, sheet

LESSON = "rapport.ipynb"


def asked(notebook: Path) -> int:
    """How many cards a notebook has."""
    return len(sheet.read(notebook).asked)


def test_a_lesson_is_a_page(reader):
    """From the start page by a link: every card alive, no code, no prompt, no menu, at the top, nothing to save."""
    reader.wait()
    reader.picture("page-start")
    reader.follow("Read the lesson")
    page = reader.page
    assert page.url == f"{reader.server.root}/notebooks/{LESSON}"
    expect(reader.cards).to_have_count(asked(catalogue.lesson("rapport")))
    for hidden in (".jp-CodeCell .jp-Cell-inputWrapper", ".jp-InputPrompt", ".jp-OutputPrompt", ".jp-Collapser",
                   ".jp-Toolbar", "#menu-panel", "#top-panel"):  # fmt: skip
        assert not [node for node in page.locator(hidden).all() if node.is_visible()], hidden
    assert reader.scrolled() == 0
    assert reader.notice.inner_text() == ""
    assert page.evaluate("document.querySelector('.jp-WindowedPanel-inner').offsetWidth") <= 48 * 16
    empty = page.locator(".jp-CodeCell.jp-mod-noOutputs")
    assert empty.count() == 1
    assert not empty.is_visible()
    reader.picture("page-lesson")
    page.go_back()
    reader.wait()
    assert page.url.split("?")[0].endswith("/notebooks/00_start_here.ipynb")
    reader.follow("Do the exercise")
    assert page.url.endswith("/notebooks/exercises/rapport/rapport.ipynb")
    reader.picture("page-exercise")
    assert reader.dialogs.count() == 0


@pytest.mark.parametrize("view", ["lab/tree", "doc/tree"])
def test_it_is_a_page_in_lab_too(reader, view):
    """JupyterLab keeps its own frame; the notebook in it is the same page."""
    reader.open(LESSON, view)
    expect(reader.cards).to_have_count(asked(catalogue.lesson("rapport")))
    assert not [node for node in reader.page.locator(".jp-CodeCell .jp-Cell-inputWrapper").all() if node.is_visible()]
    assert reader.dialogs.count() == 0
    reader.picture(f"page-{view.partition('/')[0]}")


def test_keys_and_double_clicks_change_nothing(reader):
    """a, b, dd, x, Enter on a paragraph or a button are not Jupyter's; words go where they are typed."""
    reader.open(LESSON)
    page = reader.page
    cells = page.locator(".jp-Cell").count()
    page.locator(".jp-MarkdownCell").nth(2).click()
    for key in ("a", "b", "d", "d", "x", "m", "y", "Enter", "Shift+Enter", "Control+s"):
        page.keyboard.press(key)
    reader.cards.first.get_by_role("radio").first.focus()
    for key in ("a", "b", "d", "d", "x", "m"):
        page.keyboard.press(key)
    page.locator(".jp-MarkdownCell p").nth(2).dblclick()
    assert page.locator(".jp-Cell").count() == cells
    assert not [node for node in page.locator(".jp-MarkdownCell .jp-InputArea-editor").all() if node.is_visible()]
    box = page.locator("section.alliancelab textarea").first
    box.click()
    page.keyboard.type("dd and a")
    assert box.input_value() == "dd and a"
    assert reader.dialogs.count() == 0


def test_a_kernel_that_dies_is_replaced_without_a_word(reader):
    """The page runs itself again where the reader is, without a dialogue; every card is alive again."""
    reader.open(LESSON)
    (kernel,) = [k for k in reader.server.kernels() if LESSON in _notebook_of(reader, k)]
    reader.cards.nth(5).scroll_into_view_if_needed()
    before = reader.scrolled()
    reader.page.evaluate("""() => {
        const page = document.querySelector('[data-alliancelab]');
        window.seen = [];
        new MutationObserver(() => window.seen.push(page.dataset.alliancelab)).observe(page, {attributes: true});
        window.old = document.querySelector('section.alliancelab');
    }""")
    kernel.kill()
    reader.page.wait_for_function("window.seen.includes('running') && window.seen.at(-1) === 'ready'")
    reader.page.wait_for_function("!window.old.isConnected")
    reader.wait()
    expect(reader.cards).to_have_count(asked(catalogue.lesson("rapport")))
    assert abs(reader.scrolled() - before) < 50
    assert reader.dialogs.count() == 0


def _notebook_of(reader: Reader, kernel) -> str:
    """The notebook that a kernel runs for, by the id in the name of its connection file."""
    sessions = reader.page.evaluate("fetch('/api/sessions').then((answer) => answer.json())")
    command = " ".join(kernel.cmdline())
    return "".join(session["path"] for session in sessions if session["kernel"]["id"] in command)


@pytest.fixture
def no_kernel(tmp_path: Path) -> dict[str, str]:
    """Variables under which no kernel can be started."""
    kernel = tmp_path / "bad/kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["/nowhere/python"], "display_name": "x", "language": "python"}')
    return {"JUPYTER_PATH": str(tmp_path / "bad")}


def test_without_a_kernel_a_copy_is_shown(browser, tmp_path, no_kernel):
    """Where nothing can be started the page shows what was there, and says in a sentence what to do."""
    with serving(tmp_path / "mine", tmp_path / "home") as server:
        reader = Reader(browser, server)
        reader.open(LESSON)
        _saved(tmp_path / "mine" / LESSON, reader)
        reader.close()
    with serving(tmp_path / "mine", tmp_path / "home", **no_kernel) as server:
        reader = Reader(browser, server)
        reader.open(LESSON, state="still")
        expect(reader.copies).to_have_count(asked(catalogue.lesson("rapport")), timeout=PATIENCE)
        for wrong in ("Error displaying widget", "Loading widget"):
            assert not [node for node in reader.page.get_by_text(wrong).all() if node.is_visible()]
        expect(reader.notice).to_contain_text("Nothing can be answered on this page at the moment")
        expect(reader.dialogs).to_have_count(0)
        expect(reader.copies.filter(has_text="Tomasz Wieczorek")).to_be_visible()
        reader.copies.nth(5).scroll_into_view_if_needed()
        reader.picture("page-without-kernel")
        reader.close()


def _saved(path: Path, reader: Reader) -> None:
    """Wait until the page has kept its copies in the notebook."""
    count = "fetch('/api/contents/rapport.ipynb').then((a) => a.json()).then((m) => m.content.cells.filter((c) => c.outputs?.length).length)"
    reader.page.wait_for_function(f"() => {count}.then((n) => n === {asked(path)})")


def test_a_page_that_loses_its_server_says_so(reader):
    """The cards stay, since words may stand in them; a sentence says that nothing can be answered now."""
    reader.open(LESSON)
    reader.server.process.kill()
    reader.wait("still")
    expect(reader.notice).to_contain_text("What was saved is safe.")
    assert reader.cards.count() == asked(catalogue.lesson("rapport"))
    reader.picture("page-without-server")


def test_a_notebook_from_elsewhere_is_not_run_unasked(reader):
    """A notebook that claims to be ours but was never opened here asks first; after "Start it" it is trusted."""
    notebook = nbformat.read(catalogue.lesson("rapport"), as_version=4)
    notebook.cells[1].source += "\nopen('ran.txt', 'w').close()"
    nbformat.write(notebook, reader.server.folder / "elsewhere.ipynb")
    reader.open("elsewhere.ipynb", state="asks")
    assert reader.cards.count() == 0
    assert not (reader.server.folder / "ran.txt").exists()
    reader.picture("page-asks")
    reader.page.get_by_role("button", name="Start it").click()
    reader.wait()
    assert (reader.server.folder / "ran.txt").exists()


def test_other_notebooks_are_left_alone(reader):
    """Without our mark in its metadata a notebook looks and behaves as ever."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("print('never run')")], metadata={"kernelspec": _KERNEL}
    )
    nbformat.write(notebook, reader.server.folder / "other.ipynb")
    page = reader.page
    page.goto(f"{reader.server.root}/notebooks/other.ipynb")
    page.get_by_title("Kernel status: Idle").or_(page.locator("[data-status=idle]")).first.wait_for()
    expect(page.locator(".jp-CodeCell .jp-Cell-inputWrapper")).to_be_visible()
    expect(page.locator("#menu-panel")).to_be_visible()
    assert page.locator("[data-alliancelab], .alliancelab-page").count() == 0
    assert page.locator(".jp-OutputArea-output").count() == 0
    page.locator(".jp-CodeCell .cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator(".jp-Cell")).to_have_count(2)
    page.context.set_default_timeout(PATIENCE)


_KERNEL = json.loads('{"name": "python3", "display_name": "Python 3", "language": "python"}')


@pytest.mark.parametrize(("name", "width", "dark"), [("narrow", 390, False), ("dark", 1280, True)])
def test_the_page_fits_a_narrow_window_and_a_dark_one(browser, server, name, width, dark):
    """At 390 px nothing needs sideways scrolling; in the dark the page is dark."""
    reader = Reader(browser, server, width=width, dark=dark)
    reader.open(LESSON)
    outer = "document.querySelector('.jp-WindowedPanel-outer')"
    assert reader.page.evaluate(f"{outer}.scrollWidth <= {outer}.clientWidth")
    if dark:
        light = "Number(getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor.match(/\\d+/)[0])"
        reader.page.wait_for_function(f"{light} < 60")
    reader.cards.nth(5).scroll_into_view_if_needed()
    reader.picture(f"page-{name}")
    reader.close()
