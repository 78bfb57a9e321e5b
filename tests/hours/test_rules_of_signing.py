"""Amendments, approvals and erasure: what a signature holds, what voids it, and what can be taken away."""

from __future__ import annotations

import people
import pytest
from people import (
    ANA,
    BERG,
    COLE,
    PROGRAMME,
    Little,
    agree,
    approve,
    audited,
    draft,
    enrol,
    entry,
    key_of,
    logged,
    say,
)
from refusals import refused

from alliancelab.hours.record import records, rules


@pytest.fixture
def ledger() -> Little:
    """A programme with ana and ben, whom berg supervises, and cole, who has no agreement."""
    return people.programme()


# Amendments


def test_an_amendment_voids_the_signature_and_says_so(ledger: Little) -> None:
    """The approved minutes are gone, the old version cannot be signed again, and the new one can."""
    [version] = logged(ledger)
    approve(ledger, version, 40)
    amended = draft(records.AMENDMENT, version=version, entry=entry(minutes=60).body)
    assert rules.notice(ledger.log("ana"), amended) == (
        "berg had signed 40 minutes of it, and that signature is void now; the entry waits to be signed again."
    )
    [event] = say(ledger, ANA, "ana", amended)
    [one] = ledger.log("ana").entries.values()
    assert (one.version, one.entry.minutes, one.approved, one.by) == (event.commitment, 60, None, "")
    assert "was amended since" in refused("void", lambda: approve(ledger, version))
    refused("void", lambda: say(ledger, ANA, "ana", draft(records.AMENDMENT, version=version, entry=entry().body)))
    approve(ledger, event.commitment, 60)


def test_a_notice_says_nothing_where_nothing_falls(ledger: Little) -> None:
    """Of an entry that nobody has signed, and of another kind of record, there is nothing to say."""
    [version] = logged(ledger)
    log = ledger.log("ana")
    amended = draft(records.AMENDMENT, version=version, entry=entry(minutes=60).body)
    assert rules.notice(log, amended) == rules.notice(log, entry()) == ""
    say(ledger, BERG, "ana", draft(records.QUESTION, version=version, asks="how-long"))
    assert "question" in rules.notice(log, amended)
    approve(ledger, version)
    assert "is void now." in rules.notice(log, draft(records.WITHDRAWAL, version=version))


def test_an_amendment_must_change_something(ledger: Little) -> None:
    """A signature does not fall for nothing; but what was declined may be said again as it is."""
    [version] = logged(ledger)
    same = draft(records.AMENDMENT, version=version, entry=entry().body)
    [timed] = logged(ledger, entry(start="2026-03-03T16:00+01:00", end="2026-03-03T17:00+01:00"))
    moved = entry(start="2026-03-03T15:00+00:00", end="2026-03-03T16:00+00:00").body  # written in another zone
    say(ledger, ANA, "ana", draft(records.AMENDMENT, version=timed, entry=moved))
    refused("no change", lambda: say(ledger, ANA, "ana", same))
    say(ledger, BERG, "ana", draft(records.DECLINE, version=version, reason="other"))
    assert "was declined" in refused("declined", lambda: approve(ledger, version))
    [event] = say(ledger, ANA, "ana", same)
    approve(ledger, event.commitment)


def test_an_entry_on_which_a_certificate_stands_is_not_amended(ledger: Little) -> None:
    """Once the certificate is revoked it can be; what the certificate does not hold can be at any time."""
    [held, other] = logged(ledger, entry(), entry())
    approval = approve(ledger, held)
    issued = draft(records.CERTIFICATE, certificate="urn:uuid:1", policy="bacp-accreditation", digest="0" * 64)
    say(ledger, PROGRAMME, "ana", issued)
    assert "urn:uuid:1 stands" in refused(
        "certified",
        lambda: say(ledger, ANA, "ana", draft(records.AMENDMENT, version=held, entry=entry(minutes=9).body)),
    )
    refused("certified", lambda: say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=held)))
    say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=other))
    say(ledger, BERG, "ana", draft(records.REVERSAL, approval=approval))
    revoked = draft(records.CERTIFICATE_REVOKED, certificate="urn:uuid:1", reason="hours-changed")
    say(ledger, PROGRAMME, "ana", revoked)
    say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=held))


