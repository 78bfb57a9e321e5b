"""Supervised hours in a real Chromium: from the first entry to the signature and back, by two people on two servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browsing import PATIENCE, picture, violations
from peopled import PASSPHRASE, Programme, peopled
from playwright.sync_api import Browser, Locator, Page, expect
from serving import Server, serving

from alliancelab.hours import entries
from alliancelab.hours.account import place
from alliancelab.hours.account.account import Account
from alliancelab.hours.record import keys

TALL = 3400  # px, so that a picture shows a whole page
LOG, DESK = "section.al-hours", "section.al-signing"


def now() -> datetime:
    return datetime.now(UTC)


def ago(days: int) -> str:
    """A day so long before today; the servers have a clock of their own."""
    return (now().date() - timedelta(days)).isoformat()


@dataclass
class Someone:
    """A page with a card, of a browser that stands in Berlin."""

    page: Page
    card: Locator
    place: str

    def said(self, text: str | re.Pattern[str], ok: bool = True) -> None:
        """Wait for the sentence that an action ends in."""
        sentence = self.card.locator(".al-sentence").filter(has_text=text)
        expect(sentence).to_be_visible()
        expect(sentence).to_have_class(re.compile("al-sentence$" if ok else "is-bad"))

    def press(self, button: str, says: str | re.Pattern[str], ok: bool = True) -> None:
        self.card.get_by_role("button", name=button, exact=True).click()
        self.said(says, ok)

    def field(self, label: str) -> Locator:
        return self.card.get_by_label(label, exact=True)

    def unfold(self, title: str) -> Locator:
        """Open a part of the card."""
        self.card.locator("summary", has_text=title).click()
        return self.card.locator("details", has=self.page.locator("summary", has_text=title))

    def look(self, name: str) -> None:
        """axe finds nothing, light and dark; at 390 px nothing is wider than the screen; pictures are kept."""
        for theme in ("light", "dark"):
            self.page.evaluate(
                "(light) => { document.body.dataset.jpThemeLight = light; }", str(theme == "light").lower()
            )
            self.page.set_viewport_size({"width": 1100, "height": TALL})
            assert violations(self.page, self.place) == [], theme
            picture(self.page, f"{name}-{theme}")
        self.page.evaluate("document.body.dataset.jpThemeLight = 'true'")
        self.page.set_viewport_size({"width": 390, "height": TALL})
        assert self.card.evaluate("(node) => node.scrollWidth <= node.clientWidth")
        assert self.page.evaluate("document.documentElement.scrollWidth") == 390
        assert violations(self.page, self.place) == []
        picture(self.page, f"{name}-390")
        self.page.set_viewport_size({"width": 1100, "height": 1200})


def someone(browser: Browser, url: str, place_: str) -> Someone:
    page = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB", accept_downloads=True).new_page()
    page.set_default_timeout(PATIENCE)
    page.set_viewport_size({"width": 1100, "height": 1200})
    page.goto(url)
    page.wait_for_selector("[data-alliancelab=ready]")
    expect(page.locator(place_)).to_be_visible()
    return Someone(page, page.locator(place_), place_)


@pytest.fixture
def people(tmp_path: Path) -> Programme:
    """A programme in which dr-b has supervised ana for sixty days."""
    return peopled(tmp_path, now, now().date() - timedelta(60))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers, which end with the test."""
    with ExitStack() as stack:
        yield lambda folder, **how: stack.enter_context(serving(folder, tmp_path / f"home-{folder.name}", **how))


