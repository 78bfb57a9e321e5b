"""What waits for a supervisor as a file, for one who has only this package; and their decisions as a file on the way back.

A bundle holds what the supervisor's machine needs to verify it alone: the entries with the trainee's signature, and of the
programme's register, signed by its key, the two people's keys and their agreements. A signature is over all that was
signed at once, so what does not concern the two travels as its commitment only. The supervisor signs, on their own
machine, the very versions that were read here and shown; the ledger checks again when the file comes back, since an entry
may have been amended and a key revoked in the meantime, which no file can know.

Whose ledger it is says the fingerprint of the programme's key that opened it: compare it once, by telephone, and give it
to `read` from then on.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.account import approvals, files
from alliancelab.hours.account.approvals import Bundle, Decision
from alliancelab.hours.record import records, rules, shapes, signing
from alliancelab.hours.record.records import Draft, Event, Refused, Submission
from alliancelab.hours.record.rules import Log, Register
from alliancelab.hours.record.signing import Key

_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")
_SALT = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Parcel:
    """A bundle that was read and verified: the part of the register and of the log that it carries.

    `programme` is the public key that opened the ledger.
    """

    ledger: str
    trainee: str
    supervisor: str
    programme: str
    register: Register
    log: Log

    def bundles(self) -> list[Bundle]:
        """What waits for the supervisor, by weeks."""
        return approvals.weeks(self.log, self.register, self.supervisor)


def pack(
    programme: Iterable[Event],
    chain: Iterable[Event],
    trainee: str,
    supervisor: str,
    versions: Collection[str] | None = None,
) -> dict[str, Any]:
    """A bundle from the events of the programme's chain and of the trainee's: all that waits for the supervisor, or, of that,
    some versions. Raises `AllianceLabError` where nothing waits.
    """
    programme, chain = list(programme), list(chain)
    register, log = rules.registered(programme), Log(trainee)
    for event in chain:
        log.add(event, register)
    waiting = {one.version for week in approvals.weeks(log, register, supervisor) for one in week.waiting}
    if other := set(versions or ()) - waiting:
        raise AllianceLabError(
            f"{min(other)[:8]} does not wait for {supervisor}; `alliancelab hours list` shows what does"
        )
    waiting = waiting if versions is None else set(versions)
    if not waiting:
        raise AllianceLabError(
            f"nothing of {trainee} waits for {supervisor}; log it first, or ask the programme whether there is an agreement"
        )
    people = {trainee, supervisor}
    ours = {public for public, holder in register.keys.items() if holder.person in people or holder.role == "programme"}
    made = {name for name, one in register.agreements.items() if {one.trainee, one.supervisor} == people}

    def concerns(event: Event) -> bool:
        told = (event.body or {}).get
        return event.kind == records.OPENED or bool(
            told("key") in ours
            or told("agreement") in made
            or (event.kind == records.PERSON and told("person") in people)
        )

    return {
        "format": files.BUNDLE,
        "version": files.VERSION,
        "ledger": programme[0].ledger,
        "trainee": trainee,
        "supervisor": supervisor,
        "register": _signed(programme, concerns),
        "log": _signed(chain, lambda event: event.commitment in waiting),
    }


def _signed(events: Iterable[Event], shown: Callable[[Event], bool]) -> list[dict[str, Any]]:
    """What was signed together, wherever something in it is shown; the rest of that as commitments."""
    told = []
    for (signer, signature), group in itertools.groupby(events, lambda event: (event.signer, event.signature)):
        together = list(group)
        drafts = [
            {"kind": one.kind, "body": one.body, "salt": one.salt}
            if one.body is not None and shown(one)
            else {"kind": one.kind, "commitment": one.commitment}
            for one in together
        ]
        if any("body" in draft for draft in drafts):
            at = records.stamp(together[0].at)
            told.append({"signer": signer, "signature": signature, "at": at, "drafts": drafts})
    return told


def read(path: Path, programme: str = "") -> Parcel:
    """Read a bundle and verify all that it says.

    With `programme`, the public key or the fingerprint of a ledger's programme, another's is refused. Raises
    `AllianceLabError` for a file that is no bundle, and `records.Refused` where a signature or a statement does not hold.
    """
    told = files.read(path, files.BUNDLE)
    try:
        return _verified(told, programme)
    except Refused as error:
        raise Refused(error.rule, f"{path.name}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError):
        raise AllianceLabError(f"{path} is not a bundle as this package writes it; ask for it once more") from None


def _verified(told: Mapping[str, Any], programme: str) -> Parcel:
    _just(told, "format", "version", "ledger", "trainee", "supervisor", "register", "log")
    ledger, trainee, supervisor = _text(told["ledger"]), _text(told["trainee"]), _text(told["supervisor"])
    register = Register()
    for event, draft in _events(ledger, records.PROGRAMME, told["register"]):
        if draft is not None:
            rules.check(register, None, records.PROGRAMME, event.signer, draft, event.at)
        else:
            rules.may_sign(register, records.PROGRAMME, event.signer, event.kind)
        register = register.after(event)
    opener = told["register"][0]["signer"]
    if programme and programme not in (opener, signing.fingerprint(opener)):
        raise Refused(
            "another programme",
            f"it comes from a ledger that the key {signing.fingerprint(opener)} opened, and that is not your programme's",
        )
    log = Log(trainee)
    for event, draft in _events(ledger, trainee, told["log"]):
        holder = register.keys.get(event.signer)
        if holder is None or (holder.person, holder.role) != (trainee, "trainee"):
            raise Refused(
                "somebody else's log", f"an entry is signed with a key that the register does not give to {trainee}"
            )
        if holder.revoked is not None and holder.revoked < event.at:
            raise Refused("revoked key", f"an entry is signed with a key of {trainee} that was revoked before")
        if draft is not None:
            if draft.kind not in (records.ENTRY, records.AMENDMENT):
                raise ValueError
            shapes.check(draft)
            log.add(event, register)
    return Parcel(ledger, trainee, supervisor, opener, register, log)


def _events(ledger: str, chain: str, groups: Any) -> Iterable[tuple[Event, Draft | None]]:
    """The events of a chain, each group's signature verified; with a draft where there is a body."""
    number = itertools.count()
    if not isinstance(groups, list) or not groups:
        raise ValueError
    for group in groups:
        _just(group, "signer", "signature", "at", "drafts")
        signer, signature, at = _text(group["signer"]), _text(group["signature"]), _instant(group["at"])
        drafts = [_draft(one) for one in group["drafts"]]
        together = [(kind, commitment) for kind, commitment, _ in drafts]
        if not signing.verify(signer, records.message(ledger, chain, together), signature):
            raise Refused(
                "signature", "a signature does not fit what it stands under; the file was changed after it was signed"
            )
        for kind, commitment, draft in drafts:
            body, salt = (draft.body, draft.salt) if draft else (None, None)
            told = (ledger, chain, next(number), 0, at, kind, signer, signature, commitment, "", "", body, salt)
            yield Event(*told), draft


