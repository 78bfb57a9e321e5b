"""What the tests of the hours wing share: ledgers on SQLite and on PostgreSQL, with people in them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from people import PROGRAMME, Clock, peopled
from postgres import Server, serving

from alliancelab.hours.record.ledger import Ledger

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, for all tests of a worker."""
    with serving() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hours.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.new_database(f"hours_{next(_numbers)}")


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still at noon of a Monday."""
    return Clock()


@pytest.fixture
def ledger(url: str, clock: Clock) -> Iterator[Ledger]:
    """A ledger with two trainees, ana and ben, whom berg supervises."""
    with Ledger.create(url, PROGRAMME, "A programme", clock) as made:
        peopled(made)
        yield made
