"""The rules of the ledger: who may say what, what it must fit, and what follows from it. Each refusal says what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import people
import pytest
from people import (
    ANA,
    BEN,
    BERG,
    COLE,
    NOON,
    PROGRAMME,
    SPARE,
    Clock,
    Little,
    agree,
    approve,
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


# Who signs


def test_only_the_programme_keeps_the_register(ledger: Little) -> None:
    """Nobody else enters keys, agreements or names."""
    for kind, body in (
        (records.KEY, {"person": "eve", "role": "supervisor", "key": key_of("eve").public}),
        (records.AGREEMENT, {"agreement": "x", "trainee": "ana", "supervisor": "cole", "from": "2026-01-01"}),
        (records.PERSON, {"person": "ana", "name": "Ana"}),
        (records.REVOCATION, {"key": BERG.public, "reason": "lost"}),
    ):
        for key in (ANA, BERG):
            refused("role", lambda: say(ledger, key, records.PROGRAMME, records.draft(kind, body)))  # noqa: B023


def test_a_key_that_is_not_in_the_register_signs_nothing(ledger: Little) -> None:
    """And its owner is told how it gets there."""
    assert "hours register add" in refused("unknown key", lambda: logged(ledger, key=key_of("eve")))
    for none in ("", "ana", ANA.public.upper(), "é" * 64):
        asked = lambda: rules.check(ledger.register(), ledger.log("ana"), "ana", none, entry(), NOON)  # noqa: B023, E731
        assert "is no public key" in refused("unknown key", asked)
        opening = draft(records.OPENED, name="Ours")
        asked = lambda: rules.check(rules.Register(), None, records.PROGRAMME, none, opening, NOON)  # noqa: B023, E731
        assert "is no public key" in refused("unknown key", asked)


def test_a_key_has_one_role(ledger: Little) -> None:
    """A supervisor's key logs nothing, also for somebody who is a trainee, too; a trainee's and a programme's sign no hours."""
    enrol(ledger, "berg", "trainee", key_of("berg as trainee"))
    agree(ledger, "berg", "cole")
    assert "key of a trainee" in refused("role", lambda: logged(ledger, trainee="berg", key=BERG))
    [version] = logged(ledger, trainee="berg", key=key_of("berg as trainee"))
    refused("role", lambda: approve(ledger, version, trainee="berg", by=ANA))
    refused("role", lambda: approve(ledger, version, trainee="berg", by=PROGRAMME))
    approve(ledger, version, trainee="berg", by=COLE)
    refused(
        "role",
        lambda: say(ledger, COLE, "berg", draft(records.CERTIFICATE, certificate="c", policy="p", digest="0" * 64)),
    )


def test_each_kind_has_its_chain(ledger: Little) -> None:
    """An entry does not belong into the programme's chain, nor a key into a trainee's."""
    refused("chain", lambda: say(ledger, PROGRAMME, records.PROGRAMME, entry()))
    key = draft(records.KEY, person="eve", role="trainee", key=key_of("eve").public)
    refused("chain", lambda: say(ledger, PROGRAMME, "ana", key))
    refused("chain", lambda: say(ledger, ANA, "ana", draft("gift", minutes=50)))


def test_a_ledger_is_opened_once_and_first() -> None:
    """Before it is opened nothing is recorded, and a second opening would be a second programme."""
    empty = Little()
    refused("opened", lambda: enrol(empty, "ana", "trainee"))
    refused("opened", lambda: logged(empty))
    made = Little.create()
    refused("opened", lambda: say(made, PROGRAMME, records.PROGRAMME, draft(records.OPENED, name="Again")))


# Keys and agreements


def test_a_revoked_key_signs_nothing_more_and_what_it_signed_stands(ledger: Little) -> None:
    """A person goes on with another key, under the same name."""
    [version, other] = logged(ledger, entry(), entry())
    approve(ledger, version)
    say(ledger, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=BERG.public, reason="lost"))
    assert "revoked on 2026-03-16" in refused("revoked key", lambda: approve(ledger, other))
    assert ledger.log("ana").entries[version].approved == 50
    enrol(ledger, "berg", "supervisor", key_of("berg again"))
    approve(ledger, other, by=key_of("berg again"))
    refused(
        "key",
        lambda: say(ledger, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=BERG.public, reason="lost")),
    )
    refused("key", lambda: enrol(ledger, "berg", "supervisor"))


