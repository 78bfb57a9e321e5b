"""The start page in Chromium: progress before and after some work, without a mouse, on a phone, in the dark, without a kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import practising
import pytest
from browsing import PATIENCE, open_page, picture, violations
from playwright.sync_api import Browser, Page, expect
from serving import Server, serving

from alliancelab import answers, catalogue, progress, sheet

CARD = "section.alliancelab:not(.al-hours)"
START = f"{catalogue.START}.ipynb"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who has done four modules in four weeks."""
    folder = tmp_path_factory.mktemp("worked") / "mine"
    practising.work(folder, practising.growing, modules=4)
    return folder


@pytest.fixture(scope="module")
def server(worked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on that folder."""
    with serving(worked, tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    """Its start page, ready, in a light and in a dark window."""
    opened = browser.new_context(color_scheme=request.param, viewport={"width": 1100, "height": 1500}).new_page()
    opened.set_default_timeout(PATIENCE)
    opened.goto(server.url)
    opened.wait_for_selector("[data-alliancelab=ready]")
    expect(opened.locator(CARD)).to_have_count(1)
    yield opened
    opened.context.close()


def test_from_where_to_begin_to_the_first_answer_and_back(browser, tmp_path):
    """The text is there before the card, which takes the place that was kept for it; its link leads into the lesson.

    Back on the start page the answer given meanwhile is counted.
    """
    with serving(tmp_path / "mine", tmp_path / "home") as server:
        page = open_page(browser, server.url)
        expect(page.get_by_role("link", name="Read the lesson: Rapport")).to_be_visible()
        page.wait_for_selector("[data-alliancelab=ready]")
        card = page.locator(CARD)
        expect(card).to_contain_text(progress.NOTHING_YET)
        assert page.locator(".alliancelab-notice").inner_text() == ""
        assert violations(page, CARD) == []
        picture(page, "start-new")
        card.get_by_role("link", name="Lesson: Foundations").click()
        page.wait_for_url(f"{server.root}/notebooks/foundations.ipynb")
        page.wait_for_selector("[data-alliancelab=ready]")
        question = page.locator(CARD).first
        question.get_by_role("radio").first.check()
        expect(question.locator(".al-status")).to_have_text("Saved.")
        page.go_back()
        page.wait_for_selector("[data-alliancelab=ready]")
        expect(card.get_by_role("meter", name="Foundations, lesson")).to_have_attribute("aria-valuenow", "1")
        expect(card.locator(".al-next")).to_contain_text("1 of ")
        page.context.close()


def test_in_jupyterlab_the_open_page_follows_what_is_done_beside_it(browser, tmp_path):
    """The link opens the lesson as a tab; back on the start page's tab the answer is counted, without loading anything again.

    The same holds where the lesson was open in another tab of the browser.
    """
    with serving(tmp_path / "mine", tmp_path / "home", lab=True) as server:
        page = open_page(browser, server.url)
        card = page.locator(f"{CARD}.al-so-far")
        card.get_by_role("link", name="Lesson: Foundations").click()
        question = page.locator(f"{CARD}.al-choose:visible").first
        question.get_by_role("radio").first.check()
        expect(question.locator(".al-status")).to_have_text("Saved.")
        page.get_by_role("tab", name=catalogue.START).click()
        meter = card.get_by_role("meter", name="Foundations, lesson")
        expect(meter).to_have_attribute("aria-valuenow", "1")
        _, second, *_ = sheet.read(catalogue.lesson("foundations")).items.values()
        answers.record(server.folder / "foundations.answers.jsonl", second, [next(iter(second.options))])
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(meter).to_have_attribute("aria-valuenow", "2")
        picture(page, "start-in-lab")
        page.context.close()


def test_the_place_of_the_card_is_kept(browser, server, tmp_path):
    """While the program starts the page says so where the card will be, and does not jump when it comes."""
    with serving(tmp_path / "mine", tmp_path / "home") as fresh:
        page = open_page(browser, fresh.url)
        page.wait_for_selector(".alliancelab-start")
        places = page.locator(".jp-CodeCell")
        told = places.evaluate_all("(all) => all.map((one) => getComputedStyle(one, '::after').content)")
        before = [place.bounding_box()["height"] for place in places.all()]
        assert told == ['"Your progress is getting ready."', '"Your supervised hours are getting ready."']
        page.wait_for_selector("[data-alliancelab=ready]")
        expect(page.locator("section.alliancelab")).to_have_count(2)
        after = [place.bounding_box()["height"] for place in places.all()]
        assert all(abs(one - other) < 4 for one, other in zip(before, after, strict=True)), (before, after)
        page.context.close()


def test_what_is_done_what_is_next_and_how_the_skills_grow(page, worked):
    """Bars with their numbers for a screen reader, a line with its words for each skill, and nothing that axe finds."""
    found = progress.of(worked)
    card = page.locator(CARD)
    expect(card.get_by_role("meter")).to_have_count(8)
    meter = card.get_by_role("meter", name="Rapport, exercise")
    expect(meter).to_have_attribute("aria-valuetext", found.modules[1].exercise_said)
    expect(card.get_by_role("img")).to_have_count(len(progress.lines(found)))
    expect(card.get_by_role("img", name=re.compile("All together, week by week: [0-9]+%"))).to_be_visible()
    for text in (found.next.title, progress.FIRST_TRIES, progress.PRIVATE, *(skill.said for skill in found.skills)):
        expect(card).to_contain_text(text)
    assert not re.search(r"\b(null|undefined|NaN)\b|\[object", card.inner_text())
    assert violations(page, CARD) == []
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    picture(page, f"start-worked-{'dark' if dark else 'light'}")
    page.set_viewport_size({"width": 390, "height": 2400})
    assert card.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert violations(page, CARD) == []
    picture(page, f"start-worked-{'dark' if dark else 'light'}-390")


def test_without_a_mouse(page, server):
    """Tab reaches the link, the button and the numbers; the picture comes to whoever asked for it, with words; Enter follows."""
    card = page.locator(CARD)
    button = card.get_by_role("button", name="Draw it as a picture")
    button.focus()
    page.keyboard.press("Enter")
    image = card.locator("img")
    expect(image).to_have_attribute("alt", re.compile("All together: from .* to "))
    expect(card.locator(".al-drawn")).to_be_focused()
    expect(button).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card.get_by_role("table")).to_be_visible()
    assert violations(page, CARD) == []
    picture(page, "start-picture")
    card.locator(".al-next a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.root}/notebooks/boundaries.ipynb")


def test_without_a_kernel_the_last_look_is_shown(browser, worked, tmp_path, no_kernel):
    """Where nothing can be started, what stood there last is there with its links; on a first visit nothing is broken."""
    with serving(worked, tmp_path / "home") as server:
        page = open_page(browser, server.url)
        page.wait_for_selector("[data-alliancelab=ready]")
        page.wait_for_function(
            """(name) => fetch(`/api/contents/${name}`).then((answer) => answer.json())
              .then((model) => model.content.cells.some((cell) => cell.outputs?.length))""",
            arg=START,
        )
        page.context.close()
    for folder, there in ((worked, 1), (tmp_path / "fresh", 0)):
        with serving(folder, tmp_path / "home", **no_kernel) as server:
            page = open_page(browser, server.url)
            page.wait_for_selector("[data-alliancelab=still]")
            expect(page.locator(".alliancelab-notice")).to_contain_text("Your progress cannot be brought up to date")
            copy = page.locator(".alliancelab-copy:not(.alliancelab-hidden)").filter(has_text="Your progress")
            expect(copy).to_have_count(there)
            if there:
                expect(copy).to_contain_text("How your skills grow")
                expect(copy.get_by_role("link", name="Lesson: Boundaries and attraction")).to_be_visible()
            for place in page.locator(".jp-CodeCell").all():
                assert place.is_visible() == bool(there)
            expect(page.get_by_role("link", name="Read the lesson: Rapport")).to_be_visible()
            picture(page, f"start-without-kernel-{there}")
            page.context.close()
