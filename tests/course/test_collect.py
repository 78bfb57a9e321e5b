"""Collecting what `alliancelab hand-in` makes, with nbgrader's own commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from submissions import MODULE, Course, right, source
from traitlets.config import Config

from alliancelab import answers, handin
from alliancelab.course import Collected, collect
from alliancelab.course.course import nbgrader_api
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


# -- alliancelab course collect ---------------------------------------------------------------------------------------


def submissions(course: Course) -> dict[str, bytes]:
    """Every file in `submitted`, by its path."""
    home = course.folder / "submitted"
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def bulk(path: Path, members: dict[str, Path]) -> Path:
    """What an LMS gives: a zip of hand-ins under names of its own."""
    with zipfile.ZipFile(path, "w") as outer:
        for name, made in members.items():
            outer.write(made, name)
    return path


@pytest.mark.parametrize(
    "named",
    [
        "Ada Lovelace_417_assignsubmission_file/ada__rapport.zip",
        "ada Ada Lovelace_417_assignsubmission_file/my work/ada__rapport.zip",
        "Ada_L_417_assignsubmission_file_ada__rapport.zip",
        "Ada O'Hara_417_assignsubmission_file/ada__rapport (1).zip",
        "lovelaceada_12345_67890_ada__rapport.zip",
        "lovelaceada_LATE_12345_67890_ada__rapport.zip",
        "lovelaceada_12345_67890_ada__rapport-1.zip",
        "lovelaceada_LATE_12345_67890_ada__rapport (2)-1.zip",
        "anon_9vX2k_67890_ada__rapport.zip",
        "LATE_anon_9vX2k_67890_ada__rapport.zip",
        "ada__rapport(1).zip",
        "ada__rapport-2.ZIP",
    ],
)
def test_the_names_of_moodle_and_canvas_tell_whose_it_is(named: str, course: Course, tmp_path: Path) -> None:
    """However an LMS or a browser names a hand-in, in its zip or unpacked, it is ada's, with her time."""
    made = zip_of(course, "ada", tmp_path, "your-jaw")
    taken = (("ada", MODULE, "2026-03-02 18:00:00 UTC"),)
    assert collect(course.folder, bulk(tmp_path / "bulk.zip", {named: made})) == Collected(taken)
    (unpacked := tmp_path / "unpacked" / named).parent.mkdir(parents=True)
    shutil.copyfile(made, unpacked)
    assert collect(course.folder, tmp_path / "unpacked") == Collected(unchanged=(("ada", MODULE),))


def test_the_newest_counts_in_whatever_order_they_come(course: Course, tmp_path: Path) -> None:
    """Of three hand-ins of one trainee the newest is collected, whichever comes first and in however many runs."""
    made = {}
    for days, name in ((0, "at-assembly"), (2, "your-jaw"), (1, "she-is-staying")):
        (tmp_path / name).mkdir()
        made[name] = zip_of(course, "ada", tmp_path / name, name, MONDAY + timedelta(days=days))
    for order in permutations(made):
        shutil.rmtree(course.folder / "submitted", ignore_errors=True)
        at_once = bulk(
            tmp_path / "bulk.zip", {f"{number}/ada__rapport.zip": made[name] for number, name in enumerate(order)}
        )
        assert collect(course.folder, at_once).taken == (("ada", MODULE, "2026-03-04 18:00:00 UTC"),)
        together = submissions(course)
        shutil.rmtree(course.folder / "submitted")
        for name in order:
            collect(course.folder, made[name])
        assert submissions(course) == together
        assert [entry.item for entry in answers.read(course.journal("ada")).entries] == ["your-jaw"]


def test_of_two_at_the_same_time_the_longer_journal_counts(course: Course, tmp_path: Path) -> None:
    """Journals only grow: of two hand-ins of one second the one with more in it is the later, in either order."""
    short, long = tmp_path / "short", tmp_path / "long"
    for folder in (short, long):
        folder.mkdir()
    one = zip_of(course, "ada", short, "your-jaw")
    home = shutil.copytree(short / "ada", long / "ada")
    answers.record(
        home / f"{MODULE}.answers.jsonl", source().items["at-assembly"], right("at-assembly"), at=lambda: MONDAY
    )
    two = handin.zip_up(home, MODULE, "ada", at=MONDAY)
    for order in ((one, two), (two, one)):
        for path in order:
            collect(course.folder, path)
        assert len(answers.read(course.journal("ada")).entries) == 2
        shutil.rmtree(course.folder / "submitted")


