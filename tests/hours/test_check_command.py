"""`hours check` and `hours policies` as people type them, and the CSV file that they read."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from logbooks import entry

from alliancelab import cli
from alliancelab.errors import ContentError
from alliancelab.hours import tables
from alliancelab.hours.policy import counting, policies

HEADER = "date,category,minutes,group_size,flags,phase,setting\n"
MET = "".join(
    f"2026-01-{day:02},client.individual,600,1,,,\n2026-01-{day:02},indirect.notes,900,,,,\n" for day in range(5, 9)
)


def write(folder: Path, text: str | bytes, name: str = "log.csv") -> Path:
    """A file of this text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def run(capsys: pytest.CaptureFixture[str], *typed: object) -> tuple[int, str, str]:
    """What `alliancelab hours TYPED` exits with and prints."""
    with pytest.raises(SystemExit) as left:
        cli.main(["hours", *map(str, typed)])
    shown = capsys.readouterr()
    return left.value.code, shown.out, shown.err


@pytest.mark.parametrize("json_", [[], ["--json"]])
def test_exit_codes(tmp_path, capsys, json_):
    """0 when the policy is met, 1 when a minute is missing, 2 when a row cannot be read."""
    good = write(tmp_path, HEADER + MET)
    assert run(capsys, "check", good, "--policy", "cacrep-practicum", *json_)[0] == 0
    short = write(tmp_path, HEADER + MET.replace("individual,600", "individual,599", 1), "short.csv")
    assert run(capsys, "check", short, "--policy", "cacrep-practicum", *json_)[0] == 1
    bad = write(tmp_path, HEADER + MET + "2026-13-01,client.individual,600,1,,,\n", "bad.csv")
    assert run(capsys, "check", bad, "--policy", "cacrep-practicum", *json_)[0] == 2


