"""The ledger: where events are kept, on SQLite or PostgreSQL; it only grows.

`append` is the one way in. It takes what is signed, asks the rules inside the transaction that records it, and records all
of a submission or nothing. What was acknowledged is on the disk. Bodies stand in a table of their own: recording an erasure
deletes those it names, and the chain of hashes can still be verified (see `audit`).
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from alliancelab.errors import AllianceLabError
from alliancelab.hours import records, rules, schema
from alliancelab.hours.records import Event, Refused, Submission
from alliancelab.hours.rules import Log, Register
from alliancelab.hours.schema import bodies, events, ledgers
from alliancelab.hours.signing import Key

WAIT = 60  # s that a writer waits for others before it gives up
MOST_DRAFTS = 20_000  # in one submission
_PORTION = 5_000  # events read at once
_HEX = frozenset("0123456789abcdef")
_WITH_BODIES = sa.select(events, bodies.c.body, bodies.c.salt).select_from(
    events.outerjoin(bodies, bodies.c.commitment == events.c.commitment)
)


class Ledger:
    """A ledger at a URL. Close it when done, or use it in a `with` statement.

    `now` gives the ledger's time, with an offset. Several ledgers, in several processes or on several machines, may be open on
    one database: writers wait for each other.
    """

    def __init__(self, url: str, engine: sa.Engine, id: str, now: Callable[[], datetime]):
        self.url, self.id, self._engine, self._now = url, id, engine, now
        self._register, self._head = Register(), records.START
        self._logs: dict[str, Log] = {}

    @classmethod
    def create(cls, url: str, key: Key, name: str, now: Callable[[], datetime]) -> Ledger:
        """Open a new ledger for the programme `name`, whose key signs its first event."""
        engine = _engine(url)
        with _told(url):
            schema.upgrade(engine)
        ledger = cls(url, engine, secrets.token_hex(16), now)
        draft = records.draft(records.OPENED, {"name": name})
        try:
            ledger._record(records.submit(key, ledger.id, records.PROGRAMME, [draft]), new=True)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def open(cls, url: str, now: Callable[[], datetime]) -> Ledger:
        """Open a ledger that is there; raises `AllianceLabError` where there is none, or one of another version of ours."""
        engine = _engine(url, there=True)
        try:
            with _told(url), engine.connect() as connection:
                schema.refuse_other_format(connection)
                found = connection.execute(sa.select(ledgers.c.id)).scalars().all()
            if len(found) != 1:
                raise AllianceLabError(f"there is no ledger in {shown(url)}; open one with `alliancelab hours open`")
        except BaseException:
            engine.dispose()
            raise
        return cls(url, engine, found[0], now)

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, submission: Submission) -> list[Event]:
        """Record a submission after the last event of its chain, and return the events it became.

        Raises `records.Refused` where it must not be recorded, and then nothing of it is.
        """
        _refuse_malformed(submission)
        if submission.ledger != self.id:
            raise Refused(
                "another ledger",
                f"it was signed for the ledger {submission.ledger[:32]} and this one is {self.id}; sign it for this one",
            )
        if not submission.is_signed():
            raise Refused("signature", "the signature is not over what is here; it was changed after it was signed")
        return self._record(submission)

    def register(self) -> Register:
        """The programme's register as it stands now."""
        with _told(self.url), self._engine.connect() as connection:
            return self._register_in(connection)

    def log(self, trainee: str) -> Log:
        """A trainee's log as it stands now; an empty one for who has logged nothing. Not to be changed."""
        with _told(self.url), self._engine.connect() as connection:
            return self._log_in(connection, trainee, self._register_in(connection))

    def chains(self) -> list[str]:
        """The names of all chains: the programme's first, then the trainees'."""
        with _told(self.url), self._engine.connect() as connection:
            names = connection.execute(sa.select(events.c.chain).distinct()).scalars().all()
        return sorted(names, key=lambda name: (name != records.PROGRAMME, name))

    def size(self, chain: str) -> int:
        """How many events a chain has."""
        with _told(self.url), self._engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).where(events.c.chain == chain)).scalar_one()

    def ends(self) -> dict[str, tuple[int, str]]:
        """The length and the last hash of each chain, all at one moment."""
        last = (
            sa.select(events.c.chain, sa.func.max(events.c.number).label("number")).group_by(events.c.chain).subquery()
        )
        wanted = sa.select(events.c.chain, events.c.number, events.c.hash).join(
            last, sa.and_(events.c.chain == last.c.chain, events.c.number == last.c.number)
        )
        with _told(self.url), self._engine.connect() as connection:
            return {row.chain: (row.number + 1, row.hash) for row in connection.execute(wanted)}

    def strays(self) -> int:
        """How many bodies belong to no event."""
        joined = bodies.outerjoin(events, bodies.c.commitment == events.c.commitment)
        wanted = sa.select(sa.func.count()).select_from(joined).where(events.c.commitment.is_(None))
        with _told(self.url), self._engine.connect() as connection:
            return connection.execute(wanted).scalar_one()

    def events(self, chain: str, since: int = 0) -> Iterator[Event]:
        """The events of a chain from a number on, in their order, as they stand in the database, right or wrong."""
        with _told(self.url), self._engine.connect() as connection:
            yield from self._events_in(connection, chain, since)

    def _record(self, submission: Submission, new: bool = False) -> list[Event]:
        chain = submission.chain
        try:
            with _told(self.url), self._writing(chain) as connection:
                if new:
                    if connection.execute(sa.select(ledgers.c.id)).first():
                        raise AllianceLabError(
                            f"{shown(self.url)} holds a ledger already; name another place for a new one"
                        )
                    connection.execute(ledgers.insert().values(id=self.id))
                made = self._checked(connection, submission)
                told = [_row(event) for event in made]
                connection.execute(events.insert(), told)
                said = [
                    {"commitment": event.commitment, "salt": event.salt, "body": records.canonical(event.body).decode()}
                    for event in made
                ]
                connection.execute(bodies.insert(), said)
                for event in made:
                    if event.kind == records.ERASURE and event.body:
                        gone = bodies.c.commitment.in_(event.body["commitments"])
                        connection.execute(bodies.delete().where(gone))
        except BaseException:
            self._logs.pop(chain, None)  # it has been led on to what was not recorded
            if chain == records.PROGRAMME:
                self._register, self._head = Register(), records.START
            raise
        return made

    def _checked(self, connection: sa.Connection, submission: Submission) -> list[Event]:
        """The events that a submission becomes, once each has passed the rules after those before it."""
        chain = submission.chain
        register = self._register_in(connection)
        log = None if chain == records.PROGRAMME else self._log_in(connection, chain, register)
        self._refuse_replays(connection, [draft.commitment for draft in submission.drafts])
        last = self._last_in(connection, chain)
        if last is None and log is not None:
            known = {holder.person for holder in register.keys.values() if holder.role == "trainee"}
            if chain not in known:
                raise Refused(
                    "unknown trainee",
                    f"the register has no trainee '{chain[:64]}'; the programme enters them with "
                    "`alliancelab hours register add`",
                )
        made = records.chained(submission, last, register.size, self._time(connection, chain))
        for event, draft in zip(made, submission.drafts, strict=True):
            rules.check(register, log, chain, submission.signer, draft, event.at)
            if log is None:
                register = register.after(event)
            else:
                log.add(event, register)
        if log is None:
            self._register, self._head = register, made[-1].hash
        return made

    def _time(self, connection: sa.Connection, chain: str) -> datetime:
        """Now, and not before the programme's last event; for the programme itself, not before anybody's.

        So a log's event stands in time where it stands in the register, whichever machine's clock is behind.
        """
        latest = sa.select(sa.func.max(events.c.at))
        if chain != records.PROGRAMME:
            latest = latest.where(events.c.chain == records.PROGRAMME)
        found = connection.execute(latest).scalar()
        return max(self._now(), datetime.fromisoformat(found)) if found else self._now()

    def _refuse_replays(self, connection: sa.Connection, commitments: list[str]) -> None:
        if len(set(commitments)) < len(commitments):
            raise Refused("replayed", "it holds the same record twice; sign each once")
        for at in range(0, len(commitments), 500):
            wanted = events.c.commitment.in_(commitments[at : at + 500])
            if connection.execute(sa.select(events.c.commitment).where(wanted).limit(1)).first():
                raise Refused(
                    "replayed", "it has been recorded before, and counts once; to say it again, sign it again"
                )

    def _register_in(self, connection: sa.Connection) -> Register:
        new = self._news(connection, records.PROGRAMME, self._register.size, self._head)
        if new is None:
            self._register = Register()
            new = list(self._events_in(connection, records.PROGRAMME))
        if new:
            self._register, self._head = self._register.after(*new), new[-1].hash
        return self._register

    def _log_in(self, connection: sa.Connection, trainee: str, register: Register) -> Log:
        log = self._logs.get(trainee) or Log(trainee)
        new = self._news(connection, trainee, log.size, log.head)
        if new is None:
            log, new = Log(trainee), list(self._events_in(connection, trainee))
        for event in new:
            log.add(event, register)
        self._logs[trainee] = log
        return log

    def _news(self, connection: sa.Connection, chain: str, size: int, head: str) -> list[Event] | None:
        """The events since one has been read up to `size`; None where what was read is not what stands there now."""
        found = list(self._events_in(connection, chain, max(size - 1, 0)))
        if size == 0:
            return found
        if not found or found[0].number != size - 1 or found[0].hash != head:
            return None
        erased = any(event.kind == records.ERASURE for event in found[1:])
        return None if erased else found[1:]

    def _events_in(self, connection: sa.Connection, chain: str, since: int = 0) -> Iterator[Event]:
        wanted = _WITH_BODIES.where(events.c.chain == chain, events.c.number >= since).order_by(events.c.number)
        for row in connection.execute(wanted, execution_options={"yield_per": _PORTION}):
            yield _event(self.id, row)

    def _last_in(self, connection: sa.Connection, chain: str) -> Event | None:
        wanted = _WITH_BODIES.where(events.c.chain == chain).order_by(events.c.number.desc()).limit(1)
        row = connection.execute(wanted).first()
        return None if row is None else _event(self.id, row)

    @contextlib.contextmanager
    def _writing(self, chain: str) -> Iterator[sa.Connection]:
        """A transaction in which nobody else writes to this chain, nor to the programme's, on which each other one leans."""
        with self._engine.connect() as connection:
            if self._engine.dialect.name == "sqlite":
                connection = connection.execution_options(alliancelab_begin="BEGIN IMMEDIATE")
            with connection.begin():
                if self._engine.dialect.name == "postgresql":
                    lean = "" if chain == records.PROGRAMME else "_shared"
                    connection.execute(sa.text(f"set local lock_timeout = '{WAIT}s'"))
                    _lock(connection, lean, records.PROGRAMME)
                    if lean:
                        _lock(connection, "", f"trainee {chain}")
                yield connection