def test_collecting_again_changes_nothing(course: Course, tmp_path: Path) -> None:
    """The same once more is unchanged, file by file and with their times, and so is an older one."""
    older = zip_of(course, "ada", tmp_path, "your-jaw", MONDAY - timedelta(days=3)).rename(
        tmp_path / f"ada__{MODULE}.zip"
    )
    shutil.rmtree(tmp_path / "ada")
    newer = zip_of(course, "ada", tmp_path, "your-jaw")
    collect(course.folder, newer)
    before = {path: path.stat().st_mtime_ns for path in (course.folder / "submitted").rglob("*")}
    for path in (newer, older):
        assert collect(course.folder, path) == Collected(unchanged=(("ada", MODULE),))
    assert {path: path.stat().st_mtime_ns for path in (course.folder / "submitted").rglob("*")} == before


def test_nbgrader_finds_the_same(course: Course, tmp_path: Path) -> None:
    """nbgrader's own `zip_collect`, run afterwards in the folder, collects the very same files."""
    members = {}
    for student in (name for name in STUDENTS if name != "o'"):
        members[f"x_1_2_{student}__{MODULE}-1.zip"] = zip_of(course, student, tmp_path, "your-jaw")
    assert len(collect(course.folder, bulk(tmp_path / "bulk.zip", members)).taken) == len(members)
    ours = submissions(course)
    shutil.rmtree(course.folder / "submitted")
    done = nbgrader(course, "zip_collect", MODULE)
    assert done.returncode == 0, done.stderr
    assert submissions(course) == ours


def test_one_download_may_hold_several_modules(course: Course, tmp_path: Path) -> None:
    """The module stands in the hand-in's name; with one named, the others are left for another time."""
    shutil.copytree(course.folder / "source" / MODULE, course.folder / "source" / "features")
    (course.folder / "source" / "features" / f"{MODULE}.ipynb").rename(
        course.folder / "source" / "features" / "features.ipynb"
    )
    assert nbgrader_api(course.folder).generate_assignment("features")["success"]
    rapport = zip_of(course, "ada", tmp_path, "your-jaw")
    features = tmp_path / "ada__features.zip"
    with zipfile.ZipFile(features, "w") as archive:
        archive.writestr("features.ipynb", "{}")
        archive.writestr("timestamp.txt", "2026-03-05 08:00:00 UTC")
    path = bulk(tmp_path / "bulk.zip", {"a/ada__rapport.zip": rapport, "b/ada__features.zip": features})
    assert collect(course.folder, path, module="features").taken == (("ada", "features", "2026-03-05 08:00:00 UTC"),)
    assert collect(course.folder, path).taken == (("ada", MODULE, "2026-03-02 18:00:00 UTC"),)


def test_a_hand_in_that_is_late_is_collected_and_told_to_be_late(course: Course, tmp_path: Path) -> None:
    """Late is for nbgrader to say: it is collected like any other, and the gradebook counts the seconds."""
    with course.gradebook() as book:
        book.update_or_create_assignment(MODULE, duedate="2026-03-02 17:00:00 UTC")
    assert len(collect(course.folder, zip_of(course, "ada", tmp_path, "your-jaw")).taken) == 1
    assert course.grade()["success"]
    with course.gradebook() as book:
        assert book.find_submission(MODULE, "ada").total_seconds_late == 3600


def test_progress_is_told(course: Course, tmp_path: Path) -> None:
    """Whoever watches is told how many of how many are done."""
    for student in ("ada", "berta"):
        zip_of(course, student, tmp_path, "your-jaw").rename(tmp_path / f"{student}__{MODULE}.zip")
        shutil.rmtree(tmp_path / student)
    told = []
    collect(course.folder, tmp_path, progress=lambda *step: told.append(step))
    assert told == [("collect", 0, 2), ("collect", 1, 2), ("collect", 2, 2)]


# -- nbgrader's exchange ----------------------------------------------------------------------------------------------


@pytest.fixture
def exchange(course: Course, tmp_path: Path) -> Path:
    """Where trainees' submissions arrive in an exchange that the course's settings name."""
    inbound = tmp_path / "exchange" / "spring" / "inbound"
    inbound.mkdir(parents=True)
    with (course.folder / "nbgrader_config.py").open("a") as config:
        config.write(f'c.CourseDirectory.course_id = "spring"\nc.Exchange.root = "{tmp_path / "exchange"}"\n')
    assert nbgrader_api(course.folder).generate_assignment(MODULE)["success"]
    return inbound


