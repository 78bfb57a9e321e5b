"""`alliancelab panel`, run as people run it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from alliancelab import answers, catalogue, marking, panel


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`alliancelab panel ARGUMENTS` in a process of its own."""
    command = [sys.executable, "-m", "alliancelab.cli", "panel", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three raters of `rapport`: two tables, one a step higher than the key, and a journal."""
    items = panel.items_of("rapport")
    made = []
    for name, step in (("anna", 0), ("ben", 1)):
        rows = ["item,part,value"]
        for item_name, task in items.items():
            for part, value in marking.model_answer(task.item, task.key).items():
                rows.append(f"{item_name},{part},{min(10, value + step) if isinstance(value, int) else value}")
        made.append(tmp_path / f"{name}.csv")
        made[-1].write_text("\n".join(rows) + "\n", encoding="utf-8")
    made.append(tmp_path / "chi.answers.jsonl")
    for task in items.values():
        answers.record(made[-1], task.item, marking.model_answer(task.item, task.key))
    return made


def test_a_panel_gets_its_report_and_its_key(files, tmp_path):
    """The agreement is printed, the key is written as TOML, and again it is not overwritten."""
    out = tmp_path / "key.toml"
    done = run(*files, "--module", "rapport", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "A panel of 3" in done.stdout
    assert f"The key of 6 items is in {out}." in " ".join(done.stdout.split()).replace("key .toml", "key.toml")
    key = tomllib.loads(out.read_text(encoding="utf-8"))["rate-the-colleague"]["key"]
    assert key["spread"]["her-words"] == [4, 5]
    again = run(*files, "--module", "rapport", "--out", out)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_as_json_it_has_everything(files):
    """Agreement of all and of each two, where they differ, and the keys."""
    done = run(*files, "--module", "rapport", "--json")
    told = json.loads(done.stdout)
    assert told["raters"] == ["anna", "ben", "chi"]
    assert {group["kind"] for group in told["groups"]} == {"coding", "rating"}
    assert len(told["groups"][0]["pairs"]) == 3
    assert set(told["keys"]) == set(panel.items_of("rapport"))


def test_bad_rows_are_listed_and_nothing_is_made(files, tmp_path):
    """One bad row in one file: it is named with its line, the exit code is 1, and there is no key."""
    files[0].write_text(files[0].read_text(encoding="utf-8") + "rate-the-colleague,room,11\n", encoding="utf-8")
    line = files[0].read_text(encoding="utf-8").count("\n")
    done = run(*files, "--module", "rapport", "--out", tmp_path / "key.toml")
    assert done.returncode == 1
    assert f"{files[0]}:{line}: 'rate-the-colleague' takes whole numbers from 0 to 10, not 11 for 'room'" in done.stdout
    assert "Nothing was made" in done.stderr
    assert not (tmp_path / "key.toml").exists()


def test_what_is_no_panel_is_told(files, tmp_path):
    """One file, no such module, and two raters who want a key: a sentence each, exit code 2."""
    for arguments, said in (
        ((files[0], "--module", "rapport"), "a panel has 2 raters or more"),
        ((*files, "--module", "raport"), "did you mean 'rapport'?"),
        ((*files[:2], "--module", "rapport", "--out", tmp_path / "k.toml"), "by 3 raters or more"),
    ):
        done = run(*arguments)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_programmes_own_notebook_can_be_named(files):
    """With --notebook the items are that notebook's; what is not among them is a bad row."""
    done = run(*files, "--module", "rapport", "--notebook", catalogue.exercise_source("rapport"))
    assert done.returncode == 1
    assert "there is no coding or rating 'rima-move-by-move'" in done.stdout
