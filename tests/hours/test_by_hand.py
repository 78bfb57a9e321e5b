"""Whatever is done to any cell or row of a ledger's tables is found, and what proves nothing is not taken for a proof.

`test_audit` tells the stories; here every cell and every row has its turn.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as some
from people import ANA, BERG, PROGRAMME, SPARE, Clock, approve, draft, enrol, entry, key_of, logged, peopled, say

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import checkpoint, records, schema
from alliancelab.hours.record.audit import Finding, audit
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Event

_numbers = count(1)


@dataclass
class Database:
    """A ledger and its tables, to be changed and put back."""

    ledger: Ledger
    engine: sa.Engine
    before: dict[str, list[dict[str, Any]]]
    proof: checkpoint.Checkpoint

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """All rows of a table, in the order of its key."""
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            return [dict(row._mapping) for row in found]

    @contextmanager
    def changed(self, *statements: Any) -> Iterator[None]:
        """The database with something done to it."""
        try:
            with self.engine.begin() as connection:
                for statement in statements:
                    connection.execute(statement)
            yield
        finally:
            with self.engine.begin() as connection:
                for table in schema.metadata.tables.values():
                    connection.execute(table.delete())
                    connection.execute(table.insert(), self.before[table.name])

    def found(self, *statements: Any, proof: bool = False) -> tuple[Finding, ...]:
        """What an audit finds after this was done."""
        with self.changed(*statements):
            return audit(self.ledger, self.proof if proof else None).findings

    def chain(self, name: str) -> list[Event]:
        """A chain's events."""
        return list(self.ledger.events(name))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A ledger with something of each kind: a batch, a signature, a reversal, an amendment, an erasure, a certificate."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('by-hand') / 'hours.db'}"
    else:
        url = request.getfixturevalue("postgres").new_database(f"by_hand_{next(_numbers)}")
    clock = Clock()
    with Ledger.create(url, PROGRAMME, "A programme", clock) as ledger:
        peopled(ledger)
        named = say(ledger, PROGRAMME, records.PROGRAMME, draft(records.PERSON, person="ana", name="Ana"))
        versions = logged(ledger, *(entry(f"2026-03-{day:02d}") for day in range(2, 7)))
        clock.go(hours=1)
        signed = approve(ledger, versions[0])
        approve(ledger, versions[1], 30)
        say(ledger, BERG, "ana", draft(records.REVERSAL, approval=signed))
        say(ledger, ANA, "ana", draft(records.AMENDMENT, version=versions[0], entry=dict(entry(minutes=20).body)))
        say(ledger, PROGRAMME, "ana", draft(records.ERASURE, commitments=[versions[4]], ground="request"))
        erased = draft(records.ERASURE, commitments=[named[0].commitment], ground="request")
        say(ledger, PROGRAMME, records.PROGRAMME, erased)
        certified = draft(records.CERTIFICATE, certificate="c-1", policy="p", digest="0" * 64)
        say(ledger, PROGRAMME, "ana", certified)
        logged(ledger, trainee="ben")
        engine = sa.create_engine(url)
        hurried = "PRAGMA synchronous=OFF" if request.param == "sqlite" else "SET synchronous_commit TO off"
        sa.event.listen(engine, "connect", lambda connection, _: connection.execute(hurried))
        made = Database(ledger, engine, {}, checkpoint.take(ledger, PROGRAMME, clock))
        made.before = {table.name: made.rows(table) for table in schema.metadata.tables.values()}
        assert audit(ledger, made.proof).sound
        yield made
        engine.dispose()


def at_row(table: sa.Table, row: dict[str, Any]) -> Any:
    """What is true of this row only."""
    return sa.and_(*(column == row[column.name] for column in table.primary_key.columns))


def another(value: Any) -> Any:
    """A value that differs in its last digit, or by one."""
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("1" if value[-1] != "1" else "2")


def other_values(column: sa.Column, row: dict[str, Any]) -> list[Any]:
    """Some values that a cell might be given instead; the key's numbers are far from those that are taken."""
    value = row[column.name]
    if column.name == "number":
        return [value + 1_000, -1 - value]
    if column.name == "chain":
        return [f"{value}x"]
    if column.name == "at":
        return [another(value.rstrip("Z")) + "Z", value.replace("2026", "2025"), value.replace("2026", "2027")]
    if column.name == "body":
        return [value.replace(":", ": ", 1), re.sub(r"\d", "7", value) if re.search(r"[0-689]", value) else "{}"]
    return [another(value)]


