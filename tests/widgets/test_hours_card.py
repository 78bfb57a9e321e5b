"""A trainee's hours and a supervisor's desk for them, without a browser: setting the state is what the page sends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from peopled import PASSPHRASE, Programme, peopled

from alliancelab import catalogue
from alliancelab.cli import main
from alliancelab.hours import entries, titles
from alliancelab.hours.account import place
from alliancelab.hours.account.account import Account
from alliancelab.hours.policy import policy
from alliancelab.hours.record import keys
from alliancelab.hours_desk import PAGE, HoursDesk, page
from alliancelab.widgets import HoursDeskCard, HoursLogCard
from alliancelab.widgets.acting import ActingCard

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)  # a Monday
HOUR = {"date": "2026-03-12", "category": "client.individual", "minutes": "50", "group_size": "", "flags": [""]}


def now() -> datetime:
    return NOON


def do(card: ActingCard, action: str, **about: Any) -> dict[str, Any]:
    """Press a button; what the page shows then."""
    number = card.view["n"] + 1
    card.set_state({"said": {"n": number, "value": {"do": action, **about}}})
    assert card.view["n"] == number
    return card.view


def give(card: ActingCard, action: str, name: str, raw: bytes) -> dict[str, Any]:
    """Drop a file on the page, and do what is done with it."""
    card._handle_custom_msg({"do": "piece", "n": 1, "first": True, "file": 0, "name": name}, [memoryview(raw)])
    return do(card, action, uploaded=1)


def secretly(card: ActingCard, action: str, secret: str) -> dict[str, Any]:
    """An action with a passphrase, as the page sends it: beside the state."""
    card._handle_custom_msg({"do": "secret", "n": 1, "secret": secret}, [])
    return do(card, action)


@pytest.fixture
def log(tmp_path: Path) -> HoursLogCard:
    """The card of somebody who has logged nothing yet and is in no programme."""
    return HoursLogCard(tmp_path / "mine", now=now)


@pytest.fixture
def people(tmp_path: Path) -> Programme:
    """A programme with ana and dr-b, who supervises her from January on."""
    return peopled(tmp_path, now, date(2026, 1, 1))


def desk_of(folder: Path, at: Callable[[], datetime] = now) -> HoursDeskCard:
    work = HoursDesk(folder, at)
    return HoursDeskCard(work.face(), work.look, work.actions())


def test_every_category_has_a_title():
    """The form offers each category that a policy of ours knows, in words."""
    assert set(policy.CATEGORIES) == set(titles.TITLES)
    assert set(titles.SHARED) < set(titles.TITLES)


def test_who_logs_nothing_loads_nothing(tmp_path):
    """The start page of somebody without hours loads neither the ledger's library nor that of keys; the copy is there."""
    code = (
        "import sys, pathlib; from alliancelab.widgets import HoursLogCard; "
        "card = HoursLogCard(pathlib.Path(sys.argv[1]), short=True); print(HoursLogCard.still_of(card.hours.folder)); "
        "print({'sqlalchemy', 'alembic', 'cryptography', 'pandas', 'matplotlib'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    still, loaded = run.stdout.splitlines()
    assert "Your supervised hours" in still
    assert loaded == "set()"
    assert list(tmp_path.iterdir()) == []


def test_the_first_hour_makes_a_ledger_and_a_note_stays_beside_it(log, tmp_path):
    """Logged, listed, summed; places as the record has them; the private note is nowhere in the ledger."""
    view = do(log, "log", fields={**HOUR, "setting": "Riverside Clinic"}, note="about the lamp")
    assert view["said"]["ok"], view["said"]
    assert view["said"]["text"] == "Saved: Thu 12 March 2026, One client, 50 min. Nobody can sign it yet."
    [one] = view["entries"]
    assert (one["more"], one["note"], one["state"]) == ("riverside-clinic", "about the lamp", "alone")
    assert view["sums"] == [["Signed", "0 min"], ["Waiting for a signature", "50 min"]]
    assert b"lamp" not in (tmp_path / "mine/hours.db").read_bytes()
    assert "lamp" not in log.plain_html()
    assert "50 min" in HoursLogCard.still_of(tmp_path / "mine")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "Category is missing"),
        ({**HOUR, "date": "2026-03-17"}, "2026-03-17 is in the future; log it once it has taken place."),
        ({**HOUR, "minutes": "50.5"}, "minutes '50.5' is not a whole number"),
        ({**HOUR, "minutes": ""}, "minutes are missing"),
        (
            {"category": "study", "start": "2026-03-12T16:00+01:00", "end": "2026-03-12T15:00+01:00"},
            "not after the start",
        ),
        ({"category": "study", "start": "2026-03-12T16:00", "end": "2026-03-12T17:00"}, "no UTC offset"),
        ("nonsense", "Category is missing"),
    ],
)
def test_a_refusal_is_a_sentence_and_nothing_is_kept(log, tmp_path, fields, says):
    """What is no entry is told in the card; no ledger is made for it, and no note kept."""
    view = do(log, "log", fields=fields, note="x")
    assert not view["said"]["ok"]
    assert says.lower() in view["said"]["text"].lower()
    assert "Traceback" not in view["said"]["text"]
    assert not (tmp_path / "mine").exists()


