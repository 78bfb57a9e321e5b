"""What must be refused, on the real ledger, on SQLite and on PostgreSQL: each line with a clear sentence, and no trace left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from people import (
    ANA,
    BEN,
    BERG,
    COLE,
    PROGRAMME,
    Clock,
    agree,
    approve,
    draft,
    enrol,
    entry,
    key_of,
    logged,
    peopled,
    say,
)
from refusals import refused

from alliancelab.hours.record import records
from alliancelab.hours.record.audit import audit
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Draft


@pytest.fixture
def no_trace(ledger: Ledger) -> Callable[[str, Callable[[], object]], str]:
    """Something is refused, and the ledger is as it was: not one event more, and an audit finds nothing."""

    def check(rule: str, do: Callable[[], object]) -> str:
        before = ledger.ends()
        sentence = refused(rule, do)
        assert ledger.ends() == before
        assert audit(ledger).sound
        return sentence

    return check


def test_approving_ones_own_hours(ledger: Ledger, no_trace: Callable) -> None:
    """With a trainee's key or with a second one as a supervisor."""
    [version] = logged(ledger)
    enrol(ledger, "ana", "supervisor", key_of("ana as supervisor"))
    for key in (ANA, key_of("ana as supervisor")):
        sentence = no_trace("own hours", lambda: approve(ledger, version, by=key))  # noqa: B023
        assert sentence == (
            "these are the hours of ana, and nobody signs their own; another supervisor with an agreement does"
        )
    assert "cannot be their own supervisor" in no_trace("agreement", lambda: agree(ledger, "ana", "ana"))


def test_a_supervisor_without_an_agreement_on_that_date(ledger: Ledger, no_trace: Callable) -> None:
    """Without any, and with one for other days."""
    [version] = logged(ledger, entry("2026-03-02"))
    assert "cole has no agreement with ana" in no_trace("no agreement", lambda: approve(ledger, version, by=COLE))
    agree(ledger, "ana", "cole", "2026-03-03", "2026-03-09")
    assert "for 2026-03-02 (theirs: 2026-03-03 to 2026-03-09)" in no_trace(
        "no agreement", lambda: approve(ledger, version, by=COLE)
    )


def test_more_minutes_than_logged(ledger: Ledger, no_trace: Callable) -> None:
    """And none, and fewer than none."""
    [version] = logged(ledger, entry(minutes=50))
    assert "51 minutes are more than the 50 that were logged" in no_trace(
        "more than logged", lambda: approve(ledger, version, 51)
    )
    for minutes in (0, -50):
        assert "one minute or more" in no_trace("shape", lambda: approve(ledger, version, minutes))  # noqa: B023


def test_a_replayed_approval(ledger: Ledger, no_trace: Callable, tmp_path: Path, clock: Clock) -> None:
    """The same once more, also after it was reversed; signed anew for the same version; and in another ledger."""
    one = entry()
    [version] = logged(ledger, one)
    signed = records.submit(BERG, ledger.id, "ana", [draft(records.APPROVAL, version=version, minutes=50)])
    [event] = ledger.append(signed)
    assert "recorded before" in no_trace("replayed", lambda: ledger.append(signed))
    assert "already" in no_trace("signed already", lambda: approve(ledger, version))
    say(ledger, BERG, "ana", draft(records.REVERSAL, approval=event.commitment))
    no_trace("replayed", lambda: ledger.append(signed))
    with Ledger.create(str(tmp_path / "other.db"), PROGRAMME, "Another", clock) as other:
        peopled(other)
        logged(other, one)  # the same version
        assert "signed for the ledger" in refused("another ledger", lambda: other.append(signed))
        moved = records.Submission(other.id, signed.chain, signed.signer, signed.signature, signed.drafts)
        refused("signature", lambda: other.append(moved))


def test_an_approval_of_what_was_amended_withdrawn_or_declined(ledger: Ledger, no_trace: Callable) -> None:
    """It is void, and stays so."""
    [amended, withdrawn, declined] = logged(ledger, entry(), entry(), entry())
    approve(ledger, amended)
    say(ledger, ANA, "ana", draft(records.AMENDMENT, version=amended, entry=entry(minutes=60).body))
    say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=withdrawn))
    say(ledger, BERG, "ana", draft(records.DECLINE, version=declined, reason="not-held"))
    assert "was amended since" in no_trace("void", lambda: approve(ledger, amended))
    assert "was withdrawn" in no_trace("void", lambda: approve(ledger, withdrawn))
    assert "was declined (not-held)" in no_trace("declined", lambda: approve(ledger, declined))
    assert [one.approved for one in ledger.log("ana").entries.values()] == [None, None]


def test_the_same_import_twice(ledger: Ledger, no_trace: Callable) -> None:
    """Rows of a table that were taken in are not taken in again, also by another process, and also once withdrawn."""
    rows = [entry(mark=f"{'a' * 32}.{number}") for number in (1, 2)]
    again = [entry(mark=f"{'a' * 32}.{number}") for number in (1, 2)]
    [first, _] = logged(ledger, *rows)
    with Ledger.open(ledger.url, lambda: Clock().at) as other:
        assert "adds nothing a second time" in no_trace("imported twice", lambda: logged(other, *again))
    say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=first))
    no_trace("imported twice", lambda: logged(ledger, again[0]))
    assert len(ledger.log("ana").entries) == 1


