"""A certificate is issued only on what stands fast, and a stranger finds out what became of it."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import making
import making_badges
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import ANA, NOON, PROGRAMME, SPARE, Little
from making_badges import ISSUED, KEY, LIST

from alliancelab.errors import AllianceLabError, ContentError
from alliancelab.hours import (
    badges,
    certificate,
    completed,
    credential,
    issuing,
    records,
    signing,
    succession,
    verifying,
)
from alliancelab.hours.certificate import Case
from alliancelab.hours.policy import SUM, Policy, Requirement, Which
from alliancelab.hours.records import Refused

UNTIL = ISSUED + timedelta(days=92)
LATER = ISSUED + timedelta(days=30)
OTHER = signing.from_seed(bytes(32))
URL = "https://programme.example/certificates"
POLICY = Policy(
    id="own",
    title="Our own policy",
    body="A programme",
    source="Our handbook",
    checked=date(2026, 1, 5),
    how_sure="read",
    steps=(),
    requirements=(Requirement("practice", "Practice", SUM, 90, Which(of=("client",))),),
)


# What a stranger finds out


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


# When it is issued


@pytest.fixture
def ledger() -> Little:
    """A ledger in which ana has 100 signed minutes with clients, and 50 that nobody signed."""
    ledger = making.programme()
    making.say(ledger, PROGRAMME, records.PROGRAMME, making.draft(records.PERSON, person="ana", name="Ana Ruiz"))
    for day in ("2026-03-02", "2026-03-03"):
        making.approve(ledger, making.logged(ledger, making.entry(day))[0])
    making.logged(ledger, making.entry("2026-03-04"))
    return ledger


def case(ledger: Little, policy: Policy = POLICY, **more: Any) -> Case:
    """What is decided on."""
    log = ledger.log("ana")
    point = {"ledger": ledger.id, "chains": {"ana": [log.size, log.head]}}
    return issuing.case_of(ledger, "ana", policy, more.pop("faults", []), point, **more)


def _issue(ledger: Little, folder: Path, given: Case | None = None, **more: Any) -> issuing.Issued:
    return issuing.issue(ledger, PROGRAMME, given or case(ledger), folder, NOON, **({"url": URL} | more))


def test_a_certificate_is_issued_recorded_and_verified(ledger: Little, tmp_path: Path) -> None:
    """Its event is in the trainee's chain with the badge's digest; badge, PDF, list and key are in the folder."""
    issued = _issue(ledger, tmp_path)
    event = list(ledger.events("ana"))[-1]
    text = (issued.folder / issuing.BADGE).read_bytes()
    assert (event.kind, event.signer) == (records.CERTIFICATE, PROGRAMME.public)
    assert event.body == {
        "certificate": issued.certified.certificate,
        "policy": "own",
        "digest": hashlib.sha256(text).hexdigest(),
    }
    key = verifying.trusted_key(str(tmp_path / issuing.ISSUER))
    for form in (".json", ".jwt"):
        status = tmp_path / f"status-{PROGRAMME.public[:8]}{form}"
        verdict = verifying.verify(issued.folder / issuing.BADGE, [key], NOON, status)
        assert verdict.valid
        assert verdict.badge is not None
    badge = verdict.badge
    assert (badge.name, badge.trainee, badge.programme) == ("Ana Ruiz", "ana", "A programme")
    assert badge.measured == (credential.Measured("practice", "Practice", "100 minutes", "90 minutes"),)
    assert badge.status == f"{URL}/status-{PROGRAMME.public[:8]}.json"
    assert certificate.checkpoint_in(badge)["chains"]["ana"] == [event.number, event.before]
    assert "Nothing here is legal advice" in badge.criteria
    assert "Checked on 2026-01-05. How sure: read." in badge.criteria
    assert (issued.folder / issuing.PAPER).read_bytes().startswith(b"%PDF")
    names = sorted(path.name for path in tmp_path.iterdir())
    list_name = f"status-{PROGRAMME.public[:8]}"
    assert names == sorted([".lock", issued.folder.name, "issuer.txt", f"{list_name}.json", f"{list_name}.jwt"])


def test_nothing_about_a_client_or_a_single_hour_stands_in_it(ledger: Little, tmp_path: Path) -> None:
    """The badge tells totals: no entry, no day of work, no supervisor, no workplace."""
    issued = _issue(ledger, tmp_path)
    text = (issued.folder / issuing.BADGE).read_text(encoding="utf-8")
    for private in ("2026-03-02", "2026-03-03", "berg", "client.individual", *ledger.log("ana").entries):
        assert private not in text


def test_a_certificate_is_refused_while_something_stands_against_it(ledger: Little, tmp_path: Path) -> None:
    """A policy that is not met, an audit that fails, modules that are missing: nothing is recorded, no file is left."""
    size = ledger.log("ana").size
    short = replace(POLICY, requirements=(replace(POLICY.requirements[0], need=101),))
    asks = replace(POLICY, modules=("foundations", "rapport"))
    done = completed.Completed({"foundations": "completed"}, "00" * 32)
    against = [
        (case(ledger, short), "policy", "ana does not meet 'own' yet .Practice: 1 h 40 min of 1 h 41 min"),
        (case(ledger, faults=["row 3 was changed"]), "audit", "the audit of the ledger found that row 3 was changed"),
        (case(ledger, asks), "modules", r"2 modules that ana has not completed \(foundations, rapport\)"),
        (case(ledger, asks, modules=done), "modules", r"1 module that ana has not completed \(rapport\)"),
    ]
    for given, rule, said in against:
        with pytest.raises(Refused, match=said) as refused:
            _issue(ledger, tmp_path, given)
        assert refused.value.rule == rule
    assert ledger.log("ana").size == size
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_only_the_programme_issues(ledger: Little, tmp_path: Path) -> None:
    """A trainee's own key issues nothing, and leaves no file that looks as if it had."""
    with pytest.raises(Refused):
        issuing.issue(ledger, ANA, case(ledger), tmp_path, NOON, url=URL)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_modules_are_evidence(ledger: Little, tmp_path: Path) -> None:
    """What the gradebook said of each module that the policy asks for stands in the badge, with the file's digest."""
    asks = replace(POLICY, modules=("foundations",))
    done = completed.Completed({"foundations": "completed with 8 of 10 points", "other": "completed"}, "ab" * 32)
    issued = _issue(ledger, tmp_path, case(ledger, asks, modules=done))
    badge = verifying.unverified(issued.folder / issuing.BADGE)
    assert [(one.name, one.narrative) for one in badge.evidence if one.genre == certificate.MODULE] == [
        ("foundations", f"completed with 8 of 10 points (gradebook file with the SHA-256 {'ab' * 32})")
    ]