@pytest.mark.parametrize("column", [*schema.events.columns, *schema.bodies.columns], ids=str)
def test_each_cell_that_is_changed_is_found(database: Database, column: sa.Column) -> None:
    """Whatever is changed, in whichever row: the audit names an event of that chain, at the change or in what was signed
    together with it.
    """
    table = column.table
    places = {event.commitment: event for name in ("programme", "ana", "ben") for event in database.chain(name)}
    for row in database.before[table.name]:
        event = places[row["commitment"]]
        for value in other_values(column, row):
            found = database.found(table.update().where(at_row(table, row)).values({column.name: value}))
            assert found, (row, value)
            if column.name not in ("chain", "number", "commitment"):
                assert found[0].chain == event.chain
                first = [one for one in places.values() if (one.chain, one.signature) == (event.chain, event.signature)]
                assert min(one.number for one in first) <= found[0].number <= event.number, (row, value, found[0])


def test_the_ledgers_own_rows_are_guarded(database: Database) -> None:
    """Another id, a second one, none, or another form: the ledger is not opened as it was, and its old events are not its own."""
    id_, url = schema.ledgers.c.id, database.ledger.url
    with (
        database.changed(schema.ledgers.update().values(id=another(database.ledger.id))),
        Ledger.open(url, Clock()) as one,
    ):
        assert "the row was changed by hand, or the ledger's id" in audit(one).findings[0].wrong
    with (
        database.changed(schema.ledgers.insert().values({id_: "0" * 32})),
        pytest.raises(AllianceLabError, match="2 ledgers"),
    ):
        Ledger.open(url, Clock())
    with database.changed(schema.ledgers.delete()), pytest.raises(AllianceLabError, match="there is no ledger"):
        Ledger.open(url, Clock())


def test_each_row_that_is_taken_out_is_found(database: Database) -> None:
    """An event, a body, or both: only the end of a log that is cut off with its body needs a checkpoint to be known."""
    events, bodies = schema.events, schema.bodies
    bodied = {row["commitment"] for row in database.before[bodies.name]}
    for row in database.before[events.name]:
        event, body = (
            events.delete().where(at_row(events, row)),
            bodies.delete().where(bodies.c.commitment == row["commitment"]),
        )
        is_end = row["chain"] != records.PROGRAMME and row["number"] == len(database.chain(row["chain"])) - 1
        assert database.found(event), row
        assert bool(database.found(body)) is (row["commitment"] in bodied), row
        assert bool(database.found(event, body)) is not is_end, row
        assert database.found(event, body, proof=True), row


def test_each_row_that_is_put_in_is_found(database: Database) -> None:
    """A copy of an event after the last, before the first or in another log, and a body that belongs to none."""
    events, bodies = schema.events, schema.bodies
    for row in database.before[events.name]:
        end = len(database.chain(row["chain"]))
        for place in ({"number": end}, {"number": -1}, {"chain": "zoe", "number": 0}):
            copy = row | {"commitment": another(row["commitment"])} | place
            assert database.found(events.insert().values(copy)), copy
    copy = database.before[bodies.name][0] | {"commitment": "0" * 64}
    assert "belong to no event" in database.found(bodies.insert().values(copy))[0].wrong


# What is written anew with hashes that fit


def rewritten(database: Database, name: str, change: Callable[[Event], Event | None]) -> list[Any]:
    """What makes a chain another one, with all hashes as they must be: `change` gives the event instead, or none."""
    events, bodies = schema.events, schema.bodies
    statements = [events.delete().where(events.c.chain == name)]
    head, number = records.START, 0
    for event in database.chain(name):
        new = change(event)
        if new is None:
            statements.append(bodies.delete().where(bodies.c.commitment == event.commitment))
            continue
        told = (
            new.ledger,
            new.chain,
            number,
            new.register,
            new.at,
            new.kind,
            new.signer,
            new.signature,
            new.commitment,
            head,
        )
        head, number = records.event_hash(*told), number + 1
        row = dict(zip(events.columns.keys(), (*told[1:4], records.stamp(new.at), *told[5:], head), strict=True))
        statements.append(events.insert().values(row))
        if new.body != event.body and new.body is not None:
            text = records.canonical(new.body).decode()
            changed = bodies.update().where(bodies.c.commitment == event.commitment)
            statements.append(changed.values(body=text, commitment=new.commitment))
    return statements


def test_a_time_outside_its_register_is_found(database: Database) -> None:
    """A log written anew with times at which the register was not yet what it is, or with another register."""
    [finding] = database.found(
        *rewritten(database, "ana", lambda event: replace(event, at=event.at.replace(year=2025)))
    )
    assert "its time is not one at which the register was what it says" in finding.wrong
    assert database.found(*rewritten(database, "ana", lambda event: replace(event, register=event.register - 4)))
    assert database.found(*rewritten(database, "ana", lambda event: replace(event, register=99)))


