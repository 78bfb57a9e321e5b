"""One browser for all tests of a run, and a server and a window for each test that asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from reading import Reader, chromium
from serving import Server, serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on a fresh folder, for somebody with an empty home."""
    with serving(tmp_path / "mine", tmp_path / "home") as running:
        yield running


@pytest.fixture
def reader(browser: Browser, server: Server) -> Iterator[Reader]:
    """Somebody who has just opened the printed address."""
    reader = Reader(browser, server)
    yield reader
    reader.close()
