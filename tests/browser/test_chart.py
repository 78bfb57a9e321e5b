"""A chart that is read session by session, in Chromium: by mouse, by keyboard, in the dark, on a small screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import open_page, picture, violations
from playwright.sync_api import Browser, Locator, Page, expect
from serving import Server, serving

from alliancelab import answers, catalogue, simulated
from alliancelab.ratings import in_words, session_in_words


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A trainee's server."""
    home = tmp_path_factory.mktemp("chart")
    with serving(home / "mine", home / "home") as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The lesson about measuring, ready."""
    opened = open_page(browser, f"{server.root}/notebooks/measuring.ipynb?token={server.token}")
    opened.wait_for_selector("[data-alliancelab=ready]")
    expect(opened.locator("section.alliancelab .al-svg").first).to_be_visible()
    yield opened
    opened.context.close()


def card(page: Page, name: str) -> Locator:
    """The card of this name."""
    return page.locator(f'section.alliancelab[data-item="{name}"]')


def said(chart: str) -> list[str]:
    """What is to be said of each session of a chart."""
    rated = simulated.of_chart(catalogue.chart(chart))["rated"]
    return [session_in_words(rated, place) for place in range(len(rated))]


def test_a_chart_is_read_by_clicking_and_by_arrow_keys(page):
    """A click reads a session; arrows go to its neighbours and stop at the ends; one Tab enters, the next leaves."""
    chart, words = card(page, "reggie-six-chart"), said("reggie-six")
    says, sessions = chart.locator(".al-says"), chart.locator(".al-session")
    sessions.nth(5).click()
    expect(says).to_have_text(words[5])
    picture(page, "chart-clicked")
    for key, place in (
        ("ArrowLeft", 4),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("End", 5),
        ("ArrowRight", 5),
    ):
        page.keyboard.press(key)
        expect(says).to_have_text(words[place])
        expect(sessions.nth(place)).to_be_focused()
    page.keyboard.press("Tab")
    expect(chart.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chart.get_by_role("row")).to_have_count(7)
    page.keyboard.press("Shift+Tab")
    expect(sessions.nth(5)).to_be_focused()
    for key in "ddab":  # Jupyter's own keys must not reach the notebook
        page.keyboard.press(key)
    expect(says).to_have_text(words[5])


def test_a_screen_reader_hears_each_session_and_the_chart(page):
    """The drawing is an image with the chart's words; every session is a button whose name is its numbers."""
    chart = card(page, "reggie-six-chart")
    image = chart.get_by_role("img")
    expect(image).to_have_attribute("aria-label", in_words(**simulated.of_chart(catalogue.chart("reggie-six"))))
    for words in said("reggie-six"):
        expect(chart.get_by_role("button", name=words, exact=True)).to_have_count(1)


def test_a_question_is_answered_on_the_chart_with_the_keyboard_alone(page, server):
    """Arrows only read; Enter marks and unmarks; the answer is saved, compared, and there the next day."""
    find = card(page, "jorunn-beyond-noise")
    sessions, status = find.locator(".al-session"), find.locator(".al-status")
    sessions.first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(find.locator(".al-says")).to_have_text(said("jorunn-nine")[4])
    expect(find.locator("[aria-pressed=true]")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(sessions.nth(4)).to_have_attribute("aria-pressed", "true")
    expect(status).to_have_text("Saved.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(sessions.nth(8)).to_have_attribute("aria-pressed", "false")
    expect(find).to_contain_text("Marked: session 5, 6.")
    find.get_by_role("button", name="Compare").click()
    expect(find.locator(".al-feedback")).to_contain_text("Yes.")
    expect(find.locator(".al-remarks li")).to_have_count(2)
    find.scroll_into_view_if_needed()
    picture(page, "chart-found")
    journal = answers.read(server.folder / "measuring.answers.jsonl")
    item = catalogue.practice_item("measuring", "jorunn-beyond-noise").item
    assert answers.answer_of(journal, item) == ["5", "6"]
    page.reload()
    expect(find.locator("[aria-pressed=true]")).to_have_count(2)


def test_a_question_with_one_answer_takes_one(page):
    """A second click takes the mark from the first session; another on the same takes it away."""
    find = card(page, "vusi-one-line")
    sessions = find.locator(".al-session")
    for place, marked in ((6, ["7"]), (3, ["4"]), (3, []), (3, ["4"])):
        sessions.nth(place).click()
        found = find.locator("[aria-pressed=true]")
        expect(found).to_have_count(len(marked))
        assert [one.get_attribute("data-session") for one in found.all()] == marked
    expect(find.locator(".al-status")).to_have_text("Saved.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_are_accessible(page, theme):
    """axe finds nothing in a chart or a question on one, read and marked, the table open, in either theme."""
    if theme == "dark":
        page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    for name in ("every-third-week-chart", "vusi-one-line"):
        chart = card(page, name)
        chart.locator(".al-session").nth(3).click()
        chart.locator("summary").first.click()
        assert violations(page, f'section.alliancelab[data-item="{name}"]') == []
        chart.scroll_into_view_if_needed()
        picture(page, f"chart-{name}-{theme}")


def test_a_chart_fits_a_small_screen(page):
    """At 390 px the chart is drawn anew in the width there is: nothing sticks out, each session can be touched."""
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("every-third-week-chart", "jorunn-beyond-noise"):
        chart = card(page, name)
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".al-svg")).to_have_attribute(
            "width", str(chart.locator(".al-plot").evaluate("(n) => n.clientWidth"))
        )
        box = chart.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert chart.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")
        assert all(
            width >= 24
            for width in chart.locator(".al-session").evaluate_all("(all) => all.map((one) => one.clientWidth)")
        )
        chart.locator(".al-session").nth(4).click()
        picture(page, f"chart-{name}-390")