def test_a_fault_of_ours_is_70(tmp_path, capsys, monkeypatch):
    """A crash of ours is told as such, and is neither a no nor bad input."""
    monkeypatch.setattr(counting, "count", lambda *_, **__: 1 // 0)
    code, _, error = run(capsys, "check", write(tmp_path, HEADER + MET), "--policy", "cacrep-practicum")
    assert code == 70
    assert "AllianceLab itself has failed" in error


def test_the_json(tmp_path, capsys):
    """`met`, a row for each requirement, what was not counted and why in minutes, and where the policy comes from."""
    text = HEADER + "2026-01-05,supervision.group,45,3,observable;live,practicum,clinic\n2026-01-06,study,30,,,,\n"
    text += "2026-01-07,client.individual,50,,,,\n"
    typed = ["check", write(tmp_path, text), "--policy", "bacp-accreditation", "--qualified", "2026-01-01", "--json"]
    code, out, _ = run(capsys, *typed)
    told = json.loads(out)
    assert (code, told["met"], told["policy"]) == (1, False, "bacp-accreditation")
    ids = ["practice", "after-qualifying", "at-least-3-years", "at-most-6-years"]
    assert [row["id"] for row in told["requirements"]] == ids
    first = told["requirements"][0]
    assert [first[name] for name in ("have", "need", "met", "missing", "unit")] == [0, 27_000, False, 27_000, "minutes"]
    assert told["not_counted"] == [
        {
            "reason": "half of the time counts in a group of up to 4",
            "minutes": 23,  # 22.5 of it count, and are told as 22
            "rows": [{"row": 2, "minutes": 23}],
        },
        {
            "reason": "practice in a month with less than 1.5 hours of supervision",
            "minutes": 50,
            "rows": [{"row": 4, "minutes": 50}],
        },
        {"reason": "no requirement of this policy counts it", "minutes": 30, "rows": [{"row": 3, "minutes": 30}]},
    ]
    assert (told["logged"], told["counted"]) == (125, 22)
    assert (told["checked"], told["how_sure"]) == ("2026-11-28", "read")
    assert told["source"].startswith("BACP")
    assert len(told["notes"]) == 6
    assert "legal advice" in told["advice"]


def test_the_table_says_what_is_missing_and_where_the_policy_comes_from(tmp_path, capsys, monkeypatch):
    """Hours and minutes for people; source, date, how sure and every note stand under it."""
    monkeypatch.setenv("COLUMNS", "400")
    log = write(tmp_path, HEADER + "2026-01-05,client.individual,1439,1,,,\n2026-01-06,supervision.group,90,9,,,\n")
    _, out, _ = run(capsys, "check", log, "--policy", "coamfte")
    for said in ("23 h 59 min", "500 h", "476 h 1 min", "supervision in a group of more than 8", "1 h 30 min", "│ 3 "):
        assert said in out
    policy = policies.named("coamfte")
    for said in (policy.source, policy.url, "2026-11-28", "secondary", policy.sure_note, *policy.notes):
        assert said in out
    assert "Nothing here is legal advice; a programme officer confirms each policy." in out


def test_a_date_that_is_needed_or_is_none(tmp_path, capsys):
    """A missing date is bad input and says what to type; so is a date that is no day."""
    log = write(tmp_path, HEADER + MET)
    code, out, error = run(capsys, "check", log, "--policy", "ca-bbs-lmft")
    assert (code, out) == (2, "")
    assert error == (
        "the policy 'ca-bbs-lmft' counts by the day of the application; add --application 2026-06-30 with your own date\n"
    )
    assert run(capsys, "check", log, "--policy", "pacfa-clinical", "--qualified", "2026-02-30")[0] == 2


def test_an_unknown_policy_and_a_programmes_own(tmp_path, capsys):
    """A policy's id that comes near is named; a file counts like one of ours, and a faulty one is told with its lines."""
    log = write(tmp_path, HEADER + MET)
    code, _, error = run(capsys, "check", log, "--policy", "cacrep-practicun")
    assert (code, error) == (2, "there is no policy 'cacrep-practicun'; did you mean 'cacrep-practicum'?\n")
    text = policies.file_of("cacrep-practicum").read_text(encoding="utf-8")
    own = write(tmp_path, text, "own.toml")
    assert run(capsys, "check", log, "--policy", own)[0] == 0
    write(tmp_path, text.replace("hours = 100", "hours = 0").replace('kind = "sum"', 'kind = "some"', 1), "own.toml")
    code, _, error = run(capsys, "check", log, "--policy", own)
    assert code == 2
    assert [line.split(":")[1] for line in error.splitlines()] == ["18", "20"]
    assert run(capsys, "check", log, "--policy", tmp_path / "none.toml")[0] == 2


def test_every_bad_row_is_told_at_once(tmp_path, capsys):
    """Each by its line, with all that is wrong with it, and nothing is counted."""
    text = HEADER + "2026-01-05,client.individual,50,1,,,\n2026-13-05,client.individual,50,1,,,\n\n"
    text += "2026-01-05,Client!,0,1,,,\n2026-01-05,client.individual,50\n2026-01-05,study,1.5,none,Überfluss,,\n"
    path = write(tmp_path, text)
    code, out, error = run(capsys, "check", path, "--policy", "coamfte")
    assert (code, out) == (2, "")
    told = error.splitlines()
    assert [line.removeprefix(f"{path}:").split(":")[0] for line in told] == ["3", "5", "6", "7"]
    assert "date '2026-13-05' is no day" in told[0]
    assert "category 'Client!'" in told[1]
    assert "minutes '0'" in told[1]
    assert "has 3 cells, and there are 7 columns" in told[2]
    for said in ("minutes '1.5'", "group_size 'none'", "flag 'Überfluss'"):
        assert said in told[3]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (b"", 1, "is empty; the first line names the columns: date,category,minutes"),
        (b"\n\n", 1, "is empty; the first line names the columns"),
        (b",,\n1,2,3\n", 1, "has no header; the first line names the columns"),
        (b"2026-01-05,client.individual,50\n", 1, "there is no column '2026-01-05'; the columns are date, category"),
        (HEADER.strip().encode() + b",client\n", 1, "there is no column 'client'; the columns are date, category"),
        (b"date,category,minutes,date\n", 1, "the column 'date' stands twice"),
        (b"date,minutes\n", 1, "there is no column 'category'"),
        (b"date,category\n", 1, "there are no columns 'date' and 'minutes', nor 'start' and 'end'"),
        (HEADER.encode() + b"2026-01-05,client.individual,50,1,caf\xe9,,\n", 2, "is not written in UTF-8"),
        (HEADER.encode() + b'2026-01-05,"client,50,1,,,\n', 2, "is not readable as CSV"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path, text, line, said):
    """An empty file, no header, an unknown column and the like are told with what to write."""
    with pytest.raises(ContentError) as raised:
        tables.read_csv(write(tmp_path, text))
    assert raised.value.faults[0].line == line
    assert any(fault.message.startswith(said) for fault in raised.value.faults)


@pytest.mark.parametrize("name", ["none.csv", "."])
def test_a_file_that_is_not_there(tmp_path, name):
    """No file, or a folder: one sentence."""
    with pytest.raises(ContentError, match="cannot be read"):
        tables.read_csv(tmp_path / name)


def test_a_log_without_rows_is_not_met_and_says_so(tmp_path, capsys):
    """A header alone is a log in which nothing has been done yet: no fault, and no yes."""
    code, out, _ = run(capsys, "check", write(tmp_path, HEADER), "--policy", "appic")
    assert code == 1
    assert "has a header and no hours yet" in out.replace("\n", " ")


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b",", b";", b"\t"])
def test_csv_as_programs_write_it(tmp_path, start, end, mark):
    """With or without a byte order mark, with any line's end, and with the separators of other countries."""
    text = b"date,category,minutes,group_size,flags,phase,setting,supervisor".replace(b",", mark) + end
    text += b'2026-01-05,supervision.group,90,3,"observable;live",associate,clinic,ben'.replace(b",", mark) + end + end
    wanted = entry("2026-01-05", "supervision.group", 90, group_size=3, flags="observable live")
    assert tables.read_csv(write(tmp_path, start + text)) == [
        type(wanted)(**vars(wanted) | {"phase": "associate", "setting": "clinic", "supervisor": "ben"})
    ]


