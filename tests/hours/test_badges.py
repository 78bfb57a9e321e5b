"""A badge is what the standard says, and nothing in it can be changed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import making_badges
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making_badges import ISSUED, KEY, LIST

from alliancelab.hours.certificate import badges, credential
from alliancelab.hours.record import signing
from alliancelab.hours.record.records import Refused

UNTIL = ISSUED + timedelta(days=92)
GOOD = json.loads(badges.sign(making_badges.badge(until=UNTIL), KEY))
STATUS, TOKEN = badges.sign_list(KEY, LIST, [12, 131_071], ISSUED, UNTIL)

Edit = tuple[str, Callable[[Any], Any]]


def _tables(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value in a document, with the way to it."""
    yield path, value
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _tables(one, (*path, name))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _tables(one, (*path, at))


PATHS = [path for path, _ in _tables(GOOD) if path]


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def _other(value: Any) -> list[Any]:
    """Values that are near a value and mean something else."""
    if isinstance(value, bool):
        return [not value, str(value).lower()]
    if isinstance(value, str):
        return [value + "x", value.upper() if value.upper() != value else value.lower() + " ", "", None, 1, [value]]
    return [None, "x"]


def _is_refused(document: Any) -> bool:
    try:
        badges.check(credential.read(json.dumps(document).encode()), KEY.public)
    except (Refused, credential.NotABadge):
        return True
    return False


def test_a_good_badge_is_taken() -> None:
    """The badge that all edits start from is valid, also when another program has written its JSON in another order."""
    assert not _is_refused(GOOD)
    assert not _is_refused(json.loads(json.dumps(GOOD, sort_keys=True)))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: "/".join(map(str, path)))
def test_any_value_changed_or_removed_is_refused(path: tuple[Any, ...]) -> None:
    """Whatever stands in a badge, changed a little or taken out, makes it refused."""
    for other in _other(_at(GOOD, path)):
        edited = deepcopy(GOOD)
        _at(edited, path[:-1])[path[-1]] = other
        assert _is_refused(edited), other
    edited = deepcopy(GOOD)
    del _at(edited, path[:-1])[path[-1]]
    assert _is_refused(edited)


@pytest.mark.parametrize("path", [(), *[path for path in PATHS if isinstance(_at(GOOD, path), dict)]])
@pytest.mark.parametrize(
    "name", ["x", "description", "narrative", "https://example.org/x", "@included", "alsoKnownAs", "expirationDate"]
)
def test_anything_added_is_refused(path: tuple[Any, ...], name: str) -> None:
    """A name that no context knows, one that they know, an address, and a way to add statements aside: all are refused."""
    edited = deepcopy(GOOD)
    table = _at(edited, path)
    if name in table:
        return
    table[name] = {"id": "urn:x:1", "narrative": "more"} if name == "@included" else "more"
    assert _is_refused(edited)


@given(
    st.sampled_from(PATHS),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
        max_leaves=4,
    ),
)
@settings(max_examples=80, deadline=None)
def test_any_value_in_the_place_of_another_is_refused(path: tuple[Any, ...], other: Any) -> None:
    """Nor can any other value take the place of one that was signed."""
    if _at(GOOD, path) == other and type(_at(GOOD, path)) is type(other):
        return
    edited = deepcopy(GOOD)
    _at(edited, path[:-1])[path[-1]] = other
    assert _is_refused(edited)


def test_two_values_of_one_name_are_no_badge() -> None:
    """A name that stands twice in a table, of which two readers would read two badges, is no JSON of ours."""
    text = json.dumps(GOOD).replace('"name": "BACP', '"name": "Better", "name": "BACP', 1)
    assert json.loads(text) == GOOD
    with pytest.raises(credential.NotABadge, match="a name stands twice"):
        credential.read(text.encode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "it is not JSON"),
        (b"[]", "it is JSON, but not an Open Badges 3.0 credential"),
        (b'{"type": ["VerifiableCredential"]}', "it is JSON, but not an Open Badges 3.0 credential"),
        (b'{"type": 1e999}', "but not an Open Badges"),
        (b'{"type": NaN}', "NaN is no number"),
        (b"\xff\xfe", "it is not text in UTF-8"),
        (b'{"type": "\\ud800"}', "it is not text in UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b" " * (credential.MOST_BYTES + 1), "it is larger than 256 KB"),
    ],
)
def test_what_is_no_badge_is_told_in_a_sentence(text: bytes, said: str) -> None:
    """A file that is something else is neither valid nor refused: it is no badge."""
    with pytest.raises(credential.NotABadge, match=said):
        credential.read(text)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_is_more_than_no_badge(text: bytes) -> None:
    """Whatever stands in a file, reading it ends in a document or in a sentence."""
    for read in (credential.read, credential.read_list):
        with pytest.raises(credential.NotABadge):
            read(text)


