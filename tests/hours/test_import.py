"""A table taken into a log: all of its rows or none, each bad one by number, and nothing twice."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people import Clock

from alliancelab.hours import entries, tables
from alliancelab.hours.account import importing
from alliancelab.hours.account.account import Account
from alliancelab.hours.account.importing import NotImported

HEADER = "date,category,minutes,group_size,flags,phase,setting"
ROWS = (
    "2026-03-02,client.individual,50,,,practicum,clinic",
    "2026-03-02,client.individual,50,,,practicum,clinic",
    "2026-03-03,supervision.group,90,4,observable;live,practicum,clinic",
    "2026-03-04,client.family,60,,,practicum,school",
)


@pytest.fixture
def mine(tmp_path, monkeypatch) -> Account:
    """A trainee's account, with a ledger of its own."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    made = Account.at(tmp_path / "ana", Clock())
    yield made
    made.close()


def table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "log.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def said(account: Account) -> Counter[entries.Entry]:
    return Counter(one.entry for one in account.standing())


def test_all_rows_are_taken_in_under_one_signature(mine, tmp_path):
    """Rows that say the same are two sessions; all columns arrive; one signature covers them all."""
    done = mine.import_csv(table(tmp_path, *ROWS))
    assert (len(done.added), done.minutes, done.known) == (4, 250, 0)
    assert said(mine) == Counter(tables.read_csv(tmp_path / "log.csv"))
    [group] = [one.entry for one in mine.standing() if one.entry.group_size == 4]
    assert group.flags == {"observable", "live"}
    assert len({event.signature for event in mine.ledger.events(mine.person)}) == 1


def test_the_same_file_twice_adds_nothing(mine, tmp_path):
    """Neither as it is, nor in another order, nor with its columns in another order and a byte order mark."""
    path = table(tmp_path, *ROWS)
    mine.import_csv(path)
    before, size = said(mine), mine.ledger.size(mine.person)
    assert mine.import_csv(path).known == 4
    assert mine.import_csv(table(tmp_path, *reversed(ROWS))).added == ()
    turned = [";".join(f'"{cell}"' for cell in reversed(row.split(","))) for row in ROWS]
    other = table(tmp_path, *turned, header="\ufeff" + ";".join(reversed(HEADER.split(","))))
    assert mine.import_csv(other).added == ()
    assert (said(mine), mine.ledger.size(mine.person)) == (before, size)


def test_a_longer_export_adds_what_is_new(mine, tmp_path):
    """Also a third row that says the same as two known ones."""
    mine.import_csv(table(tmp_path, *ROWS))
    done = mine.import_csv(table(tmp_path, "2026-03-01,study,30,,,,", ROWS[0], *ROWS))
    assert (len(done.added), done.known, done.gone) == (2, 4, ())


def test_what_was_amended_or_withdrawn_does_not_come_back(mine, tmp_path):
    """The file still says the old thing; what was mended here stands."""
    path = table(tmp_path, *ROWS)
    first, second, third, _ = mine.import_csv(path).added
    mine.amend(first, mine.changed(first, {"minutes": 45}))
    mine.withdraw(third)
    before = said(mine)
    assert mine.import_csv(path).added == ()
    assert said(mine) == before
    assert second in mine.ledger.log(mine.person).entries


def test_a_row_that_was_mended_in_the_file_is_told(mine, tmp_path):
    """A new export says 55 instead of 50: the new row is added, and the old one is named; of another log nothing is."""
    path = table(tmp_path, *ROWS)
    _, second, *_ = mine.import_csv(path).added
    done = mine.import_csv(table(tmp_path, ROWS[0], ROWS[1].replace("50", "55"), *ROWS[2:]))
    assert (len(done.added), done.gone) == (1, (second,))
    assert mine.import_csv(table(tmp_path, "2026-03-02,client.individual,40,,,practicum,clinic")).gone == ()


def test_a_row_that_was_logged_by_hand_is_told(mine, tmp_path):
    """It is added, since it may be another session, and named with the version that says the same."""
    version = mine.log(entries.of({"date": "2026-03-10", "category": "study", "minutes": 30})).version
    done = mine.import_csv(table(tmp_path, "2026-03-09,study,30,,,,", "2026-03-10,study,30,,,,"))
    assert done.alike == ((3, version),)


