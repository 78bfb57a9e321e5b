"""A programme's hours on the command line, from the opened ledger to a policy that is met."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from terminal import Terminal, at_home, programme

PLAN = """format = 1
title = "A small policy"
body = "The Institute"
source = "Its own handbook"
checked = 2026-03-01
how_sure = "read"

[[require]]
id = "client"
title = "Client hours"
kind = "sum"
of = ["client"]
hours = 3
"""


@pytest.fixture
def t(tmp_path, clock, capsys, monkeypatch) -> Terminal:
    return at_home(tmp_path, clock, capsys, monkeypatch)


@pytest.fixture
def ours(t) -> Terminal:
    """A programme on SQLite, with people in it."""
    programme(t, f"sqlite:///{t.home}/shared.db")
    return t


@pytest.fixture
def anywhere(t, url) -> Terminal:
    """The same on either database."""
    programme(t, url)
    return t


def log(t: Terminal, day: str = "2026-03-02", minutes: int = 50, who: str = "ana", *more: object) -> str:
    """Log an entry; its version."""
    said = t.json(who, "log", "--date", day, "--minutes", minutes, "--category", "client.individual", *more)
    return said["version"]


def test_the_whole_story(anywhere):
    """Log, import, sign from a file, check the shortfall, more hours, met; an amendment voids a signature; reminders."""
    t = anywhere
    plan = t.file("small.toml", PLAN)
    version = log(t, "2026-03-02", 50, "ana", "--note", "She came late")
    table = t.file("log.csv", "date,category,minutes", "2026-03-03,client.individual,50", "2026-03-04,client.family,20")
    assert "2 entries added" in t.well("ana", "import", table).out

    before = t("ana", "check", "--policy", plan, "--json")
    assert before.code == 1
    assert [row["have"] for row in before.data["requirements"]] == [0]  # nobody has signed yet
    assert before.data["waiting"] == 120
    assert [one["minutes"] for one in before.data["not_counted"]] == [120]

    # to a supervisor who has only this package and their key, and back
    bundle, back = t.home / "ana.hours", t.home / "back.hours"
    t.well("ana", "bundle", "--supervisor", "berg", "--out", bundle)
    (t.home / "elsewhere").mkdir()
    (t.home / "elsewhere" / "hours.key").write_bytes((t.home / "berg" / "hours.key").read_bytes())
    signed = t.well("elsewhere", "sign", bundle, "--out", back, "--part", f"{version[:6]}=40", "--yes")
    assert "She came late" not in bundle.read_text()  # notes stay where they are
    assert "From ana, for berg" in signed.out
    assert "sign 3 entries (1 h 50 min)" in signed.out
    assert "berg signed 3 entries, 1 h 50 min." in t.well("ana", "take", back).out
    again = t("ana", "take", back)
    assert (again.code, "recorded before" in again.err) == (1, True)

    short = t("programme", "check", "--trainee", "ana", "--policy", plan, "--json")
    assert (short.code, short.data["requirements"][0]["have"], short.data["requirements"][0]["need"]) == (1, 110, 180)

    log(t, "2026-03-05", 70)
    t.well("berg", "approve", "--yes")
    met = t("programme", "check", "--all", "--policy", plan, "--json")
    assert [(one["trainee"], one["met"]) for one in met.data["trainees"]] == [("ana", True), ("ben", False)]
    assert met.code == 1  # ben has nothing
    assert t("ana", "check", "--policy", plan).code == 0

    amended = t.well("ana", "amend", version[:8], "--minutes", 45)
    assert "berg had signed 40 minutes of it, and that signature is void now" in amended.out
    assert t("ana", "check", "--policy", plan).code == 1
    [listed] = t.json("ana", "list", "--unsigned")
    assert (listed["minutes"], listed["note"]) == (45, "She came late")

    assert t.json("berg", "reminders") == []
    t.clock.go(days=10)
    [reminder] = t.json("programme", "reminders")
    assert (reminder["code"], reminder["who"], reminder["minutes"]) == ("unsigned", "berg", 45)


def test_whose_hours_are_checked(ours):
    """One's own without a name; nobody's whom the register does not have; a file's are taken as they stand, and it is said."""
    plan = ours.file("small.toml", PLAN)
    log(ours, "2026-03-02", 200)
    assert ours.json("ana", "list", "--unsigned")[0]["minutes"] == 200
    assert ours("ana", "check", "--policy", plan, "--json").data["trainee"] == "ana"
    assert ours("programme", "check", "--policy", plan, "--trainee", "eve").code == 2
    assert ours("programme", "check", "--policy", plan, "--trainee", "ana", "--all").code == 2
    table = ours.home / "log.csv"
    ours.well("ana", "list", "--csv", table)
    said = ours.well("ana", "check", table, "--policy", plan).out  # met, as a file
    assert "only a ledger says which of them are signed" in said
    assert ours("ana", "check", "--policy", plan).code == 1  # not met by what is signed