def test_it_expires_where_the_policy_says_so(ledger: Little, tmp_path: Path) -> None:
    """Two years on it is refused; a day that the programme names goes before the policy's."""
    two_years = replace(POLICY, valid_months=24)
    issued = _issue(ledger, tmp_path / "a", case(ledger, two_years))
    path = issued.folder / issuing.BADGE
    assert verifying.verify(path, [PROGRAMME.public], datetime(2028, 3, 16, 11, 59, tzinfo=UTC)).valid
    verdict = verifying.verify(path, [PROGRAMME.public], datetime(2028, 3, 16, 12, tzinfo=UTC))
    assert verdict.rule == "expired"
    badge = certificate.badge_of(case(ledger, two_years), "x", PROGRAMME.public, NOON, LIST, NOON + timedelta(days=1))
    assert badge.until == NOON + timedelta(days=1)
    with pytest.raises(AllianceLabError, match="a certificate of 2026-03-16 cannot end on 2026-03-16"):
        certificate.badge_of(case(ledger), "x", PROGRAMME.public, NOON, LIST, NOON)


def test_the_same_issue_twice_is_one_certificate(ledger: Little, tmp_path: Path) -> None:
    """The second finds the first; one that is lost is told; another one has to be asked for."""
    first = _issue(ledger, tmp_path)
    size = ledger.log("ana").size
    second = _issue(ledger, tmp_path)
    assert (second.folder, second.new, ledger.log("ana").size) == (first.folder, False, size)
    with pytest.raises(Refused, match="has the certificate .* already, but its file is not in"):
        _issue(ledger, tmp_path / "elsewhere")
    third = _issue(ledger, tmp_path, again=True)
    assert third.new
    assert third.certified.certificate != first.certified.certificate


class Failing(Little):
    """A ledger that records and then does not answer."""

    fails = False

    def append(self, submission: records.Submission) -> list[records.Event]:
        events = super().append(submission)
        if self.fails:
            raise ConnectionError("gone")
        return events