def test_every_bad_row_is_listed_and_nothing_is_taken_in(mine, tmp_path):
    """What is no entry, and what has no place in the log, in one list by row; the log stays as it was, to the last event."""
    mine.log(entries.of({"start": "2026-03-02T16:00+01:00", "end": "2026-03-02T17:00+01:00", "category": "study"}))
    size = mine.ledger.size(mine.person)
    rows = (
        "2026-03-01,study,60,,",  # 2: good
        "2026-02-30,study,60,,",  # 3: no such day
        "2027-01-01,study,60,,",  # 4: in the future
        "2026-03-03,study,1441,,",  # 5: longer than a day
        "2026-03-03,study,1400,,",  # 6: good
        "2026-03-03,study,41,,",  # 7: with the one before longer than a day
        ",study,,2026-03-02T15:30+00:00,2026-03-02T15:45+00:00",  # 8: overlaps what is logged, across time zones
        ",study,,2026-03-04T10:00+01:00,2026-03-04T11:00+01:00",  # 9: good
        ",study,,2026-03-04T04:30-05:00,2026-03-04T05:30-05:00",  # 10: overlaps the one before
        ",study,,2026-03-05T10:00,2026-03-05T11:00",  # 11: no offset
        ",study,,2026-03-05T11:00+01:00,2026-03-05T10:00+01:00",  # 12: the end before the start
        "2026-03-06,study,fifty,,",  # 13: no number
        "2026-03-06,study",  # 14: cells are missing
    )
    with pytest.raises(NotImported) as refused:
        mine.import_csv(table(tmp_path, *rows, header="date,category,minutes,start,end"))
    found = {row.number: row.problem for row in refused.value.rows}
    assert list(found) == [3, 4, 5, 7, 8, 10, 11, 12, 13, 14]
    assert "is no day" in found[3]
    assert "in the future" in found[4]
    assert "1 to 1,440" in found[5]
    assert "1,441 minutes, and a day has 1,440" in found[7]
    assert "overlaps" in found[8]
    assert "overlaps 2026-03-04T10:00+01:00" in found[10]
    assert "no UTC offset" in found[11]
    assert {row.number for row in refused.value.rows if row.refused} == {7, 8, 10}
    assert mine.ledger.size(mine.person) == size
    good = [row for number, row in enumerate(rows, start=2) if number not in found]
    assert len(mine.import_csv(table(tmp_path, *good, header="date,category,minutes,start,end")).added) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("day,category,minutes\n", "there is no column 'day'"),
        ("date,category,minutes,client\n2026-03-02,study,50,J.D.\n", "there is no column 'client'"),
    ],
)
def test_a_table_without_our_columns_makes_no_ledger(mine, tmp_path, text, said):
    """Nor does it with a column for a client: there is no such thing in the record."""
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NotImported, match=said):
        mine.import_csv(path)
    assert not (tmp_path / "ana").exists()


def test_a_file_that_is_not_there_is_said(mine, tmp_path):
    """One sentence with its name."""
    with pytest.raises(NotImported, match="cannot be read"):
        mine.import_csv(tmp_path / "nowhere.csv")


def test_a_long_file_tells_how_far_it_is(mine, tmp_path):
    """3,000 rows in one go; the first call says 0 and the numbers never fall."""
    days = [date(2020, 1, 1) + timedelta(number % 1_000) for number in range(3_000)]
    told: list[tuple[str, int, int]] = []
    path = table(tmp_path, *(f"{day},study,30,,,," for day in days))
    done = mine.import_csv(path, lambda *step: told.append(step))
    assert (len(done.added), len(mine.standing())) == (3_000, 3_000)
    reading = [step[1] for step in told if step[0] == "Reading"]
    assert reading == sorted(reading)
    assert (reading[0], told[-1]) == (0, ("Recording", 0, 3_000))


def test_what_is_written_is_read(tmp_path):
    """`hours list --csv` and `hours import` agree on every field."""
    given_ = [
        entries.of({"date": "2026-03-02", "category": "supervision.group", "minutes": 90, "group_size": 4}),
        entries.of(
            {
                "start": "2026-03-03T23:30+01:00",
                "end": "2026-03-04T00:20+01:00",
                "category": "client.family",
                "flags": "live;observable",
                "setting": "clinic",
                "supervisor": "berg",
                "phase": "associate",
            }
        ),
    ]
    importing.write_csv(tmp_path / "log.csv", given_)
    assert tables.read_csv(tmp_path / "log.csv") == given_


@given(
    rows=st.lists(st.tuples(st.integers(1, 5), st.sampled_from([30, 50])), max_size=12),
    more=st.lists(st.tuples(st.integers(1, 5), st.sampled_from([30, 50])), max_size=6),
    seed=st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
def test_imports_come_to_the_longest_of_them(rows, more, seed):
    """Whatever was imported before: after an export that holds all earlier rows, in any order, the log is that export."""
    from alliancelab.hours.record.rules import Log, Logged

    def entry(day: int, minutes: int) -> entries.Entry:
        return entries.of({"date": f"2026-03-0{day}", "category": "study", "minutes": minutes})

    def take(log: Log, found: list[entries.Entry]) -> None:
        plan = importing.plan(list(enumerate(found, start=2)), log)
        for draft in plan.drafts:
            body = {name: value for name, value in draft.body.items() if name != "import"}
            log.entries[draft.commitment] = Logged(
                draft.commitment, entries.of(body), Clock().at, mark=draft.body["import"]
            )
            log.imported.add(draft.body["import"])

    log = Log("ana")
    first = [entry(*row) for row in rows]
    longer = first + [entry(*row) for row in more]
    random.Random(seed).shuffle(longer)
    for found in (first, longer, first, longer):
        take(log, found)
    assert Counter(one.entry for one in log.entries.values()) == Counter(longer)
