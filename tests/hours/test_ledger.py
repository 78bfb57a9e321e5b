"""The ledger on SQLite and on PostgreSQL: one way in, all or nothing, and what it says when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from people import ANA, BEN, BERG, NOON, PROGRAMME, Clock, Little, approve, draft, entry, logged, peopled, say

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import records, schema
from alliancelab.hours.record.audit import audit
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Refused


def test_what_is_recorded_is_there_when_it_is_opened_again(ledger, url, clock):
    """Entries, a signature and the register are read back from the database as they were recorded."""
    [version] = logged(ledger)
    approve(ledger, version, 40)
    with Ledger.open(url, clock) as again:
        assert again.id == ledger.id
        assert again.chains() == [records.PROGRAMME, "ana"]
        standing = again.log("ana").entries[version]
        assert (standing.entry.minutes, standing.approved, standing.by) == (50, 40, "berg")
        assert again.register() == ledger.register()
        assert list(again.events("ana")) == list(ledger.events("ana"))
        assert again.log("nobody").entries == {}


def test_two_that_are_open_see_each_others_records(ledger, url, clock):
    """What another process recorded, an erasure included, stands in the log that one had read before."""
    with Ledger.open(url, clock) as other:
        first, second = logged(ledger), logged(other)
        assert set(ledger.log("ana").entries) == set(other.log("ana").entries) == {*first, *second}
        say(other, PROGRAMME, "ana", draft(records.ERASURE, commitments=first, ground="request"))
        assert set(ledger.log("ana").entries) == set(second)
        assert audit(ledger).sound


def test_all_of_a_submission_or_nothing(ledger):
    """One bad record among good ones: none is recorded, and the log goes on as if nothing had been tried."""
    before = ledger.size("ana")
    with pytest.raises(Refused) as refused:
        say(ledger, ANA, "ana", entry(), entry(minutes=30), entry("2026-04-01"))
    assert refused.value.rule == "future"
    assert ledger.size("ana") == before
    assert ledger.log("ana").entries == {}
    assert len(logged(ledger)) == 1


def test_what_was_recorded_once_is_refused(ledger):
    """A submission that is sent again, or a part of it signed anew with its salt, is a replay."""
    submission = records.submit(ANA, ledger.id, "ana", [entry()])
    ledger.append(submission)
    for again in (submission, records.submit(ANA, ledger.id, "ana", [entry(), submission.drafts[0]])):
        with pytest.raises(Refused, match="recorded before") as refused:
            ledger.append(again)
        assert refused.value.rule == "replayed"
    one = entry()
    with pytest.raises(Refused, match="twice"):
        say(ledger, ANA, "ana", one, one)


def test_what_was_signed_for_another_ledger_is_refused(ledger, tmp_path, clock):
    """An approval from another ledger, even of the same people and the same entry, is worth nothing here."""
    with Ledger.create(str(tmp_path / "other.db"), PROGRAMME, "Another", clock) as other:
        peopled(other)
        one = entry()
        [version] = logged(other, one)
        logged(ledger, one)
        approval = records.submit(BERG, other.id, "ana", [draft(records.APPROVAL, version=version, minutes=50)])
        other.append(approval)
        with pytest.raises(Refused, match="signed for the ledger") as refused:
            ledger.append(approval)
        assert refused.value.rule == "another ledger"
        taken = records.Submission(ledger.id, *list(vars(approval).values())[1:])
        with pytest.raises(Refused, match="changed after it was signed"):
            ledger.append(taken)


@pytest.mark.parametrize("changed", ["minutes", "signer", "chain"])
def test_a_signature_is_over_all_that_is_said(ledger, changed):
    """Whatever is changed after signing, the signature does not fit."""
    good = records.submit(ANA, ledger.id, "ana", [entry()])
    body = {**good.drafts[0].body, "minutes": 51}
    bad = {
        "minutes": records.Submission(
            good.ledger, good.chain, good.signer, good.signature, (records.draft("entry", body),)
        ),
        "signer": records.Submission(good.ledger, good.chain, BEN.public, good.signature, good.drafts),
        "chain": records.Submission(good.ledger, "ben", good.signer, good.signature, good.drafts),
    }[changed]
    with pytest.raises(Refused, match="changed after it was signed"):
        ledger.append(bad)


def test_a_log_is_only_for_whom_the_register_has(ledger):
    """Nobody begins a log under a name that the programme has not entered as a trainee's."""
    for chain in ("zoe", "berg"):
        with pytest.raises(Refused):
            say(ledger, ANA, chain, entry())
    assert ledger.chains() == [records.PROGRAMME]


def test_time_is_the_ledgers_and_never_runs_backwards(ledger, url, clock):
    """A clock that is set back leaves the time of the records where it was; another machine's clock behind, too."""
    clock.go(minutes=5)
    logged(ledger)
    clock.go(hours=-3)
    logged(ledger)
    with Ledger.open(url, Clock(NOON - timedelta(days=1))) as behind:
        logged(behind, trainee="ben")
        say(behind, PROGRAMME, records.PROGRAMME, draft(records.PERSON, person="ana", name="Ana"))
    times = [event.at for name in ("ana", "ben") for event in ledger.events(name)]
    assert times == [NOON + timedelta(minutes=5)] * 2 + [NOON]
    assert list(ledger.events(records.PROGRAMME))[-1].at == NOON + timedelta(minutes=5)
    assert audit(ledger).sound