def test_an_interrupted_issue_is_finished_by_the_next(ledger: Little, tmp_path: Path) -> None:
    """Cut off after it was recorded, the files are put in place by the same command; cut off before, nothing is left."""
    torn = Failing(ledger.id, ledger.now, ledger.kept, ledger.register())
    torn.fails = True
    with pytest.raises(ConnectionError):
        _issue(torn, tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("ana")]
    torn.fails = False
    issued = _issue(torn, tmp_path)
    assert not issued.new
    assert verifying.verify(issued.folder / issuing.BADGE, [PROGRAMME.public], NOON).valid
    left = tmp_path / ".ana-own-00000000.part"
    left.mkdir()
    _issue(torn, tmp_path)
    assert not left.exists()


def test_a_failed_pdf_leaves_nothing(ledger: Little, tmp_path: Path) -> None:
    """A name that cannot be printed stops before anything is recorded."""
    size = ledger.log("ana").size
    for name in ("Ana\nRuiz", "Ana \u202ezuiR", "x" * 201, "\ud800"):
        with pytest.raises(AllianceLabError, match="the name"):
            _issue(ledger, tmp_path, case(ledger, name=name))
    assert ledger.log("ana").size == size
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_revoked_certificate_is_refused_by_the_new_list(ledger: Little, tmp_path: Path) -> None:
    """Its place is set in both forms; another certificate stands; revoking once more changes nothing."""
    one, other = _issue(ledger, tmp_path), _issue(ledger, tmp_path, again=True)
    later = NOON + timedelta(days=1)
    status = tmp_path / f"status-{PROGRAMME.public[:8]}.json"
    for new in (True, False):
        name = one.certified.certificate
        assert issuing.revoke(ledger, PROGRAMME, name, "mistake", tmp_path, later)[1] is new
        for form in (".json", ".jwt"):
            verdict = verifying.verify(one.folder / issuing.BADGE, [PROGRAMME.public], later, status.with_suffix(form))
            assert (verdict.valid, verdict.rule) == (False, "revoked")
            assert verifying.verify(other.folder / issuing.BADGE, [PROGRAMME.public], later, status).valid
    assert [one.revoked is not None for one in issuing.certified(ledger)] == [True, False]
    with pytest.raises(AllianceLabError, match="the ledger has no certificate 'x'"):
        issuing.revoke(ledger, PROGRAMME, "x", "mistake", tmp_path, later)


def test_after_a_rotation_the_list_of_the_old_key_goes_on(ledger: Little, tmp_path: Path) -> None:
    """The new key issues with a list of its own, and revokes a certificate of the old one in the old one's list."""
    old = _issue(ledger, tmp_path)
    said = succession.hand_over(PROGRAMME, SPARE.public, NOON)
    making.enrol(ledger, "programme", "programme", SPARE)
    new = issuing.issue(ledger, SPARE, case(ledger), tmp_path, NOON, url=URL, again=True)
    later = NOON + timedelta(days=1)
    issuing.revoke(ledger, SPARE, old.certified.certificate, "replaced", tmp_path, later)
    lists = [tmp_path / f"status-{key.public[:8]}.json" for key in (PROGRAMME, SPARE)]
    assert verifying.verify(new.folder / issuing.BADGE, [SPARE.public], later, lists[1]).valid
    old_badge = old.folder / issuing.BADGE
    assert verifying.verify(old_badge, [PROGRAMME.public], later, lists[0]).rule == "status issuer"
    assert verifying.verify(old_badge, [PROGRAMME.public], later, lists[0], [said]).rule == "revoked"


def test_the_address_of_the_list_is_never_made_up_twice(ledger: Little, tmp_path: Path) -> None:
    """All badges of a key name one list; a folder without it, or another address, is told instead of used."""
    issued = _issue(ledger, tmp_path / "a")
    name = issued.certified.certificate
    for folder, url in (("b", ""), ("a", "https://elsewhere.example"), ("a", "http://programme.example")):
        with pytest.raises(AllianceLabError, match=r"no status list yet|leave --url out|begins with https"):
            issuing.revoke(ledger, PROGRAMME, name, "mistake", tmp_path / folder, NOON, url=url)
    assert issuing.certified(ledger)[0].revoked is None
    badge = verifying.unverified(_issue(making_again(), tmp_path / "c", url="").folder / issuing.BADGE)
    assert badge.status.startswith("urn:uuid:")


def making_again() -> Little:
    """Another ledger in which ana has enough."""
    ledger = making.programme()
    making.say(ledger, PROGRAMME, records.PROGRAMME, making.draft(records.PERSON, person="ana", name="Ana Ruiz"))
    making.approve(ledger, making.logged(ledger, making.entry(minutes=90))[0], 90)
    return ledger


