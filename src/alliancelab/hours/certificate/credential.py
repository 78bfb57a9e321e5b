"""What stands in a badge and in a status list, and how their files are read; `badges` signs and verifies them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alliancelab.errors import AllianceLabError

MOST_BYTES = 256 * 1024  # openbadgeslib takes no more either


class NotABadge(AllianceLabError):
    """A file that is no badge and no status list of ours, valid or not."""


@dataclass(frozen=True)
class Measured:
    """A requirement as a badge tells it: what was asked and what was reached, in words such as `27000 minutes`."""

    id: str
    title: str
    reached: str
    asked: str


@dataclass(frozen=True)
class Evidence:
    """Something that speaks for the certificate; `genre` says of which sort."""

    genre: str
    name: str
    narrative: str


@dataclass(frozen=True)
class Badge:
    """All that a badge says. `id`, `achievement` and `status` are addresses (urn: or https:), `index` is its place in the
    status list.
    """

    id: str
    programme: str
    trainee: str
    name: str
    achievement: str
    title: str
    description: str
    criteria: str
    measured: tuple[Measured, ...]
    evidence: tuple[Evidence, ...]
    since: datetime
    until: datetime | None
    status: str
    index: int


@dataclass(frozen=True)
class StatusList:
    """What a status list tells: its address, from when to when it holds, and which places are revoked."""

    id: str
    since: datetime
    until: datetime
    revoked: frozenset[int]


def read(text: bytes, kind: str = "OpenBadgeCredential") -> dict[str, Any]:
    """What stands in a file that says it is a badge, nothing of it verified; raises `NotABadge`."""
    if len(text) > MOST_BYTES:
        raise NotABadge(f"it is larger than {MOST_BYTES // 1024} KB, which no badge of ours is")
    try:
        document = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(document, ensure_ascii=False).encode()  # a half of a surrogate pair
    except RecursionError:
        raise NotABadge("it is nested too deeply to be a badge") from None
    except UnicodeError:
        raise NotABadge("it is not text in UTF-8; a badge is a JSON file") from None
    except ValueError as error:
        raise NotABadge(f"it is not JSON ({error})") from None
    types = document.get("type") if isinstance(document, dict) else None
    if not isinstance(types, list) or kind not in types:
        what = "an Open Badges 3.0 credential" if kind == "OpenBadgeCredential" else "a status list"
        raise NotABadge(f"it is JSON, but not {what}")
    return document


def read_list(text: bytes) -> tuple[dict[str, Any], bytes | None]:
    """What stands in a status list of either form, and the JWT where it is one; nothing is verified. Raises `NotABadge`."""
    kind = "BitstringStatusListCredential"
    if text.lstrip()[:1] == b"{" or len(text) > MOST_BYTES:
        return read(text, kind), None
    token = text.strip()
    try:
        _, payload, _ = token.split(b".")
        return read(unpadded(payload), kind), token
    except ValueError:
        raise NotABadge("it is neither a status list in JSON nor one as a JWT") from None


def issuer_of(document: Mapping[str, Any]) -> str:
    """Who a document says has issued it, a DID in our badges; empty where it says nothing."""
    issuer = document.get("issuer")
    name = issuer.get("id") if isinstance(issuer, dict) else issuer
    return name if isinstance(name, str) else ""


def instant(text: str) -> datetime:
    """A moment as it stands in a badge; raises ValueError for one without an offset."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no offset")
    return found.astimezone(UTC)


def unpadded(text: bytes) -> bytes:
    """The bytes of base64url without padding, written in the one right way; raises ValueError."""
    try:
        found = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if base64.urlsafe_b64encode(found).rstrip(b"=") != text:
        raise ValueError("no base64url")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table of JSON in which no name stands twice: two readers could see two different badges."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name stands twice in one table")
    return table


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