def test_a_table_is_taken_in_whole_or_not_at_all(log):
    """Every bad row with its number, nothing imported; then all of it, and the second time nothing."""
    head = b"date,category,minutes\n"
    good, bad = b"2026-03-02,client.individual,50\n", b"2026-03-03,client.individual,fifty\n2026-03-40,study,10\n"
    view = give(log, "import", "log.csv", head + good + bad)
    assert not view["said"]["ok"]
    assert "2 rows cannot be taken in" in view["said"]["text"]
    assert [line[:6] for line in view["said"]["details"]] == ["Row 3:", "Row 4:"]
    assert view["entries"] == []
    assert give(log, "import", "log.csv", head + good)["said"]["text"] == "1 entry added from log.csv, 50 min."
    again = give(log, "import", "log.csv", head + good)
    assert again["said"]["text"] == "0 entries added from log.csv, 0 min. 1 row had been imported before."
    assert len(again["entries"]) == 1
    assert not do(log, "import")["said"]["ok"]


def decided(people: Programme, card: HoursDeskCard, *decisions: dict[str, Any]) -> dict[str, Any]:
    do(card, "prepare", decisions=list(decisions))
    return secretly(card, "sign", PASSPHRASE)


def test_by_file_to_a_supervisor_and_back(people):
    """Made, opened, looked at, signed in part, taken in; then corrected, and the signature falls and says so."""
    log = HoursLogCard(people.trainee, now=now)
    do(log, "log", fields=HOUR)
    view = do(log, "log", fields={**HOUR, "date": "2026-03-05", "category": "client.family"})
    assert "dr-b can sign it" in view["said"]["text"]
    assert not do(log, "bundle", supervisor="")["said"]["ok"]
    made = do(log, "bundle", supervisor="dr-b")
    assert made["file"]["name"] == "ana-for-dr-b.hours"

    desk = desk_of(people.supervisor)
    assert desk.view["weeks"] == []
    opened = give(desk, "open", "ana-for-dr-b.hours", made["file"]["text"].encode())
    assert [week["title"] for week in opened["weeks"]] == [
        "ana, week of Mon 2 March 2026",
        "ana, week of Mon 9 March 2026",
    ]
    assert opened["look"]["sums"][0] == ["Waiting", "2 entries, 1 h 40 min"]
    assert not opened["parcels"][0]["known"]
    assert opened["reminders"] == []
    later = desk_of(people.supervisor, lambda: NOON + timedelta(days=10))
    reminded = give(later, "open", "ana-for-dr-b.hours", made["file"]["text"].encode())["reminders"]
    assert "waited for dr-b for more than 14 days; the oldest is of 2026-03-05" in reminded[0]
    family, single = (week["rows"][0]["version"] for week in opened["weeks"])
    look = do(
        desk,
        "prepare",
        decisions=[{"version": family, "kind": "part", "minutes": "30"}, {"version": single, "kind": "approve"}],
    )
    assert look["pending"]["text"] == "You are about to sign 2 entries, 1 h 20 min."
    assert "In part, 30 min of 50 min: A family, Thu 5 March 2026" in look["pending"]["lines"]
    wrong = secretly(desk, "sign", "not the passphrase")
    assert not wrong["said"]["ok"]
    assert wrong["pending"] == look["pending"]
    signed = secretly(desk, "sign", PASSPHRASE)
    assert signed["said"]["ok"], signed["said"]
    assert (signed["weeks"], signed["pending"]) == ([], None)
    assert signed["file"]["name"] == "ana-for-dr-b-signed.hours"
    assert do(desk, "file", name="ana-for-dr-b-signed.hours")["file"] == signed["file"]
    assert give(desk, "open", "ana-for-dr-b.hours", made["file"]["text"].encode())["parcels"][0]["known"]
    assert PASSPHRASE not in str(desk.get_state())

    taken = give(log, "take", "ana-for-dr-b-signed.hours", signed["file"]["text"].encode())
    assert taken["said"]["text"] == "dr-b has signed 2 entries, 1 h 20 min."
    assert [one["state"] for one in taken["entries"]] == ["signed", "part"]
    assert taken["sums"] == [["Signed", "1 h 20 min"], ["Waiting for a signature", "0 min"]]
    refused = give(log, "take", "ana-for-dr-b-signed.hours", signed["file"]["text"].encode())
    assert "recorded before" in refused["said"]["text"]
    one = taken["entries"][0]
    changed = do(log, "amend", version=one["version"], fields={**one["fields"], "minutes": "45"}, note="")
    assert changed["said"]["text"] == (
        "Corrected. dr-b had signed 50 minutes of it, and that signature is void now; the entry waits to be signed again."
    )
    assert changed["sums"] == [["Signed", "30 min"], ["Waiting for a signature", "45 min"]]
    gone = do(log, "withdraw", version=changed["entries"][1]["version"])
    assert "that signature is void now" in gone["said"]["text"]
    assert gone["sums"][0] == ["Signed", "0 min"]