def _draft(told: Any) -> tuple[str, str, Draft | None]:
    if "commitment" in told:
        _just(told, "kind", "commitment")
        return _text(told["kind"]), _text(told["commitment"]), None
    draft = _whole_draft(told)
    return draft.kind, draft.commitment, draft


def _whole_draft(told: Any) -> Draft:
    _just(told, "kind", "body", "salt")
    if not isinstance(told["body"], dict) or not _SALT.fullmatch(_text(told["salt"])):
        raise ValueError
    return Draft(_text(told["kind"]), told["body"], told["salt"])


# The way back


def answer(parcel: Parcel, key: Key, decisions: Iterable[Decision], at: datetime) -> Submission:
    """Sign decisions about what a parcel holds, with the supervisor's own key; `at` is the time on their machine.

    What the ledger would refuse by what the parcel says is refused here, too. Raises `AllianceLabError`, `records.Refused`.
    """
    signed = approvals.decide(key, parcel.ledger, parcel.bundles(), decisions)
    if not signed:
        raise AllianceLabError("nothing was decided, so there is nothing to sign")
    for draft in signed[0].drafts:
        holder = rules.may_sign(parcel.register, parcel.trainee, key.public, draft.kind)
        if holder.person != parcel.supervisor:
            raise Refused("somebody else's", f"the bundle is for {parcel.supervisor}, and the key is {holder.person}'s")
        rules.check(parcel.register, parcel.log, parcel.trainee, key.public, draft, at)
    return signed[0]


def decisions_file(submission: Submission) -> dict[str, Any]:
    """Decisions as they travel back."""
    return {"format": files.DECISIONS, "version": files.VERSION, "submission": submission.as_json()}


def read_decisions(path: Path) -> Submission:
    """Read decisions, to be appended to the ledger; their signature is verified.

    Raises `AllianceLabError` for a file that holds none, and `records.Refused` for one that was changed.
    """
    told = files.read(path, files.DECISIONS)
    try:
        _just(told, "format", "version", "submission")
        said = told["submission"]
        _just(said, "ledger", "chain", "signer", "signature", "drafts")
        names = [_text(said[name]) for name in ("ledger", "chain", "signer", "signature")]
        submission = Submission(*names, tuple(_whole_draft(one) for one in said["drafts"]))
        if not submission.drafts or any(one.kind not in rules.BY_SUPERVISOR for one in submission.drafts):
            raise ValueError
        signed = submission.is_signed()
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise AllianceLabError(
            f"{path} does not hold decisions as this package writes them; ask for them again"
        ) from None
    if not signed:
        raise Refused(
            "signature", f"{path.name} was changed after it was signed; ask {path.name}'s sender for it again"
        )
    return submission


def _just(told: Any, *names: str) -> None:
    if not isinstance(told, dict) or told.keys() != set(names):
        raise ValueError


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _instant(value: Any) -> datetime:
    if not _STAMP.fullmatch(_text(value)):
        raise ValueError
    return datetime.fromisoformat(value).astimezone(UTC)


def write(path: Path, told: Mapping[str, Any]) -> None:
    """Write a bundle, or decisions, into a new file that only its owner can read. Raises `AllianceLabError`."""
    files.write(path, told)
