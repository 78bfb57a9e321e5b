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
from alliancelab.hours import badges, signing, succession
from alliancelab.hours.badges import NotABadge
from alliancelab.hours.records import Refused
from alliancelab.hours.succession import Succession

SKEW = timedelta(minutes=5)  # by which two clocks may differ, for what is so new that it is not valid yet
NOT_CHECKED = "Whether it has been revoked was not checked: no status list was given."


@dataclass(frozen=True)
class Facts:
    """What a certificate says, all of it signed."""

    certificate: str
    programme: str
    trainee: str
    name: str
    title: str
    criteria: str
    measured: tuple[badges.Measured, ...]
    evidence: tuple[badges.Evidence, ...]
    since: datetime
    until: datetime | None
    key: str
    status: str
    index: int


@dataclass(frozen=True)
class Verdict:
    """What was found. `rule` and `reason` say why it was refused; `facts` are there only for a valid one.

    `status_checked` is False where no status list was given: then a valid one may still have been revoked.
    """

    valid: bool
    digest: str
    rule: str = ""
    reason: str = ""
    status_checked: bool = False
    facts: Facts | None = None

    @property
    def said(self) -> str:
        """What the verifier reads."""
        if self.facts is None:
            return f"Refused: {self.reason}."
        told = self.facts
        until = f", valid until {told.until:%Y-%m-%d %H:%M} UTC" if told.until else ""
        revoked = "It has not been revoked, by the status list given." if self.status_checked else NOT_CHECKED
        return (
            f"Valid. {told.programme} certifies to {told.name}: {told.title}, on {told.since:%Y-%m-%d}{until}.\n"
            f"Signed with the key {signing.fingerprint(told.key)}.\n{revoked}"
        )


def verify(
    path: Path,
    issuers: Sequence[str],
    at: datetime,
    status: Path | None = None,
    successions: Iterable[Succession] = (),
) -> Verdict:
    """Verify a certificate's badge against the public keys that the verifier trusts, at a moment.

    Needs no network, no ledger, and nothing but the files. Raises `AllianceLabError` for a file that cannot be read or
    is none of ours; whatever is wrong with a badge is a verdict.
    """
    text, list_text = _bytes(path), _bytes(status) if status else None
    try:
        document = badges.read(text)
        found = _read_list(status, list_text) if status and list_text is not None else None
    except NotABadge as error:
        raise AllianceLabError(f"{path} is no certificate of ours: {error}") from None
    digest = hashlib.sha256(text).hexdigest()
    try:
        facts = _signed(document, issuers, successions := tuple(successions))
        _in_time(facts, at)
        if found is not None:
            _standing(facts, *found, at, {facts.key} | succession.successors(facts.key, successions))
    except Refused as refused:
        return Verdict(False, digest, refused.rule, str(refused))
    return Verdict(True, digest, status_checked=found is not None, facts=facts)


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


