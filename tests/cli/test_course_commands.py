"""A supervisor's commands, typed one after another in a fresh course, and typed again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from alliancelab import catalogue, handin, release, sheet
from alliancelab.course import simulate

SOURCE = catalogue.exercise_source("rapport")


def run(*arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    """`alliancelab course ARGUMENTS`, by somebody who has set up nothing."""
    env = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "jupyter"), "COLUMNS": "160"}
    env |= {"TZ": "Asia/Tokyo"}  # a day is due at its end where the supervisor is, not in the gradebook's UTC
    command = [sys.executable, "-m", "alliancelab.cli", "course", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def handed_in(folder: Path, name: str, skill: float = 0.7) -> Path:
    """The zip file that a simulated trainee hands in."""
    home = folder / f"home of {name}"
    home.mkdir(parents=True)
    (home / "rapport.ipynb").write_text(release.of_module("rapport"), encoding="utf-8")
    simulate.work(simulate.Trainee(name, skill, 1.0), sheet.read(SOURCE), home)
    return handin.zip_up(home, "rapport", name, at=simulate.FIRST_EVENING)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A new course of one module."""
    done = run("new", tmp_path / "course", "--modules", "rapport", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"The course is in {tmp_path / 'course'}.\n"), done.stderr
    return tmp_path / "course"


def test_the_road_of_a_course_in_four_commands(made, tmp_path):
    """Assign with a date, collect from an LMS's zip and from a folder, grade: each says what it did, and again changes nothing."""
    course = ["--course", made]
    assigned = run("assign", "rapport", "--due", "2026-03-09", *course, home=tmp_path)
    assert assigned.returncode == 0, assigned.stderr
    assert assigned.stdout == f"rapport is released in {made / 'release/rapport'}, due 2026-03-09 23:59.\n"
    assert "HIDDEN TESTS" not in (made / "release/rapport/rapport.ipynb").read_text()

    bulk = tmp_path / "from the LMS.zip"
    with zipfile.ZipFile(bulk, "w") as outer:
        for name in ("ada", "berta"):
            outer.write(handed_in(tmp_path, name), f"{name}_417_assignsubmission_file/{name}__rapport.zip")
        outer.writestr("readme.txt", "x")
    collected = run("collect", bulk, *course, home=tmp_path)
    said = "2 taken in (rapport 2), 0 unchanged, 0 refused.\n"
    assert (collected.returncode, collected.stdout) == (0, said), collected.stderr
    carla = handed_in(tmp_path / "more", "carla").parent
    (carla / "somebody's photographs.zip").write_text("no zip at all")  # others' files may lie there and stop nothing
    (carla / "dora__rapport.zip").write_text("no zip either")
    more = run("collect", carla, "--module", "rapport", "--json", *course, home=tmp_path)
    assert more.returncode == 1
    assert json.loads(more.stdout) == {
        "taken": [{"student": "carla", "module": "rapport", "time": "2026-03-02 18:00:00 UTC"}],
        "unchanged": [],
        "refused": [
            {
                "file": "dora__rapport.zip",
                "reason": "it cannot be unpacked (File is not a zip file); ask for it again",
            }
        ],
        "notes": [],
    }
    shown = run("collect", carla, *course, home=tmp_path)
    assert "0 taken in, 1 unchanged, 1 refused." in shown.stdout
    assert "dora__rapport.zip" in shown.stdout

    first = json.loads(run("grade", "rapport", "--json", *course, home=tmp_path).stdout)
    assert [row["student"] for row in first["trainees"]] == ["ada", "berta", "carla"]
    assert all(0 < row["points"] <= 34 and row["waiting"] and not row["fault"] for row in first["trainees"])
    assert run("feedback", "rapport", *course, home=tmp_path).returncode == 0
    assert (made / "feedback/ada/rapport/rapport.html").is_file()
    with Gradebook(f"sqlite:///{made / 'gradebook.db'}", "") as book:
        grade = book.find_grade("own-part-in-the-room", "rapport", "rapport", "ada")
        grade.manual_score, grade.needs_manual_grade = 5, False
        assert str(book.find_assignment("rapport").duedate) == "2026-03-09 14:59:00"
        book.db.commit()

    for repeated in (["assign", "rapport"], ["collect", bulk]):
        assert run(*repeated, *course, home=tmp_path).returncode == 0, repeated
    second = json.loads(run("grade", "rapport", "--json", *course, home=tmp_path).stdout)
    points = {row["student"]: row["points"] for row in first["trainees"]}
    assert {row["student"]: row["points"] for row in second["trainees"]} == {**points, "ada": points["ada"] + 5}
    shown = run("grade", "rapport", *course, home=tmp_path)
    assert "3 handed in" in shown.stdout
    assert shown.stdout.count("a reflection waits for you") == 2
    with Gradebook(f"sqlite:///{made / 'gradebook.db'}", "") as book:
        assert str(book.find_assignment("rapport").duedate) == "2026-03-09 14:59:00"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["assign", "raport"], "has no exercise 'raport'; did you mean 'rapport'?"),
        (["assign", "rapport", "--due", "soon"], "'soon' does not match the formats"),
        (["collect", "{empty}"], "holds nothing handed in; hand-ins are called STUDENT__MODULE.zip"),
        (["collect", "{broken}"], "cannot be taken in (File is not a zip file)"),
        (["collect", "nowhere"], "'nowhere' does not exist"),
        (["collect", "exchange"], "this course names no exchange; fill in these two lines of"),
        (["collect", "{empty}", "--module", "features"], "has no exercise 'features'"),
        (
            ["collect", "{empty}", "--module", "rapport"],
            "never assigned; type `alliancelab course assign rapport` first",
        ),
    ],
)
def test_bad_input_is_a_sentence_and_exit_2(made, tmp_path, arguments, told):
    """A slip in a module, a date or a path says what is wrong and what to type."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_text("no zip")
    filled = [word.format(empty=tmp_path / "empty", broken=tmp_path / "broken.zip") for word in arguments]
    refused = run(*filled, "--course", made, home=tmp_path)
    assert refused.returncode == 2
    assert told in " ".join(refused.stderr.split()), refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_that_is_no_course_says_how_to_make_one(tmp_path):
    """Outside a course each command says what to type."""
    for command in (["assign", "rapport"], ["collect", tmp_path], ["grade", "rapport"]):
        refused = run(*command, "--course", tmp_path, home=tmp_path)
        assert refused.returncode == 2
        assert "make one with `alliancelab course new FOLDER`" in refused.stderr