def test_on_a_shared_ledger_it_is_recorded_at_once(people, tmp_path):
    """Who shares the ledger sees what waits without a file, oldest first, asks and declines; reminders stand on top."""
    mine = Account.at(people.trainee, now)
    for day in ("2026-02-02", "2026-03-09", "2026-03-10"):
        mine.log(entries.of({**HOUR, "date": day}))
    place.write(place.Place(people.supervisor, mine.place.url, "dr-b", place.SUPERVISOR, people.supervisor / keys.OWN))
    desk = desk_of(people.supervisor)
    assert [week["title"] for week in desk.view["weeks"]] == [
        "ana, week of Mon 2 February 2026",
        "ana, week of Mon 9 March 2026",
    ]
    assert "waited for dr-b for more than 14 days" in desk.view["reminders"][0]
    assert "42 days ago" in desk.view["weeks"][0]["rows"][0]["notices"][0]
    [old], [one, two] = ([row["version"] for row in week["rows"]] for week in desk.view["weeks"])
    view = decided(
        people,
        desk,
        {"version": old, "kind": "approve"},
        {"version": one, "kind": "ask", "code": "when"},
        {"version": two, "kind": "decline", "code": "twice"},
    )
    assert view["said"]["text"] == "Signed: 1 entry, 50 min; 1 asked about; 1 declined. It is in the ledger."
    assert view["reminders"] == []
    log = HoursLogCard(people.trainee, now=now)
    assert [row["state"] for row in log.view["entries"]] == ["declined", "asked", "signed"]
    assert "Was it on that day" in log.view["entries"][1]["says"]
    assert "been asked about or declined" in log.view["turn"][0]
    programme = desk_of(people.folder)
    assert programme.view["programme"]
    assert programme.view["overview"][0][:2] == ["dr-b", "ana"]


