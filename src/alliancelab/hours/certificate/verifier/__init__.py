"""The verifier's page: one HTML file that verifies a certificate in a browser, offline.

`verify.html` is built from the other files here with `npm ci && node build.mjs` and kept beside them, so that whoever uses
the package needs no node; a test builds it again and compares. What the page finds, and the words that it says it in, are
those of `alliancelab.hours.certificate.verifying`; a test holds the two to each other.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

BUILT = Path(__file__).with_name("verify.html")
_EMPTY = '<meta name="issuer" content="">'


def page(issuer: str | None = None) -> bytes:
    """The page as a file; with an issuer (64 digits, a did:key, or a file with one) it trusts that key and no other.

    Raises `AllianceLabError` where the issuer is no public key.

    >>> b'<meta name="issuer" content="3b6a27bc' in page("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
    True
    """
    text = BUILT.read_text(encoding="utf-8")
    if issuer is not None:
        from alliancelab.hours.certificate import verifying

        pinned = f'<meta name="issuer" content="{escape(verifying.trusted_key(issuer))}">'
        before, after = text.split(_EMPTY)
        text = before + pinned + after
    return text.encode()
