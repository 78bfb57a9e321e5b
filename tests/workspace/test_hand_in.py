"""Handing in: what is in the zip file, under which name, and what nbgrader makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from nbgrader.utils import parse_utc

from alliancelab import answers, catalogue, handin, marking, release, sheet
from alliancelab.errors import AllianceLabError

AT = datetime(2026, 3, 2, 10, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture(autouse=True)
def _nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests play no part."""
    for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home" / name.lower()))
    monkeypatch.delenv(handin.OUTER, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exercise with one question answered."""
    home = tmp_path / "exercises" / "rapport"
    home.mkdir(parents=True)
    (home / "rapport.ipynb").write_text(release.of_module("rapport"), encoding="utf-8")
    source = sheet.read(catalogue.exercise_source("rapport"))
    name = next(iter(source.graded))
    item, key = source.items[name], source.graded[name].key
    answers.record(home / "rapport.answers.jsonl", item, marking.model_answer(item, key), lambda: AT)
    return home


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_zip_holds_the_notebook_the_journal_and_the_time(folder):
    """What a supervisor needs and nothing else, with the time in UTC as nbgrader reads it."""
    handed = handin.hand_in(folder, "rapport", "ada", at=AT)
    assert handed.path == folder / "handed-in" / "ada__rapport.zip"
    found = members(handed.path)
    assert set(found) == {"rapport.ipynb", "rapport.answers.jsonl", "timestamp.txt"}
    assert found["rapport.ipynb"] == (folder / "rapport.ipynb").read_bytes()
    assert found["rapport.answers.jsonl"] == (folder / "rapport.answers.jsonl").read_bytes()
    assert parse_utc(found["timestamp.txt"].decode().strip()) == AT.astimezone(UTC).replace(tzinfo=None)


def test_it_says_how_much_is_answered(folder):
    """Nobody is refused; the trainee reads how much is there and that they may hand in again."""
    handed = handin.hand_in(folder, "rapport", "ada", at=AT)
    sheets = sheet.read(folder / "rapport.ipynb")
    assert (handed.answered, handed.of) == (1, len(sheets.graded) + len(sheets.written))
    assert f"1 of {handed.of} answered. You can answer the rest and hand in again" in handed.said


def test_nothing_answered_can_be_handed_in(folder):
    """An empty page is a page, too; it says 0."""
    (folder / "rapport.answers.jsonl").unlink()
    handed = handin.hand_in(folder, "rapport", "ada", at=AT)
    assert handed.answered == 0
    assert set(members(handed.path)) == {"rapport.ipynb", "timestamp.txt"}


def test_the_same_work_at_the_same_time_gives_the_same_bytes(folder):
    """A zip file can be compared with another by its digest."""
    first = handin.hand_in(folder, "rapport", "ada", at=AT).path.read_bytes()
    (folder / "handed-in" / "ada__rapport.zip").unlink()
    assert handin.hand_in(folder, "rapport", "ada", at=AT).path.read_bytes() == first


@pytest.mark.parametrize("broken", [b"", b'{"cells": [', None, b"\xff\xfe\x00", b"[" * 100_000])
def test_a_broken_notebook_holds_nothing_up(folder, broken):
    """What counts is the journal; a fresh notebook stands in, and theirs stays as it is."""
    path = folder / "rapport.ipynb"
    path.unlink() if broken is None else path.write_bytes(broken)
    handed = handin.hand_in(folder, "rapport", "ada", at=AT)
    found = members(handed.path)
    assert found["rapport.ipynb"].decode() == release.of_module("rapport")
    assert found["rapport.answers.jsonl"]
    assert handed.answered == 1
    assert (path.read_bytes() if path.exists() else None) == broken


def test_a_broken_journal_is_handed_in_as_it_is(folder):
    """Whatever stands in the journal travels whole; the good lines count."""
    journal = folder / "rapport.answers.jsonl"
    journal.write_bytes(journal.read_bytes() + b"\x00\xff\n{torn")
    handed = handin.hand_in(folder, "rapport", "ada", at=AT)
    assert members(handed.path)[journal.name] == journal.read_bytes()
    assert handed.answered == 1


@pytest.mark.parametrize("student", ["../ada", "ada__x", "a b", "ada+1", "*", "-ada", "x" * 101])
def test_a_name_that_nbgrader_cannot_carry_is_refused_in_a_sentence(folder, student):
    """A name goes into file names and nbgrader's folders; the sentence says what may stand in it."""
    with pytest.raises(AllianceLabError, match="cannot be a name in a course; use letters, digits,"):
        handin.hand_in(folder, "rapport", student, at=AT)
    assert not (folder / "handed-in").exists()


def test_the_name_is_remembered(folder):
    """Who handed in once need not type their name again."""
    handin.hand_in(folder, "rapport", "zoë", at=AT)
    assert handin.hand_in(folder, "rapport", at=AT).path.name == "zoë__rapport.zip"


def test_where_the_exchange_is_set_up_nbgrader_takes_it(folder, tmp_path, monkeypatch):
    """With a course and an exchange in the user's own nbgrader settings, `nbgrader submit` is used; so it is from
    within our server, which has settings of its own."""
    root = tmp_path / "exchange"
    for part in ("outbound/rapport", "inbound"):
        (root / "therapy" / part).mkdir(parents=True)
    for place in (root, root / "therapy" / "inbound"):
        place.chmod(0o733 if place.name == "inbound" else 0o777)
    (root / "therapy/outbound/rapport/rapport.ipynb").write_text(release.of_module("rapport"), encoding="utf-8")
    config = tmp_path / "own"
    config.mkdir()
    (config / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'therapy'\nc.Exchange.root = {str(root)!r}\n"
    )
    assert handin.exchange() is None
    monkeypatch.setenv(handin.OUTER, f'{{"JUPYTER_CONFIG_DIR": "{config}"}}')
    before = dict(os.environ)
    handed = handin.hand_in(folder, "rapport", at=AT)
    assert dict(os.environ) == before
    assert handed.path is None
    assert handed.said.startswith("Handed in to your course. 1 of ")
    (submitted,) = (root / "therapy" / "inbound").iterdir()
    found = {path.name for path in submitted.iterdir()}
    assert found == {"rapport.ipynb", "rapport.answers.jsonl", "timestamp.txt", "submission_secret.txt"}


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(folder):
    """The file is named, and what to do."""
    (folder / "handed-in").write_text("")
    with pytest.raises(
        AllianceLabError, match=r"ada__rapport\.zip cannot be written \(.*\); mend that and hand in again"
    ):
        handin.hand_in(folder, "rapport", "ada", at=AT)


def test_the_command_says_where_the_file_is(folder):
    """`alliancelab hand-in rapport` prints one sentence with the file's path, and exit code 0."""
    home = folder.parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "alliancelab.cli", "hand-in", "rapport", "--student", "ada", "--folder", str(home)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert f"The file is {folder / 'handed-in' / 'ada__rapport.zip'}; give it to your supervisor." in done.stdout
