"""Broken, foreign and hostile submissions, and runs that were cut short: the rest of the batch is not harmed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from submissions import MODULE, REFLECTION, WORDS, Course, everything, right, source

from alliancelab.course.intake import irregular

FULL = sum(graded.points for graded in source().graded.values())


def points(course: Course, student: str) -> float:
    """What a student earned without a person."""
    return sum(grade.auto or 0 for grade in course.grades(student).values())


def test_bad_submissions_do_not_harm_the_others(course: Course) -> None:
    """Whatever stands in one submission, the run succeeds, everybody is graded, and no traceback is in the log."""
    answers = everything(right)
    for student in ("a-good-one", "z-good-one"):
        course.hand_in(student, answers)
    truncated = course.hand_in("truncated", answers) / f"{MODULE}.ipynb"
    truncated.write_bytes(truncated.read_bytes()[:5000])
    (course.hand_in("binary-notebook", answers) / f"{MODULE}.ipynb").write_bytes(os.urandom(3000))
    (course.hand_in("nested-notebook", answers) / f"{MODULE}.ipynb").write_text("[" * 200_000)
    duplicated = course.hand_in("duplicated-cells", answers) / f"{MODULE}.ipynb"
    notebook = json.loads(duplicated.read_text())
    duplicated.write_text(json.dumps({**notebook, "cells": notebook["cells"] * 2}))
    deleted = course.hand_in("deleted-cells", answers) / f"{MODULE}.ipynb"
    deleted.write_text(json.dumps({**notebook, "cells": notebook["cells"][:2]}))
    foreign = course.hand_in("foreign-notebook", answers) / f"{MODULE}.ipynb"
    foreign.write_text('{"nbformat": 2, "worksheets": []}')
    (foreign.parent / "diary.ipynb").write_text("not for you")
    course.hand_in("binary-journal", {})
    course.journal("binary-journal").write_bytes(bytes(range(256)) * 400)
    course.hand_in("large-answer", {"your-jaw": right("your-jaw")})
    with course.journal("large-answer").open("ab") as file:
        file.write(
            b'{"v": 1, "at": "2026-03-02T18:00:00+00:00", "item": "own-part-in-the-room", "kind": "write", "answer": "'
        )
        file.write(b"a " * 25_000_000 + b'"}\n')
    course.hand_in("deep-journal", {})
    course.journal("deep-journal").write_text('{"v": ' + "[" * 100_000 + "\n")
    course.hand_in("journal-is-a-folder", {})
    course.journal("journal-is-a-folder").mkdir()
    course.hand_in("nonsense-time", answers, time="the day before yesterday, I think")
    (course.hand_in("binary-time", answers) / "timestamp.txt").write_bytes(b"\xff\xfe\x00")
    (course.hand_in("no-notebook", answers) / f"{MODULE}.ipynb").unlink()
    outcome = course.grade()
    assert outcome["success"], outcome
    assert "Traceback" not in outcome["log"]
    full = {
        "a-good-one",
        "z-good-one",
        "truncated",
        "binary-notebook",
        "nested-notebook",
        "duplicated-cells",
        "deleted-cells",
    }
    full |= {"foreign-notebook", "nonsense-time", "binary-time", "no-notebook"}
    assert {student: points(course, student) for student in full} == dict.fromkeys(full, FULL)
    assert points(course, "large-answer") == 2
    for student in ("binary-journal", "deep-journal", "journal-is-a-folder"):
        assert points(course, student) == 0
    for student in ("truncated", "binary-notebook", "nested-notebook", "foreign-notebook"):
        assert (
            f"{MODULE}.ipynb of {student} is not a whole notebook; what stands in the journal is graded"
            in outcome["log"]
        )
    assert course.give_feedback()["success"]


def test_links_and_devices_are_set_aside(course: Course, tmp_path: Path) -> None:
    """A link, a pipe or a device in a submission is never followed or copied, and the rest of it still counts."""
    secret = tmp_path / "private" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("the supervisor's own")
    folder = course.hand_in("ada", {"your-jaw": right("your-jaw")})
    (folder / "notes.txt").symlink_to(secret)
    (folder / "deep").mkdir()
    (folder / "deep" / "more").symlink_to(secret.parent)
    os.mkfifo(folder / "pipe")
    linked = course.hand_in("berta", {})
    course.journal("berta").symlink_to(secret)
    (linked / "timestamp.txt").unlink()
    (linked / "timestamp.txt").symlink_to("/dev/zero")
    (linked / f"{MODULE}.ipynb").unlink()
    (linked / f"{MODULE}.ipynb").symlink_to(secret)
    outcome = course.grade()
    assert outcome["success"], outcome
    assert outcome["log"].count("is a link or a device, which cannot be handed in; it was moved to") == 6
    assert points(course, "ada") == 2
    assert points(course, "berta") == 0
    for path in (course.folder / "autograded").rglob("*"):
        assert not path.is_symlink()
        assert "own" not in path.name
        assert path.is_dir() or "the supervisor's own" not in path.read_text(encoding="utf-8", errors="replace")
    kept = course.folder / "quarantine"
    assert sorted(path.name for path in (kept / "ada" / MODULE).iterdir()) == ["more", "notes.txt", "pipe"]
    assert secret.read_text() == "the supervisor's own"


def test_journals_that_nobody_wrote_are_set_aside(course: Course) -> None:
    """A journal that is a folder or larger than any person's is moved away with a sentence; a notebook's folder, too."""
    answers = everything(right)
    (course.hand_in("ada", {}) / f"{MODULE}.answers.jsonl").mkdir()
    (course.journal("ada") / "deep").write_text("x")
    course.hand_in("berta", answers)
    os.truncate(course.journal("berta"), 200_000_000)
    folder = course.hand_in("carla", answers) / f"{MODULE}.ipynb"
    folder.unlink()
    folder.mkdir()
    course.hand_in("dora", answers)
    outcome = course.grade()
    assert outcome["success"], outcome
    assert f"{course.journal('ada')} is a folder and no file; it was moved to" in outcome["log"]
    told = f"{course.journal('berta')} is larger than 60,000,000 bytes, more than a person can write; it was moved to"
    assert told in outcome["log"]
    assert f"{folder} is a folder and no file; it was moved to" in outcome["log"]
    assert {name: points(course, name) for name in ("ada", "berta", "carla", "dora")} == {
        "ada": 0,
        "berta": 0,
        "carla": FULL,
        "dora": FULL,
    }
    assert (course.folder / "quarantine" / "ada" / MODULE / f"{MODULE}.answers.jsonl" / "deep").exists()
    assert (course.folder / "quarantine" / "berta" / MODULE / f"{MODULE}.answers.jsonl").stat().st_size == 200_000_000
    copied = (path for path in (course.folder / "autograded").rglob("*") if path.is_file())
    assert sum(path.stat().st_size for path in copied) < 10_000_000


def test_a_journal_of_a_million_lines_is_graded_as_far_as_it_is_read(course: Course) -> None:
    """The answers at its beginning count, and the page for the person who grades says where it ends."""
    course.hand_in("ada", everything(right))
    with course.journal("ada").open("ab") as file:
        file.write(b"no line of a journal\n" * 1_000_000)
    outcome = course.grade()
    assert outcome["success"], outcome
    assert points(course, "ada") == FULL
    assert "more lines of it could not be read either." in course.autograded("ada").read_text()


def test_folders_without_end_are_walked_through(course: Course, tmp_path: Path) -> None:
    """A submission nested deeper than Python can go down by calling itself stops nobody."""
    deep = course.hand_in("ada", everything(right))
    here = os.open(deep, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.symlink("/etc", "link", dir_fd=here)
    os.close(here)
    assert [path.name for path in irregular(deep)] == ["link"]
    subprocess.run(["rm", "-r", deep / "d"], check=True)  # pytest could not


def test_a_whole_submission_that_is_a_link_is_set_aside(course: Course, tmp_path: Path) -> None:
    """Where the folder of a submission is itself a link, nothing behind it is graded, copied or changed."""
    elsewhere = tmp_path / "elsewhere"
    course.hand_in("ada", everything(right)).rename(elsewhere)
    course.submitted("ada").symlink_to(elsewhere)
    before = sorted(path.name for path in elsewhere.iterdir())
    assert course.grade()["success"]
    assert points(course, "ada") == 0
    assert sorted(path.name for path in elsewhere.iterdir()) == before


def test_a_journal_without_its_notebook_is_graded(course: Course) -> None:
    """nbgrader alone never sees a submission that has no notebook; here its answers count."""
    course.hand_in("ada", {})
    course.hand_in("berta", everything(right))
    (course.submitted("berta") / f"{MODULE}.ipynb").unlink()
    outcome = course.grade()
    assert "berta handed in no rapport.ipynb; what stands in the journal is graded" in outcome["log"]
    assert points(course, "berta") == FULL
    assert course.grades("berta")[REFLECTION].waiting


@pytest.mark.parametrize(
    "moment", ["alliancelab.course.evaluate.Evaluate", "nbgrader.preprocessors.AssignLatePenalties"]
)
def test_what_a_killed_run_left_is_graded_again(moment: str, course: Course) -> None:
    """A run killed between its two passes, or before the second is written, is done again by the next."""
    course.hand_in("ada", everything(right))
    course.hand_in("berta", everything(right))
    module, _, name = moment.rpartition(".")
    kill = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        f"from {module} import {name} as Step\n"
        "Step.preprocess = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from alliancelab.course.course import nbgrader_api\n"
        f"nbgrader_api(Path(sys.argv[1])).autograde('{MODULE}', '*', force=False)\n"
    )
    died = subprocess.run([sys.executable, "-c", kill, str(course.folder)], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL
    assert course.autograded("ada").exists()
    outcome = course.grade(force=False)
    assert outcome["success"], outcome
    assert "the grading of rapport for ada was cut short; it is done again" in outcome["log"]
    assert points(course, "ada") == points(course, "berta") == FULL
    again = course.grade(force=False)
    assert "cut short" not in again["log"]
    assert again["log"].count("Skipping existing assignment") == 2


def test_a_half_written_graded_notebook_is_graded_again(course: Course) -> None:
    """A graded notebook that was torn while it was written is not taken for graded."""
    course.hand_in("ada", everything(right))
    course.grade()
    path = course.autograded("ada")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:1000])
    assert "cut short" in course.grade(force=False)["log"]
    assert course.notebook("ada").metadata.alliancelab.grading == "graded"


def test_a_source_that_changed_after_its_release_is_refused_in_one_sentence(course: Course) -> None:
    """Nothing is graded against another source than the one released; the sentence names the cell and the command."""
    course.hand_in("ada", everything(right))
    course.source.write_text(course.source.read_text().replace("Your jaw", "Your other jaw"))
    outcome = course.grade()
    errors = [line for line in outcome["log"].splitlines() if "ERROR" in line]
    assert not outcome["success"]
    assert len(errors) == 1
    assert f"{course.source} is not what was released: 'your-jaw-vignette' changed since" in errors[0]
    assert f"Run `nbgrader generate_assignment {MODULE} --force`" in errors[0]
    assert not (course.folder / "autograded").exists()
    with course.gradebook() as book:
        assert book.students == []


def test_a_source_is_read_again_when_it_changes(course: Course) -> None:
    """A server that has been running for a week grades against the file as it is now."""
    course.hand_in("ada", everything(right))
    before = course.source.read_text()
    assert course.grade()["success"]
    course.source.write_text(before.replace("Your jaw", "Your other jaw"))
    assert "is not what was released" in course.grade()["log"]
    course.source.write_text(before)
    assert course.grade()["success"]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.unlink(), "grading needs the source, so put it back"),
        (lambda path: path.write_text("{"), "is not a whole notebook"),
        (lambda path: path.write_text(path.read_text().replace("choose(", "chose(")), "'chose' is none of our calls"),
    ],
    ids=["missing", "torn", "faulty"],
)
def test_a_source_that_cannot_be_used_is_said_to_be(spoil, says: str, course: Course) -> None:
    """A missing, torn or faulty source stops the run with what is wrong, before anything is written."""
    course.hand_in("ada", everything(right))
    spoil(course.source)
    outcome = course.grade()
    assert not outcome["success"]
    assert says in outcome["log"]
    assert "Traceback" not in outcome["log"]
    assert not (course.folder / "autograded").exists()


def test_an_exercise_that_was_never_released_is_refused(course: Course) -> None:
    """Grading before `generate_assignment` says which command to run first."""
    course.hand_in("ada", {})
    (course.folder / "gradebook.db").unlink()
    outcome = course.grade()
    assert (
        f"the gradebook knows no exercise '{MODULE}'; run `nbgrader generate_assignment {MODULE}` first"
        in outcome["log"]
    )


def test_words_of_the_journal_are_what_is_marked(course: Course) -> None:
    """A reflection in the journal is in the graded notebook; blanks alone are no answer."""
    course.hand_in("ada", {REFLECTION: f"  \n{WORDS}\r\n\n"})
    course.hand_in("berta", {REFLECTION: " \n\t "})
    course.grade()
    assert course.cell("ada", REFLECTION).source.startswith("<pre")
    assert course.grades("ada")[REFLECTION].waiting
    assert (course.grades("berta")[REFLECTION].auto, course.grades("berta")[REFLECTION].waiting) == (0, False)
