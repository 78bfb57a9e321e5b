"""The supervisor's desk in a real Chromium: a course from an empty folder to feedback pages, by clicking alone."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browsing import open_page, picture, violations
from nbgrader.api import Gradebook, Student
from playwright.sync_api import Browser, Locator, Page, expect
from serving import Server, serving

from alliancelab import answers, catalogue, handin, release, sheet
from alliancelab.course import assign, make_course, simulate
from alliancelab.course.collect import collect
from alliancelab.course.grading import grade
from alliancelab.items import Write

MODULE, TITLE = "rapport", "Rapport"
REFLECTION = "own-part-in-the-room"
ATTACK = "<img src=x onerror=\"window.attacked='yes'\"><script>window.attacked='yes'</script>'\"&amp; \U0001f642 \u0645\u0631\u064a\u0645"
RIGHT_TO_LEFT = "\u0645\u0631\u064a\u0645"
NOW = "This is how things stand now."
WAITS = "waits for you"


def source():
    """The exercise as it comes with the package."""
    return sheet.read(catalogue.exercise_source(MODULE))


def hand_in(home: Path, trainee: simulate.Trainee, words: str = simulate.WRITTEN, at=simulate.FIRST_EVENING) -> Path:
    """A trainee's zip, made by the functions that the cards call."""
    folder = home / trainee.name
    folder.mkdir(parents=True)
    (folder / f"{MODULE}.ipynb").write_text(release.of_module(MODULE), encoding="utf-8")
    journal = simulate.work(trainee, source(), folder)
    for item in source().items.values():
        if isinstance(item, Write):
            answers.record(journal, item, words)
    return handin.zip_up(folder, MODULE, trainee.name, at=at)


def a_group(home: Path, number: int) -> list[Path]:
    """The zips of some simulated trainees; the last one's words and name are an attack."""
    zips = [hand_in(home, trainee) for trainee in simulate.trainees(number)]
    return [*zips, hand_in(home, simulate.Trainee(RIGHT_TO_LEFT, 0.5, 1.0), ATTACK)]


def bundle(path: Path, zips: list[Path]) -> Path:
    """One zip of all of them, as an LMS gives it."""
    with zipfile.ZipFile(path, "w") as archive:
        for one in zips:
            archive.write(one, one.name)
    return path


def give_points(formgrader: Page, points: float) -> None:
    """Mark the reflection in formgrader, once its script has the marks that there are, and wait until it is kept."""
    formgrader.wait_for_load_state("networkidle")
    mark = formgrader.locator(f"input.score#{REFLECTION}")
    with formgrader.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        mark.fill(str(points))
        mark.press("Tab")


class Supervisor:
    """Somebody at the desk, with a record of what the browser asked for."""

    def __init__(self, browser: Browser, server: Server):
        self.server = server
        self.page = open_page(browser, server.url)
        self.asked: list[str] = []
        self.page.context.on("request", lambda request: self.asked.append(request.url))
        self.ready()

    def ready(self) -> None:
        """Wait until the desk is there."""
        self.page.wait_for_selector("[data-alliancelab=ready]")
        expect(self.desk).to_be_visible()

    @property
    def desk(self) -> Locator:
        return self.page.locator("section.al-desk")

    def step(self, name: str) -> Locator:
        """One of the numbered steps of the open module."""
        return self.desk.locator(".al-step-of-course").filter(has=self.page.get_by_role("heading", name=name))

    def press(self, place: Locator, button: str, says: str | re.Pattern[str], ok: bool = True) -> None:
        """Press a button and wait for the sentence that it ends in."""
        place.get_by_role("button", name=button, exact=True).click()
        self.said(place, says, ok)

    def said(self, place: Locator, says: str | re.Pattern[str], ok: bool = True) -> None:
        sentence = place.locator(".al-sentence").filter(has_text=says)
        expect(sentence).to_be_visible()
        expect(sentence).to_have_class(re.compile("al-sentence$" if ok else "is-bad"))

    def table(self, title: str) -> Locator:
        return self.desk.get_by_role("table", name=title)

    def elsewhere(self) -> list[str]:
        """What the browser asked anybody else for."""
        ours = (self.server.root, self.server.root.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.asked if not url.startswith(ours)]


