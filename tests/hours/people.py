"""People with keys, a clock that stands still, and a small ledger in memory that asks the same rules as the real one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from alliancelab.hours import entries
from alliancelab.hours.record import records, rules, signing
from alliancelab.hours.record.records import Draft, Event, Refused, Submission
from alliancelab.hours.record.rules import Log, Register
from alliancelab.hours.record.signing import Key

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)  # a Monday


def key_of(name: str) -> Key:
    """The key of somebody, the same in each run."""
    return signing.from_seed(hashlib.sha256(name.encode()).digest())


PROGRAMME, SPARE = key_of("programme"), key_of("spare")
ANA, BEN, BERG, COLE = key_of("ana"), key_of("ben"), key_of("berg"), key_of("cole")  # two trainees, two supervisors


@dataclass
class Clock:
    """A clock that stands still until somebody sets it."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def go(self, **long: float) -> None:
        """Go on by so many days, hours or minutes."""
        self.at += timedelta(**long)


class SomeLedger(Protocol):
    """What the tests need of a ledger: the small one here and the real one have it."""

    id: str

    def append(self, submission: Submission) -> list[Event]: ...
    def register(self) -> Register: ...
    def log(self, trainee: str) -> Log: ...


@dataclass
class Little:
    """A ledger in memory: a signature, the rules, the folds; all of a submission or nothing of it."""

    id: str = "little"
    now: Callable[[], datetime] = field(default_factory=Clock)
    kept: dict[str, list[Event]] = field(default_factory=lambda: {records.PROGRAMME: []})
    _register: Register = field(default_factory=Register)
    _logs: dict[str, Log] = field(default_factory=dict)

    @classmethod
    def create(
        cls, key: Key = PROGRAMME, name: str = "A programme", now: Callable[[], datetime] | None = None
    ) -> Little:
        """A ledger that is opened by a programme's key."""
        made = cls(now=now or Clock())
        made.append(records.submit(key, made.id, records.PROGRAMME, [records.draft(records.OPENED, {"name": name})]))
        return made

    def append(self, submission: Submission) -> list[Event]:
        """Record a submission, or raise `records.Refused` and record nothing."""
        if submission.ledger != self.id:
            raise Refused("another ledger", "it was signed for another ledger")
        if not submission.is_signed():
            raise Refused("signature", "the signature is not over this")
        seen = {event.commitment for chain in self.kept.values() for event in chain}
        chain = self.kept.get(submission.chain, [])
        new = records.chained(submission, chain[-1] if chain else None, self._register.size, self.now())
        try:
            self._add(submission, new, seen)
        except Refused:
            self._logs.pop(submission.chain, None)
            self._register = rules.registered(self.kept[records.PROGRAMME])
            raise
        self.kept.setdefault(submission.chain, []).extend(new)
        return new

    def _add(self, submission: Submission, new: list[Event], seen: set[str]) -> None:
        log = None if submission.chain == records.PROGRAMME else self.log(submission.chain)
        for event, draft in zip(new, submission.drafts, strict=True):
            if event.commitment in seen:
                raise Refused("replay", "it is recorded already")
            seen.add(event.commitment)
            rules.check(self._register, log, submission.chain, submission.signer, draft, event.at)
            if log is None:
                self._register = self._register.after(event)
            else:
                log.add(event, self._register)

    def register(self) -> Register:
        """The register as it is now."""
        return self._register

    def log(self, trainee: str) -> Log:
        """A trainee's log as it is now; it goes on with the ledger."""
        if trainee not in self._logs:
            self._logs[trainee] = folded(self.kept.get(trainee, []), self._register, trainee)
        return self._logs[trainee]

    def chains(self) -> list[str]:
        """The names of all chains."""
        return list(self.kept)

    def events(self, chain: str, since: int = 0) -> Iterator[Event]:
        """The events of a chain from a number on."""
        yield from self.kept.get(chain, [])[since:]

    def of_kind(self, *kinds: str) -> Iterator[Event]:
        """The events of some kinds in all chains."""
        yield from (event for chain in sorted(self.kept) for event in self.kept[chain] if event.kind in kinds)