def test_a_key_is_in_the_register_once(ledger: Little) -> None:
    """Neither two people nor two roles share a key."""
    assert "as ana's" in refused("key", lambda: enrol(ledger, "eve", "trainee", ANA))
    refused("key", lambda: enrol(ledger, "ana", "supervisor", ANA))
    refused("key", lambda: enrol(ledger, "eve", "trainee", PROGRAMME))
    nobodys = draft(records.REVOCATION, key=key_of("eve").public, reason="lost")
    assert "no such key" in refused("key", lambda: say(ledger, PROGRAMME, records.PROGRAMME, nobodys))


def test_nobody_is_called_as_the_programmes_chain(ledger: Little) -> None:
    """Their log would be the register."""
    refused("key", lambda: enrol(ledger, "programme", "trainee", key_of("eve")))


def test_the_programme_changes_its_key(ledger: Little) -> None:
    """The next key is entered by the one before; both sign until one is revoked, and never the last."""
    last = draft(records.REVOCATION, key=PROGRAMME.public, reason="replaced")
    refused("key", lambda: say(ledger, PROGRAMME, records.PROGRAMME, last))
    refused("unknown key", lambda: enrol(ledger, "programme", "programme", SPARE, by=SPARE))
    enrol(ledger, "programme", "programme", SPARE)
    enrol(ledger, "eve", "trainee", by=SPARE)
    enrol(ledger, "dan", "trainee", by=PROGRAMME)
    say(ledger, SPARE, records.PROGRAMME, last)
    refused("revoked key", lambda: enrol(ledger, "fay", "trainee"))
    enrol(ledger, "fay", "trainee", by=SPARE)
    again = draft(records.REVOCATION, key=SPARE.public, reason="stolen")
    refused("key", lambda: say(ledger, SPARE, records.PROGRAMME, again))


def test_an_agreement_is_between_two_and_ends_after_it_begins(ledger: Little) -> None:
    """Nobody supervises themselves, and no agreement ends before its first day."""
    enrol(ledger, "ana", "supervisor", key_of("ana as supervisor"))
    assert "their own supervisor" in refused("agreement", lambda: agree(ledger, "ana", "ana"))
    refused("agreement", lambda: agree(ledger, "ana", "cole", "2026-03-01", "2026-02-28"))
    name = agree(ledger, "ana", "cole", "2026-03-01")
    refused("agreement", lambda: agree(ledger, "ana", "cole", "2026-03-01"))

    def end(until: str, of: str = name) -> None:
        say(ledger, PROGRAMME, records.PROGRAMME, draft(records.AGREEMENT_END, agreement=of, until=until))

    assert "cannot end on 2026-02-28" in refused("agreement", lambda: end("2026-02-28"))
    refused("agreement", lambda: end("2026-03-05", "ana.nobody"))
    end("2026-03-05")
    refused("agreement", lambda: end("2026-03-09"))
    [inside, after] = logged(ledger, entry("2026-03-05"), entry("2026-03-06"))
    approve(ledger, inside, by=COLE)
    assert "for 2026-03-06 (theirs: 2026-03-01 to 2026-03-05)" in refused(
        "no agreement", lambda: approve(ledger, after, by=COLE)
    )


# Entries


def test_somebody_elses_log_is_theirs(ledger: Little) -> None:
    """Neither another trainee, nor a supervisor, nor the programme logs, amends or withdraws for anybody."""
    [version] = logged(ledger)
    for key in (BEN, BERG, PROGRAMME):
        for made in (
            entry(),
            draft(records.AMENDMENT, version=version, entry=entry(minutes=60).body),
            draft(records.WITHDRAWAL, version=version),
        ):
            sentence = refused("somebody else's log", lambda: say(ledger, key, "ana", made))  # noqa: B023
            assert "with their own key" in sentence


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"start": "2026-03-02T16:00+01:00", "end": "2026-03-02T15:00+01:00"}, "the end is not after the start"),
        ({"start": "2026-03-02T16:00+01:00", "end": "2026-03-02T16:50+02:00"}, "the end is not after the start"),
        ({"start": "2026-03-02T16:00", "end": "2026-03-02T16:50+01:00"}, "start '2026-03-02T16:00' has no UTC offset"),
        ({"date": "2026-03-02", "minutes": 0}, "not a whole number from 1 to 1,440"),
        ({"date": "2026-03-02", "minutes": -5}, "not a whole number from 1 to 1,440"),
        ({"date": "2026-03-02", "minutes": 1441}, "not a whole number from 1 to 1,440"),
        ({"date": "2026-03-02", "minutes": 50, "client": "maria"}, "there is no field 'client'"),
        ({"date": "2026-02-30", "minutes": 50}, "is no day"),
    ],
)
def test_what_is_no_entry_is_refused(ledger: Little, body: dict[str, Any], told: str) -> None:
    """The sentence is that of the form in which it was meant to be entered; an amendment is held to the same."""
    body = {"category": "study", **body}
    assert told in refused("entry", lambda: say(ledger, ANA, "ana", records.draft(records.ENTRY, body)))
    [version] = logged(ledger)
    amended = draft(records.AMENDMENT, version=version, entry=body)
    assert told in refused("entry", lambda: say(ledger, ANA, "ana", amended))