def test_after_logging_one_knows_who_signs_and_what_is_unsigned(ours):
    """The three sentences after `log`: what is saved, who can sign it, and what is unsigned."""
    words = ("log", "--date", "2026-03-02", "--minutes", 50, "--category", "client.family", "--flag", "observable")
    said = ours.well("ana", *words).out.splitlines()
    assert said[0].startswith("Saved as ")
    assert said[0].endswith(": 2026-03-02, client.family, 50 min, observable.")
    assert said[1].startswith("berg can sign it")
    assert said[2] == "Unsigned: 1 entry, 50 min, the oldest of 2026-03-02."
    table = ours.file("log.csv", "date,category,minutes", "2026-01-30,study,50", "2026-03-03,study,50")
    assert "Nobody can sign 1 of them yet. The first: no supervisor" in ours.well("ana", "import", table).out
    early = ours.well("ana", "log", "--date", "2026-01-30", "--minutes", 50, "--category", "client.family").out
    assert "Nobody can sign it yet: no supervisor has an agreement with you for 2026-01-30." in early


def test_start_and_end_with_their_offset(ours):
    """A timed entry is logged with its offset; one that overlaps in another time zone is refused, and nothing is noted."""
    times = ("--start", "2026-03-02T16:00+01:00", "--end", "2026-03-02T17:00+01:00")
    ours.well("ana", "log", *times, "--category", "study")
    across = ("--start", "2026-03-02T15:30+00:00", "--end", "2026-03-02T16:10+00:00")
    refused = ours("ana", "log", *across, "--category", "study", "--note", "never kept")
    assert (refused.code, "overlaps" in refused.err) == (1, True)
    assert not (ours.home / "ana" / "hours-notes.jsonl").exists()
    bare = ours("ana", "log", "--start", "2026-03-03T16:00", "--end", "2026-03-03T17:00", "--category", "study")
    assert (bare.code, "has no UTC offset" in bare.err) == (2, True)


def test_a_supervisor_asks_declines_and_signs_in_part(ours):
    """Each decision is shown to the trainee with its words; what was asked about can be said again as it is."""
    one, two, three = (log(ours, f"2026-03-0{day}") for day in (2, 3, 4))
    words = ("--part", f"{one[:8]}=30", "--ask", f"{two[:8]}=how-long", "--decline", f"{three[:8]}=twice")
    said = ours.well("berg", "approve", *words, "--yes").out
    assert "sign 1 entry (30 min), ask about 1, decline 1" in said
    states = {entry["version"]: entry for entry in ours.json("ana", "list")}
    assert states[one]["approved"] == 30
    assert states[two]["asked"] == "how-long"
    assert states[three]["declined"] == "twice"
    assert "asked: Did it last that long?" in ours.well("ana", "list").out
    ours.well("ana", "amend", two[:8])
    assert "1 entry to sign" in ours.well("berg", "approve", "--yes").out


def test_a_signature_is_taken_back_and_given_anew(ours):
    """The supervisor's own, by the beginning of the version; a trainee cannot take it back."""
    version = log(ours)
    ours.well("berg", "approve", "--yes")
    assert ours("ana", "reverse", version[:8], "--trainee", "ana").code == 1
    assert "over 50 minutes" in ours.well("berg", "reverse", version[:8], "--trainee", "ana").out
    assert ours.json("ana", "list")[0]["approved"] is None
    ours.well("berg", "approve", "--part", f"{version[:8]}=20", "--yes")
    assert ours.json("ana", "list")[0]["approved"] == 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--part", "{0}=51"), "you can sign 1 to 50 minutes, not 51"),
        (("--part", "{0}=ten"), "'ten' is no number of minutes"),
        (("--decline", "{0}=because"), "'because' is not on the list"),
        (("--ask", "ffff=when"), "'ffff' is none of the entries shown"),
        (("--ask", "{0}=when", "--decline", "{0}=twice"), "there are two decisions"),
    ],
)
def test_a_decision_that_is_none_signs_nothing(ours, words, said):
    """A slip in one decision stops all of them."""
    version = log(ours)
    log(ours, "2026-03-03")
    refused = ours("berg", "approve", *(word.format(version[:8]) for word in words), "--yes")
    assert (refused.code, said in refused.err) == (2, True), refused
    assert all(one["approved"] is None for one in ours.json("ana", "list"))


