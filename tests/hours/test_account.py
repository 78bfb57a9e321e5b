"""One person's account: a ledger of their own without a question, private notes, and names of versions that one can type."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import date

import pytest
from people import Clock

from alliancelab.errors import AllianceLabError
from alliancelab.hours import entries
from alliancelab.hours.account import approvals, joining, place, programme, statement
from alliancelab.hours.account.account import Account
from alliancelab.hours.record import audit, keys, records, signing
from alliancelab.hours.record.records import Refused

MONDAY = {"date": "2026-03-02", "category": "client.individual", "minutes": 50}


@pytest.fixture
def mine(tmp_path, monkeypatch) -> Account:
    """A trainee's account in a folder that is not there yet."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    made = Account.at(tmp_path / "ana", Clock())
    yield made
    made.close()


def log(account: Account, note: str = "", **fields: object) -> str:
    return account.log(entries.of({**MONDAY, **fields}), note).version


def test_looking_makes_nothing(mine):
    """Whoever only looks has no ledger afterwards, and no key."""
    assert mine.standing() == []
    with pytest.raises(AllianceLabError, match="no entry of yours"):
        mine.find("abcd")
    with pytest.raises(AllianceLabError, match="has no ledger yet"):
        _ = mine.ledger
    assert not mine.place.folder.exists()


def test_the_first_entry_makes_a_ledger_of_one_s_own(mine):
    """Without a question: two keys, a ledger, hours.toml, all for the owner's eyes; an audit finds it sound."""
    version = log(mine)
    folder = mine.place.folder
    for name in ("hours.toml", "hours.db", keys.OWN, joining.PROGRAMME_KEY):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    assert keys.public(folder / keys.OWN) != keys.public(folder / joining.PROGRAMME_KEY)  # one key has one role
    assert audit.audit(mine.ledger).sound
    again = Account.at(folder, Clock())
    assert [one.version for one in again.standing()] == [version]
    again.close()


def test_a_first_entry_that_was_interrupted_is_taken_up(mine):
    """Killed before hours.toml was written, or before the ledger was opened: the next entry finds its way."""
    log(mine)
    mine.close()
    (mine.place.folder / "hours.toml").unlink()
    second = Account.at(mine.place.folder, Clock())
    log(second, date="2026-03-03")
    assert len(second.standing()) == 2
    second.close()
    (mine.place.folder / "hours.toml").unlink()
    (mine.place.folder / "hours.db").write_bytes(b"")
    third = Account.at(mine.place.folder, Clock())
    log(third)
    assert len(third.standing()) == 1
    third.close()


def test_first_entries_of_two_programs_at_once_make_one_ledger(tmp_path):
    """Two processes log a first entry in the same folder at the same moment: both entries are in one ledger."""
    command = (sys.executable, "-m", "alliancelab.cli", "hours", "log", "--category", "study", "--minutes", "30")
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    where = ("--folder", str(tmp_path / "ana"))
    running = [
        subprocess.Popen([*command, "--date", day, *where], env=environment, stdout=subprocess.PIPE, text=True)
        for day in ("2026-03-02", "2026-03-03")
    ]
    for one in running:
        one.communicate(timeout=60)
        assert one.returncode == 0
    both = Account.at(tmp_path / "ana", Clock())
    assert {one.entry.date.day for one in both.standing()} == {2, 3}
    both.close()


def test_a_note_stays_in_the_folder(mine):
    """It is found by its version, goes along with an amendment, and no byte of it is in the ledger."""
    version = log(mine, "Maya was late again")
    assert mine.place.notes() == {version: "Maya was late again"}
    changed = mine.amend(version, mine.changed(version, {"minutes": 45}))
    assert mine.place.notes()[changed.after.version] == "Maya was late again"
    assert b"Maya" not in (mine.place.folder / "hours.db").read_bytes()


def test_what_is_refused_leaves_no_note(mine):
    """Neither the entry nor the note of something in the future is kept."""
    log(mine)
    with pytest.raises(Refused, match="future"):
        log(mine, "tomorrow", date="2026-03-20")
    assert mine.place.notes() == {}


@pytest.mark.parametrize(
    ("fields", "now"),
    [
        ({"minutes": 45}, {**MONDAY, "minutes": 45}),
        ({"category": "study", "flags": "live"}, {**MONDAY, "category": "study", "flags": ["live"]}),
        ({"phase": ""}, MONDAY),
        (
            {"start": "2026-03-03T16:00+01:00", "end": "2026-03-03T17:00+01:00"},
            {"start": "2026-03-03T16:00+01:00", "end": "2026-03-03T17:00+01:00", "category": "client.individual"},
        ),
    ],
)
def test_an_amendment_changes_the_fields_that_are_given(mine, fields, now):
    """The others stay; an empty one is taken away; times take the place of a date and minutes."""
    phase = {"phase": "practicum"} if fields == {"phase": ""} else {}
    version = log(mine, **phase)
    changed = mine.amend(version, mine.changed(version, fields))
    assert changed.after.entry == entries.of(now)
    assert [one.version for one in mine.standing()] == [changed.after.version]


def test_an_amendment_that_changes_nothing_is_none(mine):
    """A signature must not fall for nothing; a new note alone is kept, without a new version."""
    version = log(mine, "first")
    with pytest.raises(AllianceLabError, match="nothing is different"):
        mine.amend(version, mine.changed(version, {}))
    changed = mine.amend(version, mine.changed(version, {}), "second")
    assert (changed.after.version, mine.place.notes()) == (version, {version: "second"})


