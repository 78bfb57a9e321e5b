"""Whatever people do, and in whatever order: the log stays true, and reading it again comes to the same."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta, timezone
from typing import Any

import people
from hypothesis import given, settings
from hypothesis import strategies as st
from people import ANA, BERG, Little, audited, draft, entry, logged, say

from alliancelab.hours import entries
from alliancelab.hours.record import records, rules
from alliancelab.hours.record.records import Refused

MINUTE = timedelta(minutes=1)


@st.composite
def sessions(draw: st.DrawFn) -> records.Draft:
    """A session in the first days of March, timed in some zone or not."""
    if draw(st.booleans()):
        return entry(f"2026-03-0{draw(st.integers(1, 4))}", draw(st.integers(1, 1_440)))
    offset = draw(st.sampled_from([-12, -7, 0, 1, 5.5, 14]))
    zone = datetime.fromisoformat("2026-03-01T00:00+00:00") + draw(st.integers(0, 4 * 24 * 12)) * 5 * MINUTE
    start = zone.astimezone(tz=_zone(offset))
    return entry(start=start.isoformat(), end=(start + draw(st.integers(1, 300)) * MINUTE).isoformat())


def _zone(hours: float) -> Any:
    return timezone(timedelta(hours=hours))


@st.composite
def doings(draw: st.DrawFn) -> list[tuple[str, int, Any]]:
    """What people do one after another: (what, which of the versions so far, with what)."""
    what = st.sampled_from(
        ["log", "log", "log", "amend", "withdraw", "approve", "approve", "ask", "decline", "reverse"]
    )
    return [
        (draw(what), draw(st.integers(0, 20)), draw(st.tuples(sessions(), st.integers(-5, 1_500))))
        for _ in range(draw(st.integers(1, 15)))
    ]


def did(ledger: Little, doing: list[tuple[str, int, Any]]) -> list[str]:
    """Do it all, whatever is refused; the rules by which something was."""
    versions: list[str] = []
    approvals: list[str] = []
    told = []
    for what, which, (session, minutes) in doing:
        version = versions[which % len(versions)] if versions else "0" * 64
        approval = approvals[which % len(approvals)] if approvals else "0" * 64
        by_trainee = what in ("log", "amend", "withdraw")
        made = {
            "log": lambda s=session: s,
            "amend": lambda s=session, v=version: draft(records.AMENDMENT, version=v, entry=s.body),
            "withdraw": lambda v=version: draft(records.WITHDRAWAL, version=v),
            "approve": lambda v=version, m=minutes: draft(records.APPROVAL, version=v, minutes=m),
            "ask": lambda v=version: draft(records.QUESTION, version=v, asks="talk"),
            "decline": lambda v=version: draft(records.DECLINE, version=v, reason="other"),
            "reverse": lambda a=approval: draft(records.REVERSAL, approval=a),
        }[what]()
        before = dict(ledger.log("ana").entries)
        try:
            [event] = say(ledger, ANA if by_trainee else BERG, "ana", made)
        except Refused as error:
            told.append(error.rule)
            assert ledger.log("ana").entries == before
            continue
        if what in ("log", "amend"):
            versions.append(event.commitment)
        if what == "amend":
            assert version not in ledger.log("ana").entries
            assert ledger.log("ana").entries[event.commitment].approved is None
        if what == "approve":
            approvals.append(event.commitment)
    return told


@given(doings())
@settings(deadline=None, max_examples=60)
def test_whatever_people_do_the_log_stays_true(doing: list[tuple[str, int, Any]]) -> None:
    """No more is approved than logged, nothing overlaps, no day is too full, an amendment voids; and an audit agrees."""
    ledger = people.programme()
    did(ledger, doing)
    log = ledger.log("ana")
    standing = [one.entry for one in log.entries.values()]
    assert all(one.approved is None or 0 < one.approved <= one.entry.minutes for one in log.entries.values())
    for at, one in enumerate(standing):
        assert not any(entries.overlaps(one, other) for other in standing[at + 1 :])
    for day in {one.date for one in standing}:
        of_day = [one for one in standing if one.date == day]
        assert sum(one.minutes for one in of_day) == log.minutes[day]
        assert log.minutes[day] <= 1_440 or all(one.start for one in of_day)
    assert set(log.minutes) == {one.date for one in standing}
    assert sorted({version for versions in log.timed.values() for version in versions}) == sorted(
        one.version for one in log.entries.values() if one.entry.start
    )
    audited(ledger)


@given(doings(), st.integers(0, 15), st.integers(0, 15))
@settings(deadline=None, max_examples=20)
def test_a_fold_in_pieces_is_the_fold(doing: list[tuple[str, int, Any]], one: int, other: int) -> None:
    """A log and a register that go on from what was read before are those that read everything at once."""
    ledger = people.programme()
    did(ledger, doing)
    events = ledger.kept.get("ana", [])
    assert people.folded(events, ledger.register(), "ana") == ledger.log("ana")
    programme = ledger.kept[records.PROGRAMME]
    first, second = sorted((one, other))
    pieces = rules.Register().after(*programme[:first]).after(*programme[first:second]).after(*programme[second:])
    assert pieces == rules.registered(programme) == ledger.register()


@given(st.lists(sessions(), min_size=2, max_size=6), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_no_order_of_submissions_lets_an_overlap_in(made: list[records.Draft], chance: Any) -> None:
    """However they arrive, and however many at once, what stands in the end shares no instant."""
    ledger = people.programme()
    waiting = list(made)
    chance.shuffle(waiting)
    while waiting:
        many = chance.randint(1, len(waiting))
        try:
            logged(ledger, *waiting[:many])
        except Refused:
            many = 1
            with contextlib.suppress(Refused):
                logged(ledger, waiting[0])
        del waiting[:many]
    standing = [one.entry for one in ledger.log("ana").entries.values()]
    for at, one in enumerate(standing):
        assert not any(entries.overlaps(one, other) for other in standing[at + 1 :])
