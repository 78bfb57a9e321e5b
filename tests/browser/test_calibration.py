"""How close one is to the key, in Chromium: it comes as the tasks above it are answered, and reads without a mouse or a picture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browsing import PICTURES, open_page, violations
from playwright.sync_api import Browser, Page, expect
from serving import Server, serving

from alliancelab import answers, catalogue, marking

CARD = "section.alliancelab[data-item=calibration]"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A trainee's server, whose lesson on impasses was answered a week ago."""
    with serving(tmp_path / "mine", tmp_path / "home") as running:
        for name in ("which-way", "five-moves-with-ruben"):
            practice = catalogue.practice_item("impasses", name)
            answer = marking.model_answer(practice.item, practice.key)
            journal = tmp_path / "mine" / "impasses.answers.jsonl"
            answers.record(journal, practice.item, answer, at=lambda: datetime(2026, 3, 2, tzinfo=UTC))
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The lesson on the three features, opened."""
    opened = open_page(browser, server.url)
    opened.goto(f"{server.root}/notebooks/features.ipynb")
    opened.wait_for_selector("[data-alliancelab=ready]")
    yield opened
    opened.context.close()


def rate_with_the_keyboard(page: Page, name: str, steps: dict[str, int]) -> None:
    """Rate each aspect of a card by the keys alone: a blank takes the first number, arrows go up."""
    groups = page.locator(f'section.alliancelab[data-item="{name}"] .al-rating')
    for number, value in enumerate(steps.values()):
        radios = groups.nth(number).locator("input")
        radios.first.focus()
        page.keyboard.press("Space")
        for _ in range(value):
            page.keyboard.press("ArrowRight")
        expect(radios.nth(value)).to_be_checked()
        expect(page.locator(f'section.alliancelab[data-item="{name}"] .al-status')).to_have_text("Saved.")


def test_it_comes_as_the_tasks_are_answered(page):
    """Rated by keyboard alone, three people bring sentences, a table with headings, a reason for each, and pictures in words."""
    card = page.locator(CARD)
    expect(card).to_contain_text("Nothing to compare yet.")
    assert violations(page, CARD) == []
    rate_with_the_keyboard(page, "henrike-three-numbers", {"bond": 8, "goals": 8, "tasks": 9})
    expect(card).to_contain_text("Ratings: as near as the key asks in 2 of 3.")
    expect(page.locator('[data-item="henrike-three-numbers"] .al-rating').last.locator("input").nth(9)).to_be_focused()
    rate_with_the_keyboard(page, "samir-three-numbers", {"bond": 9, "goals": 8, "tasks": 6})
    rate_with_the_keyboard(page, "lupe-three-numbers", {"bond": 6, "goals": 5, "tasks": 7})
    expect(card).to_contain_text("9 ratings: far too few for a firm figure")
    expect(card.locator("tbody tr").first).to_contain_text("You: 8. Key: 3. You 5 higher than the key.")
    assert card.locator("thead th[scope=col]").all_inner_texts() == [
        "What was said or rated",
        "You and the key",
        "What to listen for",
    ]
    expect(card.locator("tbody th[scope=row]").first).to_contain_text("Bond")
    images = card.locator("img")
    expect(images).to_have_count(2)  # the ratings, and the weeks: this one, and that of the lesson on impasses
    for image in images.all():
        assert len(image.get_attribute("alt") or "") > 40
        assert image.evaluate("(node) => node.naturalWidth") > 300
    assert violations(page, CARD) == []
    for width in (1100, 390):
        page.set_viewport_size({"width": width, "height": 4500})
        card.scroll_into_view_if_needed()
        inside = card.evaluate("(node) => node.scrollWidth <= node.clientWidth")
        assert inside, f"the card is wider than itself at {width} px"
        PICTURES.mkdir(exist_ok=True)
        card.screenshot(path=PICTURES / f"calibration-{width}.png")
    page.reload()
    page.wait_for_selector("[data-alliancelab=ready]")
    expect(page.locator(CARD).locator("tbody tr").first).to_contain_text("You: 8. Key: 3.")
