"""What a stranger finds out about a certificate, offline: is it ours, whole, in its time, and not revoked?

Three things are never taken on trust: the key is the verifier's own knowledge, not what the badge says of itself; a status
list that is given is always looked at, and where none is given the verdict says so; and the list must be signed, in its
time, and the very one that the badge names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import badges, credential, succession
from alliancelab.hours.certificate.credential import Badge, NotABadge
from alliancelab.hours.certificate.succession import Succession
from alliancelab.hours.policy.wording import plain
from alliancelab.hours.record import signing
from alliancelab.hours.record.records import Refused

SKEW = timedelta(minutes=5)  # by which two clocks may differ, for what is so new that it is not valid yet
NOT_CHECKED = "Whether it has been revoked was not checked: no status list was given."


@dataclass(frozen=True)
class Verdict:
    """What was found. `rule` and `reason` say why it was refused; `badge` and `key` are there only for
    a valid one: what it says, and which of the trusted keys signed it.

    `status_checked` is False where no status list was given: then a valid one may still have been revoked.
    """

    valid: bool
    digest: str
    rule: str = ""
    reason: str = ""
    status_checked: bool = False
    badge: Badge | None = None
    key: str = ""

    @property
    def said(self) -> str:
        """What the verifier reads."""
        told = self.badge
        if told is None:
            return f"Refused: {self.reason}."
        until = f", valid until {_when(told.until)}" if told.until else ""
        revoked = "It has not been revoked, by the status list given." if self.status_checked else NOT_CHECKED
        return (
            f"Valid. {told.programme} certifies to {told.name}: {told.title}, on {told.since:%Y-%m-%d}{until}.\n"
            f"Signed with the key {signing.fingerprint(self.key)}.\n{revoked}"
        )


def verify(
    path: Path,
    issuers: Sequence[str],
    at: datetime,
    status: Path | None = None,
    successions: Sequence[Succession] = (),
) -> Verdict:
    """Verify a certificate's badge against the public keys that the verifier trusts, at a moment.

    Needs no network, no ledger, and nothing but the files. Raises `AllianceLabError` for a file that cannot be read or
    is none of ours; whatever is wrong with a badge is a verdict.
    """
    text, list_text = _bytes(path), _bytes(status) if status else None
    try:
        document = credential.read(text)
        found = _read_list(status, list_text) if status and list_text is not None else None
    except NotABadge as error:
        raise AllianceLabError(f"{path} is no certificate of ours: {error}") from None
    digest = hashlib.sha256(text).hexdigest()
    try:
        badge, key = _signed(document, issuers, successions)
        _in_time(badge, at)
        if found is not None:
            _standing(badge, *found, at, {key} | succession.successors(key, successions))
    except Refused as refused:
        return Verdict(False, digest, refused.rule, str(refused))
    return Verdict(True, digest, key=key, status_checked=found is not None, badge=badge)


def unverified(path: Path) -> Badge:
    """What a certificate's badge says, nothing of it verified; raises `AllianceLabError` for a file that is none."""
    try:
        document = credential.read(_bytes(path))
        return badges.written(document, badges.public_of(credential.issuer_of(document)))
    except AllianceLabError as error:
        raise AllianceLabError(f"{path} is no certificate of ours: {error}") from None


def trusted_key(text: str) -> str:
    """The public key that a verifier names: 64 hexadecimal digits, a did:key, or a file with one of them in it.

    >>> trusted_key("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")[:16]
    '3b6a27bcceb6a42d'
    """
    words = [text.strip()]
    if not _is_key(words[0]):
        try:
            words = _bytes(Path(text)).decode("utf-8").split()
        except UnicodeDecodeError:
            words = []
    for word in words:
        if word.startswith("did:key:"):
            return badges.public_of(word)
        if _is_key(word):
            return word.lower()
    raise AllianceLabError(
        f"{text[:80]} holds no public key; the issuer's key is 64 digits, a text that begins with did:key:z6Mk, "
        "or a file with one of them"
    )


def _signed(
    document: Mapping[str, Any], issuers: Sequence[str], successions: Iterable[Succession]
) -> tuple[Badge, str]:
    """What the badge says, and which of the keys that are trusted has signed it."""
    trusted = list(dict.fromkeys(issuers))
    trusted += [new for key in trusted for new in sorted(succession.successors(key, successions))]
    issuer = credential.issuer_of(document)
    key = next((key for key in trusted if badges.did(key) == issuer), None)
    if key is None:
        raise Refused("issuer", _stranger(document, issuer, trusted))
    return badges.check(document, key), key


def _stranger(document: Mapping[str, Any], issuer: str, trusted: Sequence[str]) -> str:
    told = document["issuer"].get("name") if isinstance(document.get("issuer"), dict) else None
    name = f"'{plain(told[:80])}'" if isinstance(told, str) and told else "its issuer"
    try:
        other = f"the key {signing.fingerprint(badges.public_of(issuer))}"
    except AllianceLabError:
        other = "a key that it does not name rightly"
    ours = " or ".join(map(signing.fingerprint, trusted))
    return f"it calls its issuer {name}, but comes from {other}, not from the one you trust ({ours}); anybody can write a name"


def _in_time(badge: Badge, at: datetime) -> None:
    if at < badge.since - SKEW:
        raise Refused("not yet", f"it is not valid before {_when(badge.since)}")
    if badge.until is not None and at >= badge.until:
        raise Refused("expired", f"it expired on {_when(badge.until)}")


def _standing(
    badge: Badge, document: Mapping[str, Any], token: bytes | None, at: datetime, speak: Iterable[str]
) -> None:
    """Raise `Refused` unless the status list is the issuer's, whole, in its time, and lets the certificate stand."""
    issuer = credential.issuer_of(document)
    key = next((key for key in speak if badges.did(key) == issuer), None)
    if key is None:
        raise Refused(
            "status issuer",
            "the status list was issued by another key than the certificate, so it says nothing about it; "
            "where the issuer has changed its key, give the succession, too",
        )
    try:
        found = badges.check_list(document, token, key)
    except Refused:
        raise Refused(
            "status edited", "the status list's signature does not fit what it says: it was edited, or forged"
        ) from None
    if found.id != badge.status:
        raise Refused("status other", f"the status list given is {found.id}, but the certificate names {badge.status}")
    if at < found.since - SKEW:
        raise Refused("status window", f"the status list holds only from {_when(found.since)} on")
    if at >= found.until:
        raise Refused(
            "status window",
            f"the status list ran out on {_when(found.until)}; ask the programme for the one of today",
        )
    if badge.index in found.revoked:
        raise Refused("revoked", f"the programme has revoked it, by its status list of {_when(found.since)}")


def _read_list(path: Path, text: bytes) -> tuple[dict[str, Any], bytes | None]:
    try:
        return credential.read_list(text)
    except NotABadge as error:
        raise AllianceLabError(f"{path} is no status list: {error}") from None


def _bytes(path: Path) -> bytes:
    """What stands in a file, and never much more than a badge can hold."""
    try:
        with open(path, "rb") as file:
            text = file.read(credential.MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise AllianceLabError(
            f"{str(path)[:200]} cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    if text.startswith(b"%PDF"):
        raise AllianceLabError(
            f"{path} is the printed form; verify the badge beside it (certificate.json), also attached to it"
        )
    return text


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _is_key(word: str) -> bool:
    return word.startswith("did:key:") or signing.is_public(word.lower())