@pytest.mark.parametrize("now", [datetime(2026, 3, 16, 9, 59, tzinfo=UTC), datetime(2026, 3, 16, 10, 0, tzinfo=UTC)])
def test_no_entry_is_of_a_day_that_has_begun_nowhere(now: datetime) -> None:
    """A date is held to the latest day on earth: from 10:00 UTC on, somebody has the next one already."""
    ledger = people.programme(Clock(now))
    logged(ledger, entry("2026-03-16"))
    if now.hour < 10:
        assert "is in the future" in refused("future", lambda: logged(ledger, entry("2026-03-17")))
    else:
        logged(ledger, entry("2026-03-17"))
    refused("future", lambda: logged(ledger, entry("2026-03-18")))


def test_a_timed_entry_has_ended(ledger: Little) -> None:
    """An end is an instant, whatever the offset: one minute after the ledger's time is the future."""
    refused("future", lambda: logged(ledger, entry(start="2026-03-16T13:00+01:00", end="2026-03-16T13:01+01:00")))
    logged(ledger, entry(start="2026-03-16T12:59+01:00", end="2026-03-16T13:00+01:00"))
    refused("long ago", lambda: logged(ledger, entry("0026-03-02")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("2026-03-02T16:00+01:00", "2026-03-02T17:00+01:00"), ("2026-03-02T15:59+00:00", "2026-03-02T16:30+00:00")),
        (("2026-03-02T23:30+00:00", "2026-03-03T00:30+00:00"), ("2026-03-03T12:00+13:00", "2026-03-03T13:00+13:00")),
        (("2026-03-01T12:00+00:00", "2026-03-02T12:00+00:00"), ("2026-03-02T00:00+14:00", "2026-03-02T02:01+14:00")),
        (("2026-03-02T16:00+01:00", "2026-03-02T17:00+01:00"), ("2026-03-02T08:30-07:00", "2026-03-02T08:40-07:00")),
    ],
)
def test_nobody_is_in_two_places_at_once(ledger: Little, one: tuple[str, str], other: tuple[str, str]) -> None:
    """Timed entries of a log share no instant, in whichever time zones they were written, and in whichever order."""
    for first, second in ((one, other), (other, one)):
        ledger = people.programme()
        logged(ledger, entry(start=first[0], end=first[1]))
        late = entry(start=second[0], end=second[1])
        sentence = refused("overlap", lambda: logged(ledger, late))  # noqa: B023
        assert "overlaps" in sentence
        assert "logged already" in sentence
        refused("overlap", lambda: logged(people.programme(), entry(start=first[0], end=first[1]), late))  # noqa: B023


def test_an_entry_may_begin_when_another_ends(ledger: Little) -> None:
    """Touching is no overlap, another trainee's log is another place, and what does not stand any more is out of the way."""
    [first] = logged(ledger, entry(start="2026-03-02T16:00+01:00", end="2026-03-02T17:00+01:00"))
    [second] = logged(ledger, entry(start="2026-03-02T16:00+00:00", end="2026-03-02T17:00+00:00"))
    logged(ledger, entry(start="2026-03-02T16:00+01:00", end="2026-03-02T17:00+01:00"), trainee="ben")
    longer = entry(start="2026-03-02T15:30+01:00", end="2026-03-02T17:00+01:00").body
    say(ledger, ANA, "ana", draft(records.AMENDMENT, version=first, entry=longer))
    longer = entry(start="2026-03-02T16:59+01:00", end="2026-03-02T18:00+01:00").body
    refused("overlap", lambda: say(ledger, ANA, "ana", draft(records.AMENDMENT, version=second, entry=longer)))
    say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=second))
    logged(ledger, entry(start="2026-03-02T16:00+00:00", end="2026-03-02T17:00+00:00"))


