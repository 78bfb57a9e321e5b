"""`alliancelab progress`, run as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import practising
import pytest

from alliancelab import progress


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """`alliancelab progress ARGUMENTS` on a wide terminal, in a process of its own."""
    command = [sys.executable, "-W", "error::DeprecationWarning:alliancelab", "-m", "alliancelab.cli", "progress"]
    wide = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, check=False, env=wide, **options
    )


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who has done three modules in three weeks."""
    folder = tmp_path_factory.mktemp("worked")
    practising.work(folder, practising.growing, modules=3)
    return folder


def test_it_says_what_is_done_what_is_next_and_how_the_skills_stand(worked):
    """The terminal has what the start page has, and the exit code is 0."""
    done = run("--folder", worked)
    assert (done.returncode, done.stderr) == (0, "")
    found = progress.of(worked)
    for module in found.modules[:3]:
        assert module.lesson_said in done.stdout
        assert module.exercise_said in done.stdout
    assert done.stdout.count("not begun") == 5
    assert f"Next: {found.next.title} (stages.ipynb)" in done.stdout
    for skill in found.skills:
        assert skill.said in done.stdout
    assert "nothing is sent anywhere" in done.stdout


def test_as_json_it_is_the_same(worked):
    """Everything as plain data, dates as text; two runs print the same."""
    done = run("--folder", worked, "--json")
    data = json.loads(done.stdout)
    assert done.returncode == 0
    assert data["next"]["link"] == "stages.ipynb"
    assert [module["begun"] for module in data["modules"]] == [True] * 3 + [False] * 5
    assert data["skills"][0]["weeks"][0]["start"] == "2026-01-05"
    assert run("--folder", worked, "--json").stdout == done.stdout


def test_before_anything_is_done_it_says_where_to_begin(tmp_path):
    """In an empty folder, and where there is none, that is the answer and no failure; nothing is made there."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        done = run("--folder", folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Nothing is answered yet. What you do will stand here. ({folder})" in done.stdout
        assert "Begin with: Lesson: Foundations (foundations.ipynb)" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_bad_journal_is_told_in_a_sentence(tmp_path):
    """What cannot be read is said; it is still a result with exit code 0, and no traceback."""
    (tmp_path / "rapport.answers.jsonl").write_bytes(b"\xff\x00\n[[bold]]\n")
    done = run("--folder", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Not counted, because it could not be read: 2 lines of rapport.answers.jsonl." in done.stdout