def test_times_are_changed_by_times(mine):
    """Minutes that contradict start and end are not guessed at."""
    timed = {"start": "2026-03-03T16:00+01:00", "end": "2026-03-03T17:00+01:00", "category": "study"}
    version = mine.log(entries.of(timed)).version
    with pytest.raises(AllianceLabError, match="change them with --start and --end"):
        mine.changed(version, {"minutes": 30})


def test_the_beginning_of_a_version_is_enough(mine, monkeypatch):
    """As far as it means one entry; else the sentence shows how far to type."""
    salts = iter(range(10**6))
    monkeypatch.setattr(records.secrets, "token_hex", lambda size: f"{next(salts):0{2 * size}x}")
    found: dict[str, str] = {}
    day = 1
    while True:  # two versions that begin alike: with salts that count up, soon and always the same
        version = log(mine, date=date(2026, 1, 1).replace(day=1 + day % 28).isoformat(), minutes=1)
        if version[:1] in found:
            break
        found[version[:1]], day = version, day + 1
    alike = version[:1]
    assert mine.find(version[:12]).version == version
    assert mine.find(version[:12].upper()).version == version
    with pytest.raises(AllianceLabError, match="too short"):
        mine.find(version[:3])
    with pytest.raises(AllianceLabError, match="no entry of yours"):
        mine.find("ffff" if not version.startswith("ffff") else "0000")
    monkeypatch.setattr("alliancelab.hours.account.account.SHORTEST", 1)
    with pytest.raises(AllianceLabError, match=f"'{alike}' may be any of .*; write more of it"):
        mine.find(alike)


def test_a_signature_falls_and_it_is_said(mine):
    """Amending and withdrawing say whose signature is void; the entry then waits again."""
    berg = signing.from_seed(bytes(32))
    first, second = log(mine), log(mine, date="2026-03-03")
    programme.enrol(mine.ledger, mine.programme_key(), "berg", "supervisor", berg.public, "Dr Berg")
    programme.agree(mine.ledger, mine.programme_key(), mine.person, "berg", date(2026, 3, 1))
    signs = [records.draft(records.APPROVAL, {"version": one, "minutes": 50}) for one in (first, second)]
    mine.ledger.append(records.submit(berg, mine.ledger.id, mine.person, signs))
    assert [one.by for one in mine.standing()] == ["berg", "berg"]
    changed = mine.amend(first, mine.changed(first, {"minutes": 55}))
    assert changed.notice.startswith("berg had signed 50 minutes of it, and that signature is void now")
    assert changed.after.approved is None
    assert "berg had signed 50 minutes" in mine.withdraw(second).notice
    assert [one.approved for one in mine.standing()] == [None]


def test_a_signature_is_taken_back(mine):
    """By who gave it, or by the programme; then the entry waits again, and can be signed for fewer minutes."""
    version = log(mine)
    key = keys.own(mine.place.folder / "berg")
    programme.enrol(mine.ledger, mine.programme_key(), "berg", "supervisor", key.public)
    programme.agree(mine.ledger, mine.programme_key(), mine.person, "berg", date(2026, 3, 1))
    his = place.Place(mine.place.folder, mine.place.ledger, "berg", "supervisor", mine.place.folder / "berg" / keys.OWN)
    berg = Account(his, Clock())
    [bundle] = berg.bundles()
    berg.decide([bundle], approvals.everything([bundle]))
    assert berg.bundles() == []
    assert berg.reverse(mine.person, version[:6]).approved == 50
    assert [one.version for one in berg.bundles()[0].waiting] == [version]
    with pytest.raises(AllianceLabError, match="is not signed"):
        berg.reverse(mine.person, version[:6])
    berg.close()


def test_whose_key_is_meant(mine):
    """A public key, the beginning of its fingerprint, or a person with one key that signs; two need the fingerprint."""
    log(mine)
    one, two = (signing.from_seed(bytes([number] * 32)).public for number in (1, 2))
    programme.enrol(mine.ledger, mine.programme_key(), "berg", "supervisor", one)
    assert programme.key_of(mine.ledger.register(), "berg") == one
    programme.enrol(mine.ledger, mine.programme_key(), "berg", "supervisor", two)
    with pytest.raises(AllianceLabError, match="write the fingerprint of one"):
        programme.key_of(mine.ledger.register(), "berg")
    assert programme.key_of(mine.ledger.register(), signing.fingerprint(two)[:9]) == two
    programme.revoke(mine.ledger, mine.programme_key(), one, "lost")
    assert programme.key_of(mine.ledger.register(), "berg") == two
    with pytest.raises(AllianceLabError, match="knows no key"):
        programme.key_of(mine.ledger.register(), "cole")


def test_a_supervisor_cannot_log_where_they_supervise(tmp_path):
    """A supervisor's folder never becomes a trainee's by a slip."""
    place.write(place.Place(tmp_path, person="berg", role="supervisor"))
    with pytest.raises(AllianceLabError, match="only trainees log hours"):
        Account.at(tmp_path, Clock()).log(entries.of(MONDAY))


def test_a_statement_has_the_sums_of_its_week(mine):
    """Monday to Sunday, both included, and what is signed apart from what is logged."""
    for day, minutes in (("2026-03-01", 10), ("2026-03-02", 20), ("2026-03-08", 30), ("2026-03-09", 40)):
        log(mine, date=day, minutes=minutes)
    told = mine.statement(statement.week("2026-W10"))
    assert (told.logged, told.signed) == (50, 0)
    assert told.by_programme  # in a ledger of one's own one is the programme
    assert json.loads(json.dumps(told.as_json()))["checkpoint"]["chains"][mine.person][0] == 4
