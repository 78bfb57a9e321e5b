"""What the events so far make: the programme's register and a trainee's log.

Both are folds, pure in the events they take, so that an audit arrives at what the ledger had. A log of some thousand
entries is asked, not walked: minutes and timed entries are found by their day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from alliancelab.hours import entries
from alliancelab.hours.entries import Entry
from alliancelab.hours.record import records
from alliancelab.hours.record.records import Event

# Whose bodies can be erased: those that tell of a person. Were a reversal erased, what it took back would stand again.
ERASABLE = (records.ENTRY, records.AMENDMENT, records.PERSON)
AMENDED, WITHDRAWN, ERASED = "amended", "withdrawn", "erased"


@dataclass(frozen=True)
class Holder:
    """Whose key it is, in which role (trainee, supervisor, programme), and since when it signs nothing more."""

    person: str
    role: str
    since: datetime
    revoked: datetime | None = None


@dataclass(frozen=True)
class Agreement:
    """A supervisor's agreement with a trainee; it covers both of its days, and has no end where `until` is None."""

    name: str
    trainee: str
    supervisor: str
    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether a day is one of its days."""
        return self.since <= day and (self.until is None or day <= self.until)

    def __str__(self) -> str:
        return f"{self.since} to {self.until}" if self.until else f"{self.since} on"


@dataclass(frozen=True)
class Register:
    """The programme's register after some events of its chain: people, keys, agreements.

    `said` holds who was given which name by which event, `pairs` the agreements of a trainee (first) and a supervisor.
    """

    size: int = 0
    ledger: str = ""
    name: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Holder] = field(default_factory=dict)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    said: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    pairs: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def after(self, *events: Event) -> Register:
        """The register after more events of the chain; a name that was erased is not in it."""
        size, ledger, name = self.size, self.ledger, self.name
        keys, agreements, said, pairs = dict(self.keys), dict(self.agreements), dict(self.said), dict(self.pairs)
        erased, gone = set(self.erased), set(self.gone)
        for event in events:
            size, ledger, body = size + 1, event.ledger, event.body
            if body is None:
                if event.kind in ERASABLE:
                    gone.add(event.commitment)
            elif event.kind == records.OPENED:
                name = body["name"]
                keys[event.signer] = Holder(records.PROGRAMME, records.PROGRAMME, event.at)
            elif event.kind == records.PERSON:
                said[event.commitment] = (body["person"], body["name"])
            elif event.kind == records.KEY:
                keys[body["key"]] = Holder(body["person"], body["role"], event.at)
            elif event.kind == records.REVOCATION:
                keys[body["key"]] = replace(keys[body["key"]], revoked=event.at)
            elif event.kind == records.AGREEMENT:
                made = _agreement(body)
                agreements[made.name] = made
                pair = (made.trainee, made.supervisor)
                pairs[pair] = (*pairs.get(pair, ()), made.name)
            elif event.kind == records.AGREEMENT_END:
                ended = replace(agreements[body["agreement"]], until=date.fromisoformat(body["until"]))
                agreements[ended.name] = ended
            elif event.kind == records.ERASURE:
                erased.update(body["commitments"])
                for commitment in body["commitments"]:
                    said.pop(commitment, None)
        names = dict(said.values())
        return Register(size, ledger, name, names, keys, agreements, said, frozenset(erased), frozenset(gone), pairs)

    def between(self, trainee: str, supervisor: str) -> list[Agreement]:
        """The agreements of a supervisor with a trainee, in the order in which they were entered."""
        return [self.agreements[name] for name in self.pairs.get((trainee, supervisor), ())]

    def signs(self, person: str, role: str) -> bool:
        """Whether somebody has a key that signs in a role."""
        return any(one.person == person and one.role == role and one.revoked is None for one in self.keys.values())


def _agreement(body: Mapping[str, str]) -> Agreement:
    until = date.fromisoformat(body["until"]) if "until" in body else None
    since = date.fromisoformat(body["from"])
    return Agreement(body["agreement"], body["trainee"], body["supervisor"], since, until)


def registered(events: Iterable[Event]) -> Register:
    """The register after these events of the programme's chain."""
    return Register().after(*events)


@dataclass(frozen=True)
class Logged:
    """An entry as it stands: its version, when it was recorded, and what a supervisor said of this version.

    `approved` is in minutes, None while nobody has signed; `by` is the person who signed, `approval` the commitment of
    that event. `asked` and `declined` hold the reason's code while it stands. `mark` is that of the table's row it was
    taken in from.
    """

    version: str
    entry: Entry
    at: datetime
    approved: int | None = None
    by: str = ""
    approval: str = ""
    asked: str = ""
    declined: str = ""
    mark: str = ""


