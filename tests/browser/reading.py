"""A reader in a real browser: opens our pages, waits for what the page says of itself, and takes pictures.

    with serving(folder, home) as server, chromium() as browser:
        reader = Reader(browser, server)
        reader.open("rapport.ipynb")                   # returns once every card on the page is alive
        reader.card("Tomasz was sent").get_by_role("button").first.click()
        reader.picture("tomasz")                       # test-artifacts/tomasz.png

Nothing here sleeps: the page carries `data-alliancelab` (`waiting`, `running`, `ready`, `asks`, `still`), and Playwright
waits for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from serving import Server

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
PATIENCE = 60_000  # ms; a loaded machine starts a kernel slowly
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Reader:
    """One person at one browser window. `page` is Playwright's page, for whatever is not offered here."""

    def __init__(self, browser: Browser, server: Server, width: int = 1280, height: int = 1000, dark: bool = False):
        self.server = server
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.page.goto(server.url)  # with the token; from now on a cookie lets this browser in

    def open(self, notebook: str, view: str = "notebooks", state: str = "ready") -> None:
        """Open a notebook of the folder in Notebook 7 (or `lab/tree`, `doc/tree`) and wait until it is `state`."""
        self.page.goto(f"{self.server.root}/{view}/{notebook}")
        self.wait(state)

    def wait(self, state: str = "ready") -> None:
        """Wait until the page says that it is in this state; a `ready` page has every card alive."""
        self.page.wait_for_selector(f"[data-alliancelab={state}]")
        if state == "ready":
            expect(self.copies).to_have_count(0, timeout=PATIENCE)

    def follow(self, link: str) -> None:
        """Click a link to another page of ours and wait until that one is ready."""
        here = self.page.url
        self.page.get_by_role("link", name=link).first.click()
        self.page.wait_for_url(lambda url: url != here)
        self.wait()

    @property
    def cards(self) -> Locator:
        """Every live card on the page."""
        return self.page.locator("section.alliancelab")

    def card(self, title: str) -> Locator:
        """The live card that asks this (the beginning is enough), or the conversation of this title."""
        return self.page.get_by_role("region", name=re.compile(f"^{re.escape(title)}")).first

    @property
    def copies(self) -> Locator:
        """The copies that are shown where a card is not alive."""
        return self.page.locator(".alliancelab-copy:not(.alliancelab-hidden)")

    @property
    def notice(self) -> Locator:
        """What the page says about itself at the top."""
        return self.page.locator(".alliancelab-notice")

    @property
    def dialogs(self) -> Locator:
        """Jupyter's own dialogues; a trainee should never see one."""
        return self.page.locator(".jp-Dialog")

    def scrolled(self) -> int:
        """How far down the page is."""
        return self.page.evaluate("Math.round(document.querySelector('.jp-WindowedPanel-outer').scrollTop)")

    def picture(self, name: str) -> Path:
        """Keep a picture of the window as test-artifacts/<name>.png."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def close(self) -> None:
        """Close the window."""
        self.context.close()
