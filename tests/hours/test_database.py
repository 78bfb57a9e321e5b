"""How a ledger's database is reached: its path, a server that was gone for a while, and sentences that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from people import ANA, PROGRAMME, Clock, draft, entry, logged, peopled, say
from postgres import Server

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import database, ledger, records
from alliancelab.hours.record.audit import audit
from alliancelab.hours.record.ledger import ChangedByHand, Ledger
from alliancelab.hours.record.records import Draft, Refused, Submission


@pytest.mark.parametrize("name", ["100 % mine?.db", "#1.db", "Übung.db", "a b&c=d.db"])
def test_a_plain_path_is_taken_as_it_is(tmp_path: Path, name: str, clock: Clock) -> None:
    """Whatever a file is called, the ledger is in it and nowhere else."""
    with Ledger.create(str(tmp_path / name), PROGRAMME, "A programme", clock) as made:
        id_ = made.id
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with Ledger.open(str(tmp_path / name), clock) as again:
        assert again.id == id_


def test_what_cannot_be_reached_says_what_to_do(tmp_path: Path, clock: Clock, postgres: Server) -> None:
    """A folder that is not there, a file that is something else, a database that nobody made, a server that is not running."""
    (tmp_path / "notes.db").write_text("nothing of ours, and long enough to be looked at " * 100)
    server = f"postgresql+psycopg://postgres@127.0.0.1:{postgres.port}"
    for url, told in (
        (str(tmp_path / "none" / "hours.db"), "is its folder there, and may you write to it"),
        (str(tmp_path / "notes.db"), "the file is something else, or was damaged"),
        (f"{server}/nobodys", "look at the user and the database in its address"),
        ("postgresql+psycopg://ana:secret@127.0.0.1:9/hours", "is the server running, and is its address right"),
    ):
        with pytest.raises(AllianceLabError, match=told) as error:
            Ledger.create(url, PROGRAMME, "A programme", clock)
        assert "secret" not in str(error.value)


def test_who_waits_too_long_for_another_writer_is_told(url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that never ends does not hold the others for ever; nothing of theirs is recorded."""
    monkeypatch.setattr(database, "WAIT", 0.2)
    with Ledger.create(url, PROGRAMME, "A programme", clock) as made, Ledger.open(url, clock) as other:
        peopled(made)
        with (
            database.writing(other._engine, "ana", records.PROGRAMME),
            pytest.raises(AllianceLabError, match="nothing was recorded: somebody else has been writing all the time"),
        ):
            logged(made)
        assert made.log("ana").entries == {}
        assert len(logged(made)) == 1


def test_a_server_that_ended_all_connections_is_reached_again(postgres: Server, clock: Clock) -> None:
    """A ledger that stays open over a restart of its server goes on."""
    url = postgres.new_database("restarted")
    with Ledger.create(url, PROGRAMME, "A programme", clock) as made:
        peopled(made)
        hand = sa.create_engine(url)
        with hand.begin() as connection:
            others = (
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = "
            )
            connection.execute(sa.text(others + "current_database()"))
        hand.dispose()
        assert len(logged(made)) == 1


def test_what_was_erased_is_not_left_in_the_file(tmp_path: Path, clock: Clock) -> None:
    """After an erasure no byte of the body, nor its salt, stands in the file of a SQLite ledger any more."""
    path = tmp_path / "hours.db"
    with Ledger.create(str(path), PROGRAMME, "A programme", clock) as made:
        peopled(made)
        one = entry(setting="the-clinic-by-the-lake")
        [version] = logged(made, one)
        logged(made, entry("2026-03-03"))
        assert b"the-clinic-by-the-lake" in path.read_bytes()
        say(made, PROGRAMME, "ana", draft(records.ERASURE, commitments=[version], ground="request"))
        assert b"the-clinic-by-the-lake" not in path.read_bytes()
        assert one.salt.encode() not in path.read_bytes()
        assert audit(made).sound


def test_more_is_erased_at_once_than_a_statement_can_name(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many bodies an erasure names, all go, and the entries count no more."""
    assert [len(some) for some in ledger._few(list("a" * 1_001))] == [500, 500, 1]
    with Ledger.create(str(tmp_path / "hours.db"), PROGRAMME, "A programme", clock) as made:
        peopled(made)
        versions = logged(made, *(entry(f"2026-01-{1 + one % 28:02d}", 1) for one in range(600)))
        say(made, PROGRAMME, "ana", draft(records.ERASURE, commitments=versions, ground="retention"))
        assert made.log("ana").entries == {}
        assert {event.body for event in made.events("ana", until=600)} == {None}
        assert audit(made).sound


@pytest.mark.parametrize(
    "body",
    [{"version": "\ud800"}, {"version": 10**5_000}, {"minutes": float("nan")}, {"a": {1}}, {1: 2, "b": 3}, {"a": b""}],
    ids=lambda body: type(next(iter(body.values()))).__name__,
)
def test_a_body_that_is_no_json_is_refused(tmp_path: Path, clock: Clock, body: dict) -> None:
    """What cannot be written as JSON is refused as such, whoever signed what."""
    with Ledger.create(str(tmp_path / "hours.db"), PROGRAMME, "A programme", clock) as made:
        with pytest.raises(Refused, match="is not plain JSON") as refused:
            made.append(
                Submission(made.id, "ana", ANA.public, "00" * 64, (Draft(records.WITHDRAWAL, body, "ab" * 16),))
            )
        assert refused.value.rule == "shape"


def test_the_same_record_for_two_logs_at_once_is_a_replay(
    ledger: Ledger, url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where two writers of different logs pass the look for replays together, the database still takes one."""
    one = entry()
    logged(ledger, one)
    monkeypatch.setattr(Ledger, "_refuse_replays", lambda *_: None)
    with pytest.raises(Refused) as refused:
        logged(ledger, one, trainee="ben")
    assert refused.value.rule == "replayed"
    assert ledger.log("ben").entries == {}


def test_hours_that_were_changed_by_hand_are_not_counted(ledger: Ledger, clock: Clock) -> None:
    """Reading a log holds each body to what was signed; nobody has to think of an audit first."""
    logged(ledger)
    hand = sa.create_engine(ledger.url)
    with hand.begin() as connection:
        connection.execute(sa.text("update alliancelab_hours_body set body = replace(body, '50', '500')"))
    hand.dispose()
    with (
        Ledger.open(ledger.url, clock) as again,
        pytest.raises(ChangedByHand, match="its body is not what was recorded"),
    ):
        again.log("ana")
