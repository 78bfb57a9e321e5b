"""A badge as bytes: Open Badges 3.0, signed as Data Integrity (`eddsa-rdfc-2022`, Ed25519), and the list that revokes.

The only module that knows openbadgeslib; it is imported when it is needed. `certificate` says what stands in a badge,
`verifying` what a verifier makes of it. The issuer is a `did:key`: the public key itself, written another way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate.credential import Badge, Evidence, Measured, StatusList, instant, unpadded
from alliancelab.hours.record import signing
from alliancelab.hours.record.records import Refused
from alliancelab.hours.record.signing import Key

if TYPE_CHECKING:
    from openbadgeslib.ob3.credential import OpenBadgeCredential

SIZE = (
    131_072  # certificates that a list has room for: the least that the standard allows, so that no list gives one away
)
REVOCATION = "revocation"
_PROOF = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
_EDITED = "its signature does not fit what it says: it was edited after it was signed, or forged"


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
    from openbadgeslib.ob3.ldp import OB3LdpSigner

    return _text(OB3LdpSigner(key.pem()).sign(_credential(badge, key.public), created=badge.since))


def _credential(badge: Badge, public: str) -> OpenBadgeCredential:
    from openbadgeslib.ob3 import credential, status_list

    described = {one.id: f"{badge.achievement}#{one.id}" for one in badge.measured}
    return credential.OpenBadgeCredential(
        id=badge.id,
        issuer=credential.Issuer(did(public), badge.programme),
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


def _told(document: Mapping[str, Any]) -> Badge:
    """What a document tells; raises KeyError, TypeError, ValueError or AttributeError where it is not one of ours."""
    subject, entry = document["credentialSubject"], document["credentialStatus"]
    achievement = subject["achievement"]
    measured = zip(subject["result"], achievement["resultDescription"], strict=True)
    return Badge(
        id=document["id"],
        programme=document["issuer"]["name"],
        trainee=subject["identifier"][1]["identityHash"],
        name=subject["identifier"][0]["identityHash"],
        achievement=achievement["id"],
        title=document["name"],
        description=achievement["description"],
        criteria=achievement["criteria"]["narrative"],
        measured=tuple(
            Measured(asked["id"].rpartition("#")[2], asked["name"], reached["value"], asked["requiredValue"])
            for reached, asked in measured
        ),
        evidence=tuple(Evidence(one["genre"], one["name"], one["narrative"]) for one in document.get("evidence", [])),
        since=instant(document["validFrom"]),
        until=instant(document["validUntil"]) if "validUntil" in document else None,
        status=entry["statusListCredential"],
        index=int(entry["statusListIndex"]),
    )


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
    return _text(signed), OB3Signer(key.pem(), "EdDSA").sign_payload(told | _claims(told, since, until)).encode()


def written(document: Mapping[str, Any], public: str) -> Badge:
    """What a document tells that is written word for word as we write a badge of this issuer; raises `Refused`.

    A signature is over the meaning of the JSON, and one meaning can be written in several ways, which another program
    may read otherwise; so there is only one way that is ours.
    """
    try:
        badge = _told(document)
        _only_words(asdict(badge))
        ours = _credential(badge, public).to_vc()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        raise Refused("edited", _EDITED) from None
    _same(document, ours)
    return badge


def _only_words(told: Mapping[str, Any]) -> None:
    """Raise TypeError where something is told by a list of one value, which means the same to a signature as the value."""
    for value in told.values():
        if isinstance(value, tuple):
            for one in value:
                _only_words(one)
        elif not isinstance(value, str | int | datetime | None):
            raise TypeError("a list")


def check(document: Mapping[str, Any], public: str) -> Badge:
    """What a badge tells; raises `Refused` unless the owner of the public key signed exactly this, as its issuer."""
    badge = written(document, public)
    _signed(document, public)
    return badge


def check_list(document: Mapping[str, Any], token: bytes | None, public: str) -> StatusList:
    """What a status list tells; raises `Refused` unless the owner of the public key signed exactly this, as its issuer.

    `token` is the JWT in which it stood, None for a list in JSON.
    """
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import status, status_list

    try:
        encoded = document["credentialSubject"]["encodedList"]
        since, until = instant(document["validFrom"]), instant(document["validUntil"])
        ours = status_list.build_status_list_credential(
            did(public), document["id"], REVOCATION, (), SIZE, issued=since, valid_until=until
        )
        ours["credentialSubject"]["encodedList"] = encoded
        bits = status.decode_encoded_list(encoded)
    except (LibOpenBadgesException, KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Refused("edited", _EDITED) from None
    if token is None:
        _same(document, ours)
        _signed(document, public)
    else:
        _same(document, ours | _claims(ours, since, until))
        _token_signed(token, public)
    if len(bits) * 8 != SIZE:
        raise Refused("edited", _EDITED)
    return StatusList(document["id"], since, until, status.set_indices(bits))


def _claims(told: Mapping[str, Any], since: datetime, until: datetime) -> dict[str, Any]:
    """What a JWT says of itself beside the status list in it."""
    return {
        "iss": told["issuer"],
        "jti": told["id"],
        "nbf": int(since.timestamp()),
        "exp": int(until.timestamp()),
    }


def _same(document: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Raise `Refused` unless a document is ours to the letter, its signature aside; 1, 1.0 and true are three things."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    if json.dumps(bare, sort_keys=True) != json.dumps(ours, sort_keys=True):
        raise Refused("edited", _EDITED)


def _signed(document: Mapping[str, Any], public: str) -> None:
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import ldp

    name, proof = did(public), document.get("proof")
    if not isinstance(proof, dict) or set(proof) != _PROOF or proof["cryptosuite"] != "eddsa-rdfc-2022":
        raise Refused("edited", "it has no signature of the kind that our badges have (eddsa-rdfc-2022)")
    if proof["verificationMethod"] != f"{name}#{name.removeprefix('did:key:')}":
        raise Refused("issuer", f"it was not signed by the key that you trust ({signing.fingerprint(public)})")
    try:
        ldp.verify_data_integrity_proof(dict(document), _pem(public))
    except LibOpenBadgesException:
        raise Refused("edited", _EDITED) from None


def _token_signed(token: bytes, public: str) -> None:
    signed, _, signature = token.rpartition(b".")
    try:
        fits = signing.verify(public, signed, unpadded(signature).hex())
        fits = fits and json.loads(unpadded(signed.partition(b".")[0])).get("alg") == "EdDSA"
    except (ValueError, AttributeError, RecursionError):
        fits = False
    if not fits:
        raise Refused("edited", _EDITED)


def _pem(public: str) -> bytes:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _text(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