def test_a_day_has_1440_minutes(ledger: Little) -> None:
    """Entries without times fill a day and no more, with the timed ones of that day; an amendment makes room."""
    [whole] = logged(ledger, entry(minutes=1_440))
    assert "1,441 minutes" in refused("full day", lambda: logged(ledger, entry(minutes=1)))
    timed = entry(start="2026-03-02T16:00+01:00", end="2026-03-02T17:00+01:00")
    refused("full day", lambda: logged(ledger, timed))
    say(ledger, ANA, "ana", draft(records.AMENDMENT, version=whole, entry=entry(minutes=1_380).body))
    logged(ledger, timed)
    refused("full day", lambda: logged(ledger, entry(minutes=1)))
    logged(ledger, entry("2026-03-03", minutes=1))


def test_a_traveller_has_a_longer_day(ledger: Little) -> None:
    """Timed entries are held to their instants only: whoever flies west can have more than 24 hours of one date."""
    logged(ledger, entry(start="2026-03-02T00:00+14:00", end="2026-03-02T23:00+14:00"))
    logged(ledger, entry(start="2026-03-02T09:00+00:00", end="2026-03-02T20:00+00:00"))
    assert ledger.log("ana").minutes[date(2026, 3, 2)] == 34 * 60


def test_two_sessions_may_be_alike_and_a_row_is_imported_once(ledger: Little) -> None:
    """Two equal entries are two sessions; a row's mark is taken once in a log, also when its entry does not stand any more."""
    logged(ledger, entry(), entry())
    mark = "0" * 32 + ".1"
    [version] = logged(ledger, entry(mark=mark))
    assert "adds nothing a second time" in refused("imported twice", lambda: logged(ledger, entry(mark=mark)))
    refused("imported twice", lambda: logged(ledger, entry(mark="1" * 32 + ".1"), entry(mark="1" * 32 + ".1")))
    say(ledger, ANA, "ana", draft(records.WITHDRAWAL, version=version))
    refused("imported twice", lambda: logged(ledger, entry(mark=mark)))
    logged(ledger, entry(mark=mark), trainee="ben")
    assert len(ledger.log("ana").entries) == 2


def test_a_submission_is_taken_whole_or_not_at_all(ledger: Little) -> None:
    """Where its last draft is refused, the first leaves no trace; and the next one is taken as if nothing had been."""
    before = people.folded(ledger.kept.get("ana", []), ledger.register(), "ana")
    refused("future", lambda: logged(ledger, entry(), entry("2026-04-01")))
    assert ledger.log("ana") == before
    logged(ledger, entry())


def test_the_latest_day_is_never_before_the_ledgers() -> None:
    """The ledger's own date is no later than the latest on earth."""
    assert rules.latest_day(NOON) == date(2026, 3, 17)


def test_a_log_of_5000_entries_is_asked_and_not_walked(ledger: Little) -> None:
    """One more entry looks at the entries of its own days, and at no others."""
    agree(ledger, "ana", "berg", "2010-01-01")
    days = [date(2012, 1, 1) + timedelta(days=day) for day in range(2_500)]
    timed = [entry(start=f"{day}T16:00+01:00", end=f"{day}T16:50+01:00") for day in days]
    logged(ledger, *timed, *(entry(day) for day in days))
    log = ledger.log("ana")
    looked: list[str] = []

    class Watched(dict[str, rules.Logged]):
        def __getitem__(self, version: str) -> rules.Logged:
            looked.append(version)
            return super().__getitem__(version)

        def values(self) -> Any:
            raise AssertionError("the whole log was walked")

        items = __iter__ = values

    log.entries = Watched(log.entries)
    new = entry(start="2012-03-01T15:50+00:00", end="2012-03-01T17:00+00:00")
    rules.check(ledger.register(), log, "ana", ANA.public, new, NOON)
    assert len(looked) <= 2
