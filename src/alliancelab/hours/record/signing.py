"""Keys and signatures: Ed25519, as the library `cryptography` does it.

A public key is written as 64 hexadecimal digits; people compare its `fingerprint`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from alliancelab.errors import AllianceLabError

_PUBLIC = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Key:
    """A private key; its text shows only the public half."""

    _private: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> str:
        """The public key, 64 hexadecimal digits."""
        raw = self._private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return raw.hex()

    def sign(self, message: bytes) -> str:
        """The signature of a message, 128 hexadecimal digits."""
        return self._private.sign(message).hex()

    def pem(self, passphrase: bytes | None = None) -> bytes:
        """The key as a PKCS #8 file, encrypted where there is a passphrase."""
        hidden = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        return self._private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)

    def __repr__(self) -> str:
        return f"Key({self.public})"


def new_key() -> Key:
    """A new key, from the system's own randomness."""
    return Key(Ed25519PrivateKey.generate())


def from_seed(seed: bytes) -> Key:
    """The key that 32 bytes make: for tests, and for whoever keeps a seed.

    >>> from_seed(bytes(32)).public[:16]
    '3b6a27bcceb6a42d'
    """
    return Key(Ed25519PrivateKey.from_private_bytes(seed))


def from_pem(text: bytes, passphrase: bytes | None = None) -> Key:
    """Read a key from a PKCS #8 file; raises `AllianceLabError` where it, or the passphrase, is not right."""
    try:
        private = serialization.load_pem_private_key(text, passphrase or None)
    except TypeError:
        wanted = "needs its passphrase" if not passphrase else "has no passphrase; leave it empty"
        raise AllianceLabError(f"the key {wanted}") from None
    except (ValueError, AttributeError):
        raise AllianceLabError("the key cannot be read: the passphrase is wrong, or it is no PEM key") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise AllianceLabError("the key is not an Ed25519 key; make one with `alliancelab hours key new`")
    return Key(private)


def is_public(text: str) -> bool:
    """Whether a text is a public key as we write it."""
    return _PUBLIC.fullmatch(text) is not None


def verify(public: str, message: bytes, signature: str) -> bool:
    """Whether the owner of a public key signed exactly this message; anything that is no key or signature is a no.

    >>> key = from_seed(bytes(32))
    >>> verify(key.public, b"50 minutes", key.sign(b"50 minutes")), verify(key.public, b"51 minutes", key.sign(b"50 minutes"))
    (True, False)
    """
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: str) -> str:
    """What two people read to each other to compare a key: eight groups of four digits.

    >>> fingerprint(from_seed(bytes(32)).public)
    '139e-3940-e64b-5491-7220-88d9-a0d7-4162'
    """
    digest = hashlib.sha256(bytes.fromhex(public)).hexdigest()
    return "-".join(digest[at : at + 4] for at in range(0, 32, 4))
