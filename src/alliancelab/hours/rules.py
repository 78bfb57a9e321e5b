"""What may follow on what: the programme's register and a trainee's log, as the events so far make them.

`Register` and `Log` are folds of events, pure, so the ledger refuses by the same rules by which an audit reads it later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from alliancelab.hours import entries, records
from alliancelab.hours.entries import Entry
from alliancelab.hours.records import Draft, Event


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


@dataclass(frozen=True)
class Register:
    """The programme's register after some events of its chain: people, keys, agreements."""

    size: int = 0
    ledger: str = ""
    name: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Holder] = field(default_factory=dict)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)

    def after(self, event: Event) -> Register:
        """The register after one more event; one that was erased changes nothing but its size."""
        now = replace(self, size=self.size + 1, ledger=event.ledger)
        body = event.body
        if body is None:
            return now
        if event.kind == records.OPENED:
            holder = Holder(records.PROGRAMME, records.PROGRAMME, event.at)
            return replace(now, name=body["name"], keys={event.signer: holder})
        if event.kind == records.PERSON:
            return replace(now, names={**self.names, body["person"]: body["name"]})
        if event.kind == records.KEY:
            return replace(now, keys={**self.keys, body["key"]: Holder(body["person"], body["role"], event.at)})
        if event.kind == records.REVOCATION:
            gone = replace(self.keys[body["key"]], revoked=event.at)
            return replace(now, keys={**self.keys, body["key"]: gone})
        if event.kind == records.AGREEMENT:
            made = Agreement(
                body["agreement"],
                body["trainee"],
                body["supervisor"],
                date.fromisoformat(body["from"]),
                _day_or_none(body.get("until")),
            )
            return replace(now, agreements={**self.agreements, made.name: made})
        if event.kind == records.AGREEMENT_END:
            ended = replace(self.agreements[body["agreement"]], until=date.fromisoformat(body["until"]))
            return replace(now, agreements={**self.agreements, ended.name: ended})
        return now


@dataclass(frozen=True)
class Logged:
    """An entry as it stands: its version, when it was recorded, and what a supervisor said of this version.

    `approved` is in minutes, None while nobody has signed; `by` is the person who signed, `approval` the commitment of
    that event. `asked` and `declined` hold the reason while it stands.
    """

    version: str
    entry: Entry
    at: datetime
    approved: int | None = None
    by: str = ""
    approval: str = ""
    asked: str = ""
    declined: str = ""


@dataclass
class Log:
    """A trainee's log after some events of the chain: the entries that stand, by version, in the order of recording.

    `add` takes one more event and changes the log; `commitments` are all that the chain has seen.
    """

    trainee: str
    size: int = 0
    head: str = records.START
    last: datetime | None = None
    entries: dict[str, Logged] = field(default_factory=dict)
    approvals: dict[str, str] = field(default_factory=dict)  # commitment of an approval: the version it approves
    certificates: dict[str, bool] = field(default_factory=dict)  # id: whether it stands
    erased: set[str] = field(default_factory=set)

    def add(self, event: Event, register: Register) -> None:
        """Take one more event; its body may have been erased."""
        self.size, self.head, self.last = event.number + 1, event.hash, event.at
        body = event.body
        if body is None:
            return
        if event.kind == records.ENTRY:
            self.entries[event.commitment] = Logged(event.commitment, entries.of(body), event.at)
        elif event.kind == records.AMENDMENT:
            self.entries.pop(body["version"], None)
            self.entries[event.commitment] = Logged(event.commitment, entries.of(body["entry"]), event.at)
        elif event.kind == records.WITHDRAWAL:
            self.entries.pop(body["version"], None)
        elif event.kind == records.APPROVAL:
            by = register.keys[event.signer].person
            self.approvals[event.commitment] = body["version"]
            self._say(
                body["version"], approved=body["minutes"], by=by, approval=event.commitment, asked="", declined=""
            )
        elif event.kind == records.QUESTION:
            self._say(body["version"], asked=body["asks"])
        elif event.kind == records.DECLINE:
            self._say(body["version"], declined=body["reason"], asked="")
        elif event.kind == records.REVERSAL:
            self._say(self.approvals[body["approval"]], approved=None, by="", approval="")
        elif event.kind == records.CERTIFICATE:
            self.certificates[body["certificate"]] = True
        elif event.kind == records.CERTIFICATE_REVOKED:
            self.certificates[body["certificate"]] = False
        elif event.kind == records.ERASURE:
            for commitment in body["commitments"]:
                self.erased.add(commitment)
                self.entries.pop(commitment, None)

    def _say(self, version: str, **said: object) -> None:
        if version in self.entries:  # an approval of what was amended or erased since is void
            self.entries[version] = replace(self.entries[version], **said)  # type: ignore[arg-type]


def check(register: Register, log: Log | None, chain: str, signer: str, draft: Draft, at: datetime) -> None:
    """Raise `records.Refused` where a draft must not follow on what the register and the log (None: the programme's own
    chain) hold; `at` is the ledger's time of it.
    """


def registered(events: Iterable[Event]) -> Register:
    """The register after these events of the programme's chain."""
    register = Register()
    for event in events:
        register = register.after(event)
    return register


def _day_or_none(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