def test_a_certificate_is_recorded_once_and_revoked_once(ledger: Little) -> None:
    """An id is never used again, and an empty log certifies nothing."""

    def issue(trainee: str = "ana") -> None:
        say(ledger, PROGRAMME, trainee, draft(records.CERTIFICATE, certificate="c-1", policy="ours", digest="0" * 64))

    def revoke(name: str = "c-1") -> None:
        say(ledger, PROGRAMME, "ana", draft(records.CERTIFICATE_REVOKED, certificate=name, reason="mistake"))

    refused("certificate", issue)
    logged(ledger)
    issue()
    refused("certificate", issue)
    refused("certificate", lambda: revoke("c-2"))
    revoke()
    refused("certificate", revoke)
    refused("certificate", issue)


# Approvals


def test_nobody_signs_their_own_hours(ledger: Little) -> None:
    """Not even with a second key, as a supervisor, and an agreement that somebody made."""
    [version] = logged(ledger)
    enrol(ledger, "ana", "supervisor", key_of("ana as supervisor"))
    for kind, said in ((records.APPROVAL, {"minutes": 50}), (records.QUESTION, {"asks": "talk"})):
        for key in (ANA, key_of("ana as supervisor")):
            mine = draft(kind, version=version, **said)
            assert "nobody signs their own" in refused("own hours", lambda: say(ledger, key, "ana", mine))  # noqa: B023


def test_a_supervisor_needs_an_agreement_for_the_day_of_the_entry(ledger: Little) -> None:
    """With this trainee, covering that day; it may be over since."""
    [before, first, last, after] = logged(ledger, *(entry(f"2026-03-{day:02}") for day in (1, 2, 6, 7)))
    assert "`alliancelab hours agree`" in refused("no agreement", lambda: approve(ledger, first, by=COLE))
    agree(ledger, "ana", "cole", "2026-03-02", "2026-03-06")
    for version in (before, after):
        refused("no agreement", lambda: approve(ledger, version, by=COLE))  # noqa: B023
    for version in (first, last):
        approve(ledger, version, by=COLE)


def test_nothing_is_signed_before_the_agreement_begins(ledger: Little) -> None:
    """Whoever supervises from April on signs nothing in March."""
    [version] = logged(ledger)
    agree(ledger, "ana", "cole", "2026-04-01")
    assert "begins on 2026-04-01" in refused("before the agreement", lambda: approve(ledger, version, by=COLE))
    ledger.now.go(days=16)  # type: ignore[attr-defined]
    refused("no agreement", lambda: approve(ledger, version, by=COLE))


def test_no_more_is_signed_than_was_logged(ledger: Little) -> None:
    """Fewer minutes are an approval in part; more, none and less than none are refused."""
    [one, other] = logged(ledger, entry(), entry())
    assert "51 minutes are more than the 50" in refused("more than logged", lambda: approve(ledger, one, 51))
    for none in (0, -1):
        assert "one minute or more" in refused("shape", lambda: approve(ledger, one, none))  # noqa: B023
    approve(ledger, one, 50)
    approve(ledger, other, 1)
    assert [found.approved for found in ledger.log("ana").entries.values()] == [50, 1]


def test_an_entry_is_signed_once(ledger: Little) -> None:
    """A second signature, by whomever, needs the first to be reversed."""
    [version] = logged(ledger)
    agree(ledger, "ana", "cole")
    first = approve(ledger, version, 30)
    for key in (BERG, COLE):
        for made in (
            draft(records.APPROVAL, version=version, minutes=50),
            draft(records.QUESTION, version=version, asks="talk"),
            draft(records.DECLINE, version=version, reason="other"),
        ):
            refused("signed already", lambda: say(ledger, key, "ana", made))  # noqa: B023
    say(ledger, BERG, "ana", draft(records.REVERSAL, approval=first))
    approve(ledger, version, 50, by=COLE)


def test_what_does_not_stand_cannot_be_signed(ledger: Little) -> None:
    """Withdrawn, somebody else's, or of another ledger: each says which."""
    [version] = logged(ledger)
    say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=version))
    assert "was withdrawn" in refused("void", lambda: approve(ledger, version))
    [other] = logged(ledger, trainee="ben")
    assert "somebody else's" in refused("unknown entry", lambda: approve(ledger, other, trainee="ana"))


def test_a_question_waits_and_a_decline_ends(ledger: Little) -> None:
    """What was asked about can be signed after a talk; what was declined cannot."""
    [one, other] = logged(ledger, entry(), entry())
    say(ledger, BERG, "ana", draft(records.QUESTION, version=one, asks="how-long"))
    assert ledger.log("ana").entries[one].asked == "how-long"
    approve(ledger, one)
    say(ledger, BERG, "ana", draft(records.DECLINE, version=other, reason="not-held"))
    refused("declined", lambda: say(ledger, BERG, "ana", draft(records.QUESTION, version=other, asks="talk")))


