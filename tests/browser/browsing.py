"""A real Chromium for tests: pages, pictures, accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PICTURES = Path(__file__).parents[2] / "test-artifacts"
PATIENCE = 60_000  # ms, for a loaded machine; nothing waits longer than it must


def open_page(browser: Browser, url: str) -> Page:
    """A new page of its own, as on another day: the answers are in the journal, not in the browser."""
    page = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    return page


def picture(page: Page, name: str) -> None:
    """Keep a screenshot among the test's artifacts."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def violations(page: Page, place: str) -> list[str]:
    """What axe finds wrong inside `place`, a CSS selector; empty when nothing is."""
    found = Axe().run(page, context=place).response["violations"]
    return [f"{v['id']}: {node['html'][:200]} {node.get('failureSummary', '')}" for v in found for node in v["nodes"]]


@contextmanager
def cards_are_drawn_anew(page: Page) -> Iterator[None]:
    """Wait until every card on the page has been replaced by a new one, and as many are there."""
    before = page.locator("section.alliancelab").evaluate_all(
        "(cards) => { for (const card of cards) card.dataset.before = ''; return cards.length; }"
    )
    yield
    page.wait_for_function(
        """(before) => {
          const cards = [...document.querySelectorAll("section.alliancelab")];
          return cards.length === before && cards.every((card) => card.dataset.before === undefined);
        }""",
        arg=before,
    )