def downloaded(page: Page, press: Callable[[], None], folder: Path) -> Path:
    with page.expect_download() as download:
        press()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_from_the_first_hour_to_the_signature_and_back(browser, people, serve, tmp_path):
    """A trainee logs on the start page, is refused what overlaps, takes in a table, and makes a file; a supervisor in
    another folder, with only this package, looks, signs in part and in bulk; the trainee takes it back, sees what is
    signed and what a policy still misses, corrects an entry, and the signature falls.
    """
    ana = someone(browser, serve(people.trainee).url, LOG)
    picture(ana.page, "hours-1-start")
    assert violations(ana.page, LOG) == []
    logs(ana)
    imports(ana, tmp_path)
    ana.look("hours-2-log")
    ana.unfold("Have them signed by file")
    bundle = downloaded(
        ana.page, lambda: ana.press("Make the file", "ana-for-dr-b.hours is made, with 5 entries"), tmp_path
    )
    assert b"tired" not in bundle.read_bytes()

    brandt = someone(browser, serve(people.supervisor, hours=True).url, DESK)
    signed = signs(brandt, bundle, tmp_path)
    brandt.page.context.close()

    ana.card.get_by_label("Choose the file that came back, or drop it here").set_input_files(signed)
    ana.said("dr-b has signed 4 entries, 4 h. 1 entry asked about; the list says why.")
    expect(ana.card.locator(".al-sums")).to_contain_text(re.compile("Signed4 h.*signature50 min", re.DOTALL))
    counts(ana)
    corrects(ana)
    ana.look("hours-5-taken-back")
    ana.page.context.close()


def logs(ana: Someone) -> None:
    """One entry without a mouse, one that overlaps it, one shared by a group."""
    page = ana.page
    opener = ana.card.get_by_role("button", name="Open your log")
    opener.focus()
    page.keyboard.press("Enter")
    expect(ana.field("Day")).to_be_focused()
    ana.field("Day").fill(ago(3))
    ana.field("What").focus()
    page.keyboard.type("One cl")
    expect(ana.field("What")).to_have_value("client.individual")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(ana.field("Start")).to_be_visible()
    ana.field("Start").fill("16:00")
    ana.field("End").fill("16:50")
    offset = ana.field("UTC offset").input_value()
    assert offset in ("+01:00", "+02:00")  # Berlin's, in winter and in summer
    ana.field("A note for yourself").fill("tired before it")
    cells = page.locator(".jp-Cell").count()
    ana.card.get_by_role("button", name="Save", exact=True).focus()
    page.keyboard.press("Enter")
    ana.said(re.compile("Saved: .* 16:00 to 16:50, UTC.* dr-b can sign it"))
    assert page.locator(".jp-Cell").count() == cells
    expect(ana.card.get_by_role("button", name="Save", exact=True)).to_be_focused()
    ana.field("Start").fill("16:30")
    ana.field("End").fill("17:20")
    ana.field("A note for yourself").fill("kept while it is refused")
    ana.press("Save", "overlaps", ok=False)
    assert ana.field("Start").input_value() == "16:30"
    assert ana.field("A note for yourself").input_value() == "kept while it is refused"
    ana.field("End").fill("15:00")
    ana.press("Save", "the end is not after the start", ok=False)
    expect(ana.field("It ended on the day after")).to_be_visible()
    ana.field("A note for yourself").fill("")
    ana.field("In minutes").check()
    ana.field("What").select_option("supervision.group")
    ana.field("How many people shared it").fill("4")
    ana.field("Minutes").fill("90")
    ana.press("Save", re.compile("Saved: .* Supervision in a group, 1 h 30 min"))
    ana.field("What").select_option("client.individual")
    expect(ana.field("How many people shared it")).to_be_hidden()
    entry = ana.card.locator(".al-entries > li").filter(has_text="Supervision in a group")
    expect(entry).to_contain_text("4 people")
    expect(entry).to_contain_text("Waits for a signature")


def imports(ana: Someone, folder: Path) -> None:
    """A table with a bad row, and without it."""
    part = ana.unfold("Take in a table")
    rows = ["date,category,minutes", *(f"{ago(days)},client.individual,50" for days in (20, 19, 2))]
    (folder / "bad.csv").write_text("\n".join([*rows, f"{ago(-3)},study,30", f"{ago(4)},study,long"]))
    (folder / "log.csv").write_text("\n".join(rows))
    files = part.locator("input[type=file]")
    files.set_input_files(folder / "bad.csv")
    ana.said("Nothing was imported from bad.csv: 2 rows cannot be taken in", ok=False)
    expect(part.locator(".al-details li")).to_have_text([re.compile("Row 5: .*future"), re.compile("Row 6: .*long")])
    expect(ana.card.locator(".al-entries > li")).to_have_count(2)
    files.set_input_files(folder / "log.csv")
    ana.said("3 entries added from log.csv, 2 h 30 min.")
    expect(ana.card.locator(".al-entries > li")).to_have_count(5)
    files.set_input_files(folder / "log.csv")
    ana.said("0 entries added from log.csv, 0 min. 3 rows had been imported before.")
    expect(ana.card.locator(".al-turn")).to_contain_text("waited for dr-b for more than 14 days")


