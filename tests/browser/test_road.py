"""The whole road in a real Chromium: from an opened lesson to a mark, as a trainee and as a supervisor walk it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from browsing import cards_are_drawn_anew, open_page, picture, violations
from playwright.sync_api import Page, expect
from serving import serving, surroundings

from alliancelab import answers, catalogue, sheet
from alliancelab.course import make_course
from alliancelab.items import Choose, Code, Order, Rate, Talk, Write
from alliancelab.marking import model_answer
from alliancelab.play import path_to

WORDS = (
    "I would look at the floor & say <b>nothing</b>.\nThen I would ask [her](javascript:alert(1)) what $x$ it was like."
)
SAVED = "Saved."


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("road")


@pytest.fixture(scope="module")
def trainee(home):
    """A trainee's own server, as `alliancelab start` runs it."""
    with serving(home / "lessons", home / "home") as server:
        yield server


def card(page: Page, name: str):
    """The card of an item, by the question or title that it shows."""
    return page.locator(f'section.alliancelab[data-item="{name}"]')


def saved(place) -> None:
    expect(place.locator(".al-status")).to_have_text(SAVED)


def answer(page: Page, item, value) -> None:
    """Answer an item as a trainee does, and wait until the card says that it is saved."""
    place = card(page, item.name)
    match item:
        case Choose():
            for slug in value:
                place.locator(f'input[value="{slug}"]').check()
                saved(place)
        case Order():
            for target, slug in enumerate(value):
                row = place.locator(f'li[data-slug="{slug}"]')
                while (
                    place.locator("li").evaluate_all("(rows) => rows.map((row) => row.dataset.slug)").index(slug)
                    > target
                ):
                    row.locator('button[data-by="-1"]').click()
            saved(place)
        case Rate():
            for group, (_, number) in enumerate(value.items()):
                place.locator("fieldset").nth(group).locator(f'input[value="{number}"]').check()
                saved(place)
        case Code():
            for select, label in zip(place.locator("select").all(), value.values(), strict=True):
                select.select_option(label)
                saved(place)
        case Write():
            place.locator("textarea").fill(value)
            place.locator("textarea").blur()
            saved(place)
        case Talk():
            for step, scene in enumerate(value):
                place.locator(f'button[data-to="{scene}"]').click()
                expect(place.locator(".al-bubble.is-you")).to_have_count(step + 1)
                saved(place)


def shown(page: Page, item, value) -> None:
    """The card shows this answer."""
    place = card(page, item.name)
    match item:
        case Choose():
            for slug in item.options:
                expect(place.locator(f'input[value="{slug}"]')).to_be_checked(checked=slug in value)
        case Order():
            rows = place.locator("li").evaluate_all("(rows) => rows.map((row) => row.dataset.slug)")
            assert rows == value
        case Rate():
            for group, (_, number) in enumerate(value.items()):
                expect(place.locator("fieldset").nth(group).locator(f'input[value="{number}"]')).to_be_checked()
        case Code():
            for select, label in zip(place.locator("select").all(), value.values(), strict=True):
                expect(select).to_have_value(label)
        case Write():
            expect(place.locator("textarea")).to_have_value(value)
        case Talk():
            expect(place.locator(".al-bubble.is-you")).to_have_count(len(value))


