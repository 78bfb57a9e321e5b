"""A certificate is issued only on what stands fast, and is revoked for all to see."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import people
import pytest
from making_badges import LIST
from people import ANA, NOON, PROGRAMME, SPARE, Little

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import (
    badges,
    certificate,
    completed,
    credential,
    issuing,
    shelf,
    succession,
    verifying,
)
from alliancelab.hours.certificate.certificate import Case
from alliancelab.hours.policy.policy import SUM, Policy, Requirement, Which
from alliancelab.hours.record import records, signing
from alliancelab.hours.record.records import Refused

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


@pytest.fixture
def ledger() -> Little:
    """A ledger in which ana has 100 signed minutes with clients, and 50 that nobody signed."""
    ledger = people.programme()
    people.say(ledger, PROGRAMME, records.PROGRAMME, people.draft(records.PERSON, person="ana", name="Ana Ruiz"))
    for day in ("2026-03-02", "2026-03-03"):
        people.approve(ledger, people.logged(ledger, people.entry(day))[0])
    people.logged(ledger, people.entry("2026-03-04"))
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
    text = (issued.folder / shelf.BADGE).read_bytes()
    assert (event.kind, event.signer) == (records.CERTIFICATE, PROGRAMME.public)
    assert event.body == {
        "certificate": issued.certified.certificate,
        "policy": "own",
        "digest": hashlib.sha256(text).hexdigest(),
    }
    key = verifying.trusted_key(str(tmp_path / "public" / shelf.ISSUER))
    for form in (".json", ".jwt"):
        status = tmp_path / "public" / f"status-{PROGRAMME.public[:8]}{form}"
        verdict = verifying.verify(issued.folder / shelf.BADGE, [key], NOON, status)
        assert verdict.valid
        assert verdict.badge is not None
    badge = verdict.badge
    assert (badge.name, badge.trainee, badge.programme) == ("Ana Ruiz", "ana", "A programme")
    assert badge.measured == (credential.Measured("practice", "Practice", "100 minutes", "90 minutes"),)
    assert badge.status == f"{URL}/status-{PROGRAMME.public[:8]}.json"
    assert certificate.checkpoint_in(badge)["chains"]["ana"] == [event.number, event.before]
    assert "Nothing here is legal advice" in badge.criteria
    assert "Checked on 2026-01-05. How sure: read." in badge.criteria
    assert (issued.folder / shelf.PAPER).read_bytes().startswith(b"%PDF")
    assert {path.name for path in tmp_path.iterdir()} == {".lock", issued.folder.name, "public"}
    assert {path.name for path in issued.folder.iterdir()} == {shelf.BADGE, shelf.PAPER}
    name = f"status-{PROGRAMME.public[:8]}"
    assert {path.name for path in (tmp_path / "public").iterdir()} == {"issuer.txt", f"{name}.json", f"{name}.jwt"}
    for published in (tmp_path / "public").iterdir():
        assert not any(word in published.read_text(encoding="utf-8") for word in ("ana", "Ana", badge.id))


def test_nothing_about_a_client_or_a_single_hour_stands_in_it(ledger: Little, tmp_path: Path) -> None:
    """The badge tells totals: no entry, no day of work, no supervisor, no workplace."""
    issued = _issue(ledger, tmp_path)
    text = (issued.folder / shelf.BADGE).read_text(encoding="utf-8")
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
    for one, rule, said in against:
        with pytest.raises(Refused, match=said) as refused:
            _issue(ledger, tmp_path, one)
        assert refused.value.rule == rule
    assert ledger.log("ana").size == size
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_record_that_grows_meanwhile_is_looked_at_again(ledger: Little, tmp_path: Path) -> None:
    """What was counted is what is certified: an hour logged in between is told, and nothing is recorded."""
    given = case(ledger)
    people.logged(ledger, people.entry("2026-03-05"))
    with pytest.raises(Refused, match="the record of ana has changed while it was looked at"):
        _issue(ledger, tmp_path, given)
    log = ledger.log("ana")
    point = {"ledger": ledger.id, "chains": {"ana": [log.size - 1, log.head]}}
    with pytest.raises(Refused, match="the record of ana has changed"):
        issuing.case_of(ledger, "ana", POLICY, [], point)
    assert not ledger.log("ana").certificates
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
    badge = verifying.unverified(issued.folder / shelf.BADGE)
    assert [(one.name, one.narrative) for one in badge.evidence if one.genre == certificate.MODULE] == [
        ("foundations", f"completed with 8 of 10 points (gradebook file with the SHA-256 {'ab' * 32})")
    ]


def test_it_expires_where_the_policy_says_so(ledger: Little, tmp_path: Path) -> None:
    """Two years on it is refused; a day that the programme names goes before the policy's."""
    two_years = replace(POLICY, valid_months=24)
    issued = _issue(ledger, tmp_path / "a", case(ledger, two_years))
    path = issued.folder / shelf.BADGE
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
    with pytest.raises(Refused, match=r"has the certificate .* already, but its file is not in"):
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
    assert verifying.verify(issued.folder / shelf.BADGE, [PROGRAMME.public], NOON).valid
    left = tmp_path / ".ana-own-00000000.part"
    left.mkdir()
    _issue(torn, tmp_path)
    assert not left.exists()


