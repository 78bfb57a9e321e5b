"""One Chromium for all browser tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, PATIENCE
from playwright.sync_api import Browser, expect, sync_playwright


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def no_kernel(tmp_path: Path) -> dict[str, str]:
    """Variables under which no kernel can be started."""
    kernel = tmp_path / "bad/kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["/nowhere/python"], "display_name": "x", "language": "python"}')
    return {"JUPYTER_PATH": str(tmp_path / "bad")}