def test_a_log_that_is_gone_whole_is_known_to_a_checkpoint(database: Database) -> None:
    """Ben's log taken out with its bodies leaves nothing to see; the checkpoint still names it."""
    anew = rewritten(database, "ben", lambda event: None)
    assert database.found(*anew) == ()
    [finding] = database.found(*anew, proof=True)
    assert (finding.chain, finding.number) == ("ben", 0)


# Checkpoints and keys that prove nothing


def test_a_checkpoint_by_a_key_revoked_before_proves_nothing(tmp_path: Path) -> None:
    """Whoever has a programme's old key can sign no checkpoint; one that was signed while it was good stays good."""
    clock = Clock()
    with Ledger.create(str(tmp_path / "hours.db"), PROGRAMME, "A programme", clock) as ledger:
        enrol(ledger, "office", "programme", SPARE)
        good = checkpoint.take(ledger, PROGRAMME, clock)
        clock.go(days=1)
        lost = draft(records.REVOCATION, key=PROGRAMME.public, reason="stolen")
        say(ledger, SPARE, records.PROGRAMME, lost)
        clock.go(days=1)
        assert audit(ledger, good).sound
        assert audit(ledger, checkpoint.take(ledger, SPARE, clock)).sound
        assert not audit(ledger, checkpoint.take(ledger, PROGRAMME, clock)).sound


@pytest.mark.parametrize("role", ["trainee", "programme"])
def test_a_ledger_that_only_registers_our_key_is_not_ours(tmp_path: Path, role: str) -> None:
    """A pinned key must have opened the ledger, or have signed the checkpoint: registering it is what a forger can do."""
    clock = Clock()
    with Ledger.create(str(tmp_path / "hours.db"), key_of("forger"), "A programme", clock) as forged:
        enrol(forged, "office", role, PROGRAMME, by=key_of("forger"))
        assert audit(forged, programme=key_of("forger").public).sound
        [finding] = audit(forged, programme=PROGRAMME.public).findings
        assert "was opened by the key" in finding.wrong
        assert not audit(forged, checkpoint.take(forged, key_of("forger"), clock), PROGRAMME.public).sound
    with Ledger.create(str(tmp_path / "ours.db"), PROGRAMME, "A programme", clock) as ours:
        enrol(ours, "office", "programme", SPARE)
        assert audit(ours, checkpoint.take(ours, SPARE, clock), SPARE.public).sound


# Anything at all


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A SQLite ledger of a few events, and its dump's path."""
    folder = tmp_path_factory.mktemp("small")
    with Ledger.create(str(folder / "whole.db"), PROGRAMME, "A programme", Clock()) as ledger:
        peopled(ledger)
        approve(ledger, logged(ledger, entry(), entry("2026-03-03"))[0])
    return str(folder / "whole.db"), str(folder / "changed.db")


@settings(max_examples=150, deadline=None)
@given(some.data())
def test_any_value_in_any_cell_is_found(small: tuple[str, str], data: some.DataObject) -> None:
    """One bit of a cell, or anything else that SQLite lets somebody put there, of any type."""
    whole, changed = small
    shutil.copyfile(whole, changed)
    with sqlite3.connect(changed) as connection:
        table = data.draw(some.sampled_from([schema.events, schema.bodies, schema.ledgers]))
        column = data.draw(some.sampled_from(list(table.columns.keys())))
        cells = connection.execute(f"select rowid, {column} from {table.name} order by rowid").fetchall()
        rowid, value = data.draw(some.sampled_from(cells))
        connection.execute(
            f"update or ignore {table.name} set {column} = ? where rowid = ?", (data.draw(values_near(value)), rowid)
        )
        [(now,)] = connection.execute(f"select {column} from {table.name} where rowid = ?", (rowid,)).fetchall()
        connection.commit()
    connection.close()
    if (type(now), now) == (type(value), value):
        return
    try:
        with Ledger.open(changed, Clock()) as ledger:
            assert not audit(ledger).sound
    except AllianceLabError:
        assert table is schema.ledgers


def values_near(value: Any) -> some.SearchStrategy[Any]:
    """A value with one bit the other way, spaces or another case; or anything."""
    anything = some.one_of(some.integers(-(2**40), 2**40), some.floats(allow_nan=False), some.text(), some.binary())
    if isinstance(value, int):
        return some.one_of(anything, some.integers(value - 2, value + 2))
    flipped = some.tuples(some.integers(0, len(value) - 1), some.integers(0, 6)).map(
        lambda at: value[: at[0]] + chr(ord(value[at[0]]) ^ (1 << at[1])) + value[at[0] + 1 :]
    )
    written = some.sampled_from([f" {value}", f"{value} ", f"{value}\n", value.upper(), value.replace(":", ": ")])
    return some.one_of(flipped, written, some.just(value.encode()), anything)
