"""The ledger: where events are kept, on SQLite or PostgreSQL; it only grows.

`append` is the one way in. It takes what is signed, asks the rules inside the transaction that records it, and records all
of a submission or nothing. What was acknowledged is on the disk. Bodies stand in a table of their own: recording an erasure
deletes those it names, and the chain of hashes can still be verified (see `audit`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import database, records, rules, schema
from alliancelab.hours.record.records import Event, Refused, Submission
from alliancelab.hours.record.rules import Log, Register
from alliancelab.hours.record.schema import bodies, events, ledgers
from alliancelab.hours.record.signing import Key

MOST_DRAFTS = 20_000  # in one submission
_PORTION = 5_000  # events read at once
_HEX = frozenset("0123456789abcdef")
_WITH_BODIES = sa.select(events, bodies.c.body, bodies.c.salt).select_from(
    events.outerjoin(bodies, bodies.c.commitment == events.c.commitment)
)


class ChangedByHand(AllianceLabError):
    """A row that does not hold what the ledger wrote; `wrong` says what of it."""

    def __init__(self, chain: object, number: object, what: str):
        self.wrong = f"{what} is not what was recorded: the database was changed by hand"
        super().__init__(
            f"event {number} of {chain}: {self.wrong}; `alliancelab hours audit` says what follows from it"
        )


class Ledger:
    """A ledger at a URL. Close it when done, or use it in a `with` statement.

    `now` gives the ledger's time, with an offset. Several ledgers, in several processes or on several machines, may be open on
    one database: writers wait for each other. The threads of a process may share one.
    """

    def __init__(self, url: str, engine: sa.Engine, id: str, now: Callable[[], datetime]):
        self.url, self.id, self._engine, self._now = url, id, engine, now
        self._mutex = threading.RLock()  # held by whoever leads the register or a log on
        self._forget()
        self._logs: dict[str, Log] = {}

    def _forget(self) -> None:
        self._register, self._head, self._since = Register(), records.START, datetime.min.replace(tzinfo=UTC)

    @classmethod
    def create(cls, url: str, key: Key, name: str, now: Callable[[], datetime]) -> Ledger:
        """Open a new ledger for the programme `name`, whose key signs its first event."""
        engine = database.engine(url)
        with database.told(engine):
            schema.make(engine)
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
        engine = database.engine(url, there=True)
        try:
            with database.reading(engine) as connection:
                schema.refuse_other_format(connection)
                found = connection.execute(sa.select(ledgers.c.id)).scalars().all()
            if not found:
                raise AllianceLabError(
                    f"there is no ledger in {database.shown(url)}; open one with `alliancelab hours open`"
                )
            if len(found) > 1:
                raise AllianceLabError(
                    f"{database.shown(url)} says that it is {len(found)} ledgers: it was changed by hand; go back to a copy of it"
                )
        except BaseException:
            engine.dispose()
            raise
        return cls(url, engine, found[0], now)

    @staticmethod
    def migrate(url: str) -> str:
        """Bring a ledger into the form of today; the form that it had. Raises `AllianceLabError` where there is no ledger."""
        engine = database.engine(url, there=True)
        try:
            with database.reading(engine) as connection:
                before = schema.form_of(connection)
            with database.told(engine):
                schema.upgrade(engine)
        finally:
            engine.dispose()
        return before

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
                f"it was signed for the ledger {str(submission.ledger)[:32]} and this one is {self.id}; sign it for this one",
            )
        if not submission.is_signed():
            raise Refused("signature", "the signature is not over what is here; it was changed after it was signed")
        return self._record(submission)

    def register(self) -> Register:
        """The programme's register as it stands now."""
        with self._mutex, database.reading(self._engine) as connection:
            return self._register_in(connection)

    def log(self, trainee: str) -> Log:
        """A trainee's log as it stands now; an empty one for who has logged nothing. It is led on, and not to be changed."""
        with self._mutex, database.reading(self._engine) as connection:
            return self._log_in(connection, trainee, self._register_in(connection))

    def chains(self) -> list[str]:
        """The names of all chains: the programme's first, then the trainees'."""
        with database.reading(self._engine) as connection:
            names = connection.execute(sa.select(events.c.chain).distinct()).scalars().all()
        return sorted(names, key=lambda name: (name != records.PROGRAMME, name))

    def size(self, chain: str, until: int | None = None) -> int:
        """How many events a chain has, or how many of these have a number below `until`."""
        wanted = sa.select(sa.func.count()).where(events.c.chain == chain)
        with database.reading(self._engine) as connection:
            return connection.execute(wanted if until is None else wanted.where(events.c.number < until)).scalar_one()

    def ends(self) -> dict[str, tuple[int, str]]:
        """The length and the last hash of each chain, all at one moment."""
        last = (
            sa.select(events.c.chain, sa.func.max(events.c.number).label("number")).group_by(events.c.chain).subquery()
        )
        wanted = sa.select(events.c.chain, events.c.number, events.c.hash).join(
            last, sa.and_(events.c.chain == last.c.chain, events.c.number == last.c.number)
        )
        with database.reading(self._engine) as connection:
            found = connection.execute(wanted).all()
        if any(not isinstance(row.chain, str) or not isinstance(row.number, int) for row in found):
            raise AllianceLabError(
                "a chain has a name that is no text, or a number that is none: it was changed by hand"
            )
        return {row.chain: (row.number + 1, row.hash) for row in found}

    def strays(self) -> int:
        """How many bodies belong to no event."""
        joined = bodies.outerjoin(events, bodies.c.commitment == events.c.commitment)
        wanted = sa.select(sa.func.count()).select_from(joined).where(events.c.commitment.is_(None))
        with database.reading(self._engine) as connection:
            return connection.execute(wanted).scalar_one()

    def events(self, chain: str, since: int = 0, until: int | None = None) -> Iterator[Event]:
        """The events of a chain from a number on, in their order, to before `until`; writers need not wait meanwhile.

        Raises `ChangedByHand` at a row that does not hold what the ledger writes.
        """
        while until is None or since < until:
            with database.reading(self._engine) as connection:
                rows = connection.execute(_wanted(chain, since, until).limit(_PORTION)).all()
            for row in rows:
                yield _event(self.id, row)
            if len(rows) < _PORTION:
                return
            since = rows[-1].number + 1

    def of_kind(self, *kinds: str) -> Iterator[Event]:
        """The events of some kinds in all chains, by chain and number, as they stand in the database."""
        wanted = _WITH_BODIES.where(events.c.kind.in_(kinds)).order_by(events.c.chain, events.c.number)
        with database.reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        yield from (_event(self.id, row) for row in rows)

    def _record(self, submission: Submission, new: bool = False) -> list[Event]:
        chain = submission.chain
        with self._mutex:
            try:
                return self._written(submission, new)
            except BaseException:
                self._logs.pop(chain, None)  # it has been led on to what was not recorded
                if chain == records.PROGRAMME:
                    self._forget()
                raise

    def _written(self, submission: Submission, new: bool) -> list[Event]:
        chain = submission.chain
        with database.writing(self._engine, chain, records.PROGRAMME) as connection:
            if new:
                if connection.execute(sa.select(ledgers.c.id)).first():
                    raise AllianceLabError(
                        f"{database.shown(self.url)} holds a ledger already; name another place for a new one"
                    )
                connection.execute(ledgers.insert().values(id=self.id))
            made = self._checked(connection, submission)
            told = [_row(event) for event in made]
            try:
                connection.execute(events.insert(), told)
            except IntegrityError:  # taken into another chain a moment ago
                raise _replayed() from None
            said = [
                {"commitment": event.commitment, "salt": event.salt, "body": records.canonical(event.body).decode()}
                for event in made
            ]
            connection.execute(bodies.insert(), said)
            for event in made:
                if event.kind == records.ERASURE and event.body:
                    for some in _few(event.body["commitments"]):
                        connection.execute(bodies.delete().where(bodies.c.commitment.in_(some)))
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
            self._register, self._head, self._since = register, made[-1].hash, made[-1].at
        return made

    def _time(self, connection: sa.Connection, chain: str) -> datetime:
        """Now, and not before the programme's last event; for the programme itself, not before anybody's.

        So a log's event stands in time where it stands in the register, whichever machine's clock is behind.
        """
        if chain != records.PROGRAMME:
            return max(self._now(), self._since)
        found = connection.execute(sa.select(sa.func.max(events.c.at))).scalar()
        return max(self._now(), datetime.fromisoformat(found)) if found else self._now()

    def _refuse_replays(self, connection: sa.Connection, commitments: list[str]) -> None:
        if len(set(commitments)) < len(commitments):
            raise Refused("replayed", "it holds the same record twice; sign each once")
        for some in _few(commitments):
            wanted = events.c.commitment.in_(some)
            if connection.execute(sa.select(events.c.commitment).where(wanted).limit(1)).first():
                raise _replayed()

    def _register_in(self, connection: sa.Connection) -> Register:
        new = self._news(connection, records.PROGRAMME, self._register.size, self._head)
        if new is None:
            self._forget()
            new = self._events_in(connection, records.PROGRAMME)
        if new:
            self._register, self._head, self._since = self._register.after(*new), new[-1].hash, new[-1].at
        return self._register

    def _log_in(self, connection: sa.Connection, trainee: str, register: Register) -> Log:
        log = self._logs.get(trainee) or Log(trainee)
        new = self._news(connection, trainee, log.size, log.head)
        if new is None:
            log, new = Log(trainee), self._events_in(connection, trainee)
        for event in new:
            log.add(event, register)
        self._logs[trainee] = log
        return log

    def _news(self, connection: sa.Connection, chain: str, size: int, head: str) -> list[Event] | None:
        """The events since one has been read up to `size`; None where what was read is not what stands there now."""
        found = self._events_in(connection, chain, max(size - 1, 0))
        if size == 0:
            return found
        if not found or found[0].number != size - 1 or found[0].hash != head:
            return None
        erased = any(event.kind == records.ERASURE for event in found[1:])
        return None if erased else found[1:]

    def _events_in(self, connection: sa.Connection, chain: str, since: int = 0) -> list[Event]:
        return [_event(self.id, row) for row in connection.execute(_wanted(chain, since))]

    def _last_in(self, connection: sa.Connection, chain: str) -> Event | None:
        last = _WITH_BODIES.where(events.c.chain == chain).order_by(events.c.number.desc()).limit(1)
        row = connection.execute(last).first()
        return None if row is None else _event(self.id, row)