def test_a_failed_pdf_leaves_nothing(ledger: Little, tmp_path: Path) -> None:
    """A name that cannot be printed stops before anything is recorded."""
    size = ledger.log("ana").size
    for name in ("Ana\nRuiz", "Ana \u202ezuiR", "x" * 201, "\ud800", "\u200b", "...", "Ana\u00adRuiz"):
        with pytest.raises(AllianceLabError, match="the name"):
            _issue(ledger, tmp_path, case(ledger, name=name))
    assert ledger.log("ana").size == size
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_revoked_certificate_is_refused_by_the_new_list(ledger: Little, tmp_path: Path) -> None:
    """Its place is set in both forms; another certificate stands; revoking once more changes nothing."""
    one, other = _issue(ledger, tmp_path), _issue(ledger, tmp_path, again=True)
    later = NOON + timedelta(days=1)
    status = tmp_path / "public" / f"status-{PROGRAMME.public[:8]}.json"
    for new in (True, False):
        name = one.certified.certificate
        assert issuing.revoke(ledger, PROGRAMME, name, "mistake", tmp_path, later)[1] is new
        for form in (".json", ".jwt"):
            verdict = verifying.verify(one.folder / shelf.BADGE, [PROGRAMME.public], later, status.with_suffix(form))
            assert (verdict.valid, verdict.rule) == (False, "revoked")
            assert verifying.verify(other.folder / shelf.BADGE, [PROGRAMME.public], later, status).valid
    assert [one.revoked is not None for one in issuing.certified(ledger)] == [True, False]
    with pytest.raises(AllianceLabError, match="the ledger has no certificate 'x'"):
        issuing.revoke(ledger, PROGRAMME, "x", "mistake", tmp_path, later)


def test_after_a_rotation_the_list_of_the_old_key_goes_on(ledger: Little, tmp_path: Path) -> None:
    """The new key issues with a list of its own, and revokes a certificate of the old one in the old one's list."""
    old = _issue(ledger, tmp_path)
    said = succession.hand_over(PROGRAMME, SPARE.public, NOON)
    people.enrol(ledger, "programme", "programme", SPARE)
    new = issuing.issue(ledger, SPARE, case(ledger), tmp_path, NOON, url=URL, again=True)
    later = NOON + timedelta(days=1)
    issuing.revoke(ledger, SPARE, old.certified.certificate, "replaced", tmp_path, later)
    lists = [tmp_path / "public" / f"status-{key.public[:8]}.json" for key in (PROGRAMME, SPARE)]
    assert verifying.verify(new.folder / shelf.BADGE, [SPARE.public], later, lists[1]).valid
    old_badge = old.folder / shelf.BADGE
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
    badge = verifying.unverified(_issue(making_again(), tmp_path / "c", url="").folder / shelf.BADGE)
    assert badge.status.startswith("urn:uuid:")


def making_again() -> Little:
    """Another ledger in which ana has enough."""
    ledger = people.programme()
    people.say(ledger, PROGRAMME, records.PROGRAMME, people.draft(records.PERSON, person="ana", name="Ana Ruiz"))
    people.approve(ledger, people.logged(ledger, people.entry(minutes=90))[0], 90)
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
