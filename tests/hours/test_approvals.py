"""What waits for a supervisor, the look before the signature, and the decisions under one."""

from __future__ import annotations

from datetime import date

import people
import pytest
from people import ANA, BERG, COLE, NOON, PROGRAMME, Little, agree, approve, draft, enrol, entry, key_of, logged, say
from refusals import refused

from alliancelab.errors import AllianceLabError
from alliancelab.hours.account import approvals, reminders
from alliancelab.hours.account.approvals import Bundle
from alliancelab.hours.record import codes, records

TODAY = NOON.date()


@pytest.fixture
def small() -> Little:
    """A programme with ana and ben, whom berg supervises."""
    return people.programme()


def weeks(ledger: Little, supervisor: str = "berg", trainee: str = "ana") -> list[Bundle]:
    return approvals.weeks(ledger.log(trainee), ledger.register(), supervisor)


def versions(bundles: list[Bundle]) -> list[list[str]]:
    return [[one.version for one in bundle.waiting] for bundle in bundles]


def test_a_bundle_is_a_week_and_the_oldest_comes_first(small: Little) -> None:
    """From Monday to Sunday; within it by day and time. What is signed, declined or withdrawn does not wait any more."""
    [b2, a2, a1, b1, signed, declined, gone] = logged(
        small,
        entry("2026-03-09"),
        entry("2026-03-08"),
        entry("2026-03-02"),
        entry(start="2026-03-09T08:00+01:00", end="2026-03-09T09:00+01:00"),
        *(entry("2026-03-04") for _ in range(3)),
    )
    approve(small, signed)
    say(small, BERG, "ana", draft(records.DECLINE, version=declined, reason="other"))
    say(small, BERG, "ana", draft(records.QUESTION, version=a2, asks="talk"))
    say(small, ANA, "ana", draft(records.WITHDRAWAL, version=gone))
    assert versions(weeks(small)) == [[a1, a2], [b2, b1]]
    assert [bundle.week for bundle in weeks(small)] == [date(2026, 3, 2), date(2026, 3, 9)]
    assert [bundle.minutes for bundle in weeks(small)] == [100, 110]


def test_an_entry_waits_for_whom_it_names_or_for_whoever_can_sign(small: Little) -> None:
    """Named: for that one; nobody named: for each one with an agreement; and where the named one cannot sign, too."""
    agree(small, "ana", "cole", "2026-03-03")
    [anyones, bergs, coles, early, left] = logged(
        small,
        entry("2026-03-04"),
        entry("2026-03-04", supervisor="berg"),
        entry("2026-03-04", supervisor="cole"),
        entry("2026-03-02", supervisor="cole"),
        entry("2026-03-04", supervisor="dora"),
    )
    assert {one for week in versions(weeks(small)) for one in week} == {anyones, bergs, early, left}
    [week] = weeks(small, "cole")
    assert {one.version for one in week.waiting} == {anyones, coles, left}
    assert [one.version for one in week.outside] == [early]
    say(small, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=COLE.public, reason="left"))
    assert coles in {one for week in versions(weeks(small)) for one in week}
    assert versions(weeks(small, "dora")) == [[]]


def test_nothing_of_ones_own_waits(small: Little) -> None:
    """Whoever is both sees the hours of others only."""
    enrol(small, "ana", "supervisor", key_of("ana as supervisor"))
    logged(small, entry(supervisor="ana"))
    assert weeks(small, "ana") == []
    assert len(weeks(small)) == 1


