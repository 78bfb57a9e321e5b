"""What the ledger holds: drafts that somebody signed, and the events they become, each chained to the one before.

A draft's body is bound by its `commitment`, a salted SHA-256: the chain and the signatures are over commitments, so a
body can be erased and the chain still be verified. An entry's commitment is its *version*: an approval names it, and
is void for any other. The salt is the signer's nonce; a ledger takes each commitment once.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import signing
from alliancelab.hours.record.signing import Key

PROGRAMME = "programme"  # the chain of the programme itself: people, keys, agreements
START = "0" * 64  # what the first event of a chain follows

# The programme's chain                     its body
OPENED = "opened"  # {name}
PERSON = "person"  # {person, name}: what somebody is called; can be erased
KEY = "key"  # {person, role, key}: role trainee, supervisor or programme
REVOCATION = "revocation"  # {key, reason}: from here on it signs nothing more
AGREEMENT = "agreement"  # {agreement, trainee, supervisor, from, until?}: the days it covers, both included
AGREEMENT_END = "agreement-end"  # {agreement, until}: an earlier last day
# A trainee's chain
ENTRY = "entry"  # an Entry's body, and `import` where a table's row made it: the row's mark, once in a chain
AMENDMENT = "amendment"  # {version, entry}: the entry instead of that version
WITHDRAWAL = "withdrawal"  # {version}
APPROVAL = "approval"  # {version, minutes}: fewer than logged is an approval in part
QUESTION = "question"  # {version, asks}: needs information
DECLINE = "decline"  # {version, reason}
REVERSAL = "reversal"  # {approval}: the commitment of an approval that is taken back
CERTIFICATE = "certificate"  # {certificate, policy, digest}
CERTIFICATE_REVOKED = "certificate-revoked"  # {certificate, reason}
ERASURE = "erasure"  # {commitments, ground}: bodies of its chain that were erased; on the programme's: of names

# Reasons, asks and grounds are words of the lists in `codes`.

ON_PROGRAMME = (OPENED, PERSON, KEY, REVOCATION, AGREEMENT, AGREEMENT_END, ERASURE)
ON_TRAINEE = (
    *(ENTRY, AMENDMENT, WITHDRAWAL, APPROVAL, QUESTION, DECLINE, REVERSAL),
    *(CERTIFICATE, CERTIFICATE_REVOKED, ERASURE),
)
_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_DOMAIN = b"alliancelab hours 1\n"  # so that no signature of ours means anything elsewhere


class Refused(AllianceLabError):
    """What the ledger does not take; `rule` names the rule in a word or two, the text says what is wrong and what to do."""

    def __init__(self, rule: str, text: str):
        self.rule = rule
        super().__init__(text)


def canonical(value: Any) -> bytes:
    """JSON in one way only, as RFC 8785 has it for the values we use: text, whole numbers, lists, tables.

    >>> canonical({"minutes": 50, "category": "study"})
    b'{"category":"study","minutes":50}'
    """
    return _json.encode(value).encode()


@dataclass(frozen=True)
class Draft:
    """Something that somebody wants recorded: its kind, its body, and 32 hexadecimal digits of salt."""

    kind: str
    body: Mapping[str, Any]
    salt: str

    @property
    def commitment(self) -> str:
        """The salted hash that stands for the body."""
        return commitment(self.salt, self.body)


def draft(kind: str, body: Mapping[str, Any], salt: str | None = None) -> Draft:
    """A draft with a fresh salt, or with the given one."""
    return Draft(kind, body, salt or secrets.token_hex(16))


def commitment(salt: str, body: Mapping[str, Any]) -> str:
    """SHA-256 over salt and body, 64 hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(body)).hexdigest()


@dataclass(frozen=True)
class Submission:
    """Drafts for one chain of one ledger, signed together: all are recorded, or none."""

    ledger: str
    chain: str
    signer: str
    signature: str
    drafts: tuple[Draft, ...]

    def is_signed(self) -> bool:
        """Whether the signer signed exactly this."""
        kinds = [(draft.kind, draft.commitment) for draft in self.drafts]
        return signing.verify(self.signer, message(self.ledger, self.chain, kinds), self.signature)

    def as_json(self) -> dict[str, Any]:
        """As it travels in a file."""
        drafts = [{"kind": one.kind, "body": one.body, "salt": one.salt} for one in self.drafts]
        return {
            "ledger": self.ledger,
            "chain": self.chain,
            "signer": self.signer,
            "signature": self.signature,
            "drafts": drafts,
        }


def message(ledger: str, chain: str, commitments: Iterable[tuple[str, str]]) -> bytes:
    """What is signed: the ledger's id, the chain, and each draft's kind and commitment."""
    return _DOMAIN + canonical([ledger, chain, [list(one) for one in commitments]])


def submit(key: Key, ledger: str, chain: str, drafts: Sequence[Draft]) -> Submission:
    """Sign drafts for a chain of a ledger."""
    text = message(ledger, chain, [(one.kind, one.commitment) for one in drafts])
    return Submission(ledger, chain, key.public, key.sign(text), tuple(drafts))


@dataclass(frozen=True)
class Event:
    """A record in a chain. `register` is how long the programme's chain was when it was made: by those rules it stands.

    `at` is the ledger's time, UTC, and never before that of the event it follows. Events that were signed together
    follow each other and hold the same signature, made over `message` of all of them. `body` and `salt` are None once erased.
    """

    ledger: str
    chain: str
    number: int
    register: int
    at: datetime
    kind: str
    signer: str
    signature: str
    commitment: str
    before: str
    hash: str
    body: Mapping[str, Any] | None = None
    salt: str | None = None


def event_hash(
    ledger: str,
    chain: str,
    number: int,
    register: int,
    at: datetime,
    kind: str,
    signer: str,
    signature: str,
    commitment: str,
    before: str,
) -> str:
    """The hash of an event: SHA-256 over all that it says and the hash of the one before."""
    told = [ledger, chain, number, register, stamp(at), kind, signer, signature, commitment, before]
    return hashlib.sha256(_DOMAIN + canonical(told)).hexdigest()


def stamp(at: datetime) -> str:
    """An instant as the ledger writes it: UTC, to the microsecond.

    >>> stamp(datetime.fromisoformat("2026-03-02T16:00+01:00"))
    '2026-03-02T15:00:00.000000Z'
    """
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:26] + "Z"


def chained(submission: Submission, before: Event | None, register: int, at: datetime) -> list[Event]:
    """The events that a submission becomes after the last one of its chain (None: it is the first)."""
    events: list[Event] = []
    for one in submission.drafts:
        number, link = (before.number + 1, before.hash) if before else (0, START)
        at = max(at, before.at) if before else at
        told = (
            *(submission.ledger, submission.chain, number, register, at, one.kind),
            *(submission.signer, submission.signature, one.commitment, link),
        )
        before = Event(*told, event_hash(*told), one.body, one.salt)
        events.append(before)
    return events
