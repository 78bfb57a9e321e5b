"""An audit finds what was changed straight in the database, on SQLite and on PostgreSQL, and says what follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from people import ANA, BERG, NOON, PROGRAMME, SPARE, Clock, approve, draft, enrol, entry, key_of, logged, say

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import checkpoint, records
from alliancelab.hours.record.audit import Report, audit
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.schema import bodies, events

HAND = key_of("somebody with a hand in the database")


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    """A ledger in which something has happened: entries, signatures, an amendment, a reversal, an erasure."""
    one, two, three = logged(ledger, entry(), entry(minutes=30), entry("2026-03-03"))
    approval = approve(ledger, one)
    say(
        ledger,
        BERG,
        "ana",
        *(draft(records.APPROVAL, version=two, minutes=20), draft(records.QUESTION, version=three, asks="category")),
    )
    say(
        ledger,
        ANA,
        "ana",
        draft(records.AMENDMENT, version=three, entry={"date": "2026-03-03", "minutes": 45, "category": "study"}),
    )
    say(ledger, BERG, "ana", draft(records.REVERSAL, approval=approval))
    say(ledger, PROGRAMME, "ana", draft(records.ERASURE, commitments=[two], ground="request"))
    logged(ledger, trainee="ben")
    return ledger


@pytest.fixture
def database(full: Ledger) -> Iterator[sa.Connection]:
    """A hand in the database of the full ledger; what it does is committed at once."""
    engine = sa.create_engine(full.url)
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        yield connection
    engine.dispose()


def again(ledger: Ledger, **given: Any) -> Report:
    """The audit as somebody would make it who opens the ledger now."""
    with Ledger.open(ledger.url, Clock()) as fresh:
        return audit(fresh, **given)


def where(chain: str, number: int) -> Any:
    """The row of an event."""
    return sa.and_(events.c.chain == chain, events.c.number == number)


def commitment_of(database: sa.Connection, chain: str, number: int) -> str:
    """The commitment of an event."""
    return database.execute(sa.select(events.c.commitment).where(where(chain, number))).scalar_one()


def test_a_whole_ledger_is_sound(full):
    """Everything that people did by the rules is in order, with a checkpoint and the programme's key, too."""
    taken = checkpoint.take(full, PROGRAMME, Clock())
    told: list[str] = []
    report = again(
        full,
        checkpoint=taken,
        programme=PROGRAMME.public,
        tell=lambda name, done, of: told.append(f"{name} {done}/{of}"),
    )
    assert report.sound
    assert (report.chains, report.programme, report.compared) == (3, PROGRAMME.public, True)
    assert report.events == sum(full.size(name) for name in full.chains())
    assert told == ["programme 0/3", "ana 1/3", "ben 2/3"]


def test_a_body_that_was_deleted_is_told_from_one_that_was_erased(full, database):
    """Only what an erasure of the programme names may be without a body."""
    database.execute(bodies.delete().where(bodies.c.commitment == commitment_of(database, "ana", 0)))
    [found] = again(full).findings
    assert "no erasure names it" in found.wrong
    database.execute(bodies.delete().where(bodies.c.commitment == commitment_of(database, "ana", 3)))
    assert any("such a body is never erased" in found.wrong for found in again(full).findings)


def rewritten(ledger: Ledger, database: sa.Connection, chain: str, made: list[records.Event]) -> None:
    """Put other events into the place of a chain, as somebody would who can write into the database."""
    gone = sa.select(events.c.commitment).where(events.c.chain == chain)
    database.execute(bodies.delete().where(bodies.c.commitment.in_(gone)))
    database.execute(events.delete().where(events.c.chain == chain))
    columns = [column.name for column in events.columns]
    for event in made:
        row = {name: getattr(event, name) for name in columns} | {"at": records.stamp(event.at)}
        database.execute(events.insert().values(row))
        if event.body is not None:
            text = records.canonical(event.body).decode()
            database.execute(bodies.insert().values(commitment=event.commitment, salt=event.salt, body=text))


def chain_of(
    ledger: Ledger, chain: str, *submissions: records.Submission, register: int | None = None
) -> list[records.Event]:
    """The events that submissions make when nobody asks the rules."""
    made: list[records.Event] = []
    size = ledger.register().size if register is None else register
    for submission in submissions:
        made += records.chained(submission, made[-1] if made else None, size, NOON)
    return made


def test_a_signature_is_not_put_in_by_hand(full, database):
    """Whoever can write into the database, and chain, still cannot sign for a supervisor, nor sign as somebody unknown."""
    mine = records.submit(ANA, full.id, "ana", [entry()])
    version = mine.drafts[0].commitment
    said = draft(records.APPROVAL, version=version, minutes=50)
    forged = records.Submission(full.id, "ana", BERG.public, "ab" * 64, (said,))
    rewritten(full, database, "ana", chain_of(full, "ana", mine, forged))
    assert "its signature is not over what is here" in again(full).findings[0].wrong
    rewritten(full, database, "ana", chain_of(full, "ana", mine, records.submit(HAND, full.id, "ana", [said])))
    assert "the programme's register has no key" in again(full).findings[0].wrong
    rewritten(full, database, "ana", chain_of(full, "ana", mine, records.submit(ANA, full.id, "ana", [said])))
    assert "nobody signs their own" in again(full).findings[0].wrong