def test_no_two_certificates_share_a_place(ledger: Little) -> None:
    """A place that is taken is not given again, and an id does not tell who has it or when it was issued."""
    given = case(ledger)
    first = certificate.new_id(given, set())
    taken = {certificate.place(first)}
    second = certificate.new_id(given, taken)
    assert certificate.place(second) not in taken
    assert certificate.new_id(given, set()) == first
    rng = random.Random(1)
    places = [certificate.place(f"{rng.getrandbits(128):032x}") for _ in range(2_000)]
    assert 0 <= min(places) < badges.SIZE / 100
    assert badges.SIZE * 0.99 < max(places) < badges.SIZE


# Modules from a gradebook

OURS = "trainee,module,completed\nana,foundations,2026-02-01\nana,rapport,no\nben,rapport,yes\nana,goals,yes\n"
HEADER = "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score\n"
NBGRADER = HEADER + "foundations,,2026-02-01 10:00:00,ana,Ruiz,Ana,,8.0,0.0,8.0,10.0\nrapport,,,ana,Ruiz,Ana,,,,,12.0\n"


def _modules(folder: Path, text: str, **more: Any) -> dict[str, str]:
    path = folder / "modules.csv"
    path.write_text(text, encoding="utf-8")
    return dict(completed.read(path, "ana", **more).modules)


def test_modules_are_read_from_each_form(tmp_path: Path) -> None:
    """Our columns, the same in JSON, and the file that nbgrader and `course export --lms csv` write."""
    ours = {"foundations": "completed on 2026-02-01", "goals": "completed"}
    assert _modules(tmp_path, OURS) == ours
    assert _modules(tmp_path, "\ufeff" + OURS) == ours
    rows = [dict(zip(OURS.split("\n")[0].split(","), line.split(","), strict=True)) for line in OURS.split("\n")[1:-1]]
    assert _modules(tmp_path, json.dumps(rows)) == ours
    assert _modules(tmp_path, "module,completed\nfoundations,yes\n") == {"foundations": "completed"}
    assert _modules(tmp_path, NBGRADER) == {"foundations": "completed with 8 of 10 points"}
    assert _modules(tmp_path, NBGRADER, pass_mark=80) == {"foundations": "completed with 8 of 10 points"}
    assert _modules(tmp_path, NBGRADER, pass_mark=81) == {}


def test_the_file_that_a_course_exports_is_taken(tmp_path: Path) -> None:
    """What the course wing writes, its columns and its empty cells, is read without knowing that wing."""
    import pandas as pd

    from alliancelab.course import export

    at = pd.to_datetime(["2026-02-01T10:00Z", None, "2026-02-03T10:00Z"])
    columns = {"module": ["foundations", "rapport", "foundations"], "student": ["ana", "ana", "ben"], "duedate": at}
    columns |= {
        "handed_in": at,
        "last_name": "",
        "first_name": "",
        "email": "",
        "score": [8.5, None, 9],
        "penalty": 0.0,
    }
    table = pd.DataFrame(columns | {"points": [8.5, None, 9], "out_of": 10.0})
    export.write(tmp_path / "grades.csv", export.LMS["csv"](table))
    assert dict(completed.read(tmp_path / "grades.csv", "ana").modules) == {
        "foundations": "completed with 8.5 of 10 points"
    }


def test_every_bad_row_of_a_gradebook_is_told(tmp_path: Path) -> None:
    """All at once, with their lines."""
    with pytest.raises(ContentError) as found:
        _modules(tmp_path, "trainee,module,completed\nana,,yes\n,rapport,yes\nana,rapport,maybe\nana,rapport,yes,1\n")
    assert [(fault.line, fault.message.split(";")[0]) for fault in found.value.faults] == [
        (2, "module is empty"),
        (3, "trainee is empty"),
        (4, "completed 'maybe' is neither a date such as 2026-02-01 nor yes or no"),
        (5, "it has more cells than there are columns"),
    ]
    for bad in ("", "a,b\n1,2\n", "[1]", "{}", "[" * 100_000, '"', HEADER + "m,,,ana,,,,,,nan,10\n"):
        with pytest.raises(ContentError):
            _modules(tmp_path, bad)


@given(st.text(max_size=300))
@settings(deadline=None, max_examples=100)
def test_no_gradebook_is_more_than_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever stands in the file, it is read or told."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        completed.read(path, "ana")
    except ContentError as error:
        assert error.faults
