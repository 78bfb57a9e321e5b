"""An audit: everything that a ledger holds, verified from the first event on.

Each chain is walked: the order, the hashes, the signatures by keys that were valid then, each body against its commitment,
and each record against the rules by which the ledger took it. With a checkpoint, also that nothing was cut off or written
anew since. What is wrong first is named, chain by chain, and what can no longer be relied on because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import records, rules, signing
from alliancelab.hours.record.checkpoint import Checkpoint
from alliancelab.hours.record.ledger import ChangedByHand, Ledger
from alliancelab.hours.record.records import PROGRAMME, Draft, Event, Refused
from alliancelab.hours.record.rules import Log, Register

_REGISTERS = 50  # kept at once: each holds everybody in the programme
Tell = Callable[[str, int, int], None]  # the chain, how many chains are done, of how many


@dataclass(frozen=True)
class Finding:
    """What is wrong first in a chain (`number` is that of the event), and what follows from it."""

    chain: str
    number: int
    wrong: str
    follows: str

    def __str__(self) -> str:
        return f"{self.wrong} {self.follows}"


@dataclass(frozen=True)
class Report:
    """What an audit found: `findings` is empty where everything is in order.

    `programme` is the public key that opened the ledger; `compared` whether a checkpoint was given.
    """

    ledger: str
    programme: str
    chains: int
    events: int
    findings: tuple[Finding, ...]
    compared: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


class _Wrong(Exception):
    """An event that is not in order; its text is the reason."""


def audit(
    ledger: Ledger, checkpoint: Checkpoint | None = None, programme: str | None = None, tell: Tell | None = None
) -> Report:
    """Verify a whole ledger, as long as it is now; others may go on writing.

    `programme` is the programme's public key, or its fingerprint, where it is known from elsewhere: of the key that opened
    the ledger, or of a later one that signed the checkpoint. That a ledger merely registers a key proves nothing: whoever
    makes one can do that.
    Raises `AllianceLabError` only where the ledger or the checkpoint cannot be used at all.
    """
    if checkpoint is not None and checkpoint.ledger != ledger.id:
        raise AllianceLabError(
            f"the checkpoint is of the ledger {checkpoint.ledger} and this one is {ledger.id}; give the one that belongs to it"
        )
    try:
        ends = {name: size for name, (size, _) in ledger.ends().items()}
    except AllianceLabError as error:
        follows = "Nothing in the ledger can be relied on before it is put right."
        return Report(ledger.id, "", 0, 0, (Finding(PROGRAMME, 0, f"{error}.", follows),), checkpoint is not None)
    walk = _Walk(ledger, checkpoint, ends)
    trainees = sorted({*ends, *(checkpoint.chains if checkpoint else ())} - {PROGRAMME})
    names = [PROGRAMME, *trainees]
    for done, name in enumerate(names):
        if tell is not None:
            tell(name, done, len(names))
        walk.chain(name)
    walk.ending(programme)
    opened = walk.programme[0].signer if walk.programme else ""
    return Report(ledger.id, opened, len(names), walk.events, tuple(walk.findings), checkpoint is not None)


class _Walk:
    def __init__(self, ledger: Ledger, checkpoint: Checkpoint | None, ends: Mapping[str, int]):
        self.ledger, self.checkpoint, self.ends = ledger, checkpoint, ends
        self.findings: list[Finding] = []
        self.programme: list[Event] = []  # the programme's events that are in order
        self.events = 0
        self.registers: dict[int, Register] = {0: Register()}

    def chain(self, name: str) -> None:
        """Walk one chain to the first thing that is wrong with it."""
        chain = _Chain(name, self)
        ends: str | None = None
        try:
            for batch, whole in chain.batches():
                chain.take(batch, whole)
        except (_Wrong, Refused) as error:
            ends = str(error)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
            ends = "its row does not hold what the ledger writes: it was changed by hand."
        if ends is not None:
            total = max(self.ends.get(name, 0), chain.next)
            wrong = f"Event {chain.next} of {_whose(name)}: {ends}"
            self.findings.append(Finding(name, chain.next, wrong, self._follows(name, chain.next, total)))
        elif missing := chain.missing():
            number, wrong = missing
            self.findings.append(
                Finding(
                    name, number, wrong, self._follows(name, number, max(chain.next, chain.end[0] if chain.end else 0))
                )
            )
        self.events += chain.next

    def ending(self, pinned: str | None) -> None:
        """What can be said only once all chains were walked."""
        if self.programme and pinned is not None and not self._hangs_from(pinned):
            self.findings.insert(
                0,
                Finding(
                    PROGRAMME,
                    0,
                    f"The ledger was opened by the key {signing.fingerprint(self.programme[0].signer)} and not by the "
                    f"programme's, {signing.fingerprint(pinned) if signing.is_public(pinned) else pinned}.",
                    "It is another ledger, or one that somebody made in its place: nothing in it can be relied on.",
                ),
            )
        if self.checkpoint is not None and not self._is_the_programmes(self.checkpoint):
            self.findings.append(
                Finding(
                    PROGRAMME,
                    0,
                    "The checkpoint is not signed by a key of the programme.",
                    "It proves nothing; give one that the programme signed.",
                )
            )
        if strays := self.ledger.strays():
            self.findings.append(
                Finding(
                    PROGRAMME,
                    0,
                    f"{strays} bodies in the database belong to no event: they were put in, or their events were taken out.",
                    "They count for nothing; what they may have belonged to is missing.",
                )
            )

    def register(self, size: int) -> Register:
        """The register after so many events of the programme's chain."""
        if size not in self.registers:
            below = max(known for known in self.registers if known < size)
            made = self.registers[below].after(*self.programme[below:size])
            if len(self.registers) > _REGISTERS:
                del self.registers[next(known for known in self.registers if known)]  # the oldest but that of nobody
            self.registers[size] = made
        return self.registers[size]

    def _is_the_programmes(self, checkpoint: Checkpoint) -> bool:
        holder = self.register(len(self.programme)).keys.get(checkpoint.signer)
        if holder is None or holder.role != "programme" or not checkpoint.is_signed():
            return False
        return holder.revoked is None or checkpoint.at < records.stamp(holder.revoked)

    def _hangs_from(self, pinned: str) -> bool:
        """Whether the key opened the ledger, or signed the checkpoint that the programme's chain was held to."""
        if pinned in _names(self.programme[0].signer):
            return True
        held = self.checkpoint
        return (
            held is not None
            and pinned in _names(held.signer)
            and PROGRAMME in held.chains
            and self._is_the_programmes(held)
        )

    def _follows(self, name: str, number: int, total: int) -> str:
        """What can no longer be relied on."""
        before = f"The {number} before it are in order. " if number else ""
        if name == PROGRAMME:
            return (
                f"{before}From there on its keys and agreements cannot be relied on, "
                "nor can anything that trainees logged and supervisors signed since."
            )
        return (
            f"{before}From there on nothing in this log can be relied on ({max(total - number, 0)} events), neither entries "
            "nor signatures nor certificates. Other logs are not touched by it."
        )