def test_waiting_says_who_has_to_sign_what(ours):
    """The trainee, the supervisor and the programme see the same bundle; somebody else's is not shown to a trainee."""
    log(ours, "2026-03-02")
    for who in ("ana", "berg", "programme"):
        [bundle] = ours.json(who, "waiting")
        assert (bundle["supervisor"], bundle["trainee"], bundle["week"], bundle["minutes"]) == (
            "berg",
            "ana",
            "2026-03-02",
            50,
        )
    assert ours.json("ben", "waiting") == []
    assert "Nothing waits for your signature" in ours.well("ana", "approve", "--yes").out  # not her own hours


def test_a_bundle_of_another_programme_is_refused_once_one_s_own_is_known(ours):
    """The first bundle's programme is remembered in hours.toml; a bundle from another ledger is then refused."""
    log(ours)
    first = ours.home / "first.hours"
    ours.well("ana", "bundle", "--supervisor", "berg", "--out", first)
    ours.well("berg", "sign", first, "--yes")
    assert 'programme = "' in (ours.home / "berg" / "hours.toml").read_text()

    other = Terminal(ours.home / "other", ours.clock, ours.read)
    programme(other, f"sqlite:///{other.home}/other.db")
    log(other)
    second = ours.home / "second.hours"
    other.well("ana", "bundle", "--supervisor", "berg", "--out", second)
    refused = ours("berg", "sign", second, "--yes")
    assert (refused.code, "not your programme's" in refused.err) == (1, True), refused


def test_what_a_file_changed_on_the_way_is_refused(ours):
    """Neither a bundle nor decisions survive one changed minute, and nothing is signed or taken."""
    log(ours)
    bundle, back = ours.home / "a.hours", ours.home / "b.hours"
    ours.well("ana", "bundle", "--supervisor", "berg", "--out", bundle)
    ours.well("berg", "sign", bundle, "--out", back, "--yes")
    bundle.write_text(bundle.read_text().replace('"minutes": 50', '"minutes": 90'))
    assert ours("berg", "sign", bundle, "--out", ours.home / "c.hours", "--yes").code == 1
    assert not (ours.home / "c.hours").exists()
    back.write_text(back.read_text().replace('"minutes": 50', '"minutes": 49'))
    assert ours("ana", "take", back).code == 1


def test_a_revoked_key_signs_nothing_more(ours):
    """Revoked by the person's name; the sentence says what to do next."""
    version = log(ours)
    said = ours.well("programme", "register", "revoke", "berg", "--reason", "lost").out
    assert "signs nothing more" in said
    refused = ours("berg", "approve", "--yes")
    assert (refused.code, "was revoked on 2026-03-16" in refused.err) == (1, True)
    assert ours.json("ana", "list")[0] | {"version": version, "approved": None} == ours.json("ana", "list")[0]


def test_only_the_programme_keeps_the_register(ours):
    """A trainee has no key of the programme's, and with a stolen folder name still cannot add anybody."""
    refused = ours("ana", "register", "add", "eve", "--role", "supervisor", "--key", "0" * 64)
    assert (refused.code, "only the programme can do this" in refused.err) == (2, True)


def test_the_register_travels_signed(ours):
    """Without a ledger one sees the same keys; a file that was changed, or is signed by another key, is refused."""
    ours.well("programme", "register", "add", "cole", "--role", "supervisor", "--key", "c0" * 32, "--name", "Dr Cole")
    ours.well("programme", "register", "revoke", "cole", "--reason", "left")
    out = ours.home / "register.json"
    ours.well("programme", "register", "export", "--out", out)
    assert "Dr Cole" not in out.read_text()
    inside, travelled = (ours.json(who, "register", "show", *words) for who, words in (("ana", ()), ("none", (out,))))
    for one in inside["keys"]:
        one["name"] = ""
    assert travelled == inside
    fingerprint = inside["keys"][0]["fingerprint"]
    assert ours("none", "register", "show", out, "--programme", fingerprint).code == 0
    refused = ours("none", "register", "show", out, "--programme", "0000-0000")
    assert (refused.code, "is another key" in refused.err) == (1, True)
    out.write_text(out.read_text().replace('"supervisor": "berg"', '"supervisor": "cole"'))
    refused = ours("none", "register", "show", out)
    assert (refused.code, "changed after it was signed" in refused.err) == (1, True)
    assert ours("ana", "register", "export", "--out", ours.home / "mine.json").code == 2


