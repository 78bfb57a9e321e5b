"""Collecting what `alliancelab hand-in` makes, with nbgrader's own commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from submissions import MODULE, Course, right, source
from traitlets.config import Config

from alliancelab import answers, handin
from alliancelab.course.settings import HAND_IN

MONDAY = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
STUDENTS = ["ada", "ada.lovelace", "b_erta", "zoë-k", "c@example.org", "d__d", "o'"]


def zip_of(course: Course, student: str, folder: Path, name: str, time: datetime = MONDAY, top: str = "") -> Path:
    """What `alliancelab hand-in` makes of one answer; with `top`, as packed again by a trainee, inside a folder."""
    home = folder / student
    home.mkdir()
    shutil.copyfile(course.folder / "release" / MODULE / f"{MODULE}.ipynb", home / f"{MODULE}.ipynb")
    answers.record(home / f"{MODULE}.answers.jsonl", source().items[name], right(name), at=lambda: MONDAY)
    path = handin.zip_up(home, MODULE, student, at=time)
    if not top:
        return path
    again = folder / path.name
    with zipfile.ZipFile(path) as made, zipfile.ZipFile(again, "w") as archive:
        for member in made.namelist():
            archive.writestr(f"{top}{member}", made.read(member))
    return again


def nbgrader(course: Course, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run an nbgrader command in the folder of the course."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=course.folder, capture_output=True, text=True, check=False)


@pytest.fixture
def archive(course: Course) -> Path:
    """Where a supervisor puts the zip files."""
    folder = course.folder / "downloaded" / MODULE / "archive"
    folder.mkdir(parents=True)
    return folder


def test_zip_files_are_collected_and_graded(course: Course, archive: Path, tmp_path: Path) -> None:
    """Names with dots, signs and accents survive; broken zip files and strange names are left out with a sentence."""
    for student in STUDENTS:
        zip_of(course, student, tmp_path, "your-jaw").rename(archive / f"{student}__{MODULE}.zip")
    zip_of(course, "in-a-folder", tmp_path, "your-jaw", top="my work/").rename(archive / f"in-a-folder__{MODULE}.zip")
    (archive / f"broken__{MODULE}.zip").write_bytes(b"PK\x03\x04 and no more")
    (archive / f"empty__{MODULE}.zip").write_bytes(b"")
    (archive / "holiday.zip").write_bytes((archive / f"ada__{MODULE}.zip").read_bytes())
    with zipfile.ZipFile(archive / f"escape__{MODULE}.zip", "w") as hostile:
        hostile.writestr("../../../../outside.txt", "out")
        hostile.writestr(f"/{MODULE}.answers.jsonl", "")
    done = nbgrader(course, "zip_collect", MODULE)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert f"broken__{MODULE}.zip is left out: it cannot be unpacked" in done.stderr
    assert {path.parent.name for path in tmp_path.rglob("outside.txt")} == {
        f"escape__{MODULE}"
    }  # unpacked, not collected
    collected = sorted(path.name for path in (course.folder / "submitted").iterdir())
    assert collected == sorted([*(s for s in STUDENTS if s != "o'"), "in-a-folder", "escape"])
    assert course.journal("ada.lovelace").exists()
    assert (course.submitted("ada.lovelace") / "timestamp.txt").read_text() == "2026-03-02 18:00:00 UTC\n"
    done = nbgrader(course, "autograde", MODULE)
    assert done.returncode == 0, done.stderr
    assert {student: course.grades(student)["your-jaw"].auto for student in collected} == {
        student: 0 if student == "escape" else 2 for student in collected
    }
    with course.gradebook() as book:
        assert str(book.find_submission(MODULE, "ada.lovelace").timestamp) == "2026-03-02 18:00:00"


def test_of_two_hand_ins_the_newer_counts(course: Course, archive: Path, tmp_path: Path) -> None:
    """Two zip files of one trainee, in two folders: the one with the later time is collected, whichever comes first."""
    for place, days, name in (("second", 2, "your-jaw"), ("first", 0, "at-assembly"), ("third", 1, "she-is-staying")):
        (archive / place).mkdir()
        (tmp_path / place).mkdir()
        made = zip_of(course, "ada", tmp_path / place, name, MONDAY + timedelta(days=days))
        made.rename(archive / place / made.name)
    done = nbgrader(course, "zip_collect", MODULE)
    assert done.returncode == 0, done.stderr
    assert [entry.item for entry in answers.read(course.journal("ada")).entries] == ["your-jaw"]
    assert (course.submitted("ada") / "timestamp.txt").read_text().startswith("2026-03-04")


@pytest.mark.parametrize(
    ("path", "student"),
    [
        (f"/x/extracted/ada__{MODULE}/{MODULE}.ipynb", "ada"),
        (f"/x/extracted/a.b-c_d@e+f g__{MODULE}/{MODULE}.answers.jsonl", "a.b-c_d@e+f g"),
        (f"C:\\x\\extracted\\ada__{MODULE}\\timestamp.txt", "ada"),
        (f"/x/extracted/<b>__{MODULE}/{MODULE}.ipynb", None),
        (f"/x/extracted/..__{MODULE}/{MODULE}.ipynb", None),
        (f"/x/extracted/.hidden__{MODULE}/{MODULE}.ipynb", None),
        (f"/x/extracted/ada__{MODULE}/other.ipynb", None),
        (f"/x/extracted/ada__{MODULE}/{MODULE}.ipynb.txt", None),
        (f"/x/extracted/ada/{MODULE}.ipynb", None),
    ],
)
def test_only_what_hand_in_makes_is_taken(path: str, student: str | None) -> None:
    """The pattern takes the three files of a hand-in and reads whose they are; it takes nothing else."""
    match = re.match(HAND_IN, path)
    assert (match and match["student_id"]) == student


def test_the_exchange_does_not_follow_links(course: Course, tmp_path: Path) -> None:
    """Collecting from nbgrader's exchange copies plain files only; a link to a file of the supervisor's stays a link."""
    from nbgrader.coursedir import CourseDirectory

    from alliancelab.course.plugins import Collect

    inbound = tmp_path / "exchange" / "spring" / "inbound" / f"ada+{MODULE}+2026-03-02 18:00:00 UTC+x"
    inbound.mkdir(parents=True)
    secret = tmp_path / "private" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("the supervisor's own")
    (inbound / f"{MODULE}.ipynb").write_text("{}")
    (inbound / f"{MODULE}.answers.jsonl").symlink_to(secret)
    (inbound / "all").symlink_to(secret.parent)
    os.mkfifo(inbound / "pipe")
    config = Config()
    config.Exchange.root = str(tmp_path / "exchange")
    config.CourseDirectory.course_id = "spring"
    config.CourseDirectory.root = str(course.folder)
    config.CourseDirectory.assignment_id = MODULE
    Collect(coursedir=CourseDirectory(config=config), authenticator=None, config=config, check_owner=False).start()
    assert [path.name for path in course.submitted("ada").iterdir()] == [f"{MODULE}.ipynb"]
