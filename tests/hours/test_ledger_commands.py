"""`alliancelab hours audit`, `checkpoint`, `erase` and `migrate`, as a programme types them, on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from people import Clock
from terminal import Terminal, at_home, programme

from alliancelab.hours.record import schema


@pytest.fixture
def t(
    tmp_path: Path, clock: Clock, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A programme with people, and two entries of ana."""
    made = at_home(tmp_path, clock, capsys, monkeypatch)
    programme(made, url)
    for day in ("2026-03-02", "2026-03-03"):
        made.well("ana", "log", "--date", day, "--minutes", 50, "--category", "client.individual")
    return made


def by_hand(url: str, statement: str) -> None:
    """Something done straight in the database."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_a_sound_ledger(t: Terminal) -> None:
    """In order: exit code 0, how much was read, whose key opened it, and what cannot be seen without a checkpoint."""
    said = t.well("programme", "audit")
    assert "In order: " in said.out
    assert "It was opened by the key " in said.out
    assert "Without a checkpoint" in said.out
    told = t.json("ana", "audit")
    assert (told["sound"], told["chains"], told["findings"], told["compared"]) == (True, 2, [], False)
    for key in (told["programme"], told["fingerprint"]):
        t.well("ana", "audit", "--programme", key)
    assert t("ana", "audit", "--programme", "0000-1111").code == 1


def test_a_ledger_that_was_changed_by_hand(t: Terminal, url: str) -> None:
    """What is wrong first and what follows from it, and exit code 1; as JSON, too."""
    by_hand(url, "update alliancelab_hours_body set body = replace(body, '2026-03-03', '2026-03-04')")
    said = t("programme", "audit")
    assert said.code == 1
    assert "Event 1 of the log of ana: its body is not what was recorded" in said.out
    assert "The 1 before it are in order. From there on nothing in this log can be relied on" in said.out
    [finding] = t("programme", "audit", "--json").data["findings"]
    assert (finding["chain"], finding["number"]) == ("ana", 1)


def test_a_checkpoint_sees_the_end_that_was_cut_off(t: Terminal, url: str) -> None:
    """Taken, kept elsewhere, held to the ledger: in order; after the end was cut off it is the only one to know."""
    kept = t.home / "kept.json"
    assert f"{kept} holds where 2 chains with" in t.well("programme", "checkpoint", "--out", kept).out
    assert t.json("programme", "audit", "--checkpoint", kept)["compared"] is True
    assert "is there already" in t("programme", "checkpoint", "--out", kept).err
    last = "(select commitment from alliancelab_hours_event where chain = 'ana' and number = 1)"
    by_hand(url, f"delete from alliancelab_hours_body where commitment = {last}")
    by_hand(url, "delete from alliancelab_hours_event where chain = 'ana' and number = 1")
    assert t("programme", "audit").code == 0
    said = t("programme", "audit", "--checkpoint", kept)
    assert said.code == 1
    assert "the end was cut off" in said.out


def test_a_statement_of_the_programme_is_taken_for_its_checkpoint(t: Terminal, url: str) -> None:
    """The file of a weekly statement, as it is, shows an audit that the end of that log was cut off since."""
    kept = t.home / "statement.json"
    t.well("programme", "statement", "--trainee", "ana", "--week", "2026-W10", "--out", kept)
    assert t.json("programme", "audit", "--checkpoint", kept)["compared"] is True
    last = "(select commitment from alliancelab_hours_event where chain = 'ana' and number = 1)"
    by_hand(url, f"delete from alliancelab_hours_body where commitment = {last}")
    by_hand(url, "delete from alliancelab_hours_event where chain = 'ana' and number = 1")
    assert "the end was cut off" in t("programme", "audit", "--checkpoint", kept).out


def test_a_forecast_from_the_ledger_counts_what_is_signed(t: Terminal) -> None:
    """Without a file, one's own log; of a trainee, from the programme's folder; nothing is signed yet, so nothing is had."""
    mine = t("ana", "forecast", "--policy", "cacrep-practicum", "--today", "2026-03-16", "--json")
    theirs = t(
        "programme", "forecast", "--policy", "cacrep-practicum", "--today", "2026-03-16", "--trainee", "ana", "--json"
    )
    assert (mine.code, theirs.code) == (1, 1)
    assert mine.data == theirs.data
    assert [row["have"] for row in mine.data["requirements"]] == [0, 0]
    log = t.file("log.csv", "date,category,minutes", "2026-03-02,client.individual,50")
    both = t("ana", "forecast", log, "--trainee", "ana", "--policy", "cacrep-practicum")
    assert (both.code, "give a file, or --trainee" in both.err) == (2, True)


def test_a_checkpoint_blesses_nothing_that_is_wrong(t: Terminal, url: str) -> None:
    """No checkpoint over a ledger that does not audit, none by a key that is not the programme's, none of nobody's log."""
    out = t.home / "new.json"
    [bergs] = (t.home / "berg").glob("*.key")
    said = t("programme", "checkpoint", "--out", out, "--key", bergs)
    assert said.code == 2
    assert "does not sign for the programme now" in said.err
    assert "no log of zoe" in t("programme", "checkpoint", "--out", out, "--trainee", "zoe").err
    by_hand(url, "update alliancelab_hours_event set kind = 'withdrawal' where chain = 'ana' and number = 1")
    said = t("programme", "checkpoint", "--out", out)
    assert said.code == 1
    assert "No checkpoint was taken." in said.err
    assert not out.exists()


def test_what_cannot_be_read_is_bad_input(t: Terminal) -> None:
    """A file that is no checkpoint, one of another ledger, a ledger that is not there: exit code 2 and a sentence."""
    for words in (
        ("--checkpoint", t.file("notes.json", "{}")),
        ("--checkpoint", t.home / "none.json"),
        ("--ledger", t.home / "none.db"),
    ):
        said = t("programme", "audit", *words)
        assert (said.code, said.out) == (2, "")
        assert said.err


def test_erased_entries_count_no_more_and_the_ledger_audits(t: Terminal, url: str) -> None:
    """One entry by its version, with what it amended; then all; then the name. What is left audits, and says no word of it."""
    first, second = (one["version"] for one in t.json("ana", "list"))
    t.well("ana", "amend", second, "--minutes", 30)
    [amended] = [one["version"] for one in t.json("ana", "list") if one["minutes"] == 30]
    told = t.json("programme", "erase", "ana", amended[:12], "--ground", "request", "--yes")
    assert told["erased"] == [amended, second]
    assert [one["version"] for one in t.json("ana", "list")] == [first]
    assert "'zz' means 0 entries of ana" in t("programme", "erase", "ana", "zz", "--ground", "request", "--yes").err
    assert "1 entry of ana" in t.well("programme", "erase", "ana", "--all", "--ground", "retention", "--yes").out
    assert t.json("ana", "list") == []
    assert "nothing to erase" in t("programme", "erase", "ana", "--all", "--ground", "retention", "--yes").err
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert "client.individual" not in str(connection.execute(sa.select(schema.bodies)).all())
    engine.dispose()
    t.well("programme", "audit")


def test_a_name_is_erased(t: Terminal) -> None:
    """What somebody is called leaves the register; their key stays."""
    key = t.json("cara", "join", "--ledger", "x.db", "--person", "cara", "--role", "trainee")["key"]
    t.well("programme", "register", "add", "cara", "--role", "trainee", "--key", key, "--name", "Cara Lind")
    assert "Cara Lind" in t.well("programme", "register", "show").out
    t.well("programme", "erase", "cara", "--name", "--ground", "request", "--yes")
    shown = t.well("programme", "register", "show").out
    assert "Cara Lind" not in shown
    assert "cara" in shown
    t.well("programme", "audit")


def test_only_the_programme_erases(t: Terminal) -> None:
    """A trainee has no key that could; nothing is asked for unless it is said what goes."""
    version = t.json("ana", "list")[0]["version"]
    assert t("ana", "erase", "ana", version, "--ground", "request", "--yes").code == 2
    assert t("programme", "erase", "ana", "--ground", "request").code == 2
    assert len(t.json("ana", "list")) == 2


def test_a_ledger_of_today_needs_no_migration(t: Terminal, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is changed; one of an older form is brought up to date, and a newer one is left alone."""
    assert "nothing was changed" in t.well("programme", "migrate").out
    assert t.json("programme", "migrate", "--ledger", url)["before"] == schema.FORMAT
    by_hand(url, f"update {schema.VERSION_TABLE} set version_num = 'third'")
    said = t("programme", "migrate")
    assert said.code == 2
    assert "by a newer version" in said.err