def _lock(connection: sa.Connection, kind: str, name: str) -> None:
    locks = sa.text(f"select pg_advisory_xact_lock{kind}(hashtextextended(:name, 0))")
    connection.execute(locks, {"name": f"alliancelab hours {name}"})


def _row(event: Event) -> dict[str, Any]:
    return {
        "chain": event.chain,
        "number": event.number,
        "register": event.register,
        "at": records.stamp(event.at),
        "kind": event.kind,
        "signer": event.signer,
        "signature": event.signature,
        "commitment": event.commitment,
        "before": event.before,
        "hash": event.hash,
    }


def _event(ledger: str, row: Any) -> Event:
    """A row as an event. What somebody wrote into the database by hand may be anything; `audit` finds what is wrong."""
    body: Mapping[str, Any] | None = None
    if row.body is not None:
        try:
            body = json.loads(row.body)
        except ValueError:
            body = {"unreadable": row.body}
        if not isinstance(body, dict):
            body = {"unreadable": row.body}
    try:
        at = datetime.fromisoformat(row.at)
    except (TypeError, ValueError):
        raise AllianceLabError(
            f"the time of event {row.number} of {row.chain} cannot be read: the database was changed by hand"
        ) from None
    return Event(
        ledger,
        row.chain,
        row.number,
        row.register,
        at,
        row.kind,
        row.signer,
        row.signature,
        row.commitment,
        row.before,
        row.hash,
        body,
        row.salt,
    )


