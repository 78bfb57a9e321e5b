"""What a stranger finds out about a certificate, with the files alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import making_badges
import pytest
from making_badges import ISSUED, KEY, LIST
from people import SPARE

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import badges, succession, verifying
from alliancelab.hours.record import signing
from alliancelab.hours.record.records import Refused

UNTIL = ISSUED + timedelta(days=92)
LATER = ISSUED + timedelta(days=30)
OTHER = signing.from_seed(bytes(32))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A badge that stands, one that was revoked, and the status list in both forms."""
    as_json, as_jwt = badges.sign_list(KEY, LIST, [12], ISSUED, UNTIL)
    made = {
        "good.json": badges.sign(making_badges.badge(until=ISSUED.replace(year=2031)), KEY),
        "revoked.json": badges.sign(making_badges.badge(2, 12), KEY),
        "status.json": as_json,
        "status.jwt": as_jwt,
    }
    for name, text in made.items():
        (tmp_path / name).write_bytes(text)
    return tmp_path


def _refused(folder: Path, name: str = "good.json", at: datetime = LATER, **more: Any) -> str:
    """The sentence with which a badge is refused."""
    verdict = verifying.verify(folder / name, more.pop("issuers", [KEY.public]), at, **more)
    assert not verdict.valid
    assert verdict.badge is None
    assert verdict.said == f"Refused: {verdict.reason}."
    return f"[{verdict.rule}] {verdict.reason}"


@pytest.mark.parametrize("status", ["status.json", "status.jwt"])
def test_a_good_certificate_is_valid(files: Path, status: str) -> None:
    """It is valid against the issuer's key and the list, in either form, and the verdict holds what it says."""
    verdict = verifying.verify(files / "good.json", [OTHER.public, KEY.public], LATER, files / status)
    assert verdict.valid
    assert verdict.status_checked
    assert verdict.badge is not None
    assert (verdict.badge.name, verdict.key) == ("Ana Ruiz", KEY.public)
    assert verdict.digest == hashlib.sha256((files / "good.json").read_bytes()).hexdigest()
    assert "It has not been revoked" in verdict.said


def test_without_a_status_list_the_verdict_says_what_was_not_checked(files: Path) -> None:
    """A revoked certificate is valid to who has no status list, and they are told in plain words what nobody looked at."""
    verdict = verifying.verify(files / "revoked.json", [KEY.public], LATER)
    assert verdict.valid
    assert not verdict.status_checked
    assert "Whether it has been revoked was not checked" in verdict.said


@pytest.mark.parametrize("status", ["status.json", "status.jwt"])
def test_a_revoked_certificate_is_refused(files: Path, status: str) -> None:
    """After revocation a certificate is refused by who has the list."""
    assert _refused(files, "revoked.json", status=files / status) == (
        "[revoked] the programme has revoked it, by its status list of 2026-03-02 12:00 UTC"
    )


def test_an_edited_certificate_is_refused(files: Path) -> None:
    """A name in another's place falls with the signature."""
    text = (files / "good.json").read_text(encoding="utf-8").replace("Ana Ruiz", "Eve Ruiz")
    (files / "good.json").write_text(text, encoding="utf-8")
    assert _refused(files) == (
        "[edited] its signature does not fit what it says: it was edited after it was signed, or forged"
    )


def test_an_issuer_who_only_borrowed_our_name_is_refused(files: Path) -> None:
    """A badge that another key signed in our name, whole in itself, is refused: the key is the verifier's own knowledge."""
    (files / "good.json").write_bytes(badges.sign(making_badges.badge(), OTHER))
    said = _refused(files)
    assert said.startswith("[issuer] it calls its issuer 'Riverside Training Programme', but comes from the key 139e-")
    assert signing.fingerprint(KEY.public) in said


def test_a_forged_certificate_that_names_our_key_is_refused(files: Path) -> None:
    """A forger who writes our key into what theirs has signed is refused, too."""
    forged = badges.sign(making_badges.badge(), OTHER).replace(
        badges.did(OTHER.public).removeprefix("did:key:").encode(),
        badges.did(KEY.public).removeprefix("did:key:").encode(),
    )
    (files / "good.json").write_bytes(forged)
    assert _refused(files).startswith("[edited] its signature does not fit")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (ISSUED - timedelta(minutes=6), "[not yet] it is not valid before 2026-03-02 12:00 UTC"),
        (ISSUED.replace(year=2031), "[expired] it expired on 2031-03-02 12:00 UTC"),
    ],
)
def test_a_certificate_has_its_time(files: Path, at: datetime, said: str) -> None:
    """Before its first moment, and from its last on, it is refused; on the machine of who verifies, not by today's date."""
    assert _refused(files, at=at) == said
    for inside in (ISSUED - timedelta(minutes=4), ISSUED.replace(year=2031) - timedelta(seconds=1)):
        assert verifying.verify(files / "good.json", [KEY.public], inside).valid


def _list(
    key: signing.Key = KEY, url: str = LIST, since: datetime = ISSUED, until: datetime = UNTIL, form: int = 0
) -> bytes:
    return badges.sign_list(key, url, [12], since, until)[form]


@pytest.mark.parametrize("form", [0, 1], ids=["json", "jwt"])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda form: _list(OTHER, form=form), "[status issuer] the status list was issued by another key"),
        (
            lambda form: _list(url=f"{LIST}?2", form=form),
            f"[status other] the status list given is {LIST}?2, but the certificate names {LIST}",
        ),
        (
            lambda form: _list(until=LATER, form=form),
            "[status window] the status list ran out on 2026-04-01 12:00 UTC; ask the programme for the one of today",
        ),
        (
            lambda form: _list(since=LATER + timedelta(hours=1), form=form),
            "[status window] the status list holds only from 2026-04-01 13:00 UTC on",
        ),
    ],
)
def test_a_status_list_that_does_not_count(files: Path, form: int, make: Callable[[int], bytes], said: str) -> None:
    """Another issuer's list, another list of ours, one that ran out, one of the future: none lets a certificate pass."""
    (files / "given").write_bytes(make(form))
    assert _refused(files, status=files / "given").startswith(said)


