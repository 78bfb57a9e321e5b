"""Every lesson and every exercise, opened once in Chromium: each card alive, nothing broken, nothing that axe finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import open_page, picture, violations
from playwright.sync_api import Browser, Page, expect
from serving import Server, serving

from alliancelab import catalogue, sheet
from alliancelab.items import Find, Talk

MODULES = list(catalogue.modules())
TALL = 14_000  # px: a whole lesson in one picture


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One trainee's server for all pages."""
    home = tmp_path_factory.mktemp("every-page")
    with serving(home / "mine", home / "home") as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A window of its own for each page, already let in."""
    opened = open_page(browser, server.url)
    yield opened
    opened.context.close()


def ours(module: str, kind: str) -> Path:
    """The notebook as we carry it; the one in the trainee's folder is being saved while the page is open."""
    return catalogue.lesson(module) if kind == "lesson" else catalogue.exercise_source(module)


def calls(path: Path) -> list[str]:
    """The names of the calls in a notebook, one for each card or picture it shows."""
    cells = [cell for cell in sheet.load(path)["cells"] if cell["cell_type"] == "code"]
    found = [
        call.name for cell in cells for call in sheet.statements(sheet.source_of(cell)) if isinstance(call, sheet.Call)
    ]
    return [name for name in found if name not in (*sheet.OPENERS, "mark")]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("kind", ["lesson", "exercise"])
def test_a_page_opens_whole(page, server, module, kind):
    """Every call of the notebook shows its card or its picture, no cell fails, each picture has words, and axe is silent."""
    name = f"{module}.ipynb" if kind == "lesson" else f"exercises/{module}/{module}.ipynb"
    page.set_viewport_size({"width": 1100, "height": TALL})
    page.goto(f"{server.root}/notebooks/{name}")
    page.wait_for_selector("[data-alliancelab=ready]")
    wanted = calls(ours(module, kind))
    cards = page.locator("section.alliancelab")
    expect(cards).to_have_count(len(wanted))
    pictures = page.locator("section.alliancelab img").filter(visible=True)
    expect(pictures).to_have_count(wanted.count("series_chart"))
    charts = page.locator("section.alliancelab .al-svg").filter(visible=True)
    asked = sheet.read(ours(module, kind)).items.values()
    expect(charts).to_have_count(wanted.count("chart") + sum(isinstance(item, Find) for item in asked))
    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert page.locator(".alliancelab-notice").inner_text() == ""
    for image in pictures.all():
        assert len(image.get_attribute("alt") or "") > 40
        assert image.evaluate("(node) => node.naturalWidth") > 300
    for chart in charts.all():
        assert len(chart.get_attribute("aria-label") or "") > 40
        assert chart.locator(".al-point").count() > 10
    for text in cards.all_inner_texts():
        assert not re.search(r"\b(null|undefined|NaN)\b|\[object", text), text
    picture(page, f"every-{kind}-{module}")
    assert violations(page, "section.alliancelab") == []


@pytest.mark.parametrize("module", MODULES)
def test_hints_come_one_by_one_when_asked_for(page, server, module):
    """In an exercise a hint shows only after its button is pressed; the third is the last, and the button goes."""
    page.goto(f"{server.root}/notebooks/exercises/{module}/{module}.ipynb")
    page.wait_for_selector("[data-alliancelab=ready]")
    asked = sheet.read(ours(module, "exercise")).asked
    name = next(name for name, one in asked.items() if one.hints and not isinstance(one.item, Talk))
    card = page.locator(f'section.alliancelab[data-item="{name}"]')
    hints = card.locator(".al-hints li")
    expect(hints).to_have_count(0)
    for number in (1, 2, 3):
        card.locator(".al-help button").click()
        expect(hints).to_have_count(number)
    expect(card.locator(".al-help button")).to_be_hidden()
    assert violations(page, f'section.alliancelab[data-item="{name}"]') == []
    picture(page, f"hints-{module}")


def test_a_series_is_played_from_one_session_to_the_next(page, server):
    """The second session waits for the first, begins when that has ended, and the picture grows, all on the open page.

    Whoever replies with the keyboard stays where the next reply is.
    """
    page.goto(f"{server.root}/notebooks/practice.ipynb")
    page.wait_for_selector("[data-alliancelab=ready]")
    first = page.locator('section.alliancelab[data-item$="-1"]')
    second = page.locator('section.alliancelab[data-item$="-2"]')
    chart = page.locator("section.alliancelab .al-image")
    expect(second).to_contain_text("Play session 1 to its end first")
    expect(chart).to_have_attribute("alt", re.compile("After 0 sessions"))
    while first.locator(".al-reply").count():
        before = first.locator(".al-bubble.is-you").count()
        first.locator(".al-reply").last.click()
        expect(first.locator(".al-bubble.is-you")).to_have_count(before + 1)
        expect(first.locator(".al-status")).to_have_text("Saved.")
        expect(first.locator(".al-reply, .al-end").first).to_be_focused()
    expect(second.locator(".al-reply").first).to_be_visible()
    expect(chart).to_have_attribute("alt", re.compile("After 1 session:"))
    picture(page, "series")
