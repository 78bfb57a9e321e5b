"""What becomes of certificates when an issuer's key is changed or lost.

- *Changed while both are there.* The old key signs a succession: "this key speaks for me, too". Whoever trusts the old key
  and is given that file takes certificates of the new one, and the new one's word on which of the old are revoked. Old
  certificates go on being verified with the old key. Without the file a verifier trusts the new key only if told to.
- *Lost.* What it signed stays valid, but nobody can publish a new list of what is revoked in its name, and the last one
  runs out. So sign a succession to a spare key on the day the first key is made, and keep the spare elsewhere. Without
  one, issue the certificates again with a new key, whose fingerprint the verifiers must be told.
- *Stolen.* A thief can sign all that the owner could, a succession, too; no file can undo that. Tell verifiers to stop
  trusting the key, and issue the certificates again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import signing
from alliancelab.hours.record.records import Refused, canonical, stamp
from alliancelab.hours.record.signing import Key

_DOMAIN = b"alliancelab succession 1\n"


@dataclass(frozen=True)
class Succession:
    """The owner of the key `old` says that `new` speaks for them, too; `at` is when they said it."""

    old: str
    new: str
    at: str
    signature: str

    def as_json(self) -> str:
        """As it stands in a file."""
        return json.dumps({"succession": asdict(self)}, indent=1) + "\n"


def hand_over(key: Key, new: str, at: datetime) -> Succession:
    """Say with the old key that a new one speaks for it.

    >>> old, new = signing.from_seed(bytes(32)), signing.from_seed(bytes(31) + b"1")
    >>> said = hand_over(old, new.public, datetime.fromisoformat("2026-03-02T12:00Z"))
    >>> read(said.as_json()) == said, successors(old.public, [said]) == {new.public}, successors(new.public, [said])
    (True, True, set())
    """
    if not signing.is_public(new) or new == key.public:
        raise AllianceLabError(
            "a succession needs another public key: 64 digits, as `alliancelab hours key show` prints"
        )
    return Succession(key.public, new, stamp(at), key.sign(_message(key.public, new, stamp(at))))


def read(text: str | bytes) -> Succession:
    """Read a succession and verify its signature; raises `AllianceLabError` for another file, `Refused` for a forged one."""
    try:
        found = Succession(**json.loads(text)["succession"])
        if not signing.is_public(found.new):
            raise ValueError
        message = _message(found.old, found.new, found.at)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise AllianceLabError("it is no succession; `alliancelab certificate succession` writes one") from None
    if not signing.verify(found.old, message, found.signature):
        raise Refused("succession", "the succession was not signed by the key that it says is the old one")
    return found


def successors(key: str, successions: Iterable[Succession]) -> set[str]:
    """Every key that speaks for a key, directly or through another; not the key itself."""
    links = list(successions)
    found, ahead = set[str](), [key]
    while ahead:
        old = ahead.pop()
        for link in links:
            if link.old == old and link.new not in found:
                found.add(link.new)
                ahead.append(link.new)
    return found - {key}


def _message(old: str, new: str, at: str) -> bytes:
    return _DOMAIN + canonical([old, new, at])
