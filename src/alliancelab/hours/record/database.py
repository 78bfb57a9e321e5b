"""How a ledger's database is reached: its address, its transactions, and what it says when it cannot be used.

What was committed is on the disk on either database. A writer waits for others, up to `WAIT` seconds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from alliancelab.errors import AllianceLabError

WAIT = 60  # s that a writer waits for others before it gives up

# What is to be done, by a word in what the database says.
_HELP = {
    "full": "make room on the disk, then try again",
    "no space": "make room on the disk, then try again",
    "readonly": "ask for the right to write to the file and its folder",
    "read-only": "the server takes no writers now; ask who runs it",
    "unable to open": "is its folder there, and may you write to it?",
    "locked": "somebody else has been writing all the time; try again",
    "lock timeout": "somebody else has been writing all the time; try again",
    "password": "look at the user and the password in its address",
    "does not exist": "look at the user and the database in its address",
    "refused": "is the server running, and is its address right?",
    "not a database": "the file is something else, or was damaged; go back to a copy of it",
    "malformed": "the file was damaged; go back to a copy of it",
}


def engine(url: str, there: bool = False) -> sa.Engine:
    """The engine for a URL, or for the path of a SQLite file; with `there` such a file must be there already."""
    try:
        made = sa.make_url(url) if "://" in url else sa.URL.create("sqlite", database=url)
        if made.get_backend_name() not in ("sqlite", "postgresql"):
            raise AllianceLabError(f"{shown(url)} is on {made.get_backend_name()}; a ledger is on SQLite or PostgreSQL")
        if made.get_backend_name() == "postgresql":
            return sa.create_engine(made, pool_pre_ping=True)  # the server may have been started anew since
        path = made.database or ""
        if not path or path == ":memory:":
            raise AllianceLabError("a ledger has a file; write sqlite:///hours.db, or just the path")
        if there and not path.startswith("file:") and not Path(path).is_file():
            raise AllianceLabError(f"there is no ledger at {path}; open one with `alliancelab hours open`")
        return _sqlite(sa.create_engine(made, connect_args={"timeout": WAIT}))
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ValueError):
        raise AllianceLabError(
            f"'{shown(url)}' is no address of a database; write sqlite:///hours.db or "
            "postgresql+psycopg://user@host/database"
        ) from None
    except ModuleNotFoundError:
        raise AllianceLabError("PostgreSQL needs one thing more: pip install 'alliancelab[postgresql]'") from None


def _sqlite(made: sa.Engine) -> sa.Engine:
    @sa.event.listens_for(made, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say ourselves when a transaction begins
        # Else a power cut right after a commit could leave its journal, and take the commit back.
        connection.execute("PRAGMA synchronous=EXTRA")
        connection.execute("PRAGMA secure_delete=ON")  # what is erased does not stay in the file

    @sa.event.listens_for(made, "begin")
    def _begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("alliancelab_begin", "BEGIN"))

    return made


@contextlib.contextmanager
def reading(made: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees the database as it is at one moment."""
    with told(made), made.connect() as connection:
        if made.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextlib.contextmanager
def writing(made: sa.Engine, chain: str, leans_on: str) -> Iterator[sa.Connection]:
    """A transaction in which nobody else writes to this chain, nor to the one on which it leans."""
    with told(made), made.connect() as connection:
        if made.dialect.name == "sqlite":
            connection.execution_options(alliancelab_begin="BEGIN IMMEDIATE")  # one writer at a time, to all chains
        with connection.begin():
            if made.dialect.name == "postgresql":  # each statement sees what was committed before it: lock first
                connection.execute(sa.text(f"set local lock_timeout = '{WAIT}s'"))
                if chain != leans_on:
                    _lock(connection, "_shared", leans_on)
                _lock(connection, "", chain)
            yield connection


def _lock(connection: sa.Connection, kind: str, chain: str) -> None:
    lock = sa.text(f"select pg_advisory_xact_lock{kind}(hashtextextended(:name, 0))")
    connection.execute(lock, {"name": f"alliancelab hours {chain}"})


@contextlib.contextmanager
def told(made: sa.Engine) -> Iterator[None]:
    """What the database says against it, as a sentence with what to do.

    Nothing was recorded then; only where a server is lost while it commits can it have been, and a second try is refused
    as recorded before.
    """
    try:
        yield
    except OperationalError as error:
        why = str(error.orig).strip().split("\n")[0][:200]
        help_ = next((help_ for word, help_ in _HELP.items() if word in why.lower()), "try again")
        raise AllianceLabError(
            f"the ledger {_address(made)} cannot be used now ({why}); nothing was recorded: {help_}"
        ) from None
    except DBAPIError as error:
        why = str(error.orig).strip().split("\n")[0][:200]
        help_ = next((help_ for word, help_ in _HELP.items() if word in why.lower()), "")
        help_ = help_ or "if it was changed by hand, `alliancelab hours audit` says where"
        raise AllianceLabError(f"the ledger {_address(made)} cannot be used ({why}); {help_}") from None
    except SQLAlchemyError as error:
        raise AllianceLabError(f"the ledger {_address(made)} cannot be used ({type(error).__name__})") from None


def _address(made: sa.Engine) -> str:
    url = made.url
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def shown(url: str) -> str:
    """A URL without its password, for messages.

    >>> shown("postgresql+psycopg://ana:secret@host/hours")
    'postgresql+psycopg://ana:***@host/hours'
    """
    try:
        return sa.make_url(url).render_as_string(hide_password=True) if "://" in url else url
    except (sa.exc.ArgumentError, ValueError):
        return "that address"
