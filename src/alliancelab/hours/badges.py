"""A badge as bytes: Open Badges 3.0, signed as Data Integrity (`eddsa-rdfc-2022`, Ed25519), and the list that revokes.

The only module that knows openbadgeslib; it is imported when it is needed. `certificate` says what stands in a badge,
`verifying` what a verifier makes of it. The issuer is a `did:key`: the public key itself, written another way.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from alliancelab.errors import AllianceLabError
from alliancelab.hours import signing
from alliancelab.hours.records import Refused
from alliancelab.hours.signing import Key

MOST_BYTES = 256 * 1024  # openbadgeslib takes no more either
SIZE = (
    131_072  # certificates that a list has room for: the least that the standard allows, so that no list gives one away
)
REVOCATION = "revocation"
_V2 = "https://www.w3.org/ns/credentials/v2"
_CONTEXTS = {  # exactly these: a context says what every word means, and is itself not signed
    "OpenBadgeCredential": (
        [
            _V2,
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ],
    ),
    "BitstringStatusListCredential": ([_V2],),
}
_PROOF = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}


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


def did(public: str) -> str:
    """A public key as a `did:key`.

    >>> did(signing.from_seed(bytes(32)).public)
    'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
    """
    from openbadgeslib.ob3.did import did_key_from_pem

    return did_key_from_pem(_pem(public))


def public_of(name: str) -> str:
    """The public key that a `did:key` is, 64 hexadecimal digits; raises `AllianceLabError`.

    >>> public_of("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")[:16]
    '3b6a27bcceb6a42d'
    """
    from openbadgeslib.ob3.did import resolve_did
    from openbadgeslib.ob3.verifier import OB3VerificationError

    try:
        if not name.startswith("did:key:"):
            raise ValueError
        key = serialization.load_pem_public_key(resolve_did(name))
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError
    except (OB3VerificationError, ValueError):
        raise AllianceLabError(f"'{name[:80]}' is no did:key of an Ed25519 key; it begins with did:key:z6Mk") from None
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def sign(badge: Badge, key: Key) -> bytes:
    """The badge as a file, signed; the same badge and key give the same bytes."""
    from openbadgeslib.ob3 import credential, status_list
    from openbadgeslib.ob3.ldp import OB3LdpSigner

    described = {one.id: f"{badge.achievement}#{one.id}" for one in badge.measured}
    told = credential.OpenBadgeCredential(
        id=badge.id,
        issuer=credential.Issuer(did(key.public), badge.programme),
        recipient_id=None,
        identifiers=[
            credential.IdentityObject(badge.name, "name", hashed=False),
            credential.IdentityObject(badge.trainee, "identifier", hashed=False),
        ],
        name=badge.title,
        achievement=credential.Achievement(
            id=badge.achievement,
            name=badge.title,
            description=badge.description,
            criteria_narrative=badge.criteria,
            achievement_type="Certificate",
            result_descriptions=[
                credential.ResultDescription(described[one.id], one.title, "Result", required_value=one.asked)
                for one in badge.measured
            ],
        ),
        results=[
            credential.Result(value=one.reached, status="Completed", result_description=described[one.id])
            for one in badge.measured
        ],
        evidence=[
            credential.Evidence(genre=one.genre, name=one.name, narrative=one.narrative) for one in badge.evidence
        ],
        issuance_date=badge.since,
        expiration_date=badge.until,
        credential_status=[status_list.status_entry(badge.status, REVOCATION, badge.index)],
    )
    return _text(OB3LdpSigner(key.pem()).sign(told, created=badge.since))


def sign_list(key: Key, url: str, revoked: Iterable[int], since: datetime, until: datetime) -> tuple[bytes, bytes]:
    """A status list in both forms, Data Integrity (JSON) and JWT: verifiers differ in which they read.

    `url` is the list's own address, to which badges point; `revoked` are the places of those that no longer stand.
    """
    from openbadgeslib.ob3 import ldp, status_list
    from openbadgeslib.ob3.signer import OB3Signer

    name = did(key.public)
    told = status_list.build_status_list_credential(
        name, url, REVOCATION, sorted(revoked), SIZE, issued=since, valid_until=until
    )
    method = ldp.OB3LdpSigner(key.pem()).verification_method
    signed = ldp.add_data_integrity_proof(told, key.pem(), method, created=since)
    claims = {"iss": name, "jti": url, "nbf": int(since.timestamp()), "exp": int(until.timestamp())}
    return _text(signed), OB3Signer(key.pem(), "EdDSA").sign_payload(told | claims).encode()


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
        return read(_unpadded(payload), kind), token
    except ValueError:
        raise NotABadge("it is neither a status list in JSON nor one as a JWT") from None


def check(document: Mapping[str, Any], public: str) -> None:
    """Raise `Refused` unless the owner of the public key signed exactly this document, as its issuer.

    What is signed is the meaning of the JSON, as a set of statements, so the JSON must also be the one way of writing them.
    """
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import contexts, ldp

    name, proof = did(public), document.get("proof")
    kind = next((kind for kind in _CONTEXTS if kind in document["type"]), "")
    if document.get("@context") not in _CONTEXTS.get(kind, ()):
        raise Refused("edited", "its @context is not the one that our badges have, so its words could mean anything")
    if not isinstance(proof, dict) or set(proof) != _PROOF or proof["cryptosuite"] != "eddsa-rdfc-2022":
        raise Refused("edited", "it has no signature of the kind that our badges have (eddsa-rdfc-2022)")
    if issuer_of(document) != name or proof["verificationMethod"] != f"{name}#{name.removeprefix('did:key:')}":
        raise Refused("issuer", f"it was not signed by the key that you trust ({signing.fingerprint(public)})")
    try:
        ldp._check_json_ld_form(dict(document), proof, contexts.document_loader())
        ldp.verify_data_integrity_proof(dict(document), _pem(public))
    except LibOpenBadgesException:
        raise Refused(
            "edited", "its signature does not fit what it says: it was edited after it was signed, or forged"
        ) from None


def check_list(document: Mapping[str, Any], token: bytes | None, public: str) -> None:
    """Raise `Refused` unless the owner of the public key signed this status list, as its issuer; `token` is its JWT."""
    if token is None:
        return check(document, public)
    signed, _, signature = token.rpartition(b".")
    try:
        fits = signing.verify(public, signed, _unpadded(signature).hex())
        fits = fits and json.loads(_unpadded(signed.partition(b".")[0])).get("alg") == "EdDSA"
    except (ValueError, AttributeError):
        fits = False
    if issuer_of(document) != did(public):
        raise Refused("issuer", f"it was not signed by the key that you trust ({signing.fingerprint(public)})")
    if not fits:
        raise Refused("edited", "its signature does not fit what it says: it was edited after it was signed, or forged")
    return None


def issuer_of(document: Mapping[str, Any]) -> str:
    """Who a document says has issued it, a DID in our badges; empty where it says nothing."""
    issuer = document.get("issuer")
    name = issuer.get("id") if isinstance(issuer, dict) else issuer
    return name if isinstance(name, str) else ""


def is_set(document: Mapping[str, Any], index: int) -> bool:
    """Whether a verified status list revokes the badge with this place in it; raises `Refused` where it has no such place."""
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3.status import decode_encoded_list, set_indices

    try:
        bits = decode_encoded_list(document["credentialSubject"]["encodedList"])
    except (LibOpenBadgesException, ValueError, KeyError, TypeError):
        raise Refused("status", "the status list holds no list that can be read") from None
    if not 0 <= index < len(bits) * 8:
        raise Refused("status", f"the status list has no place {index}, at which this certificate should stand")
    return index in set_indices(bits)


def _pem(public: str) -> bytes:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _text(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def _unpadded(text: bytes) -> bytes:
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