def test_a_revocation_counts_from_the_next_record_on(ledger, url, clock):
    """A key that another process has revoked signs nothing more here, also where the register had been read before."""
    [version] = logged(ledger)
    ledger.register()
    with Ledger.open(url, clock) as other:
        say(other, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=BERG.public, reason="lost"))
    with pytest.raises(Refused) as refused:
        approve(ledger, version)
    assert refused.value.rule == "revoked key"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.tuples(some.integers(1, 16), some.integers(1, 400), some.booleans()), max_size=12))
def test_it_says_what_the_rules_say(tmp_path_factory, told):
    """On any sequence of entries and signatures the ledger takes and refuses what the rules alone take and refuse."""
    little, path = Little.create(), tmp_path_factory.mktemp("ledgers") / "hours.db"
    peopled(little)
    with Ledger.create(str(path), PROGRAMME, "A programme", Clock()) as real:
        peopled(real)
        for day, minutes, sign in told:
            one = entry(f"2026-03-{day:02d}", minutes)
            said = []
            for book in (little, real):
                try:
                    [version] = logged(book, one)
                    said.append("taken")
                    if sign:
                        approve(book, version, minutes)
                except Refused as refusal:
                    said.append(refusal.rule)
            assert said[0] == said[1]
        logs = [[replace(one, approval="") for one in book.log("ana").entries.values()] for book in (little, real)]
        assert logs[0] == logs[1]
        assert audit(real).sound


# What it says when it cannot


def test_a_ledger_is_made_once(ledger, url, clock):
    """A second ledger in the same place is refused, and the first is as it was."""
    with pytest.raises(AllianceLabError, match="holds a ledger already"):
        Ledger.create(url, PROGRAMME, "Another", clock)
    assert Ledger.open(url, clock).id == ledger.id


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("nowhere.db", "there is no ledger at nowhere.db; open one with `alliancelab hours open`"),
        ("mysql://x@localhost/y", "a ledger is on SQLite or PostgreSQL"),
        ("sqlite://", "a ledger has a file"),
        ("what://is/this", "is on what; a ledger is on SQLite or PostgreSQL"),
        ("postgresql+psycopg://x:y:z", "is no address of a database"),
        ("postgresql+psycopg://ana:secret@127.0.0.1:9/hours", r"ana:\*\*\*@127.0.0.1:9/hours cannot be used now"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_sentence(address, told, clock):
    """Whatever is wrong with the address is said, the password never."""
    with pytest.raises(AllianceLabError, match=told) as error:
        Ledger.open(address, clock)
    assert "secret" not in str(error.value)


def test_an_empty_database_and_other_files_are_no_ledger(url, tmp_path, clock):
    """Where nobody has opened a ledger yet, or where the file is something else, that is said."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).touch()
        other = tmp_path / "notes.txt"
        other.write_text("nothing of ours, and long enough to be looked at" * 100)
        with pytest.raises(AllianceLabError, match="not a database"):
            Ledger.open(str(other), clock)
    with pytest.raises(AllianceLabError, match="no ledger in this database"):
        Ledger.open(url, clock)


def test_a_ledger_of_another_version_is_not_touched(ledger, url, clock, monkeypatch):
    """A newer form says which version to install; an older one says how to bring it up to date."""
    monkeypatch.setattr(schema, "FORMAT", "second")
    with pytest.raises(AllianceLabError, match="by a newer version"):
        Ledger.open(url, clock)
    monkeypatch.setattr(schema, "OLDER", ("first",))
    with pytest.raises(AllianceLabError, match="alliancelab hours migrate"):
        Ledger.open(url, clock)


@pytest.mark.parametrize("way", [schema.make, schema.upgrade])
def test_the_tables_are_those_that_the_code_has(url, clock, way):
    """Made at once, or by all migrations from nothing: alembic sees no difference to the code; and a ledger works in them."""
    engine = sa.create_engine(url)
    way(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.FORMAT
    with Ledger.create(url, PROGRAMME, "A programme", clock) as ledger:
        schema.upgrade(engine)  # once more changes nothing
        assert audit(ledger).sound
    engine.dispose()


def test_the_newest_migration_is_the_form_of_today():
    """What the code calls today's form and older ones are alembic's revisions."""
    scripts = ScriptDirectory.from_config(schema._config(None))
    revisions = {script.revision for script in scripts.walk_revisions()}
    assert (scripts.get_current_head(), revisions) == (schema.FORMAT, {schema.FORMAT, *schema.OLDER})


def test_a_full_disk_loses_nothing(tmp_path):
    """Where the disk is full the entry is refused with a sentence; what was there before is there, and audits."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.fail("needs Linux and root for a mount of its own; CI has both")
    script = f"""
    mount -t tmpfs -o size=400k tmpfs {tmp_path} || exit 99
    PYTHONPATH={":".join(sys.path)} exec {sys.executable} {Path(__file__).with_name("filling.py")} {tmp_path / "hours.db"}
    """
    run = subprocess.run(["unshare", "-m", "bash", "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    told = run.stdout.strip().split("\n")
    assert "nothing was recorded" in told[0]
    assert "full" in told[0]
    assert told[1] == "all there, sound"


def test_a_read_only_database_is_a_sentence(tmp_path, clock):
    """A database that cannot be written says so; reading goes on."""
    path = tmp_path / "hours.db"
    with Ledger.create(str(path), PROGRAMME, "A programme", clock) as made:
        peopled(made)
    with Ledger.open(f"sqlite:///file:{path}?mode=ro&uri=true", clock) as ledger:
        assert ledger.register().signs("ana", "trainee")
        with pytest.raises(AllianceLabError, match="readonly"):
            logged(ledger)


def test_recorded_times_are_utc(ledger):
    """Whatever zone the clock is in, the ledger keeps UTC."""
    logged(ledger)
    assert next(ledger.events("ana")).at == datetime(2026, 3, 16, 12, tzinfo=UTC)