class _Chain:
    """One chain on the way: what it should go on with, and the log it makes."""

    def __init__(self, name: str, walk: _Walk):
        self.name, self.walk = name, walk
        self.next, self.head, self.last = 0, records.START, None
        self.log: Log | None = None if name == PROGRAMME else Log(name)
        self.register = Register()  # the programme's own, as it grows
        self.without_body: dict[str, int] = {}
        self.size = walk.ends.get(name, 0)
        self.end = walk.checkpoint.chains.get(name) if walk.checkpoint else None
        self.at_end: str | None = None

    def batches(self) -> Iterator[tuple[list[Event], bool]]:
        """The events that were signed together, one after another, and whether they are all; no row is read past a bad one."""
        batch: list[Event] = []
        try:
            for event in self.walk.ledger.events(self.name, until=self.size):
                if batch and (event.signature, event.signer) != (batch[0].signature, batch[0].signer):
                    yield batch, True
                    batch = []
                batch.append(event)
        except ChangedByHand as error:
            yield batch, False
            raise _Wrong(f"{error.wrong}.") from None
        if batch:
            yield batch, True

    def take(self, batch: list[Event], whole: bool) -> None:
        """Verify the events of one signature, and go on with them; `next` stands at the first that is not in order."""
        size = self.next if self.name == PROGRAMME or not batch else batch[0].register
        for event in batch:
            if event.number != self.next:
                raise _Wrong(f"it is missing; after it comes number {event.number}. It was taken out of the database.")
            told = records.event_hash(
                *(self.walk.ledger.id, self.name, event.number, event.register, event.at, event.kind),
                *(event.signer, event.signature, event.commitment, event.before),
            )
            if event.before != self.head:
                raise _Wrong(
                    "it does not follow on the one before: one was taken out, put in or changed, or its row was."
                )
            if event.hash != told:
                raise _Wrong("its hash is not that of its row: the row was changed by hand, or the ledger's id.")
            self._in_time(event, size)
            self._by_the_rules(event, size)
            self.next, self.head, self.last = event.number + 1, event.hash, event
            if self.end is not None and self.end[0] == self.next:
                self.at_end = event.hash
        if not whole:
            return
        signed = records.message(self.walk.ledger.id, self.name, [(event.kind, event.commitment) for event in batch])
        if not signing.verify(batch[0].signer, signed, batch[0].signature):
            self.next = batch[0].number
            raise _Wrong("its signature is not over what is here: it was forged, or something signed with it is gone.")

    def _in_time(self, event: Event, size: int) -> None:
        if self.last is not None and event.at < self.last.at:
            raise _Wrong(f"its time, {records.stamp(event.at)}, is before that of the one before it.")
        if event.register != size:
            raise _Wrong("it says another size of the register than those that were signed with it.")
        if self.name == PROGRAMME:
            return
        known = self.walk.programme
        if self.last is not None and event.register < self.last.register:
            raise _Wrong("it was recorded by an older register than the one before it.")
        if not 1 <= event.register <= len(known):
            raise _Wrong(
                f"it leans on {event.register} events of the programme's chain, and {len(known)} are in order."
            )
        later = known[event.register].at if event.register < len(known) else None
        if event.at < known[event.register - 1].at or (later is not None and event.at > later):
            raise _Wrong("its time is not one at which the register was what it says.")

    def _by_the_rules(self, event: Event, size: int) -> None:
        register = self.register if self.log is None else self.walk.register(size)
        try:
            if event.body is None:
                if event.kind not in rules.ERASABLE:
                    raise _Wrong("its body is gone, and such a body is never erased: it was taken out of the database.")
                self.without_body[event.commitment] = event.number
                rules.may_sign(register, self.name, event.signer, event.kind)
            else:
                draft = Draft(event.kind, event.body, event.salt or "")
                rules.check(register, self.log, self.name, event.signer, draft, event.at)
        except Refused as refusal:
            raise _Wrong(f"it should never have been taken: {refusal}.") from None
        if self.log is None:
            self.register = self.register.after(event)
            self.walk.programme.append(event)
        else:
            self.log.add(event, register)

    def missing(self) -> tuple[int, str] | None:
        """What a whole chain still lacks: reasons for bodies that are gone, and what a checkpoint says of it."""
        erased = self.register.erased if self.log is None else self.log.erased
        if not self.without_body.keys() <= erased:
            erased = erased | self._erased_since()
        for commitment, number in self.without_body.items():
            if commitment not in erased:
                return number, (
                    f"Event {number} of {_whose(self.name)}: its body is gone, and no erasure names it: it was taken out "
                    "of the database."
                )
        if self.name == PROGRAMME and not self.next:
            return (
                0,
                "The programme's chain is empty: it was taken out of the database, or nobody ever opened the ledger.",
            )
        if more := self.walk.ledger.size(self.name, self.size) - self.next:
            return 0, (
                f"{_whose(self.name).capitalize()} holds {more} rows with a number below the first: they were put into the "
                "database by hand."
            )
        if self.end is None:
            return None
        size, head = self.end
        assert self.walk.checkpoint is not None
        when = self.walk.checkpoint.at[:10]
        if self.next < size:
            return self.next, (
                f"{_whose(self.name).capitalize()} has {self.next} events and had {size} when the checkpoint of {when} was "
                "signed: the end was cut off."
            )
        if self.at_end != head:
            return 0, (
                f"{_whose(self.name).capitalize()} is not the one that the checkpoint of {when} was signed over: at some "
                f"point among its first {size} events it was written anew."
            )
        return None

    def _erased_since(self) -> set[str]:
        """What was erased while the audit ran."""
        since = self.walk.ledger.events(self.name, self.size)
        return {
            one for event in since if event.kind == records.ERASURE and event.body for one in event.body["commitments"]
        }


def _names(public: str) -> tuple[str, ...]:
    """How a key may be named."""
    return (public, signing.fingerprint(public)) if signing.is_public(public) else (public,)


def _whose(name: str) -> str:
    return "the programme's chain" if name == PROGRAMME else f"the log of {name}"