def test_the_same_badge_is_the_same_bytes() -> None:
    """Signing twice makes no second certificate."""
    assert badges.sign(making_badges.badge(), KEY) == badges.sign(making_badges.badge(), KEY)


def test_what_was_issued_once_is_written_the_same_for_ever() -> None:
    """A certificate must be written word for word as we write it, so another way of writing would refuse all older ones.

    Whoever changes a badge's form keeps the old one, too, for verifying.
    """
    text = badges.sign(making_badges.badge(), KEY)
    assert hashlib.sha256(text).hexdigest() == "22e359f4f3f148f7d1fafb1a7beacb2493f805d8700aef536e564610bb482dbd"


def test_the_librarys_own_verifier_takes_badge_and_list() -> None:
    """What we check with the library's parts, its whole verifier takes, too: with the list as a JWT, and pinned."""
    from openbadgeslib.ob3.ldp import OB3LdpVerifier
    from openbadgeslib.ob3.verifier import OB3VerificationError

    verifier = OB3LdpVerifier(badges._pem(KEY.public))
    long = ISSUED.replace(year=2100)
    _, token = badges.sign_list(KEY, LIST, [12], ISSUED, long)
    good, revoked = (badges.sign(making_badges.badge(1, index, until=long), KEY) for index in (11, 12))
    for text in (good, revoked):
        assert verifier.verify(text).issuer.name == "Riverside Training Programme"
    assert verifier.verify(good, check_status=True, download=lambda _: token)
    with pytest.raises(OB3VerificationError, match="'revocation' is set at index 12"):
        verifier.verify(revoked, check_status=True, download=lambda _: token)


@pytest.mark.parametrize("text", [STATUS, TOKEN], ids=["json", "jwt"])
def test_both_forms_of_the_list_say_the_same(text: bytes) -> None:
    """Each form of a status list is signed and revokes the same places, the last one included."""
    document, token = credential.read_list(text)
    assert badges.check_list(document, token, KEY.public) == credential.StatusList(
        LIST, ISSUED, UNTIL, frozenset({12, 131_071})
    )


def test_an_edited_list_is_refused() -> None:
    """No value of a status list can be changed in its JSON form."""
    document = json.loads(STATUS)
    for path, value in _tables(document):
        for other in _other(value) if path else []:
            edited = deepcopy(document)
            _at(edited, path[:-1])[path[-1]] = other
            with pytest.raises((Refused, credential.NotABadge)):
                badges.check_list(*credential.read_list(json.dumps(edited).encode()), KEY.public)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCDwxyz0189-_.=+/ "))
@settings(max_examples=150, deadline=None)
def test_an_edited_token_is_refused(at: int, letter: str) -> None:
    """No character of a status list can be changed in its JWT form; not even to another spelling of the same bytes."""
    if TOKEN[at : at + 1] == letter.encode():
        return
    edited = TOKEN[:at] + letter.encode() + TOKEN[at + 1 :]
    with pytest.raises((Refused, credential.NotABadge)):
        badges.check_list(*credential.read_list(edited), KEY.public)


def test_a_token_that_names_no_signature_is_refused() -> None:
    """A JWT that says of itself that it needs no signature is refused, and one of another key."""
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=")
    payload = TOKEN.split(b".")[1]
    signed = head + b"." + payload
    own = base64.urlsafe_b64encode(bytes.fromhex(KEY.sign(signed))).rstrip(b"=")
    for signature in (b"", own):
        with pytest.raises(Refused, match="its signature does not fit"):
            badges.check_list(*credential.read_list(signed + b"." + signature), KEY.public)
    with pytest.raises(Refused, match="its signature does not fit"):
        badges.check_list(*credential.read_list(TOKEN), signing.from_seed(bytes(32)).public)