def test_an_agreement_ends_where_it_is_said(ours):
    """After its last day nobody can sign; ending one that does not run says which there are."""
    ours.well("programme", "agree", "ana", "berg", "--end", "2026-03-03")
    log(ours, "2026-03-03")
    log(ours, "2026-03-04")
    assert "1 entry to sign" in ours.well("berg", "approve", "--yes").out
    refused = ours("programme", "agree", "ana", "berg", "--end", "2026-03-10")
    assert (refused.code, "there is 2026-02-01 to 2026-03-03" in refused.err) == (2, True)


def test_a_statement_carries_a_checkpoint_that_an_audit_takes(ours):
    """The programme's weekly statement of a trainee: sums, and a checkpoint signed by the programme."""
    from alliancelab.hours.record import audit, checkpoint
    from alliancelab.hours.record.ledger import Ledger

    log(ours, "2026-03-09", 50)
    log(ours, "2026-03-02", 30)
    kept, page = ours.home / "kept.json", ours.home / "week.json"
    words = ("statement", "--trainee", "ana", "--week", "2026-W11", "--checkpoint", kept)
    said = ours.json("programme", *words)
    assert (said["minutes"], said["signed"], said["from"]) == (50, 0, "2026-03-09")
    with Ledger.open(f"sqlite:///{ours.home}/shared.db", ours.clock) as ledger:
        assert audit.audit(ledger, checkpoint.read(kept)).sound
    ours.well("ana", "statement", "--out", page)  # the last whole week, signed by ana
    assert '"period": "2026-W11"' in page.read_text()


def test_a_trainee_alone_takes_their_log_along_into_a_programme(t):
    """What was logged before joining becomes a table that is imported into the programme's ledger."""
    log(t, "2026-03-02", 50, "cleo")
    programme(t, f"sqlite:///{t.home}/shared.db")
    joined = t.json("cleo", "join", "--ledger", f"sqlite:///{t.home}/shared.db", "--person", "cleo")
    t.well("programme", "register", "add", "cleo", "--role", "trainee", "--key", joined["key"])
    assert t.json("cleo", "list") == []
    assert "1 entry added" in t.well("cleo", "import", joined["table"]).out
    again = t("cleo", "join", "--ledger", "sqlite:///x.db", "--person", "cleo")
    assert (again.code, "is there already" in again.err) == (2, True)


def test_who_is_not_in_the_register_is_told_how_to_get_there(t):
    """The first log after joining, before the programme has entered the key."""
    t.well("programme", "open", "--ledger", f"sqlite:///{t.home}/shared.db", "--name", "The Institute")
    t.well("dan", "join", "--ledger", f"sqlite:///{t.home}/shared.db", "--person", "dan")
    refused = t("dan", "log", "--date", "2026-03-02", "--minutes", 50, "--category", "study")
    assert refused.code == 1
    assert "register add" in refused.err


def test_reminders_as_of_a_day(ours):
    """`--on` looks ahead: what will have waited for too long, and who will have left."""
    log(ours, "2026-03-10")
    assert ours.json("ana", "reminders") == []
    [late] = ours.json("ana", "reminders", "--on", "2026-03-25")
    assert (late["code"], late["entries"]) == ("unsigned", 1)


def test_real_processes_ask_for_the_passphrase_and_for_the_yes(ours):
    """Signing in a process of its own, with no variable set: the look is printed, then the yes and the passphrase asked."""
    log(ours)
    environment = {name: value for name, value in os.environ.items() if name not in ("ALLIANCELAB_KEY_PASSPHRASE",)} | {
        "COLUMNS": "200"
    }
    command = [sys.executable, "-m", "alliancelab.cli", "hours", "approve", "--folder", str(ours.home / "berg")]

    def run(typed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, input=typed, env=environment, capture_output=True, text=True, check=False)

    no = run("n\n")
    assert (no.returncode, "1 entry to sign, 50 min" in no.stdout) == (1, True), no.stderr
    wrong = run("y\nnot the words\n")
    assert (wrong.returncode, "passphrase is wrong" in wrong.stderr) == (2, True), wrong.stderr
    assert ours.json("ana", "list")[0]["approved"] is None
    yes = run("y\na few words that one remembers\n")
    assert yes.returncode == 0, yes.stderr
    assert ours.json("ana", "list")[0]["approved"] == 50


def test_key_show_prints_what_the_programme_needs(ours):
    """The same key and fingerprint that stand in the register; no passphrase is needed for it."""
    shown = ours.json("berg", "key", "show")
    [registered] = [one for one in ours.json("programme", "register", "show")["keys"] if one["person"] == "berg"]
    assert (shown["key"], shown["fingerprint"]) == (registered["key"], registered["fingerprint"])
