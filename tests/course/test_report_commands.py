"""`alliancelab course report` and `course export`, as a supervisor types them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from submissions import MODULE, Course

from alliancelab import answers, cli
from alliancelab.course import make_course, report

STRANGE = "[bold]fay[/bold] <b>\x1b[31m\x07 أمينة 🙂"

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def type_(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Type:
    """Type a command of the course, on a day in April; the exit code and what is printed."""
    monkeypatch.setattr(answers, "now", lambda: datetime(2026, 4, 1, tzinfo=UTC))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def typed(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["course", *map(str, words)])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return typed


def test_the_report_in_words(group: Course, type_: Type) -> None:
    """Per module who stands where, then what is missed with the reply chosen instead, then who has gone quiet."""
    with group.gradebook() as book:
        book.add_student(STRANGE)
    code, said, _ = type_("report", "--course", group.folder)
    assert code == 0
    rapport = next(line for line in said.splitlines() if "│ Rapport " in line)
    assert [cell.strip() for cell in rapport.split("│")[2:8]][:5] == ["4 of 6", "1", "2", "1", "3"]
    assert rapport.split("│")[7].strip().endswith(" / 40")
    order = [said.index(heading) for heading in ("Module by module", "Most often missed", "Gone quiet: 5")]
    assert order == sorted(order)
    hardest = report.missed(group.folder, MODULE).iloc[0]
    assert " ".join(hardest["title"].split()[:3]) in said
    assert " ".join(hardest["chosen_instead"].split()[:3]) in said
    assert "[bold]fay[/bold] <b> [31m  أمينة 🙂" in said  # as it stands, but for what a terminal would obey
    assert "\x1b" not in said


def test_the_report_as_json(group: Course, type_: Type) -> None:
    """Everything, with names as they are, times with their offset, and null where there is nothing."""
    with group.gradebook() as book:
        book.add_student(STRANGE)
    code, said, _ = type_("report", "--json", "--course", group.folder)
    found = json.loads(said)
    assert code == 0
    assert set(found) == {"modules", "standing", "queue", "missed", "quiet", "faults"}
    standing = {(row["student"], row["module"]): row for row in found["standing"]}
    assert standing["carla", MODULE]["name"] == "[red]Carla[/red] 🙂 two\nlines"
    assert standing["ada", MODULE]["handed_in"].startswith("2026-03-02T18:00:00.000")
    assert standing["ada", MODULE]["handed_in"].endswith("Z")
    assert standing[STRANGE, MODULE]["points"] is None
    assert [row["student"] for row in found["queue"]] == ["berta", "carla"]
    assert {row["module"] for row in found["missed"]} == {MODULE, "features"}
    assert {row["student"]: row["missing"] for row in found["quiet"]}[STRANGE] == [MODULE]


def test_the_report_as_a_table_for_a_spreadsheet(graded_group: Course, type_: Type) -> None:
    """--csv writes who stands where, and says where it is."""
    code, said, _ = type_("report", "--csv", "group.csv", "--course", graded_group.folder)
    assert (code, said.splitlines()[-1]) == (0, "Who stands where is in group.csv.")
    with Path("group.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 10


def test_a_source_that_cannot_be_read_is_told_below(group: Course, type_: Type) -> None:
    """The report of the other exercises is printed all the same; the exit code says that something is wrong."""
    (group.folder / "source" / "features" / "features.ipynb").write_text("{")
    code, said, _ = type_("report", "--course", group.folder)
    assert code == 1
    assert "features.ipynb:1: is not a whole notebook" in said
    assert "Most often missed" in said


def test_export_says_what_is_left_empty(graded_group: Course, type_: Type) -> None:
    """The file is where one types, its name tells the LMS, and a sentence tells what waits; with --json the same as data."""
    code, said, _ = type_("export", "--lms", "canvas", "--course", graded_group.folder)
    assert code == 0
    assert said.startswith("1 grade of 1 trainee in grades-canvas.csv. Left empty: 2 submissions with answers")
    assert Path("grades-canvas.csv").is_file()
    code, said, _ = type_(
        "export", "--lms", "moodle", "--out", "m.csv", "--incomplete", "--json", "--course", graded_group.folder
    )
    told = {"path": "m.csv", "trainees": 3, "grades": 3, "to_read": 2, "to_grade": 2, "incomplete": True}
    assert (code, json.loads(said)) == (0, told)


@pytest.mark.parametrize("command", [["report"], ["export", "--lms", "canvas"]])
def test_what_is_missing_is_a_sentence_and_exit_2(tmp_path: Path, type_: Type, command: list[str]) -> None:
    """No course, or nothing assigned in it: what to type; and nothing is written."""
    code, _, told = type_(*command)
    assert code == 2
    assert "make one with `alliancelab course new FOLDER`" in told
    code, _, told = type_(*command, "--course", make_course(tmp_path / "course", [MODULE]))
    assert code == 2
    assert "nothing is assigned in" in told
    assert "type `alliancelab course assign MODULE`" in told
    assert not list(Path.cwd().iterdir())


def test_an_unknown_lms_is_refused_with_those_there_are(graded_group: Course, type_: Type) -> None:
    """A slip in the name of the LMS tells the names."""
    code, _, told = type_("export", "--lms", "blackboard", "--course", graded_group.folder)
    assert code == 2
    assert "'canvas', 'moodle', 'csv'" in told


def test_a_course_that_nobody_has_begun(released: Course, type_: Type) -> None:
    """Assigned, and nobody has handed in: the report says just that."""
    assert type_("report", "--course", released.folder)[:2] == (0, "Nobody has handed in anything yet.\n")