def test_a_look_tells_how_much_and_what_stands_out(small: Little) -> None:
    """Entries, minutes, categories and days of all trainees at once; and each thing that a supervisor should see."""
    meeting = {"start": "2026-03-10T16:00+01:00", "end": "2026-03-10T17:00+01:00"}
    drafts = [
        entry("2026-03-12", 300),
        entry("2026-03-12", 301, "study"),
        entry("2026-02-12"),
        entry("2026-03-11"),
        entry("2026-03-11"),
        entry(category="supervision.individual", **meeting),
        entry("2026-03-13"),
        entry("2026-03-13", 20),
    ]
    [day, day2, old, alike, alike2, met, asked, plain] = logged(small, *drafts)
    bens, group = logged(
        small,
        entry(category="supervision.individual", start="2026-03-10T15:30+00:00", end="2026-03-10T16:30+00:00"),
        entry(category="supervision.group", start="2026-03-10T14:50+00:00", end="2026-03-10T15:10+00:00", group_size=4),
        trainee="ben",
    )
    say(small, BERG, "ana", draft(records.QUESTION, version=asked, asks="how-long"))
    bundles = [*weeks(small), *weeks(small, trainee="ben")]
    look = approvals.look(bundles, TODAY)
    assert (look.entries, look.minutes, look.trainees) == (10, 300 + 301 + 50 * 4 + 60 + 20 + 60 + 20, ("ana", "ben"))
    assert (look.first, look.last) == (date(2026, 2, 12), date(2026, 3, 13))
    assert look.categories == {
        "client.individual": 520,
        "study": 301,
        "supervision.group": 20,
        "supervision.individual": 120,
    }
    assert {(notice.version, notice.code) for notice in look.notices} == {
        (day, "long-day"),
        (day2, "long-day"),
        (day, "long"),
        (day2, "long"),
        (old, "old"),
        (alike, "alike"),
        (alike2, "alike"),
        (met, "shared"),
        (bens, "shared"),
        (asked, "asked"),
    }
    said = {notice.code: notice.text for notice in look.notices}
    assert said["long-day"] == "ana has 10.0 hours on 2026-03-12"
    assert said["old"] == "2026-02-12 is 32 days ago"
    assert said["asked"] == "asked, and not amended since: Did it last that long?"
    assert plain not in {notice.version for notice in look.notices}
    assert group not in {notice.version for notice in look.notices}


def test_a_look_at_nothing_is_empty_and_what_cannot_be_signed_is_named(small: Little) -> None:
    """An entry that names a supervisor without an agreement for its day is shown, and is not part of what is signed."""
    assert approvals.look([], TODAY) == approvals.Look(0, 0, (), None, None, {}, ())
    logged(small, entry(supervisor="cole"))
    look = approvals.look(weeks(small, "cole"), TODAY)
    assert (look.entries, [notice.code for notice in look.notices]) == (0, ["outside"])
    assert approvals.everything(weeks(small, "cole")) == []


def test_all_decisions_about_a_trainee_are_under_one_signature(small: Little) -> None:
    """Approve, approve in part, ask and decline; a submission for each trainee, which the ledger takes whole."""
    logged(small, *(entry(f"2026-03-0{day}") for day in (2, 3, 4, 5)))
    logged(small, trainee="ben")
    bundles = [*weeks(small), *weeks(small, trainee="ben")]
    one, two, three, four, bens = (entry for bundle in bundles for entry in bundle.waiting)
    decisions = [
        approvals.approve(one),
        approvals.approve(two, 20),
        approvals.ask(three, "talk"),
        approvals.decline(four, "not-held"),
        approvals.approve(bens),
    ]
    signed = approvals.decide(BERG, small.id, bundles, decisions)
    assert [(submission.chain, len(submission.drafts)) for submission in signed] == [("ana", 4), ("ben", 1)]
    for submission in signed:
        small.append(submission)
    said = [(one.approved, one.asked, one.declined) for one in small.log("ana").entries.values()]
    assert said == [(50, "", ""), (20, "", ""), (None, "talk", ""), (None, "", "not-held")]
    assert [one.approved for one in small.log("ben").entries.values()] == [50]


def test_only_what_was_shown_is_signed(small: Little) -> None:
    """Nothing else, nothing twice, no code that is not on the list, no minutes that are not there."""
    logged(small)
    bundles = weeks(small)
    [waiting] = bundles[0].waiting
    logged(small, entry("2026-03-03"))
    other = weeks(small)[0].waiting[1]
    for decisions, told in (
        ([approvals.approve(waiting), approvals.approve(other)], "was not shown"),
        ([approvals.approve(waiting), approvals.ask(waiting, "talk")], "two decisions"),
        ([approvals.Decision(waiting.version, records.APPROVAL, 51)], "you can sign 1 to 50 minutes, not 51"),
        ([approvals.Decision(waiting.version, records.DECLINE, code="Maria")], "is not on the list"),
    ):
        with pytest.raises(AllianceLabError, match=told):
            approvals.decide(BERG, small.id, bundles, decisions)
    for do, told in (
        (lambda: approvals.approve(waiting, 0), "decline it if none of it counts"),
        (lambda: approvals.ask(waiting, "Maria"), f"write one of {', '.join(codes.ASKS)}"),
        (lambda: approvals.decline(waiting, ""), "is not on the list"),
    ):
        with pytest.raises(AllianceLabError, match=told):
            do()