def signs(brandt: Someone, bundle: Path, folder: Path) -> Path:
    """The supervisor's part; returns the signed file."""
    page, card = brandt.page, brandt.card
    expect(card).to_contain_text("it proves only what that server did")
    expect(card).to_contain_text("Nothing waits for your signature.")
    picture(page, "hours-3-desk-empty")
    card.locator("input[type=file]").set_input_files(bundle)
    brandt.said("Opened: ana. Every signature in it was verified.")
    expect(card).to_contain_text("Ask your programme by telephone whether that is its key")
    expect(card.locator(".al-sums")).to_contain_text("5 entries, 4 h 50 min")
    expect(card.locator(".al-notices").first).to_contain_text("days ago")
    titles = card.locator(".al-week h4").all_inner_texts()
    weeks = [datetime.strptime(title.rpartition(" of ")[2][4:], "%d %B %Y").date() for title in titles]
    assert weeks == sorted(weeks)
    box = card.get_by_label("Tick everything")
    box.focus()
    page.keyboard.press("Space")
    card.get_by_role("button", name="Approve what is ticked").focus()
    page.keyboard.press("Enter")
    expect(card.get_by_text("5 entries: approve. Nothing is signed yet.")).to_be_visible()
    card.get_by_label("Decision about Supervision in a group").select_option("part")
    card.get_by_label("Minutes that you sign of Supervision in a group").fill("60")
    card.get_by_label("Decision about One client").last.select_option("ask")
    expect(card.get_by_text("Decided: 5 of 5.")).to_be_visible()
    card.get_by_role("button", name="Look at what you are about to sign").click()
    expect(card.get_by_text("You are about to sign 4 entries, 3 h 30 min.")).to_be_focused()
    expect(card.get_by_text(re.compile("In part, 1 h of 1 h 30 min: Supervision in a group"))).to_be_visible()
    brandt.look("hours-4-desk-look")
    card.get_by_label("Decision about One client").last.select_option("")
    expect(card.get_by_role("heading", name="Sign", exact=True)).to_be_hidden()  # that was not looked at
    card.get_by_label("Decision about One client").last.select_option("ask")
    card.get_by_label("Minutes that you sign of Supervision in a group").fill("100")
    brandt.press("Look at what you are about to sign", "you can sign 1 to 90 minutes, not 100", ok=False)
    card.get_by_label("Decision about Supervision in a group").select_option("approve")
    card.get_by_role("button", name="Look at what you are about to sign").click()
    expect(card.get_by_text("You are about to sign 4 entries, 4 h.")).to_be_visible()
    secret = card.get_by_label("Passphrase of your key")
    secret.fill("not the passphrase")
    brandt.press("Sign", "the passphrase is wrong", ok=False)
    expect(secret).to_have_value("")
    secret.fill(PASSPHRASE)
    signed = downloaded(page, lambda: secret.press("Enter"), folder)
    brandt.said("Signed: 4 entries, 4 h; 1 asked about. Send back ana-for-dr-b-signed.hours")
    expect(card).to_contain_text("Nothing waits for your signature.")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.body.innerHTML])")
    assert PASSPHRASE not in kept
    return signed