def _refuse_malformed(submission: Submission) -> None:
    if not 0 < len(submission.drafts) <= MOST_DRAFTS:
        raise Refused("shape", f"it holds {len(submission.drafts)} records; one to {MOST_DRAFTS:,} are taken at once")
    for draft in submission.drafts:
        if not isinstance(draft.salt, str) or len(draft.salt) != 32 or not set(draft.salt) <= _HEX:
            raise Refused("shape", "the salt of a record is not 32 hexadecimal digits")


def _engine(url: str, there: bool = False) -> sa.Engine:
    """The engine for a URL, or for the path of a SQLite file; with `there` such a file must be there."""
    try:
        made = sa.make_url(url if "://" in url else f"sqlite:///{url}")
        if made.get_backend_name() not in ("sqlite", "postgresql"):
            raise AllianceLabError(f"{shown(url)} is on {made.get_backend_name()}; a ledger is on SQLite or PostgreSQL")
        if made.get_backend_name() == "postgresql":
            return sa.create_engine(made)
        path = made.database or ""
        if not path or path == ":memory:":
            raise AllianceLabError("a ledger has a file; write sqlite:///hours.db, or just the path")
        if there and not Path(path).is_file():
            raise AllianceLabError(f"there is no ledger at {path}; open one with `alliancelab hours open`")
        engine = sa.create_engine(made, connect_args={"timeout": WAIT})
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError):
        raise AllianceLabError(
            f"'{shown(url)}' is no address of a database; write sqlite:///hours.db or "
            "postgresql+psycopg://user@host/database"
        ) from None
    except ModuleNotFoundError:
        raise AllianceLabError("PostgreSQL needs one thing more: pip install 'alliancelab[postgresql]'") from None

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say ourselves when a transaction begins
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("alliancelab_begin", "BEGIN"))

    return engine


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """What the database says, as a sentence; nothing is lost, since nothing was recorded."""
    try:
        yield
    except OperationalError as error:
        why = str(error.orig).strip().split("\n")[0][:200]
        raise AllianceLabError(
            f"the ledger {shown(url)} cannot be used now ({why}); nothing was recorded, try again"
        ) from None
    except DBAPIError as error:
        why = str(error.orig).strip().split("\n")[0][:200]
        raise AllianceLabError(
            f"the ledger {shown(url)} cannot be used ({why}); if it was changed by hand, `alliancelab hours audit` says where"
        ) from None
    except SQLAlchemyError as error:
        raise AllianceLabError(f"the ledger {shown(url)} cannot be used ({type(error).__name__})") from None


def shown(url: str) -> str:
    """A URL without its password, for messages.

    >>> shown("postgresql+psycopg://ana:secret@host/hours")
    'postgresql+psycopg://ana:***@host/hours'
    """
    try:
        return sa.make_url(url).render_as_string(hide_password=True) if "://" in url else url
    except sa.exc.ArgumentError:
        return "that address"