def test_only_who_signed_or_the_programme_reverses(ledger: Little) -> None:
    """With any of their keys; and once."""
    agree(ledger, "ana", "cole")
    enrol(ledger, "berg", "supervisor", key_of("berg again"))
    [one, other] = logged(ledger, entry(), entry())
    first, second = approve(ledger, one), approve(ledger, other)
    back, again = draft(records.REVERSAL, approval=first), draft(records.REVERSAL, approval=first)
    assert "only who signed" in refused("somebody else's signature", lambda: say(ledger, COLE, "ana", back))
    refused("role", lambda: say(ledger, ANA, "ana", back))
    say(ledger, key_of("berg again"), "ana", back)
    refused("void", lambda: say(ledger, BERG, "ana", again))
    say(ledger, PROGRAMME, "ana", draft(records.REVERSAL, approval=second))
    assert [found.approved for found in ledger.log("ana").entries.values()] == [None, None]
    refused("unknown approval", lambda: say(ledger, BERG, "ana", draft(records.REVERSAL, approval="0" * 64)))


# Erasure


def erase(ledger: Little, *commitments: str, chain: str = "ana") -> None:
    """Erase bodies."""
    say(ledger, PROGRAMME, chain, draft(records.ERASURE, commitments=list(commitments), ground="request"))


def without(ledger: Little, *commitments: str) -> None:
    """As the store does it: the bodies are gone, and logs are read again."""
    for chain, events in ledger.kept.items():
        ledger.kept[chain] = [
            records.Event(**{**vars(one), "body": None, "salt": None}) if one.commitment in commitments else one
            for one in events
        ]
    ledger._logs.clear()
    ledger._register = rules.registered(ledger.kept[records.PROGRAMME])


def test_an_erased_entry_is_gone_and_what_was_said_of_it_still_verifies(ledger: Little) -> None:
    """An audit reads the chain without the body by the same rules; nobody can sign the entry any more."""
    [version, kept] = logged(ledger, entry(), entry("2026-03-03"))
    approval = approve(ledger, version)
    erase(ledger, version)
    assert list(ledger.log("ana").entries) == [kept]
    live = (ledger.log("ana").minutes, ledger.log("ana").fate)
    without(ledger, version)
    assert (ledger.log("ana").minutes, ledger.log("ana").fate) == live
    refused("void", lambda: approve(ledger, version))
    refused("void", lambda: say(ledger, BERG, "ana", draft(records.REVERSAL, approval=approval)))
    refused("erased", lambda: erase(ledger, version))
    audited(ledger)


def test_only_what_leaves_the_rest_true_can_be_erased(ledger: Little) -> None:
    """Without a reversal or a withdrawal something would stand again; so would what an erased amendment replaced."""
    [version, gone] = logged(ledger, entry(), entry())
    back = say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=gone))[0].commitment
    reversal = say(ledger, BERG, "ana", draft(records.REVERSAL, approval=approve(ledger, version)))[0].commitment
    for one in (back, reversal, "0" * 64):
        assert "only entries and amendments" in refused("erased", lambda: erase(ledger, one))  # noqa: B023
    amended = draft(records.AMENDMENT, version=version, entry=entry(minutes=60).body)
    new = say(ledger, ANA, "ana", amended)[0].commitment
    assert "would stand again" in refused("erased", lambda: erase(ledger, new))
    erase(ledger, new, version)
    erase(ledger, gone)
    without(ledger, new, version, gone)
    assert not ledger.log("ana").entries
    audited(ledger)


def test_a_name_can_be_erased_and_the_key_stays(ledger: Little) -> None:
    """What somebody is called is the only thing in the register that tells of a person."""
    named = draft(records.PERSON, person="ana", name="Ana Quist")
    say(ledger, PROGRAMME, records.PROGRAMME, named, draft(records.PERSON, person="berg", name="Dr. Berg"))
    refused("erased", lambda: erase(ledger, ledger.kept["programme"][1].commitment, chain="programme"))
    erase(ledger, named.commitment, chain="programme")
    assert ledger.register().names == {"berg": "Dr. Berg"}
    live = ledger.register()
    without(ledger, named.commitment)
    assert ledger.register().names == live.names
    assert ledger.register().keys == live.keys
    refused("erased", lambda: erase(ledger, named.commitment, chain="programme"))
    audited(ledger)