IMPOSSIBLE = (
    (
        "overlap",
        "2026-03-02T09:50-07:00 to 2026-03-02T10:10-07:00 overlaps 2026-03-02T17:00+01:00 to 2026-03-02T18:00+01:00",
        {"start": "2026-03-02T09:50-07:00", "end": "2026-03-02T10:10-07:00"},
    ),
    ("full day", "2026-03-03 would hold 1,441 minutes", {"day": "2026-03-03", "minutes": 1_441 - 50}),
    ("future", "2026-03-18 is in the future", {"day": "2026-03-18"}),
    (
        "future",
        "2026-03-16T12:01:00+00:00 is in the future",
        {"start": "2026-03-16T12:00+00:00", "end": "2026-03-16T12:01+00:00"},
    ),
)


def test_an_entry_that_cannot_be(ledger: Ledger, no_trace: Callable) -> None:
    """Overlapping across time zones, more than a day has, and of the future."""
    logged(ledger, entry(start="2026-03-02T17:00+01:00", end="2026-03-02T18:00+01:00"), entry("2026-03-03"))
    for rule, told, made in IMPOSSIBLE:
        assert told in no_trace(rule, lambda: logged(ledger, entry(**made)))  # noqa: B023


NO_TIMES = (
    ("2026-03-02T17:00+01:00", "2026-03-02T16:00+01:00", "the end is not after the start"),
    ("2026-03-02T17:00+00:00", "2026-03-02T17:30+01:00", "the end is not after the start"),
    ("2026-03-02T17:00", "2026-03-02T18:00", "has no UTC offset; write 2026-03-02T17:00+01:00 or with your own"),
)


def test_a_time_that_is_none(ledger: Ledger, no_trace: Callable) -> None:
    """End before start, and a time without an offset, however the body was made."""
    for start, end, told in NO_TIMES:
        body = {"category": "study", "date": "2026-03-02", "minutes": 60, "start": start, "end": end}
        made = Draft(records.ENTRY, body, "0" * 32)
        assert told in no_trace("entry", lambda: say(ledger, ANA, "ana", made))  # noqa: B023


def test_logging_for_someone_else(ledger: Ledger, no_trace: Callable) -> None:
    """Nobody logs, amends or withdraws in another's log; not another trainee, not a supervisor, not the programme."""
    [version] = logged(ledger)
    amended = draft(records.AMENDMENT, version=version, entry=entry(minutes=60).body)
    for key in (BEN, BERG, PROGRAMME):
        for made in (entry(), amended, draft(records.WITHDRAWAL, version=version)):
            assert "everybody logs their own hours" in no_trace(
                "somebody else's log",
                lambda: say(ledger, key, "ana", made),  # noqa: B023
            )


def test_approving_before_the_agreement_began(ledger: Ledger, no_trace: Callable, clock: Clock) -> None:
    """Who supervises from April on signs nothing in March; and in April, nothing of March."""
    [version] = logged(ledger)
    agree(ledger, "ana", "cole", "2026-04-01")
    assert "begins on 2026-04-01" in no_trace("before the agreement", lambda: approve(ledger, version, by=COLE))
    clock.go(days=20)
    no_trace("no agreement", lambda: approve(ledger, version, by=COLE))


def test_a_revoked_key(ledger: Ledger, no_trace: Callable) -> None:
    """A supervisor's, a trainee's, a programme's; what they signed before stands."""
    [version, other] = logged(ledger, entry(), entry())
    approve(ledger, version)
    enrol(ledger, "programme", "programme", key_of("spare"))
    for key, do in (
        (BERG, lambda: approve(ledger, other)),
        (ANA, lambda: logged(ledger)),
        (PROGRAMME, lambda: agree(ledger, "ana", "cole")),
    ):
        gone = draft(records.REVOCATION, key=key.public, reason="stolen")
        say(ledger, key_of("spare"), records.PROGRAMME, gone)
        assert "was revoked on 2026-03-16 and signs nothing more" in no_trace("revoked key", do)
    assert ledger.log("ana").entries[version].approved == 50


def test_a_key_in_another_role_and_one_that_nobody_entered(ledger: Ledger, no_trace: Callable) -> None:
    """A supervisor's key logs nothing, a trainee's signs nothing, and a stranger's does neither."""
    [version] = logged(ledger)
    enrol(ledger, "berg", "trainee", key_of("berg as trainee"))
    no_trace("role", lambda: logged(ledger, trainee="berg", key=BERG))
    no_trace("role", lambda: approve(ledger, version, by=key_of("berg as trainee")))
    no_trace("role", lambda: approve(ledger, version, by=PROGRAMME))
    no_trace("unknown key", lambda: approve(ledger, version, by=key_of("eve")))
    no_trace("role", lambda: say(ledger, BERG, records.PROGRAMME, draft(records.PERSON, person="ana", name="Ana")))
