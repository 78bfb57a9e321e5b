"""A checkpoint: how long each chain is and where it ends, signed by the programme, kept outside the database.

A chain of hashes cannot see that its end was cut off, nor that it was written anew from some point on. Whoever holds a
checkpoint can: an audit that is given one finds both. So every certificate and every weekly statement carries one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import records, signing
from alliancelab.hours.record.signing import Key

if TYPE_CHECKING:
    from alliancelab.hours.record.ledger import Ledger

LARGEST = 50_000_000  # bytes; a chain takes about a hundred
_DOMAIN = b"alliancelab hours checkpoint 1\n"
_FIELDS = {"ledger", "at", "chains", "signer", "signature"}


@dataclass(frozen=True)
class Checkpoint:
    """The ledger's id, when, each chain's length and the hash of its last event, and the programme's signature over it."""

    ledger: str
    at: str
    chains: Mapping[str, tuple[int, str]]
    signer: str
    signature: str = ""

    def message(self) -> bytes:
        """What is signed."""
        chains = {name: list(end) for name, end in self.chains.items()}
        return _DOMAIN + records.canonical([self.ledger, self.at, chains, self.signer])

    def is_signed(self) -> bool:
        """Whether the key it names signed just this."""
        return signing.verify(self.signer, self.message(), self.signature)

    def as_json(self) -> dict[str, Any]:
        """As it stands in a file, a certificate or a statement."""
        chains = {name: list(end) for name, end in self.chains.items()}
        told = {"ledger": self.ledger, "at": self.at, "chains": chains}
        return told | {"signer": self.signer, "signature": self.signature}

    def write(self, path: Path) -> None:
        """Write it to a file."""
        Path(path).write_text(json.dumps(self.as_json(), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def take(ledger: Ledger, key: Key, now: Callable[[], datetime], chains: Collection[str] | None = None) -> Checkpoint:
    """The checkpoint of a ledger as it stands, or of some of its chains; the key is the programme's.

    The programme's own chain is always in it, since the others lean on it.
    """
    ends = ledger.ends()
    if chains is not None:
        ends = {name: end for name, end in ends.items() if name in chains or name == records.PROGRAMME}
    bare = Checkpoint(ledger.id, records.stamp(now()), ends, key.public)
    return Checkpoint(bare.ledger, bare.at, bare.chains, bare.signer, key.sign(bare.message()))


def read(path: Path) -> Checkpoint:
    """Read a checkpoint from its file, or from a statement's, which carries one; raises `AllianceLabError` where there is none.

    Whether it is signed is for `is_signed` to say.
    """
    try:
        if Path(path).stat().st_size > LARGEST:
            raise AllianceLabError(f"{path} is too large for a checkpoint")
        told = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise AllianceLabError(f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise AllianceLabError(f"{path} is no checkpoint; take one with `alliancelab hours checkpoint`") from None
    carried = told.get("checkpoint") if isinstance(told, dict) else None
    return of(told if carried is None else carried, str(path))


def of(told: Any, called: str = "this") -> Checkpoint:
    """Read a checkpoint from JSON values, as a certificate or a statement carries it."""
    try:
        if set(told) != _FIELDS:
            raise ValueError
        chains = {}
        for name, (size, head) in told["chains"].items():
            if not isinstance(size, int) or isinstance(size, bool) or size < 1 or not signing.is_public(head):
                raise ValueError
            chains[name] = (size, head)
        words = [told[name] for name in ("ledger", "at", "signer", "signature")]
        if not chains or not all(isinstance(word, str) for word in words):
            raise ValueError
    except (TypeError, ValueError, AttributeError):
        raise AllianceLabError(f"{called} is no checkpoint; take one with `alliancelab hours checkpoint`") from None
    return Checkpoint(words[0], words[1], chains, words[2], words[3])