@dataclass
class Log:
    """A trainee's log after some events of the chain: the entries that stand, by version, in the order of recording.

    `add` takes one more event and changes the log. `fate` says of each version that stands no more whether it was
    amended, withdrawn or erased. `covered` are the versions that were approved when a certificate was issued.
    """

    trainee: str
    size: int = 0
    head: str = records.START
    last: datetime | None = None
    entries: dict[str, Logged] = field(default_factory=dict)
    approvals: dict[str, str] = field(default_factory=dict)  # commitment of an approval: the version it approves
    certificates: dict[str, bool] = field(default_factory=dict)  # id: whether it stands
    covered: dict[str, frozenset[str]] = field(default_factory=dict)  # id: versions
    imported: set[str] = field(default_factory=set)  # marks of rows, also of entries that stand no more
    fate: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)  # version: the one it was put in the place of
    erased: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)  # versions whose body was erased before the chain was read
    minutes: dict[date, int] = field(default_factory=dict)  # of a day
    untimed: dict[date, int] = field(default_factory=dict)  # of these, those without start and end
    timed: dict[date, list[str]] = field(default_factory=dict)  # versions by the days, in UTC, that they touch
    read: tuple[Mapping[str, Any], Entry] | None = field(default=None, compare=False, repr=False)  # by the last check

    def add(self, event: Event, register: Register) -> None:
        """Take one more event; its body may have been erased."""
        self.size, self.head, self.last = event.number + 1, event.hash, event.at
        body = event.body
        if body is None:
            if event.kind in ERASABLE:
                self.gone.add(event.commitment)
        elif event.kind == records.ENTRY:
            mark = body.get("import", "")
            self._place(Logged(event.commitment, self._entry(body), event.at, mark=mark))
            if mark:
                self.imported.add(mark)
        elif event.kind == records.AMENDMENT:
            self._lift(body["version"], AMENDED)
            self.replaced[event.commitment] = body["version"]
            self._place(Logged(event.commitment, self._entry(body), event.at))
        elif event.kind == records.WITHDRAWAL:
            self._lift(body["version"], WITHDRAWN)
        elif event.kind == records.APPROVAL:
            version, by = body["version"], register.keys[event.signer].person
            self.approvals[event.commitment] = version
            self._say(version, approved=body["minutes"], by=by, approval=event.commitment, asked="", declined="")
        elif event.kind == records.QUESTION:
            self._say(body["version"], asked=body["asks"])
        elif event.kind == records.DECLINE:
            self._say(body["version"], declined=body["reason"], asked="")
        elif event.kind == records.REVERSAL:
            self._say(self.approvals[body["approval"]], approved=None, by="", approval="")
        elif event.kind == records.CERTIFICATE:
            self.certificates[body["certificate"]] = True
            approved = (one.version for one in self.entries.values() if one.approved is not None)
            self.covered[body["certificate"]] = frozenset(approved)
        elif event.kind == records.CERTIFICATE_REVOKED:
            self.certificates[body["certificate"]] = False
        elif event.kind == records.ERASURE:
            self.erased.update(body["commitments"])
            for commitment in body["commitments"]:
                self._lift(commitment, ERASED)

    def clash(self, entry: Entry, besides: str = "") -> Logged | None:
        """An entry that stands and shares an instant with this one; the version `besides` does not count."""
        for day in touched(entry):
            for version in self.timed.get(day, ()):
                if version != besides and entries.overlaps(entry, self.entries[version].entry):
                    return self.entries[version]
        return None

    def certified(self, version: str) -> str:
        """The id of a certificate that stands on a version; empty where there is none."""
        standing = (name for name, versions in self.covered.items() if version in versions and self.certificates[name])
        return next(standing, "")

    def _entry(self, body: Mapping[str, Any]) -> Entry:
        if self.read is not None and self.read[0] is body:
            return self.read[1]
        told = body.get("entry", body)  # an amendment's, or an entry's own
        return entries.of({name: value for name, value in told.items() if name != "import"})

    def _place(self, logged: Logged) -> None:
        self.entries[logged.version] = logged
        self._count(logged.entry, 1)
        for day in touched(logged.entry):
            self.timed.setdefault(day, []).append(logged.version)

    def _lift(self, version: str, fate: str) -> None:
        self.fate[version] = fate
        logged = self.entries.pop(version, None)
        if logged is None:
            return
        self._count(logged.entry, -1)
        for day in touched(logged.entry):
            self.timed[day].remove(version)
            if not self.timed[day]:
                del self.timed[day]

    def _count(self, entry: Entry, sign: int) -> None:
        for counted in (self.minutes, self.untimed) if entry.start is None else (self.minutes,):
            counted[entry.date] = counted.get(entry.date, 0) + sign * entry.minutes
            if not counted[entry.date]:
                del counted[entry.date]

    def _say(self, version: str, **said: object) -> None:
        if version in self.entries:  # an approval of what was amended or erased since is void
            self.entries[version] = replace(self.entries[version], **said)  # type: ignore[arg-type]


def touched(entry: Entry) -> Iterator[date]:
    """The days in UTC that a timed entry touches: one or two, since it lasts a day at most; none without times."""
    if entry.start is not None and entry.end is not None:
        first = entry.start.astimezone(UTC).date()
        last = (entry.end - timedelta(microseconds=1)).astimezone(UTC).date()
        yield first
        if last != first:
            yield last