def submitted(exchange: Path, student: str, time: str, journal: str = "") -> Path:
    """What `nbgrader submit` leaves in the exchange."""
    folder = exchange / f"{student}+{MODULE}+{time}+x"
    folder.mkdir()
    (folder / f"{MODULE}.ipynb").write_text("{}")
    (folder / f"{MODULE}.answers.jsonl").write_text(journal)
    (folder / "timestamp.txt").write_text(time)
    return folder


def test_the_exchange_is_collected_again_and_again(course: Course, exchange: Path) -> None:
    """The newest of each trainee is taken in, of every module that was assigned; again changes nothing, a newer one does."""
    submitted(exchange, "ada", "2026-03-02 18:00:00 UTC")
    submitted(exchange, "ada", "2026-03-03 18:00:00 UTC", "second")
    submitted(exchange, "berta", "2026-03-02 18:00:00 UTC")
    taken = (("ada", MODULE, "2026-03-03 18:00:00 UTC"), ("berta", MODULE, "2026-03-02 18:00:00 UTC"))
    assert collect(course.folder, "exchange") == Collected(taken)
    assert course.journal("ada").read_text() == "second"
    same = (("ada", MODULE), ("berta", MODULE))
    assert collect(course.folder, "exchange", module=MODULE) == Collected(unchanged=same)
    submitted(exchange, "berta", "2026-03-04 18:00:00 UTC", "again")
    again = collect(course.folder, "exchange")
    assert (again.taken, again.unchanged) == ((("berta", MODULE, "2026-03-04 18:00:00 UTC"),), same[:1])
    assert course.journal("berta").read_text() == "again"


def test_what_the_exchange_cannot_give_is_listed(course: Course, exchange: Path, tmp_path: Path) -> None:
    """Links, pipes, large files, endless folders and strange names are listed; they stop nobody and replace nothing."""
    for student in ("ada", "z-good-one"):
        submitted(exchange, student, "2026-03-02 18:00:00 UTC", "good")
    submitted(exchange, "ada", "no time at all")
    submitted(exchange, "<b>", "2026-03-02 18:00:00 UTC")
    (exchange / f"link+{MODULE}+2026-03-02 18:00:00 UTC+x").symlink_to(tmp_path)
    parts = submitted(exchange, "parts", "2026-03-02 18:00:00 UTC")
    (parts / f"{MODULE}.answers.jsonl").unlink()
    (parts / f"{MODULE}.answers.jsonl").symlink_to(tmp_path)
    os.mkfifo(parts / "pipe")
    large = submitted(exchange, "large", "2026-03-02 18:00:00 UTC") / f"{MODULE}.answers.jsonl"
    os.truncate(large, 70_000_000)
    os.truncate(submitted(exchange, "huge", "2026-03-02 18:00:00 UTC") / f"{MODULE}.answers.jsonl", 200_000_000)
    submitted(exchange, "deep", "2026-03-02 18:00:00 UTC")
    first = collect(course.folder, "exchange")
    assert [student for student, _, _ in first.taken] == ["ada", "deep", "large", "parts", "z-good-one"]
    left = {name.partition("/")[2]: reason for name, reason in first.refused if "/" in name}
    assert left.pop("pipe") == "is a link or a device, which cannot be handed in; it is not collected"
    assert left.keys() == {f"{MODULE}.answers.jsonl"}
    bad = submitted(exchange, "ada", "2026-03-05 18:00:00 UTC")
    for number in range(1_100):
        (bad / f"{number}.txt").write_text("")
    collected = collect(course.folder, "exchange")
    assert course.journal("ada").read_text() == "good"
    assert course.journal("z-good-one").read_text() == "good"
    assert not course.journal("parts").exists()
    assert not course.journal("large").exists()
    assert not course.submitted("huge").exists()
    at = f"+{MODULE}+2026-03-02 18:00:00 UTC+x"
    assert dict(collected.refused) == {
        f"ada+{MODULE}+no time at all+x": "its name tells no time",
        f"<b>{at}": "its name names no trainee",
        f"link{at}": "it cannot be collected (it is a link or a device)",
        f"huge{at}": "it cannot be collected (it holds more than 1,000 files or 100,000,000 bytes)",
        f"ada+{MODULE}+2026-03-05 18:00:00 UTC+x": "it cannot be collected (it holds more than 1,000 files or 100,000,000 bytes)",
    }
