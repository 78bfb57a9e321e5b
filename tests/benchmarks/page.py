"""The page: from `alliancelab start` to the first conversation on the screen, and from a click to "Saved."."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from browsing import CHROMIUM, FLAGS, open_page
from playwright.sync_api import Page, sync_playwright
from serving import serving

STARTS = 3
REPLIES = 15

_CLICK_TO_SAVED = """() => new Promise((resolve) => {
  const card = document.querySelector(".alliancelab.al-dialogue");
  const status = card.querySelector(".al-status");
  const next = card.querySelector(".al-reply") ?? card.querySelector(".al-button");
  status.textContent = "";
  new MutationObserver((_, watcher) => {
    if (status.textContent !== "Saved.") return;
    watcher.disconnect();
    resolve(performance.now() - begun);
  }).observe(status, { childList: true, subtree: true, characterData: true });
  const begun = performance.now();
  next.click();
})"""


def main() -> None:
    """Print the medians."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        starts = []
        for number in range(STARTS):
            home = Path(folder) / str(number)
            begun = time.perf_counter()
            with serving(home / "lessons", home / "home") as server:
                up = time.perf_counter() - begun
                page = open_page(browser, f"{server.root}/notebooks/rapport.ipynb?token={server.token}")
                page.locator(".al-reply").first.wait_for()
                starts.append((up, time.perf_counter() - begun))
                clicks = _clicks(page) if number == STARTS - 1 else []
                page.close()
        browser.close()
    print(f"{'start to address':<30} {statistics.median(up for up, _ in starts) * 1000:7.0f} ms")
    print(f"{'start to player on screen':<30} {statistics.median(seen for _, seen in starts) * 1000:7.0f} ms")
    print(
        f"{'click to “Saved.”':<30} {statistics.median(clicks):7.1f} ms, the slowest of {REPLIES} {max(clicks):.1f} ms"
    )


def _clicks(page: Page) -> list[float]:
    return [page.evaluate(_CLICK_TO_SAVED) for _ in range(REPLIES)]
