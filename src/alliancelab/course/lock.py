"""One at a time: collecting and grading hold a course's lock, so that two of them at once lose nothing.

nbgrader itself takes no lock. On PostgreSQL the database holds one, too, since a course may be graded from two machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import portalocker

from alliancelab.errors import AllianceLabError

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOCK = ".alliancelab.lock"
_KEY = 0x616C6C69616E6365  # "alliance": PostgreSQL's locks are numbers; one database holds one course


def _nothing() -> None:
    """Nobody is told that somebody waits."""


@contextmanager
def course_lock(folder: Path, waits: Callable[[], None] = _nothing) -> Iterator[None]:
    """Hold the lock of the course at `folder`; `waits` is called once if somebody else holds it, before waiting."""
    path = Path(folder) / LOCK
    try:
        file = path.open("a")
    except OSError as error:
        raise AllianceLabError(f"{path} cannot be written ({error.strerror}); allow writing in the course") from None
    with file:
        try:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.AlreadyLocked:
            waits()
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)
        yield  # closing the file gives the lock back, and so does the end of the process


@contextmanager
def database_lock(engine: Engine, waits: Callable[[], None] = _nothing) -> Iterator[None]:
    """Hold the lock of a gradebook on PostgreSQL; SQLite's stands in the course's folder, where `course_lock` is."""
    from sqlalchemy import text

    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": _KEY}).scalar():
            waits()
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": _KEY})
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _KEY})