def test_the_road(trainee, home, browser):
    """Start, a lesson that plays itself, replies by mouse and by keyboard, an exercise, a dead kernel, a new day, handing in,
    grading, the words in formgrader, a mark by hand, and the feedback page: nothing is lost on the way.
    """
    page = open_page(browser, trainee.url)
    expect(page.get_by_role("link", name="Read the lesson: Rapport")).to_be_visible()
    picture(page, "road-1-start")

    # The lesson runs by itself, without code in view.
    page.get_by_role("link", name="Read the lesson: Rapport").click()
    player = card(page, "tomasz-was-sent")
    expect(player.locator(".al-reply").first).to_be_visible()
    assert page.locator(".jp-CodeCell .jp-InputArea-editor:visible").count() == 0
    talk = sheet.talk("tomasz-was-sent")
    path = list(path_to(talk.dialogue, ["deepened"]))
    player.locator(f'button[data-to="{path[0]}"]').click()
    saved(player)
    for step in (1, 2):  # focus stands on the first reply; the others are a Tab away
        replies = player.locator(".al-reply").evaluate_all("(all) => all.map((reply) => reply.dataset.to)")
        expect(player.locator(".al-reply").first).to_be_focused()
        for _ in range(replies.index(path[step])):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(player.locator(".al-bubble.is-you")).to_have_count(step + 1)
        saved(player)
    for key in "ddab":  # Jupyter's own keys must not reach the notebook
        page.keyboard.press(key)
    expect(player.locator(".al-bubble.is-you")).to_have_count(3)
    player.scroll_into_view_if_needed()
    picture(page, "road-2-lesson")
    assert "null" not in player.inner_text()
    journal = answers.read(trainee.folder / "rapport.answers.jsonl")
    assert answers.answer_of(journal, talk) == path[:3]

    # The exercise, answered wholly by hand.
    page.goto(trainee.root + "/notebooks/exercises/rapport/rapport.ipynb")
    source = sheet.read(catalogue.exercise_source("rapport"))
    given = {}
    for name, item in source.items.items():
        expect(card(page, name)).to_be_visible()
        key = source.graded[name].key if name in source.graded else None
        given[name] = WORDS if isinstance(item, Write) else model_answer(item, key)
        answer(page, item, given[name])
    picture(page, "road-3-exercise")

    # The kernel dies; the page comes back by itself, with everything there.
    with cards_are_drawn_anew(page):
        for kernel in trainee.kernels():
            kernel.kill()
    for name, item in source.items.items():
        shown(page, item, given[name])

    # The next day: a new page.
    page.close()
    page = open_page(browser, f"{trainee.root}/notebooks/exercises/rapport/rapport.ipynb?token={trainee.token}")
    for name, item in source.items.items():
        expect(card(page, name)).to_be_visible()
        shown(page, item, given[name])

    # Check, and hand in.
    last = card(page, "finish")
    last.get_by_role("button", name="Check my work").click()
    expect(last.locator(".al-end")).to_contain_text("34 of 34 points. 14 of 14 answered.")
    assert violations(page, ".alliancelab.al-finish") == []
    last.get_by_label("Your name in the course").fill("maria")
    last.get_by_role("button", name="Hand in").click()
    expect(last.locator(".al-end")).to_contain_text("Handed in.")
    picture(page, "road-4-handed-in")
    page.close()
    zipped = trainee.folder / "exercises" / "rapport" / "handed-in" / "maria__rapport.zip"
    assert zipped.is_file()

    # The supervisor's side.
    course = make_course(home / "course")
    environment = surroundings(home / "supervisor")
    nbgrader(course, environment, "generate_assignment", "rapport")
    archive = course / "downloaded" / "rapport" / "archive"
    archive.mkdir(parents=True)
    zipped.rename(archive / zipped.name)
    nbgrader(course, environment, "zip_collect", "rapport")
    nbgrader(course, environment, "autograde", "rapport")
    with formgrader(course, environment) as root:
        page = open_page(browser, f"{root}/formgrader/gradebook/rapport/rapport")
        page.get_by_role("link", name="Submission #1").click()
        expect(page.get_by_text("I would look at the floor & say <b>nothing</b>.")).to_be_visible()
        assert page.locator('a[href^="javascript:alert"]').count() == 0
        assert page.get_by_text("BEGIN HIDDEN TESTS").count() == 0
        assert page.get_by_text("mark(", exact=False).count() == 0
        expect(page.get_by_text("Deepened.", exact=False).first).to_be_visible()
        mark = page.locator("input.score#own-part-in-the-room")
        mark.scroll_into_view_if_needed()
        with page.expect_response(lambda response: "/api/grade/" in response.url and response.request.method == "PUT"):
            mark.fill("5")
            mark.press("Tab")
        picture(page, "road-5-formgrader")
        page.close()
    nbgrader(course, environment, "generate_feedback", "rapport")
    page = open_page(browser, (course / "feedback" / "maria" / "rapport" / "rapport.html").as_uri())
    expect(page.get_by_text("39 of 40 points")).to_be_visible()
    expect(page.get_by_text("5 of 6 points").first).to_be_visible()
    assert page.get_by_text("HIDDEN TESTS").count() == 0
    picture(page, "road-6-feedback")
    page.close()