def test_what_was_amended_after_the_look_is_not_signed(small: Little) -> None:
    """The decision is about the version that was seen; the ledger takes nothing of it, and says why."""
    [version, _] = logged(small, entry(), entry("2026-03-03"))
    seen = weeks(small)
    say(small, ANA, "ana", draft(records.AMENDMENT, version=version, entry=entry(minutes=60).body))
    [signed] = approvals.decide(BERG, small.id, seen, approvals.everything(seen))
    assert "was amended since" in refused("void", lambda: small.append(signed))
    assert [one.approved for one in small.log("ana").entries.values()] == [None, None]


# Reminders


def due(ledger: Little, today: date = TODAY, trainee: str = "ana") -> dict[tuple[str, str], reminders.Reminder]:
    return {(one.code, one.who): one for one in reminders.of(ledger.log(trainee), ledger.register(), today)}


def test_what_waits_for_more_than_14_days_is_told(small: Little) -> None:
    """On the fifteenth day, and not on the fourteenth; and no more once it is signed."""
    [version] = logged(small, entry("2026-03-02"))
    assert due(small, date(2026, 3, 16)) == {}
    told = due(small, date(2026, 3, 17))["unsigned", "berg"]
    assert (told.entries, told.minutes, told.day) == (1, 50, date(2026, 3, 2))
    assert told.text == (
        "1 entry (50 minutes) of ana has waited for berg for more than 14 days; the oldest is of 2026-03-02."
    )
    approve(small, version)
    assert due(small, date(2026, 4, 30)) == {}


def test_a_supervisor_who_is_about_to_leave_is_told_in_time(small: Little) -> None:
    """While entries wait and the last agreement ends within 30 days; afterwards that it has ended; never of a next one."""
    agree(small, "ana", "cole", "2026-03-01", "2026-04-10")
    [version] = logged(small, entry("2026-03-12", supervisor="cole"))
    assert ("leaving", "cole") not in due(small, date(2026, 3, 10))
    told = due(small, date(2026, 3, 11))["leaving", "cole"]
    assert told.text.startswith("The agreement of cole with ana ends on 2026-04-10, and 1 entry (50 minutes) waits")
    assert ("left", "cole") in due(small, date(2026, 4, 11))
    agree(small, "ana", "cole", "2026-04-11")
    assert {("leaving", "cole"), ("left", "cole")}.isdisjoint(due(small, date(2026, 4, 11)))
    approve(small, version, by=COLE)


def test_what_nobody_can_sign_is_told_to_the_programme(small: Little) -> None:
    """A day without an agreement, and a supervisor whose key was revoked; and a trainee whose last agreement is over."""
    logged(small, entry("2025-12-30"))
    told = due(small)["nobody", ""]
    assert (told.entries, told.day) == (1, date(2025, 12, 30))
    assert told.text.startswith("Nobody can sign 1 entry (50 minutes) of ana, the first of 2025-12-30")
    logged(small, entry("2026-03-12"))
    say(small, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=BERG.public, reason="left"))
    assert due(small)["nobody", ""].entries == 2
    ended = draft(records.AGREEMENT_END, agreement="ana.berg.2026-01-01", until="2026-03-15")
    say(small, PROGRAMME, records.PROGRAMME, ended)
    assert due(small)["no-agreement", ""].day == date(2026, 3, 15)
    assert ("no-agreement", "") not in due(small, date(2026, 3, 15))


def test_a_trainee_is_told_what_waits_for_an_answer(small: Little) -> None:
    """What was asked about and what was declined, until it is amended or withdrawn."""
    [asked, declined] = logged(small, entry("2026-03-12"), entry("2026-03-12"))
    say(small, BERG, "ana", draft(records.QUESTION, version=asked, asks="talk"))
    say(small, BERG, "ana", draft(records.DECLINE, version=declined, reason="twice"))
    assert due(small)["answer", "ana"].entries == 2
    say(small, ANA, "ana", draft(records.WITHDRAWAL, version=declined))
    say(small, ANA, "ana", draft(records.AMENDMENT, version=asked, entry=entry("2026-03-12", 30).body))
    assert due(small) == {}


def test_a_trainee_alone_has_no_reminders() -> None:
    """An empty log and an empty register say nothing."""
    assert reminders.of(people.Log("ana"), people.Register(), TODAY) == []