def counts(ana: Someone) -> None:
    """What is signed and what waits, by a policy."""
    part = ana.unfold("What a policy says")
    ana.field("Policy").select_option("bacp-accreditation")
    ana.press("See what counts", "This policy counts by the day of qualifying; fill it in.", ok=False)
    ana.field("Policy").select_option("cacrep-practicum")
    ana.card.get_by_role("button", name="See what counts").click()
    expect(part.locator(".al-counted")).to_be_focused()
    expect(part).to_contain_text("By what is signed, 2 of 2 requirements are not met yet.")
    meter = part.get_by_role("meter", name="Direct hours with clients")
    expect(meter).to_have_attribute(
        "aria-valuetext", "2 h 30 min of 40 h; 37 h 30 min missing; with what waits: 3 h 20 min"
    )
    expect(part).to_contain_text("50 min. It counts for nothing until it is signed.")
    part.get_by_role("button", name="Look ahead: when will it be met?").click()
    expect(part.get_by_role("heading", name="If it goes on like this")).to_be_visible()
    expect(part.locator("ol")).to_contain_text("A signature: 50 min that are logged are not signed yet.")
    part.get_by_text("Where this policy comes from").click()
    expect(part).to_contain_text("Nothing here is legal advice")


def corrects(ana: Someone) -> None:
    """A signed entry is corrected: it is said before and after that the signature falls."""
    entry = ana.card.locator(".al-entries > li").filter(has_text="Supervision in a group")
    expect(entry).to_contain_text("Signed by dr-b")
    entry.get_by_role("button", name=re.compile("Correct Supervision in a group")).click()
    expect(ana.card.get_by_text("Its signature falls when you save")).to_be_focused()
    assert ana.field("How many people shared it").input_value() == "4"
    ana.field("Minutes").fill("80")
    ana.press("Save the correction", "dr-b had signed 90 minutes of it, and that signature is void now")
    expect(entry).to_contain_text("Waits for a signature")
    expect(ana.card.locator(".al-sums")).to_contain_text(re.compile("Signed2 h 30 min", re.DOTALL))
    asked = ana.card.locator(".al-entries > li").filter(has_text="Asked: Was it on that day")
    asked.get_by_role("button", name=re.compile("Withdraw")).click()
    expect(asked.get_by_role("button", name="Withdraw it")).to_be_focused()
    asked.get_by_role("button", name="Keep it").click()
    expect(ana.card.locator(".al-entries > li")).to_have_count(5)
    timed = ana.card.locator(".al-entries > li").filter(has_text="16:00 to 16:50")
    timed.get_by_role("button", name=re.compile("Correct")).click()
    expect(ana.field("Start")).to_have_value("16:00")
    expect(ana.field("UTC offset")).to_have_value(re.compile(r"\+0[12]:00"))
    expect(ana.field("A note for yourself")).to_have_value("tired before it")
    ana.press("Save the correction", "Nothing is different", ok=False)
    ana.card.get_by_role("button", name="Leave it as it was").click()
    expect(ana.card.get_by_role("heading", name="Log an hour")).to_be_visible()
    expect(ana.field("A note for yourself")).to_have_value("")


def test_from_the_desk_of_a_course(browser, people, serve, tmp_path):
    """Who runs a course and supervises finds the hours from the course's desk, on the same server; what is signed there
    stands in the ledger at once.
    """
    mine = Account.at(people.trainee, now)
    mine.log(entries.of({"date": ago(2), "category": "client.individual", "minutes": 50}))
    place.write(place.Place(people.supervisor, mine.place.url, "dr-b", place.SUPERVISOR, people.supervisor / keys.OWN))
    server = serve(people.supervisor, desk=True)
    desk = someone(browser, server.url, "section.al-desk")
    picture(desk.page, "hours-6-link")
    with desk.page.context.expect_page() as opened:
        desk.card.get_by_role("link", name="Open the hours that wait for your signature").click()
    page = opened.value
    page.wait_for_selector("[data-alliancelab=ready]")
    brandt = Someone(page, page.locator(DESK), DESK)
    expect(brandt.card).to_contain_text("Riverside College, dr-b")
    brandt.card.get_by_label(re.compile("Tick this week")).check()
    brandt.card.get_by_role("button", name="Approve what is ticked").click()
    brandt.card.get_by_role("button", name="Look at what you are about to sign").click()
    brandt.card.get_by_label("Passphrase of your key").fill(PASSPHRASE)
    brandt.press("Sign", "Signed: 1 entry, 50 min. It is in the ledger.")
    picture(page, "hours-7-shared")
    [one] = mine.standing()
    assert (one.approved, one.by) == (50, "dr-b")
    page.context.close()
