"""The teaching scale in its lesson, in Chromium: filled in from the keyboard, scored, kept, and never without what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import PICTURES, open_page, picture, violations
from playwright.sync_api import Browser, Locator, Page, expect
from serving import Server, serving

from alliancelab import answers, scales

CARD = "section.alliancelab[data-item=teaching-alliance]"
SCALE = scales.named("teaching-alliance")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on a fresh folder."""
    with serving(tmp_path / "mine", tmp_path / "home") as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """Somebody who has opened the lesson."""
    opened = open_page(browser, server.url)
    opened.goto(f"{server.root}/notebooks/measuring.ipynb")
    opened.wait_for_selector("[data-alliancelab=ready]")
    yield opened
    opened.context.close()


def scores(card: Locator) -> list[str]:
    """What the card says of each subscale."""
    return [" ".join(row.split()) for row in card.locator(".al-scores div").all_inner_texts()]


def test_a_scale_is_filled_in_from_the_keyboard_and_is_there_again(page, server):
    """Tab and arrows are enough; each answer is kept at once, the scores come as soon as they can, and a reload has them all."""
    card = page.locator(CARD)
    expect(card.get_by_text("A teaching scale, not validated.")).to_be_visible()
    assert scores(card)[0] == "Bond not yet: 0 of 4 lines answered, 3 needed"
    lines = card.get_by_role("radio")
    lines.first.focus()
    for number in range(1, 13):
        group = card.locator("fieldset").nth(number - 1)
        page.keyboard.press("Space")  # the first number of the line
        for _ in range(number % 4):
            page.keyboard.press("ArrowRight")
        expect(group.get_by_role("radio", checked=True)).to_have_value(str(1 + number % 4))
        expect(card.locator(".al-status")).to_have_text("Saved.")
        page.keyboard.press("Tab")
    given = {str(number): 1 + number % 4 for number in range(1, 13)}
    kept = answers.read(server.folder / "measuring.answers.jsonl")
    assert kept.entries[-1].answer == given
    expected = ["Bond 3.5, from 1 to 5", "Goals 3.0, from 1 to 5", "Tasks 2.5, from 1 to 5"]
    assert scores(card) == expected
    assert violations(page, CARD) == []
    page.set_viewport_size({"width": 1100, "height": 2_400})  # the whole card in one picture
    card.scroll_into_view_if_needed()
    PICTURES.mkdir(exist_ok=True)
    card.screenshot(path=PICTURES / "scale-filled.png")
    page.set_viewport_size({"width": 390, "height": 844})
    assert card.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")
    card.scroll_into_view_if_needed()
    picture(page, "scale-390")
    page.reload()
    page.wait_for_selector("[data-alliancelab=ready]")
    for number, value in given.items():
        group = page.locator(CARD).locator("fieldset").nth(int(number) - 1)
        expect(group.get_by_role("radio", checked=True)).to_have_value(str(value))
    assert scores(page.locator(CARD)) == expected