def test_nothing_is_signed_that_was_not_looked_at(people):
    """Without a look, for an entry that is not there, or with too many minutes nothing is signed; a changed one is refused."""
    log = HoursLogCard(people.trainee, now=now)
    version = do(log, "log", fields=HOUR)["entries"][0]["version"]
    place.write(
        place.Place(
            people.supervisor, log.hours._account().place.url, "dr-b", place.SUPERVISOR, people.supervisor / keys.OWN
        )
    )
    desk = desk_of(people.supervisor)
    assert secretly(desk, "sign", PASSPHRASE)["said"]["text"] == "Look first at what you are about to sign."
    assert not do(desk, "prepare", decisions=[])["said"]["ok"]
    assert not do(desk, "prepare", decisions=[{"version": "f" * 64, "kind": "approve"}])["said"]["ok"]
    for minutes in ("51", "0", "many", ""):
        told = do(desk, "prepare", decisions=[{"version": version, "kind": "part", "minutes": minutes}])
        assert not told["said"]["ok"], minutes
        assert told["pending"] is None
    do(desk, "prepare", decisions=[{"version": version, "kind": "approve"}])
    do(log, "amend", version=version, fields={**HOUR, "minutes": "40"}, note="")
    view = secretly(desk, "sign", PASSPHRASE)
    assert not view["said"]["ok"]
    assert "amended since" in view["said"]["text"]
    assert do(log, "look")["sums"][0] == ["Signed", "0 min"]


def test_a_key_is_made_once_and_a_forged_file_is_refused(people, tmp_path):
    """Who has no key makes one with a passphrase, which stands nowhere; a file that was changed is not shown."""
    desk = desk_of(tmp_path / "fresh")
    assert desk.view["key"] is None
    assert "8 characters" in secretly(desk, "key", "short")["said"]["text"]
    made = secretly(desk, "key", PASSPHRASE)
    assert made["said"]["ok"], made["said"]
    assert keys.load(tmp_path / "fresh/hours.key", lambda _: PASSPHRASE).public == made["key"]["public"]
    assert not secretly(desk, "key", PASSPHRASE)["said"]["ok"]
    mine = Account.at(people.trainee, now)
    mine.log(entries.of(HOUR))
    mine.pack("dr-b", tmp_path / "a.hours")
    text = (tmp_path / "a.hours").read_text()
    forged = give(desk, "open", "a.hours", text.replace('"minutes": 50', '"minutes": 55').encode())
    assert not forged["said"]["ok"]
    assert "changed after it was signed" in forged["said"]["details"][0]
    assert forged["weeks"] == []
    opened = give(desk, "open", "a.hours", text.encode())
    version = opened["weeks"][0]["rows"][0]["version"]
    view = decided(people, desk, {"version": version, "kind": "approve"})
    assert not view["said"]["ok"]  # the key is not dr-b's
    assert view["files"] == []