def test_an_edited_status_list_is_refused(files: Path) -> None:
    """A list from which a revocation was taken out is refused, in both forms, whoever it is looked at for."""
    clean, _ = badges.sign_list(KEY, LIST, [], ISSUED, UNTIL)
    edited = json.loads((files / "status.json").read_bytes())
    edited["credentialSubject"]["encodedList"] = json.loads(clean)["credentialSubject"]["encodedList"]
    (files / "edited.json").write_text(json.dumps(edited), encoding="utf-8")
    head, _, signature = (files / "status.jwt").read_bytes().split(b".")
    clean_token = badges.sign_list(KEY, LIST, [], ISSUED, UNTIL)[1].split(b".")[1]
    (files / "edited.jwt").write_bytes(b".".join([head, clean_token, signature]))
    for name in ("edited.json", "edited.jwt"):
        for badge in ("good.json", "revoked.json"):
            assert _refused(files, badge, status=files / name).startswith("[status edited] the status list's signature")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("good.json", b"not JSON", "is no certificate of ours: it is not JSON"),
        ("good.json", b'{"type": ["x"]}', "is no certificate of ours: it is JSON, but not an Open Badges 3.0"),
        ("good.json", b"%PDF-1.7", "is the printed form; verify the badge beside it"),
        ("good.json", b" " * 300_000, "is no certificate of ours: it is larger than 256 KB"),
        ("status.json", b"[]", "is no status list: it is neither a status list in JSON nor one as a JWT"),
        ("status.json", b"a.b.c", "is no status list: it is"),
        ("status.json", None, "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_read_is_bad_input_and_no_verdict(files: Path, name: str, text: bytes | None, said: str) -> None:
    """A file that is something else is told as such: it is neither valid nor refused."""
    (files / name).unlink()
    if text is not None:
        (files / name).write_bytes(text)
    with pytest.raises(AllianceLabError, match=said):
        verifying.verify(files / "good.json", [KEY.public], LATER, files / "status.json")


@pytest.mark.parametrize("text", [KEY.public, KEY.public.upper(), badges.did(KEY.public), f"  {KEY.public}\n"])
def test_the_issuers_key_is_named_in_several_ways(tmp_path: Path, text: str) -> None:
    """As digits, as a did:key, or in a file; anything else is told with what to write."""
    (tmp_path / "issuer.txt").write_text(f"The key of Riverside:\n{text}\n", encoding="utf-8")
    assert verifying.trusted_key(text) == verifying.trusted_key(str(tmp_path / "issuer.txt")) == KEY.public
    for wrong in ("", "abc", "did:key:z6Mk", "did:web:x.example", str(tmp_path)):
        with pytest.raises(AllianceLabError):
            verifying.trusted_key(wrong)


# Keys that change


def test_after_a_rotation_old_and_new_certificates_verify(files: Path) -> None:
    """Old ones against the old key, new ones against the new; who trusts only the old one needs what it said of the new."""
    said = succession.hand_over(KEY, OTHER.public, LATER)
    (files / "new.json").write_bytes(badges.sign(making_badges.badge(3, 9), OTHER))
    assert verifying.verify(files / "good.json", [KEY.public], LATER).valid
    assert verifying.verify(files / "new.json", [OTHER.public], LATER).valid
    assert verifying.verify(files / "new.json", [KEY.public, OTHER.public], LATER).key == OTHER.public
    assert verifying.verify(files / "new.json", [KEY.public], LATER, successions=[said]).valid
    assert _refused(files, "new.json").startswith("[issuer]")
    assert _refused(files, "good.json", issuers=[OTHER.public], successions=[said]).startswith(
        "[issuer]"
    )  # one way only


def test_the_successor_speaks_for_the_lists_of_a_lost_key(files: Path) -> None:
    """A lost key's list is renewed by the key that it named while it was there; another trusted key cannot."""
    said = succession.hand_over(KEY, OTHER.public, ISSUED)
    (files / "renewed.json").write_bytes(_list(OTHER, since=UNTIL, until=UNTIL + timedelta(days=92)))
    at = UNTIL + timedelta(days=1)
    assert "ran out" in _refused(files, at=at, status=files / "status.json")
    assert _refused(files, at=at, issuers=[KEY.public, OTHER.public], status=files / "renewed.json").startswith(
        "[status issuer]"
    )
    assert verifying.verify(files / "good.json", [KEY.public], at, files / "renewed.json", [said]).status_checked
    assert _refused(files, "revoked.json", at=at, status=files / "renewed.json", successions=[said]).startswith(
        "[revoked]"
    )


def test_a_forged_succession_is_refused() -> None:
    """Nobody but the old key's owner names its successor."""
    said = succession.hand_over(KEY, OTHER.public, ISSUED)
    forged = replace(succession.hand_over(OTHER, SPARE.public, ISSUED), old=KEY.public)
    for wrong in (forged, replace(said, new=SPARE.public), replace(said, at="2020")):
        with pytest.raises(Refused, match="was not signed by the key that it says is the old one"):
            succession.read(wrong.as_json())
    for text in ("", "{}", '{"succession": {"old": 1}}', '{"succession": []}', "[" * 100_000):
        with pytest.raises(AllianceLabError, match="it is no succession"):
            succession.read(text)
