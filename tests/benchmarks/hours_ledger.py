"""The ledger of hours: what an audit takes beside the bare chain of hashes, and how many entries are recorded in a second.

`python tests/benchmarks/hours_ledger.py 1000000` audits so many (some minutes to make, 1.5 GB of disk).
"""

from __future__ import annotations

import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("hours", "course")]

import sqlalchemy as sa
from people import PROGRAMME, agree, draft, enrol, entry, key_of, say
from postgres import serving

from alliancelab.hours.record import ledger as ledgers
from alliancelab.hours.record import records, schema, signing
from alliancelab.hours.record.audit import audit
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Event

ENTRIES = 100_000
OF_ONE = 1_000  # entries of a trainee
TOGETHER = 20  # entries under one signature
COMMITS = {1: 300, 20: 60, 200: 10}  # entries in a commit: how many commits
FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC).date()


def now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


def main(number: int = ENTRIES) -> None:
    """Print seconds, entries in a second, and the ratios."""
    with tempfile.TemporaryDirectory() as home:
        audits(Path(home) / "audit.db", number)
        with serving() as server:
            for name, url in (
                ("SQLite", f"sqlite:///{Path(home) / 'hours.db'}"),
                ("PostgreSQL", server.new_database("hours")),
            ):
                appends(name, url)


def audits(path: Path, number: int) -> None:
    """An audit of so many entries, one signature to twenty, beside what a bare chain of hashes takes."""
    trainees = [f"trainee-{one}" for one in range(max(1, number // OF_ONE))]
    with Ledger.create(str(path), PROGRAMME, "A programme", now) as ledger:
        said = [draft(records.KEY, person=name, role="trainee", key=key_of(name).public) for name in trainees]
        say(ledger, PROGRAMME, records.PROGRAMME, *said)
        _fill(ledger, trainees)
        hashes, signatures, reading = _floors(ledger, trainees)
        begun = time.perf_counter()
        report = audit(ledger)
        took = time.perf_counter() - begun
        assert report.sound, report.findings
        assert report.events == len(trainees) * OF_ONE + len(trainees) + 1
    of = f"{len(trainees) * OF_ONE:,} entries"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, seconds in (
        ("hash chain alone", hashes),
        ("with signatures", hashes + signatures),
        ("read from SQLite alone", reading),
        ("audit, everything", took),
    ):
        print(f"{name:<30} {seconds:7.1f} s    {seconds / hashes:5.1f} times the bare chain of {of}")
    print(
        f"{'':<30} {took / (hashes + signatures):7.1f} times chain and signatures; at most {memory:,.0f} MB of memory"
    )


def _fill(ledger: Ledger, trainees: list[str]) -> None:
    """The entries, signed and chained, written in a few large transactions; the audit asks all that was not asked here."""
    engine = sa.create_engine(ledger.url if "://" in ledger.url else f"sqlite:///{ledger.url}")
    for name in trainees:
        key, last = key_of(name), None
        made: list[Event] = []
        for first in range(0, OF_ONE, TOGETHER):
            drafts = [entry(FIRST_DAY + timedelta(days=first + one)) for one in range(TOGETHER)]
            made += records.chained(records.submit(key, ledger.id, name, drafts), last, len(trainees) + 1, now())
            last = made[-1]
        bodies = [(one.commitment, one.salt, records.canonical(one.body).decode()) for one in made]
        with engine.begin() as connection:
            connection.execute(schema.events.insert(), [ledgers._row(one) for one in made])
            columns = schema.bodies.columns.keys()
            connection.execute(schema.bodies.insert(), [dict(zip(columns, one, strict=True)) for one in bodies])
    engine.dispose()


def _floors(ledger: Ledger, trainees: list[str]) -> tuple[float, float, float]:
    """Seconds for the hashes of events that lie ready as bytes, for their signatures, and for reading them."""
    hashes = signatures = reading = 0.0
    for name in trainees:
        begun = time.perf_counter()
        made = list(ledger.events(name))
        reading += time.perf_counter() - begun
        told = [_hashed(one) for one in made]
        signed = [
            (batch[0].signer, records.message(ledger.id, name, [(one.kind, one.commitment) for one in batch]), batch)
            for batch in _batches(made)
        ]
        begun = time.perf_counter()
        assert all(hashlib.sha256(text).hexdigest() == one.hash for text, one in zip(told, made, strict=True))
        hashes += time.perf_counter() - begun
        begun = time.perf_counter()
        assert all(signing.verify(signer, text, batch[0].signature) for signer, text, batch in signed)
        signatures += time.perf_counter() - begun
    return hashes, signatures, reading


def _hashed(event: Event) -> bytes:
    """What the hash of an event is made of."""
    told = (event.ledger, event.chain, event.number, event.register, records.stamp(event.at), event.kind)
    return records._DOMAIN + records.canonical([*told, event.signer, event.signature, event.commitment, event.before])


def _batches(made: list[Event]) -> Iterator[list[Event]]:
    for first in range(0, len(made), TOGETHER):
        yield made[first : first + TOGETHER]


def appends(name: str, url: str) -> None:
    """Entries in a second, each commit on the disk when it is acknowledged, beside bare inserts of such rows."""
    with Ledger.create(url, PROGRAMME, "A programme", now) as ledger:
        for person in ("ana", "ben"):
            enrol(ledger, person, "trainee")
        enrol(ledger, "berg", "supervisor")
        agree(ledger, "ana", "berg")
        for size, commits in COMMITS.items():
            key, days = key_of("ana"), iter(range(10**6))
            signed = [
                records.submit(
                    key,
                    ledger.id,
                    "ana",
                    [entry(FIRST_DAY + timedelta(days=next(days) % 2_000), 1) for _ in range(size)],
                )
                for _ in range(commits)
            ]
            appended = _took(lambda signed=signed: [ledger.append(one) for one in signed])
            bare = _bare(ledger, size, commits)
            each = size * commits
            print(
                f"{f'{name}, {size} in a commit':<30} {each / appended:7,.0f} entries/s   "
                f"{appended / bare:5.1f} times bare inserts of the same rows"
            )
        assert audit(ledger).sound


def _bare(ledger: Ledger, size: int, commits: int) -> float:
    """Seconds for such rows inserted as durably, with nothing asked, into tables of the same form."""
    made = list(ledger.events("ana"))[-size * commits :]
    tables = sa.MetaData()
    events = schema.events.to_metadata(tables, name=f"bare_event_{size}")
    bodies = schema.bodies.to_metadata(tables, name=f"bare_body_{size}")
    rows = [ledgers._row(one) for one in made]
    texts = [
        {"commitment": one.commitment, "salt": one.salt, "body": records.canonical(one.body).decode()} for one in made
    ]
    tables.create_all(ledger._engine)

    def insert() -> None:
        for first in range(0, len(rows), size):
            with ledger._engine.begin() as connection:
                connection.execute(events.insert(), rows[first : first + size])
                connection.execute(bodies.insert(), texts[first : first + size])

    took = _took(insert)
    tables.drop_all(ledger._engine)
    return took


def _took(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