def test_start_and_end_in_place_of_date_and_minutes(tmp_path):
    """The columns may come in any order, and rows are known by their line."""
    text = "category,end,start\nclient.individual,2026-01-05T16:50+01:00,2026-01-05T16:00+01:00\n\n"
    text += 'study,"2026-01-05T18:00+01:00",2026-01-05T17:00+01:00\n'
    rows = tables.read_rows(write(tmp_path, text))
    assert [(line, one.date, one.minutes) for line, one in rows] == [
        (2, date(2026, 1, 5), 50),
        (4, date(2026, 1, 5), 60),
    ]
    with pytest.raises(ContentError, match="is in the future"):
        tables.read_csv(tmp_path / "log.csv", date(2026, 1, 4))


def test_the_policies_are_listed_and_shown(capsys, monkeypatch):
    """All with how sure we are; one of them with its path and its text, to copy."""
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = run(capsys, "policies")
    assert code == 0
    for name in policies.names():
        assert name in out
        assert policies.named(name).title in out
    code, out, _ = run(capsys, "policies", "appic")
    path = policies.file_of("appic")
    assert (code, out) == (0, f"# {path}\n\n{path.read_text(encoding='utf-8')}")
    assert run(capsys, "policies", "apic")[0] == 2


def test_in_a_process_of_its_own_and_light(tmp_path):
    """As it is typed; counting loads no table library, no picture, no notebook."""
    log = write(tmp_path, HEADER + MET)
    code = "import sys; from alliancelab import cli\ntry: cli.main()\nfinally: print(*sys.modules, file=sys.stderr)"
    typed = [sys.executable, "-c", code, "hours", "check", str(log), "--policy", "cacrep-practicum", "--json"]
    done = subprocess.run(typed, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["met"] is True
    heavy = {"pandas", "numpy", "matplotlib", "ipywidgets", "nbgrader", "sqlalchemy", "openbadgeslib", "typst"}
    assert not heavy & set(done.stderr.split())
