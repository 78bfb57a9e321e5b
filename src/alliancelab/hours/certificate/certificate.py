"""What a certificate says, and when it may be said: pure, from what was counted, audited and completed.

It bears the trainee's name as it is to be read, not a hash of it: a licensing board must see for whom it is, and the
trainee alone hands it on. Nothing about a client stands in it, and neither does any single entry: only totals.
What it rests on is told by a checkpoint of the ledger, taken just before, so that an audit of another day can show that
the record has only grown since.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
import uuid
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import badges
from alliancelab.hours.certificate.credential import Badge, Evidence, Measured
from alliancelab.hours.policy.counting import Outcome, Row
from alliancelab.hours.policy.days import months_after
from alliancelab.hours.policy.wording import ADVICE, amount, told
from alliancelab.hours.record import signing
from alliancelab.hours.record.records import Refused, canonical

URN = "urn:uuid:"
MOST_LETTERS = 200
CHECKPOINT, MODULE, SOURCE = "Checkpoint", "Module", "Source"  # the sorts of evidence in a badge
_JOINERS = "\u200c\u200d"  # which Persian and Indian names need; all else that is not seen could hide something
_SPACE = uuid.UUID("5f0c6d0e-31c4-5b1e-9d1e-6d8a1f5b7c11")  # a name space of our own for ids that follow from data


@dataclass(frozen=True)
class Case:
    """All that a certificate is decided on.

    `faults` are what the audit found (none: the record is sound). `modules` are those completed, with what the gradebook
    said of each, `gradebook` the SHA-256 of its file. `chain` is how many records the trainee had, and the hash of the last.
    """

    programme: str
    ledger: str
    trainee: str
    name: str
    outcome: Outcome
    faults: Sequence[str]
    checkpoint: Mapping[str, Any]
    chain: tuple[int, str]
    modules: Mapping[str, str] = field(default_factory=dict)
    gradebook: str = ""

    @property
    def missing_modules(self) -> list[str]:
        """Modules that the policy asks for and that are not completed."""
        return [module for module in self.outcome.policy.modules if module not in self.modules]


def refuse_faults(faults: Sequence[str]) -> None:
    """Raise `Refused` where an audit has found a fault: what such a ledger holds is not even read for a certificate."""
    if faults:
        raise Refused("audit", f"no certificate: the audit of the ledger found that {faults[0]}")


def refuse(case: Case) -> None:
    """Raise `Refused` unless a certificate may be issued, with the first thing that stands against it."""
    printable(case.name)
    refuse_faults(case.faults)
    if not case.outcome.met:
        short = "; ".join(
            f"{row.title}: {amount(row.have, row.unit)} of {asked(row)}" for row in case.outcome.rows if not row.met
        )
        raise Refused(
            "policy", f"no certificate: {case.trainee} does not meet '{case.outcome.policy.id}' yet ({short})"
        )
    if missing := case.missing_modules:
        raise Refused(
            "modules",
            f"no certificate: the policy asks for {_many(len(missing), 'module')} that {case.trainee} has not completed "
            f"({', '.join(missing)}); name the gradebook's file with --modules once it has",
        )


def printable(name: str) -> str:
    """A name as it can stand on a certificate; raises `AllianceLabError`.

    >>> printable(" Ana Ruiz ")
    'Ana Ruiz'
    """
    name = unicodedata.normalize("NFC", name).strip(" ")
    bad = [letter for letter in name if unicodedata.category(letter)[0] in "CZ" and letter not in " " + _JOINERS]
    if bad:
        raise AllianceLabError(
            f"the name holds U+{ord(bad[0]):04X}, which cannot be printed as itself; type the name anew"
        )
    if len(name) > MOST_LETTERS or not any(letter.isalpha() for letter in name):
        raise AllianceLabError(
            f"'{name[:40]}' is not the name of a person; a certificate takes up to {MOST_LETTERS} letters"
        )
    return name


def place(certificate: str) -> int:
    """The place of a certificate in its issuer's status list. It follows from the id, so no count of places need be kept.

    >>> place("00000000-0000-4000-8000-000000000001")
    101392
    """
    return int.from_bytes(hashlib.sha256(certificate.encode()).digest()[:8], "big") % badges.SIZE


def new_id(case: Case, taken: Container[int]) -> str:
    """The id of a new certificate: the same for the same record, and one whose place in the list nobody has."""
    for attempt in range(1_000):
        words = [case.ledger, case.trainee, case.outcome.policy.id, case.chain[1], attempt]
        found = str(uuid.uuid5(_SPACE, canonical(words).decode()))
        if place(found) not in taken:
            return found
    raise AllianceLabError("the status list is full; issue the next certificates with a new key")


def badge_of(case: Case, certificate: str, key: str, at: datetime, status: str, until: datetime | None = None) -> Badge:
    """The badge of a certificate that may be issued; without `until` it is valid as long as the policy says."""
    policy = case.outcome.policy
    if until is None and policy.valid_months:
        until = datetime.combine(months_after(at.date(), policy.valid_months), at.timetz())
    if until is not None and until <= at:
        raise AllianceLabError(f"a certificate of {at:%Y-%m-%d} cannot end on {until:%Y-%m-%d}; give a later day")
    evidence = [Evidence(CHECKPOINT, "Checkpoint of the ledger", canonical(case.checkpoint).decode())]
    source = f" (gradebook file with the SHA-256 {case.gradebook})" if case.gradebook else ""
    evidence += [Evidence(MODULE, module, case.modules[module] + source) for module in policy.modules]
    return Badge(
        id=URN + certificate,
        programme=case.programme,
        trainee=case.trainee,
        name=printable(case.name),
        achievement=URN + str(uuid.uuid5(_SPACE, canonical([key, policy.id, policy.checked.isoformat()]).decode())),
        title=policy.title,
        description=(
            f"{case.programme} certifies that the supervised hours of {printable(case.name)}, as supervisors have signed them "
            f"and its ledger {case.ledger} holds them, meet the policy '{policy.id}' ({policy.body})."
        ),
        criteria="\n".join([*told(policy), ADVICE]),
        measured=tuple(
            Measured(
                row.id,
                row.title,
                f"{row.have} {row.unit}",
                ("at most " if row.at_most else "") + f"{row.need} {row.unit}",
            )
            for row in case.outcome.rows
        ),
        evidence=tuple(evidence),
        since=at.replace(microsecond=0),
        until=until.replace(microsecond=0) if until else None,
        status=status,
        index=place(certificate),
    )


def on_paper(case: Case, badge: Badge, digest: str, key: str, link: str = "") -> dict[str, Any]:
    """What the printed form is told (`certificate.typ`)."""
    policy = case.outcome.policy
    lines = told(policy)
    return {
        "programme": case.programme,
        "name": badge.name,
        "trainee": case.trainee,
        "title": policy.title,
        "body": policy.body,
        "since": _day(badge.since),
        "until": _day(badge.until) if badge.until else "",
        "rows": [
            {"title": row.title, "reached": amount(row.have, row.unit), "asked": asked(row)}
            for row in case.outcome.rows
        ],
        "modules": list(policy.modules),
        "source": f"Source: {policy.source.rstrip('.')}.",
        "source_url": policy.url,
        "sure": lines[1],
        "link": link,
        "status_link": badge.status if badge.status.startswith("https://") else "",
        "fingerprint": signing.fingerprint(key),
        "certificate": badge.id.removeprefix(URN),
        "digest": digest,
        "key": key,
        "ledger": case.ledger,
        "size": case.chain[0],
        "head": case.chain[1],
        "advice": ADVICE,
    }


def checkpoint_in(badge: Badge) -> dict[str, Any]:
    """The checkpoint that a verified badge carries, for `alliancelab hours audit --checkpoint`."""
    found = next((one.narrative for one in badge.evidence if one.genre == CHECKPOINT), None)
    if found is None:
        raise AllianceLabError("this certificate carries no checkpoint")
    return json.loads(found)


def asked(row: Row) -> str:
    """What a requirement asks for, in words."""
    return ("at most " if row.at_most else "") + amount(row.need, row.unit)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