def test_what_a_policy_says_never_mixes_what_is_signed_with_what_waits(people):
    """Signed hours count; what waits stands beside them; what a policy leaves out has its reason; a date is asked for."""
    log = HoursLogCard(people.trainee, now=now)
    for day, minutes in (("2026-03-09", "60"), ("2026-03-10", "90")):
        do(log, "log", fields={**HOUR, "date": day, "minutes": minutes})
    do(log, "log", fields={**HOUR, "date": "2026-03-11", "category": "client.assessment", "minutes": "30"})
    text = do(log, "bundle", supervisor="dr-b")["file"]["text"]
    desk = desk_of(people.supervisor)
    rows = [row for week in give(desk, "open", "a.hours", text.encode())["weeks"] for row in week["rows"]]
    signs = [{"version": row["version"], "kind": "approve"} for row in rows if row["minutes"] != 90]
    give(log, "take", "b.hours", decided(people, desk, *signs)["file"]["text"].encode())

    counted = do(log, "policy", policy="cacrep-practicum")["counted"]
    direct = next(row for row in counted["rows"] if "Direct" in row["title"])
    assert direct["have"] == "1 h 30 min of 40 h"
    assert direct["state"] == "38 h 30 min missing"
    assert direct["then"] == "with what waits: 3 h"
    assert (counted["met"], counted["waits"]) == (False, "1 h 30 min")
    assert counted["verdict"] == "By what is signed, 2 of 2 requirements are not met yet."
    assert "Source" in counted["told"][0]
    asked = do(log, "policy", policy="bacp-accreditation")
    assert "--qualified" not in asked["said"]["text"]
    assert "day of qualifying" in asked["said"]["text"]
    assert asked["counted"]["policy"] == "cacrep-practicum"
    bacp = do(log, "policy", policy="bacp-accreditation", qualified="2026-01-01")["counted"]
    assert [
        "Assessment, helpline and skills work do not count as practice",
        "30 min",
        "Wed 11 March 2026, 30 min",
    ] in bacp["lost"]
    assert any("without" in text or "supervision" in text for text in bacp["soon"]), bacp["soon"]
    assert bacp["ahead"] is None
    ahead = do(log, "ahead")["counted"]["ahead"]
    assert "too little to tell" in ahead["told"][0]
    assert "A signature: 1 h 30 min that are logged are not signed yet." in ahead["asks"]
    assert do(log, "look")["counted"]["ahead"] == ahead
    assert do(log, "log", fields={**HOUR, "date": "2026-03-13"})["counted"]["ahead"] is None
    for wrong in ("no-such", "../../etc/passwd", "/nowhere/x.toml"):
        assert not do(log, "policy", policy=wrong)["said"]["ok"]


def test_a_supervisors_folder_has_no_form_to_log(people):
    """Whoever signs from a folder does not log there; a page in one folder can be that of another."""
    place.write(place.Place(people.supervisor, "", "dr-b", place.SUPERVISOR))
    assert "dr-b" in HoursLogCard(people.supervisor, now=now).view["other"]
    assert b"hours_desk('/home/x')" in page(Path("/home/x"))


def test_a_place_that_cannot_be_read_says_so(tmp_path):
    """A broken hours.toml, or a ledger that is gone, is a sentence on either page, and in the copy nothing breaks."""
    (tmp_path / "hours.toml").write_text("person = ")
    for card in (HoursLogCard(tmp_path, now=now), desk_of(tmp_path)):
        assert not card.view["said"]["ok"]
        assert "hours.toml cannot be read" in card.view["said"]["text"]
    assert "Your supervised hours" in HoursLogCard.still_of(tmp_path)
    (tmp_path / "hours.toml").write_text('person = "ana"\nledger = "sqlite:///gone.db"\n')
    assert "no ledger" in HoursLogCard(tmp_path, now=now).view["said"]["text"]


def test_the_command_opens_no_folder_of_a_trainee(people, capsys):
    """`alliancelab hours desk` refuses with a sentence and the code for bad input."""
    with pytest.raises(SystemExit) as end:
        main(["hours", "desk", str(people.trainee), "--no-browser"])
    assert end.value.code == 2
    assert "nobody signs their own" in capsys.readouterr().err
    assert not (people.trainee / PAGE).exists()


@pytest.mark.parametrize("script", ["acting.js", "hours_log.js", "hours_desk.js"])
def test_what_others_wrote_is_never_markup(script):
    """Names, places and sentences are set as text; no script of these pages can do otherwise."""
    text = (catalogue.PACKAGE / "widgets" / script).read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in text