def _wanted(chain: str, since: int, until: int | None = None) -> sa.Select[Any]:
    wanted = _WITH_BODIES.where(events.c.chain == chain, events.c.number >= since).order_by(events.c.number)
    return wanted if until is None else wanted.where(events.c.number < until)


def _few(commitments: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at a time as a statement can name."""
    for at in range(0, len(commitments), 500):
        yield commitments[at : at + 500]


def _replayed() -> Refused:
    return Refused("replayed", "it has been recorded before, and counts once; to say it again, sign it again")


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
    """A row as an event; raises `ChangedByHand`.

    So the text of a body is held to its commitment whenever it is read, not only by an audit. Bodies are text that the ledger
    wrote in one way only: another way to write the same is a change, too.
    """
    chain, number, register, time, kind, signer, signature, commitment, before, hash_, text, salt = row
    try:
        at = datetime.fromisoformat(time)
        if records.stamp(at) != time:
            raise ValueError
    except (TypeError, ValueError):
        raise ChangedByHand(chain, number, "its time") from None
    body = None
    if text is not None:
        try:
            if hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest() != commitment:
                raise ValueError
        except (TypeError, ValueError, AttributeError):
            raise ChangedByHand(chain, number, "its body") from None
        body = json.loads(text)
    return Event(
        *(ledger, chain, number, register, at, kind, signer, signature, commitment, before, hash_, body, salt),
    )


def _refuse_malformed(submission: Submission) -> None:
    if not 0 < len(submission.drafts) <= MOST_DRAFTS:
        raise Refused("shape", f"it holds {len(submission.drafts)} records; one to {MOST_DRAFTS:,} are taken at once")
    for draft in submission.drafts:
        if not isinstance(draft.salt, str) or len(draft.salt) != 32 or not set(draft.salt) <= _HEX:
            raise Refused("shape", "the salt of a record is not 32 hexadecimal digits")
        try:
            records.canonical(draft.body)
        except (TypeError, ValueError, RecursionError):
            raise Refused("shape", f"the body of a record '{str(draft.kind)[:40]}' is not plain JSON") from None