@pytest.fixture
def supervisor(browser: Browser, tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor who has just opened the desk in a folder that is not there yet."""
    with serving(tmp_path / "spring", tmp_path / "home", desk=True) as server:
        someone = Supervisor(browser, server)
        yield someone
        someone.page.context.close()


def test_a_course_by_clicking(supervisor, tmp_path):
    """From an empty folder: make the course, assign, collect, grade, read in formgrader, send feedback, download. Only the
    server is asked for anything, and what trainees wrote never runs.
    """
    page, desk = supervisor.page, supervisor.desk
    course = tmp_path / "spring"

    # A new course, of two modules.
    expect(desk.get_by_role("heading", name="Make a course")).to_be_visible()
    picture(page, "desk-1-new")
    assert violations(page, ".al-desk") == []
    for box in desk.get_by_role("checkbox").all()[2:]:
        box.uncheck()
    desk.get_by_role("button", name="Make the course").click()
    expect(desk.get_by_role("heading", name="Modules", exact=True)).to_be_visible()
    supervisor.said(desk.locator(".al-head"), "The course is made, with 2 modules.")
    assert sorted(path.name for path in (course / "source").iterdir()) == ["foundations", MODULE]
    assert desk.get_by_role("heading", name="Make a course").count() == 0

    # Assigned until a date on the supervisor's clock.
    desk.get_by_role("button", name=TITLE, exact=True).click()
    expect(desk.get_by_role("heading", name=TITLE, exact=True)).to_be_focused()
    expect(supervisor.step("Grade").get_by_role("button")).to_be_disabled()
    supervisor.step("Assign").get_by_label("Due").fill("2026-03-02T17:00")
    supervisor.press(supervisor.step("Assign"), "Assign", "Rapport is assigned.")
    expect(supervisor.table("Modules").get_by_role("row", name=re.compile(TITLE))).to_contain_text("2 Mar 2026, 17:00")
    assert (course / "release" / MODULE / f"{MODULE}.ipynb").is_file()

    supervisor.press(supervisor.step("Grade"), "Grade everybody", re.compile("Nobody has handed in"), ok=False)

    # Collected: an LMS's zip, dropped in the browser; among the hand-ins a file that is none.
    zips = a_group(tmp_path / "trainees", 5)
    broken = tmp_path / f"broken__{MODULE}.zip"
    broken.write_text("no zip")
    bundled = bundle(tmp_path / "from-the-lms.zip", [*zips, broken])
    step = supervisor.step("Collect")
    step.get_by_label("Choose the zip files").set_input_files(bundled)
    supervisor.said(step, re.compile(r"6 taken in.*1 refused"), ok=False)
    expect(step.locator(".al-details")).to_contain_text("broken")
    supervisor.press(step, "Collect", "Choose files, or type where they are.", ok=False)
    step.get_by_label("Or type the path").fill(str(tmp_path / "trainees"))
    supervisor.press(step, "Collect", "0 taken in, 6 as before.")
    picture(page, "desk-2-collected")

    # Graded, with a bar.
    page.evaluate(
        """() => {
          window.bars = [];
          const watch = () => {
            const bar = document.querySelector(".al-step-of-course:nth-child(3) progress");
            const all = document.querySelectorAll(".al-desk button:not(:disabled)");
            if (bar.offsetParent) window.bars.push([bar.value, bar.max, [...all].filter((b) => !b.matches(":disabled")).length]);
          };
          new MutationObserver(watch).observe(document.querySelector(".al-steps"), { subtree: true, attributes: true, childList: true });
        }"""
    )
    supervisor.press(
        supervisor.step("Grade"), "Grade everybody", re.compile("6 submissions graded. .* for you to read.")
    )
    bars = page.evaluate("window.bars")
    assert any(most == 6 and free == 0 for _, most, free in bars), bars  # it moved, and nothing could be clicked
    people = supervisor.table("Who has handed in what")
    expect(people.locator("tbody tr")).to_have_count(6)
    expect(people.get_by_role("row", name=re.compile(RIGHT_TO_LEFT))).to_contain_text(WAITS)
    expect(people.get_by_role("row", name=re.compile(RIGHT_TO_LEFT))).to_contain_text("1 hour")  # late

    # The gradebook's own names are shown as they are.
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student(RIGHT_TO_LEFT, first_name=ATTACK, last_name="O'Brien")
    supervisor.press(desk.locator(".al-head"), "Look again", NOW)
    expect(people).to_contain_text(ATTACK)
    picture(page, "desk-3-graded")
    image = desk.locator("img.al-image")
    assert len(image.get_attribute("alt")) > 40
    assert image.evaluate("(node) => node.complete && node.naturalWidth") > 200

    # To the words that wait, and back.
    queue = supervisor.table(re.compile("Written answers that wait"))
    waiting = queue.locator("tbody tr").count()
    with page.context.expect_page() as opened:
        queue.get_by_role("row", name=re.compile(RIGHT_TO_LEFT)).get_by_role("link").click()
    formgrader = opened.value
    assert re.search(r"/formgrader/submissions/\w+/", formgrader.url)
    expect(formgrader.locator("pre").get_by_text("<img src=x onerror=", exact=False)).to_be_visible()
    assert formgrader.evaluate("window.attacked") is None
    formgrader.locator(".glyphicon-eye-open").click()
    expect(formgrader.locator("nav a.name-shown")).to_contain_text(ATTACK)
    give_points(formgrader, 4)
    assert formgrader.evaluate("window.attacked") is None
    picture(formgrader, "desk-4-formgrader")
    for other in (f"gradebook/{MODULE}/{MODULE}", "manage_students", f"manage_submissions/{MODULE}"):  # nbgrader's own
        formgrader.goto(f"{supervisor.server.root}/formgrader/{other}")
        expect(formgrader.get_by_text("O'Brien").first).to_be_attached()
        assert formgrader.evaluate("window.attacked") is None, other
    formgrader.close()
    supervisor.press(desk.locator(".al-head"), "Look again", NOW)
    expect(queue.locator("tbody tr")).to_have_count(waiting - 1)
    expect(people.get_by_role("row", name=re.compile(RIGHT_TO_LEFT))).to_contain_text("done")

    # Feedback, and the page that the trainee gets.
    supervisor.press(
        supervisor.step("Send feedback"), "Write the feedback pages", re.compile("6 feedback pages written")
    )
    with page.context.expect_page() as opened:
        people.get_by_role("row", name=re.compile(RIGHT_TO_LEFT)).get_by_role("link", name="Open").click()
    feedback = opened.value
    expect(feedback.get_by_text("4 of 6 points").first).to_be_visible()
    assert feedback.evaluate("window.attacked") is None
    picture(feedback, "desk-5-feedback")
    feedback.close()

    # A file to keep.
    for button in ("For a spreadsheet", "For Canvas", "For Moodle"):
        with page.expect_download() as download:
            desk.get_by_role("button", name=button).click()
        kept = download.value.path().read_text("utf-8-sig")
        assert RIGHT_TO_LEFT in kept
        assert len(list(csv.reader(kept.splitlines()))) > 1
    assert page.evaluate("window.attacked") is None
    assert supervisor.elsewhere() == []
    assert supervisor.server.errors.read_text() == ""  # the terminal stays calm
    assert page.locator(".jp-Dialog").count() == 0


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Iterator[Server]:
    """A desk on a course with a graded group."""
    home = tmp_path_factory.mktemp("desk")
    course = make_course(home / "course", [MODULE, "foundations"])
    assign(course, MODULE, datetime(2026, 3, 9, 23, 59, tzinfo=UTC))
    a_group(home / "trainees", 12)
    collect(course, home / "trainees")
    grade(course, MODULE)
    with serving(course, home / "home", desk=True) as server:
        yield server


@pytest.fixture
def someone(browser: Browser, graded: Server) -> Iterator[Supervisor]:
    """A supervisor at that desk."""
    one = Supervisor(browser, graded)
    yield one
    one.page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_is_accessible(someone, theme):
    """axe finds nothing on the desk, in the light and in the dark theme, also where an action was refused."""
    if theme == "dark":
        someone.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    someone.press(someone.step("Collect"), "Collect", "Choose files, or type where they are.", ok=False)
    someone.desk.locator("summary").click()
    assert violations(someone.page, ".al-desk") == []
    someone.page.set_viewport_size({"width": 1100, "height": 4200})
    picture(someone.page, f"desk-{theme}")


def test_a_small_screen_scrolls_only_its_tables(someone):
    """At 390 px nothing is wider than the screen but what a table holds, and that scrolls in its own box."""
    someone.page.set_viewport_size({"width": 390, "height": 844})
    box = someone.desk.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert someone.desk.evaluate("(node) => node.scrollWidth <= node.clientWidth + 1")
    wide = someone.page.evaluate(
        """() => [...document.querySelectorAll(".al-desk *")]
          .filter((node) => node.getBoundingClientRect().right > 391 && !node.closest(".al-table") && !node.closest(".al-unseen"))
          .map((node) => node.outerHTML.slice(0, 100))"""
    )
    assert wide == []
    someone.page.set_viewport_size({"width": 390, "height": 5200})
    picture(someone.page, "desk-390")


def test_the_keyboard_reaches_everything_and_nothing_of_jupyter(someone):
    """Tab comes to each control in turn, keys work on it, letters are not Jupyter's, and focus stays after an action."""
    page = someone.page
    page.locator(".al-desk button").first.focus()
    seen = set()
    for _ in range(80):
        seen.add(
            page.evaluate(
                "document.activeElement.textContent.trim() || document.activeElement.labels?.[0]?.textContent"
            )
        )
        page.keyboard.press("Tab")
        if page.evaluate("!document.activeElement.closest('.al-desk')"):
            break
    assert seen >= {"Look again", "Assign again", "Collect", "Grade everybody", "Write the feedback pages", "Find "}
    cells = page.locator(".jp-Cell").count()
    button = someone.step("Grade").get_by_role("button")
    button.focus()
    for key in ("a", "b", "d", "d", "x", "m"):
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells
    page.keyboard.press("Enter")
    someone.said(someone.step("Grade"), re.compile("13 submissions graded"))
    expect(button).to_be_focused()
    heading = someone.table("Who has handed in what").get_by_role("button", name="Points")
    heading.focus()
    page.keyboard.press("Enter")
    expect(someone.table("Who has handed in what").get_by_role("columnheader", name="Points")).to_have_attribute(
        "aria-sort", "ascending"
    )


def test_whoever_comes_back_from_formgrader_finds_the_desk_fresh(someone, graded):
    """A mark given in the other tab is on the desk when its tab is looked at again, without a click."""
    queue = someone.table(re.compile("Written answers that wait"))
    waiting = queue.locator("tbody tr").count()
    with someone.page.context.expect_page() as opened:
        queue.get_by_role("link").first.click()
    formgrader = opened.value
    give_points(formgrader, 3)
    formgrader.close()
    someone.page.bring_to_front()
    someone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # headless pages are always visible
    expect(queue.locator("tbody tr")).to_have_count(waiting - 1)


def test_ten_thousand_trainees_do_not_freeze_the_page(someone, graded):
    """A hundred rows are drawn, the rest is counted and found by the filter within a moment."""
    with Gradebook(f"sqlite:///{graded.folder / 'gradebook.db'}") as gradebook:
        gradebook.db.execute(Student.__table__.insert(), [{"id": f"trainee-{n:05}"} for n in range(10_000)])
        gradebook.db.commit()
    try:
        someone.press(someone.desk.locator(".al-head"), "Look again", NOW)
        people = someone.table("Who has handed in what")
        expect(people.locator("tbody tr")).to_have_count(100)
        block = someone.desk.locator(".al-block").filter(
            has=someone.page.get_by_role("heading", name="Who has handed in what")
        )
        expect(block.get_by_role("status")).to_have_text("100 of 10,013 shown")
        took = someone.page.evaluate(
            """() => {
              const blocks = [...document.querySelectorAll(".al-block")];
              const box = blocks.find((block) => block.textContent.includes("Who has handed")).querySelector("input");
              const begin = performance.now();
              box.value = "09999";
              box.dispatchEvent(new Event("input"));
              return performance.now() - begin;
            }"""
        )
        expect(block.get_by_role("status")).to_have_text("1 of 10,013 found")
        assert took < 500  # ms
        picture(someone.page, "desk-10000")
    finally:
        with Gradebook(f"sqlite:///{graded.folder / 'gradebook.db'}") as gradebook:
            gradebook.db.execute(Student.__table__.delete().where(Student.id.like("trainee-%")))
            gradebook.db.commit()


def test_a_page_whose_kernel_is_gone_says_so(someone, graded):
    """A click that nobody hears ends in a sentence, and nothing stays locked; a new page works."""
    expect(someone.step("Grade").get_by_role("button")).to_be_enabled()
    someone.page.evaluate("() => { WebSocket.prototype.send = () => {}; }")
    someone.press(someone.step("Grade"), "Grade everybody", re.compile("has lost its connection"), ok=False)
    expect(someone.step("Grade").get_by_role("button")).to_be_enabled()
    someone.page.reload()
    someone.ready()


def test_the_page_on_disk_holds_nothing_of_the_trainees(someone, graded):
    """The notebook that Jupyter saves has no name in it."""
    saved = (graded.folder / "desk.ipynb").read_text("utf-8")
    assert RIGHT_TO_LEFT not in json.dumps(json.loads(saved), ensure_ascii=False)
    assert "simulated-01" not in saved