def facts_of(document: Mapping[str, Any], key: str) -> Facts:
    """What stands in a badge whose signature was verified; raises `Refused` where it is no certificate of ours."""
    try:
        subject = document["credentialSubject"]
        achievement, entry = subject["achievement"], document["credentialStatus"]
        known = {one["identityType"]: one["identityHash"] for one in subject["identifier"]}
        asked = {one["id"]: one for one in achievement["resultDescription"]}
        if entry["type"] != "BitstringStatusListEntry" or entry["statusPurpose"] != badges.REVOCATION:
            raise ValueError
        if entry.get("statusSize", 1) != 1:
            raise ValueError
        return Facts(
            certificate=document["id"],
            programme=document["issuer"]["name"],
            trainee=known["identifier"],
            name=known["name"],
            title=document["name"],
            criteria=achievement["criteria"]["narrative"],
            measured=tuple(
                badges.Measured(
                    one["resultDescription"].rpartition("#")[2],
                    asked[one["resultDescription"]]["name"],
                    one["value"],
                    asked[one["resultDescription"]]["requiredValue"],
                )
                for one in subject["result"]
            ),
            evidence=tuple(
                badges.Evidence(one["genre"], one["name"], one["narrative"]) for one in document.get("evidence", [])
            ),
            since=_instant(document["validFrom"]),
            until=_instant(document["validUntil"]) if "validUntil" in document else None,
            key=key,
            status=entry["statusListCredential"],
            index=int(entry["statusListIndex"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refused("kind", "it is signed, but it is no certificate of supervised hours as we make them") from None


def _signed(document: Mapping[str, Any], issuers: Sequence[str], successions: Iterable[Succession]) -> Facts:
    trusted = list(dict.fromkeys(issuers))
    trusted += [new for key in trusted for new in sorted(succession.successors(key, successions))]
    issuer = badges.issuer_of(document)
    key = next((key for key in trusted if badges.did(key) == issuer), None)
    if key is None:
        raise Refused("issuer", _stranger(document, issuer, trusted))
    badges.check(document, key)
    return facts_of(document, key)


def _stranger(document: Mapping[str, Any], issuer: str, trusted: Sequence[str]) -> str:
    told = document["issuer"].get("name") if isinstance(document.get("issuer"), dict) else None
    name = f"'{told[:80]}'" if isinstance(told, str) and told else "its issuer"
    try:
        other = f"the key {signing.fingerprint(badges.public_of(issuer))}"
    except AllianceLabError:
        other = "a key that it does not name rightly"
    ours = " or ".join(map(signing.fingerprint, trusted))
    return f"it calls its issuer {name}, but comes from {other}, not from the one you trust ({ours}); anybody can write a name"


def _in_time(facts: Facts, at: datetime) -> None:
    if at < facts.since - SKEW:
        raise Refused("not yet", f"it is not valid before {facts.since:%Y-%m-%d %H:%M} UTC")
    if facts.until is not None and at >= facts.until:
        raise Refused("expired", f"it expired on {facts.until:%Y-%m-%d %H:%M} UTC")


def _standing(
    facts: Facts, document: Mapping[str, Any], token: bytes | None, at: datetime, speak: Iterable[str]
) -> None:
    """Raise `Refused` unless the status list is the issuer's, whole, in its time, and lets the certificate stand."""
    issuer = badges.issuer_of(document)
    key = next((key for key in speak if badges.did(key) == issuer), None)
    if key is None:
        raise Refused(
            "status issuer",
            "the status list was issued by another key than the certificate, so it says nothing about it; "
            "where the issuer has changed its key, give the succession, too",
        )
    try:
        badges.check_list(document, token, key)
    except Refused as refused:
        raise Refused(f"status {refused.rule}", f"the status list does not count: {refused}") from None
    if document.get("id") != facts.status:
        raise Refused(
            "status other",
            f"the status list given is {str(document.get('id'))[:200]}, but the certificate names {facts.status[:200]}",
        )
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict) or subject.get("statusPurpose") != badges.REVOCATION:
        raise Refused("status purpose", "the status list is not one of what is revoked")
    try:
        since, until = _instant(document["validFrom"]), _instant(document["validUntil"])
    except (KeyError, TypeError, ValueError):
        raise Refused("status window", "the status list does not say from when to when it holds") from None
    if at < since - SKEW:
        raise Refused("status window", f"the status list holds only from {since:%Y-%m-%d %H:%M} UTC on")
    if at >= until:
        raise Refused(
            "status window",
            f"the status list ran out on {until:%Y-%m-%d %H:%M} UTC; ask the programme for the one of today",
        )
    if badges.is_set(document, facts.index):
        raise Refused("revoked", f"the programme has revoked it, by its status list of {since:%Y-%m-%d %H:%M} UTC")


def _read_list(path: Path, text: bytes) -> tuple[dict[str, Any], bytes | None]:
    try:
        return badges.read_list(text)
    except NotABadge as error:
        raise AllianceLabError(f"{path} is no status list: {error}") from None


def _bytes(path: Path) -> bytes:
    """What stands in a file, and never much more than a badge can hold."""
    try:
        with open(path, "rb") as file:
            text = file.read(badges.MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise AllianceLabError(
            f"{str(path)[:200]} cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    if text.startswith(b"%PDF"):
        raise AllianceLabError(
            f"{path} is the printed form; verify the badge beside it (certificate.json), also attached to it"
        )
    return text


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no offset")
    return found


def _is_key(word: str) -> bool:
    return word.startswith("did:key:") or signing.is_public(word.lower())