def folded(events: list[Event], register: Register, trainee: str) -> Log:
    """The log that events make."""
    log = Log(trainee)
    for event in events:
        log.add(event, register)
    return log


# What people say

SALTS = iter(f"{number:032x}" for number in range(1, 10**9))


def draft(kind: str, **body: Any) -> Draft:
    """A draft with the next salt; `since` stands for `from` and `mark` for `import`, which Python keeps for itself."""
    told = {{"since": "from", "mark": "import"}.get(name, name): value for name, value in body.items()}
    return records.draft(kind, told, next(SALTS))


def say(ledger: SomeLedger, key: Key, chain: str, *drafts: Draft) -> list[Event]:
    """Sign drafts and record them."""
    return ledger.append(records.submit(key, ledger.id, chain, drafts))


def enrol(ledger: SomeLedger, person: str, role: str, key: Key | None = None, by: Key = PROGRAMME) -> None:
    """Enter somebody's key into the register."""
    public = (key or key_of(person)).public
    say(ledger, by, records.PROGRAMME, draft(records.KEY, person=person, role=role, key=public))


def agree(
    ledger: SomeLedger, trainee: str, supervisor: str, since: str = "2026-01-01", until: str | None = None
) -> str:
    """Make an agreement; its id."""
    name = f"{trainee}.{supervisor}.{since}"
    dates = {"since": since} | ({"until": until} if until else {})
    made = draft(records.AGREEMENT, agreement=name, trainee=trainee, supervisor=supervisor, **dates)
    say(ledger, PROGRAMME, records.PROGRAMME, made)
    return name


def peopled(ledger: SomeLedger) -> None:
    """Enrol ana and ben, whom berg supervises from 2026-01-01 on, and cole, who supervises nobody yet."""
    for person, role in (("ana", "trainee"), ("ben", "trainee"), ("berg", "supervisor"), ("cole", "supervisor")):
        enrol(ledger, person, role)
    agree(ledger, "ana", "berg")
    agree(ledger, "ben", "berg")


def programme(now: Callable[[], datetime] | None = None) -> Little:
    """A small ledger with these people."""
    ledger = Little.create(now=now)
    peopled(ledger)
    return ledger


def entry(day: str | date = "2026-03-02", minutes: int = 50, category: str = "client.individual", **more: Any) -> Draft:
    """A draft of an entry with a date and minutes, or with `start` and `end`; `mark` is that of a table's row."""
    mark = {"import": more.pop("mark")} if "mark" in more else {}
    when = {} if "start" in more else {"date": str(day), "minutes": minutes}
    body = entries.of({**when, "category": category, **more}).body()
    return records.draft(records.ENTRY, body | mark, next(SALTS))


def logged(ledger: SomeLedger, *drafts: Draft, trainee: str = "ana", key: Key | None = None) -> list[str]:
    """Record entries; their versions."""
    return [one.commitment for one in say(ledger, key or key_of(trainee), trainee, *(drafts or (entry(),)))]


def approve(ledger: SomeLedger, version: str, minutes: int = 50, trainee: str = "ana", by: Key = BERG) -> str:
    """Sign an entry; the approval's commitment."""
    return say(ledger, by, trainee, draft(records.APPROVAL, version=version, minutes=minutes))[0].commitment


def audited(ledger: Little) -> None:
    """Each event is taken by the rules of its moment, as an audit asks them."""
    for chain, events in ledger.kept.items():
        log = None if chain == records.PROGRAMME else Log(chain)
        for event in events:
            register = rules.registered(ledger.kept[records.PROGRAMME][: event.register])
            if log is None:
                register = rules.registered(events[: event.number])
            if event.body is None:
                rules.may_sign(register, chain, event.signer, event.kind)
                assert event.kind in rules.ERASABLE
            else:
                made = records.Draft(event.kind, event.body, event.salt or "")
                rules.check(register, log, chain, event.signer, made, event.at)
            if log is not None:
                log.add(event, register)
