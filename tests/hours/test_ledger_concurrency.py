"""Several who write to one ledger at once, and one who is killed while writing: nothing is lost, nothing is double."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from people import BERG, PROGRAMME, Clock, approve, draft, enrol, entry, logged, say

from alliancelab.hours.record import records
from alliancelab.hours.record.audit import audit
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Refused

WRITERS, EACH = 20, 3
KILLS = 25


def run(*arguments: object) -> dict:
    """What the program of writers prints."""
    here = Path(__file__).with_name("writers.py")
    told = subprocess.run(
        [sys.executable, str(here), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_twenty_writers_lose_nothing_and_double_nothing(url: str) -> None:
    """Twenty processes that log, sign and enrol at the same moment: all that was acknowledged is there once, what all of
    them sent was taken from one, and the chains audit.
    """
    said = run("together", url, WRITERS, EACH)
    assert said["ended"] == [0] * WRITERS
    assert sorted(said["shared"]) == ["replayed"] * (WRITERS - 1) + ["taken"]
    assert len(said["told"]) == WRITERS * EACH * 3 + WRITERS // 5 * EACH
    with Ledger.open(url, Clock()) as ledger:
        kept = [event.commitment for name in ledger.chains() for event in ledger.events(name)]
        assert len(kept) == len(set(kept)) == len(said["told"]) + 1 + 10  # what all sent, and the people
        assert set(said["told"]) <= set(kept)
        assert audit(ledger).findings == ()


def test_a_writer_that_is_killed_loses_nothing_it_was_told(url: str) -> None:
    """Killed at many moments of an append, the ledger opens, audits, and holds all that was acknowledged; of a submission
    that was not, all or nothing.
    """
    said = run("killed", url, KILLS, 6)
    assert said["findings"] == []
    assert len(said["told"]) > KILLS  # it was at work
    assert set(said["told"]) <= set(said["kept"])


@pytest.mark.parametrize("first", ["revocation", "approval"])
def test_a_revocation_and_an_approval_wait_for_each_other(
    ledger: Ledger, url: str, clock: Clock, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a key is being revoked, what it signs waits, and is refused; while it signs, the revocation waits."""
    [version] = logged(ledger)
    reached, go_on = threading.Event(), threading.Event()
    checked = Ledger._checked

    def halted(self: Ledger, *told: object) -> list:
        made = checked(self, *told)
        if self is ledger:
            reached.set()  # in the transaction, and nothing written yet
            assert go_on.wait(30)
        return made

    monkeypatch.setattr(Ledger, "_checked", halted)

    def revoke(by: Ledger) -> None:
        say(by, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=BERG.public, reason="stolen"))

    def sign(by: Ledger) -> None:
        approve(by, version)

    outcomes: dict[str, str] = {}

    def attempt(name: str, by: Ledger) -> None:
        try:
            {"revocation": revoke, "approval": sign}[name](by)
            outcomes[name] = "taken"
        except Refused as refusal:
            outcomes[name] = refusal.rule

    second = "approval" if first == "revocation" else "revocation"
    with Ledger.open(url, clock) as other:
        one = threading.Thread(target=attempt, args=(first, ledger))
        two = threading.Thread(target=attempt, args=(second, other))
        one.start()
        assert reached.wait(30)
        two.start()
        two.join(0.3)  # it would be done by now, were it not to wait
        assert two.is_alive()
        go_on.set()
        one.join()
        two.join()
    wanted = {first: "taken", second: "revoked key" if first == "revocation" else "taken"}
    assert outcomes == wanted
    assert audit(ledger).findings == ()


def test_a_log_is_read_at_one_moment(ledger: Ledger, url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a new supervisor signs while a log is being read is not in it yet, or it is and the supervisor is known."""
    [version] = logged(ledger)
    read = Ledger._register_in

    def overtaken(self: Ledger, connection: sa.Connection) -> object:
        register = read(self, connection)
        if self is ledger and not news:
            news.append(threading.Thread(target=signed_by_dan))
            news[0].start()
            news[0].join(0.3)  # on SQLite it waits until we have read
        return register

    def signed_by_dan() -> None:
        with Ledger.open(url, clock) as other:
            enrol(other, "dan", "supervisor")
            dans = draft(records.AGREEMENT, agreement="d", trainee="ana", supervisor="dan", since="2026-01-01")
            say(other, PROGRAMME, records.PROGRAMME, dans)
            from people import key_of

            approve(other, version, by=key_of("dan"))

    news: list[threading.Thread] = []
    monkeypatch.setattr(Ledger, "_register_in", overtaken)
    assert ledger.log("ana").entries[version].by in ("", "dan")
    news[0].join()
    assert ledger.log("ana").entries[version].by == "dan"


def test_an_audit_beside_a_writer_is_not_alarmed(ledger: Ledger, url: str, clock: Clock) -> None:
    """What is recorded while an audit runs, in chains it has read already too, is not taken for something wrong."""
    from people import agree, key_of

    [version] = logged(ledger)
    with Ledger.open(url, clock) as other:

        def tell(name: str, *_: int) -> None:
            if name != records.PROGRAMME and "dan" not in {one.person for one in other.register().keys.values()}:
                enrol(other, "dan", "supervisor")
                agree(other, "ana", "dan")
                approve(other, version, by=key_of("dan"))
                erased = draft(records.ERASURE, commitments=logged(other, entry("2026-03-05")), ground="mistake")
                say(other, PROGRAMME, "ana", erased)

        assert audit(ledger, tell=tell).findings == ()
    assert audit(ledger).findings == ()


def test_threads_that_share_a_ledger_count_nothing_twice(ledger: Ledger, url: str, clock: Clock) -> None:
    """A page's threads may read one log through one ledger at once: each new event is taken once."""
    with Ledger.open(url, clock) as other:
        for turn in range(10):
            logged(other, *(entry(f"2026-03-{day:02d}", 1) for day in range(1, 16)))
            start = threading.Barrier(4)

            def read(start: threading.Barrier = start) -> None:
                start.wait()
                ledger.log("ana")

            threads = [threading.Thread(target=read) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert set(ledger.log("ana").minutes.values()) == {turn + 1}
