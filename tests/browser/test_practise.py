"""The daily practice in Chromium: from the start page, by the keyboard alone, over a reload, to the picture at its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browsing import open_page, picture, violations
from playwright.sync_api import Browser, Locator, Page, expect
from serving import Server, serving

from alliancelab import answers, catalogue, marking, practice, sheet
from alliancelab.items import Talk
from alliancelab.play import path_to

CARD = "section.al-practise"


def do(folder: Path, module: str) -> None:
    """Answer a lesson and play its conversations."""
    for asked in sheet.read(catalogue.lesson(module)).asked.values():
        item = asked.item
        value = path_to(item.dialogue, ["deepened", "repaired"]) if isinstance(item, Talk) else None
        value = value or marking.model_answer(item, asked.key)
        if value is not None:
            answers.record(sheet.journal_path(folder, module), item, value)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The server of somebody who has done one lesson and practised it three weeks and two days ago."""
    folder = tmp_path / "mine"
    folder.mkdir()
    do(folder, "rapport")
    before = datetime.now(UTC)
    cards = practice.deck(folder)
    for days in (23, 20):
        for card in cards[:4]:
            answer = marking.model_answer(card.item, card.key)
            practice.record(practice.journal(folder), card, answer, at=lambda days=days: before - timedelta(days=days))
    with serving(folder, tmp_path / "home") as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The start page in a window of its own."""
    opened = open_page(browser, server.url)
    opened.wait_for_selector("[data-alliancelab=ready]")
    yield opened
    opened.context.close()


def waiting(folder: Path) -> list[practice.PracticeCard]:
    """What the journal says is due."""
    reading = answers.read(practice.journal(folder))
    return practice.due(practice.deck(folder), reading, practice.local_now())


def press_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(60):
        if target.evaluate("(node) => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not get there")


def answer_by_keyboard(page: Page, card: practice.PracticeCard) -> None:
    """Answer one card with keys only, well or badly, and press its button."""
    place = page.locator(CARD)
    match card.item.kind:
        case "choose":
            press_to(page, place.locator("input").first)
            page.keyboard.press("Space")
        case "rate":
            for group in place.locator("fieldset.al-rating").all():
                press_to(page, group.locator("input").first)
                page.keyboard.press("Space")
        case "code":
            for select in place.locator("select").all():
                press_to(page, select)
                page.keyboard.press("ArrowDown")
        case "order":
            press_to(page, place.locator(".al-arrow:enabled").first)
            page.keyboard.press("Enter")
    press_to(page, place.get_by_role("button", name="Answer"))
    page.keyboard.press("Enter")


def test_a_session_by_the_keyboard_with_a_reload_in_the_middle(page, server):
    """One card at a time; "Saved." once it is in the journal; after a reload the next one; at the end the picture."""
    page.get_by_role("link", name="today's practice").click()
    page.wait_for_url(f"{server.root}/notebooks/practise.ipynb")
    page.wait_for_selector("[data-alliancelab=ready]")
    place = page.locator(CARD)
    planned = waiting(server.folder)
    assert len(planned) >= 6
    journal = practice.journal(server.folder)
    kept = len(answers.read(journal).entries)
    for number, card in enumerate(planned, start=1):
        expect(place.locator(".al-title")).to_have_text(f"{number} of {len(planned)}, from: Rapport")
        if number in (1, 3):
            picture(page, f"practise-{number}")
        assert violations(page, CARD) == []
        answer_by_keyboard(page, card)
        expect(place.locator(".al-feedback strong").first).to_be_visible()
        expect(place.locator(".al-status", has_text="Saved.")).to_be_visible()
        assert [line.item for line in answers.read(journal).entries[kept:]] == [c.name for c in planned[:number]]
        if number in (1, 3):
            place.get_by_role("button", name="Next").scroll_into_view_if_needed()
            picture(page, f"practise-{number}-answered")
            assert violations(page, CARD) == []
        if number == 3:
            page.reload()
            page.wait_for_selector("[data-alliancelab=ready]")
            continue
        press_to(page, place.get_by_role("button", name="Finish for today" if number == len(planned) else "Next"))
        page.keyboard.press("Enter")
    expect(place).to_contain_text("That is all for today.")
    image = place.locator("img")
    expect(image).to_be_visible()
    assert "Still right when it came back:" in image.get_attribute("alt")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(
        f"document.querySelector('{CARD}').scrollWidth <= document.querySelector('{CARD}').clientWidth"
    )
    picture(page, "practise-end")
    assert violations(page, CARD) == []
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('alliancelab:')).length") == 0
    assert not waiting(server.folder)


def test_a_slip_in_the_middle_of_an_answer_is_not_kept(page, server):
    """Changing one's mind before "Answer" writes nothing; an unfinished answer is told and stays on the card."""
    page.goto(f"{server.root}/notebooks/practise.ipynb")
    page.wait_for_selector("[data-alliancelab=ready]")
    place = page.locator(CARD)
    before = practice.journal(server.folder).read_bytes()
    place.get_by_role("button", name="Answer").click()
    expect(place.locator(".al-status").first).to_contain_text("answer every part first")
    place.locator("input").nth(1).check()
    place.locator("input").first.check()
    assert practice.journal(server.folder).read_bytes() == before
    place.get_by_role("button", name="Answer").click()
    expect(place.locator(".al-status").first).to_have_text("Saved.")
    line = json.loads(practice.journal(server.folder).read_text().splitlines()[-1])
    assert line["item"].startswith("rapport--")
    assert place.locator("input").first.is_disabled()