def test_what_the_ledger_would_have_refused_is_found_in_it(full, database):
    """More minutes than logged, signed by the right person and chained, but never taken by the ledger."""
    mine = records.submit(ANA, full.id, "ana", [entry()])
    more = draft(records.APPROVAL, version=mine.drafts[0].commitment, minutes=51)
    rewritten(full, database, "ana", chain_of(full, "ana", mine, records.submit(BERG, full.id, "ana", [more])))
    [first, *_] = again(full).findings
    assert first.number == 1
    assert "should never have been taken: 51 minutes are more than the 50" in first.wrong


def test_an_older_register_does_not_hide_a_revocation(full, database, clock):
    """A record signed with a key after its revocation, put in with the register of before: its time gives it away."""
    size = full.register().size
    clock.go(hours=1)
    enrol(full, "berg", "supervisor", SPARE)
    say(full, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=BERG.public, reason="lost"))
    clock.go(hours=1)
    mine = records.submit(ANA, full.id, "ana", [entry()])
    late = records.submit(
        BERG, full.id, "ana", [draft(records.APPROVAL, version=mine.drafts[0].commitment, minutes=50)]
    )
    made = records.chained(mine, None, size, NOON)
    made += records.chained(late, made[-1], size, clock())
    rewritten(full, database, "ana", made)
    [first, *_] = again(full).findings
    assert "not one at which the register was what it says" in first.wrong


def test_a_tail_that_was_cut_off_is_found_by_a_checkpoint(full, database):
    """Without a checkpoint a shorter log looks whole; with one it does not. A log that is gone, too."""
    whole = list(full.events("ana"))
    logged(full, entry(), entry())
    taken = checkpoint.take(full, PROGRAMME, Clock())
    rewritten(full, database, "ana", whole)
    assert again(full).sound
    [found] = again(full, checkpoint=taken).findings
    size = len(whole)
    assert f"The log of ana has {size} events and had {size + 2} when the checkpoint of 2026-03-16 was" in found.wrong
    assert "(2 events)" in found.follows
    rewritten(full, database, "ben", [])
    assert again(full).sound
    assert {found.chain for found in again(full, checkpoint=taken).findings} == {"ana", "ben"}


def test_a_hidden_reversal_is_found_by_a_checkpoint(full, database):
    """A log chained anew without the reversal of a signature passes an audit, and not one with a checkpoint."""
    [version] = logged(full, trainee="ben")
    approval = approve(full, version, trainee="ben")
    say(full, BERG, "ben", draft(records.REVERSAL, approval=approval))
    taken = checkpoint.take(full, PROGRAMME, Clock())
    logged(full, trainee="ben")
    made: list[records.Event] = []
    for event in full.events("ben"):
        if event.kind != records.REVERSAL:
            link = made[-1].hash if made else records.START
            told = (*(event.ledger, "ben", len(made), event.register, event.at, event.kind), event.signer)
            told = (*told, event.signature, event.commitment, link)
            made.append(records.Event(*told, records.event_hash(*told), event.body, event.salt))
    rewritten(full, database, "ben", made)
    assert again(full).sound
    with Ledger.open(full.url, Clock()) as fresh:
        assert fresh.log("ben").entries[version].approved == 50
    [found] = again(full, checkpoint=taken).findings
    assert (found.chain, "was written anew" in found.wrong) == ("ben", True)


def test_the_whole_ledger_made_anew_is_found_by_its_key(full):
    """A ledger opened by somebody else, whole in itself, is not the programme's."""
    [found] = again(full, programme=HAND.public).findings
    assert "was opened by the key" in found.wrong
    assert again(full, programme=PROGRAMME.public).sound


def test_a_checkpoint_that_the_programme_did_not_sign_proves_nothing(full):
    """Signed by anybody else, or edited: that is said. One of another ledger cannot be compared at all."""
    borrowed = checkpoint.take(full, HAND, Clock())
    assert "not signed by a key of the programme" in again(full, checkpoint=borrowed).findings[0].wrong
    good = checkpoint.take(full, PROGRAMME, Clock())
    edited = checkpoint.of(good.as_json() | {"at": "2026-03-17T12:00:00.000000Z"})
    assert not again(full, checkpoint=edited).sound
    other = checkpoint.of(good.as_json() | {"ledger": "0" * 32})
    with pytest.raises(AllianceLabError, match="give the one that belongs to it"):
        again(full, checkpoint=other)


def test_a_checkpoint_goes_on_being_good(full, tmp_path):
    """Written, read back, and given to an audit after more has been recorded: all is in order."""
    taken = checkpoint.take(full, PROGRAMME, Clock(), chains=["ana"])
    assert set(taken.chains) == {"programme", "ana"}
    taken.write(tmp_path / "checkpoint.json")
    logged(full)
    enrol(full, "dora", "trainee")
    assert checkpoint.read(tmp_path / "checkpoint.json") == taken
    assert again(full, checkpoint=checkpoint.read(tmp_path / "checkpoint.json")).sound


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", "[" * 100_000, '{"ledger": 1}', '{"chains": {"ana": [true, ""]}}']
)
def test_what_is_no_checkpoint_is_a_sentence(tmp_path, text):
    """Any other file is told apart."""
    path = tmp_path / "checkpoint.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AllianceLabError, match="is no checkpoint"):
        checkpoint.read(path)