def nbgrader(course: Path, environment: dict[str, str], *arguments: str) -> None:
    """Run nbgrader's own command in the course."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class formgrader:  # noqa: N801 - used as a word
    """Stock Jupyter with nbgrader's formgrader, on a course."""

    def __init__(self, course: Path, environment: dict[str, str]):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--ip=127.0.0.1",
            f"--port={port}",
            "--allow-root",
        ]
        command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password="]
        self.root = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            command, cwd=course, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self) -> str:
        for line in self.process.stderr:
            if self.root in line or "is running at" in line:
                break
        return self.root

    def __exit__(self, *error: object) -> None:
        process = psutil.Process(self.process.pid)
        left = process.children(recursive=True)
        self.process.kill()
        self.process.stderr.close()
        self.process.wait()
        for child in left:
            if child.is_running():
                child.kill()


@pytest.fixture
def lesson(trainee, browser) -> Iterator[Page]:
    """The lesson, with every card drawn."""
    page = open_page(browser, f"{trainee.root}/notebooks/rapport.ipynb?token={trainee.token}")
    for name in sheet.read(catalogue.lesson("rapport")).items:
        expect(card(page, name)).to_be_visible()
    yield page
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_card_is_accessible(lesson, theme):
    """axe finds nothing wrong in any kind of card, in the light and in the dark theme, before and after answering."""
    if theme == "dark":
        lesson.evaluate("document.body.dataset.jpThemeLight = 'false'")
    for kind in ("choose", "order", "rate", "code", "write", "dialogue"):
        place = lesson.locator(f".alliancelab.al-{kind}").first
        assert violations(lesson, f".alliancelab.al-{kind}") == []
        place.scroll_into_view_if_needed()
        picture(lesson, f"card-{kind}-{theme}")
    practice = lesson.locator(".alliancelab.al-choose").first
    practice.locator("input").first.check()
    practice.get_by_role("button", name="Compare").click()
    expect(practice.locator(".al-remarks")).to_be_visible()
    expect(practice.locator(".al-feedback")).to_be_focused()
    assert violations(lesson, ".alliancelab.al-choose") == []


def test_a_small_screen_needs_no_scrolling_sideways(lesson):
    """At 390 px no card is wider than the screen."""
    lesson.set_viewport_size({"width": 390, "height": 844})
    for kind in ("choose", "order", "rate", "code", "write", "dialogue"):
        place = lesson.locator(f".alliancelab.al-{kind}").first
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert place.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")
        picture(lesson, f"card-{kind}-390")


def test_an_answer_that_cannot_be_kept_says_so_and_is_kept_later(lesson, trainee):
    """With the journal out of reach the card says "Not saved" with the reason; when it is back the answer is saved."""
    journal, aside = trainee.folder / "rapport.answers.jsonl", trainee.folder / "aside"
    if journal.exists():
        journal.rename(aside)
    journal.mkdir()
    words = lesson.locator(".alliancelab.al-write").first
    words.locator("textarea").fill("Kept in spite of it all.")
    words.locator("textarea").blur()
    expect(words.locator(".al-status.is-bad")).to_contain_text("Not saved: ")
    picture(lesson, "card-not-saved")
    journal.rmdir()
    if aside.exists():
        aside.rename(journal)
    lesson.reload()
    expect(words.locator("textarea")).to_have_value("Kept in spite of it all.")
    saved(words)
    last = json.loads(journal.read_text(encoding="utf-8").splitlines()[-1])
    assert last["answer"] == "Kept in spite of it all."


def test_conversations_tell_a_screen_reader_what_happens(lesson):
    """The conversation is a log, the alliance three meters with values, and each control has a name."""
    player = lesson.locator(".alliancelab.al-dialogue").nth(1)
    assert player.locator('[role="log"][aria-live="polite"]').count() == 1
    for feature in ("Bond", "Goals", "Tasks"):
        meter = player.get_by_role("meter", name=feature)
        assert 0 <= int(meter.get_attribute("aria-valuenow")) <= 100
    assert all(player.locator("button").evaluate_all("(all) => all.map((button) => button.innerText.trim() !== '')"))


def test_chromium_is_the_systems_own():
    """The tests drive the browser of the system's packages; nothing is downloaded."""
    assert os.access("/usr/bin/chromium", os.X_OK)
