"""The page for authors, followed word for word in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alliancelab import catalogue, skeletons

ROOT = Path(__file__).parents[2]
SECTION = re.search(
    r"^## For authors\n(.*?)^## Test\n", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)[1]
BLOCKS = re.findall(r"^```\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("alliancelab ")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what an author works in."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("src", "notebooks", "exercises"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.answers.jsonl"))
    return copy


def run(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Type one line of the page in the checkout."""
    words = shlex.split(command)[1:]
    return subprocess.run(
        [sys.executable, "-m", "alliancelab.cli", *words],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def written(checkout: Path) -> None:
    """Do what the page asks for: words in place of every WRITE: that waits for some."""
    for path in [*checkout.rglob("*.md"), *checkout.rglob("*.toml"), *checkout.rglob("*.ipynb")]:
        text = path.read_text("utf-8")
        if "WRITE:" in text:
            path.write_text(text.replace("WRITE: ", "Now "), "utf-8")


def test_the_page_is_followed_word_for_word(checkout):
    """Each command does what the page says; then the linter names what waits for words, and nothing else until the new module."""
    assert [command.split()[2] for command in COMMANDS] == ["new", "play", *["new"] * 5, "check"], COMMANDS
    before = run(checkout, "alliancelab content check")
    assert (before.returncode, before.stdout.splitlines()[-1]) == (0, "No faults found.")

    additions, (module, dialogue, item, check) = COMMANDS[:-4], COMMANDS[-4:]
    for command in additions:
        done = run(checkout, command)
        assert done.returncode == 0, (command, done.stderr)
        if " new " in command:
            paths = re.findall(r"^Wrote (.*)$", done.stdout, re.MULTILINE)
            assert paths, command
            for path in paths:
                assert (checkout / path).is_file(), path
        else:
            assert '[[play]]\npath = ["heard", "closer", "nearly", "the-end"]\nend = "deepened"' in done.stdout
    to_write = run(checkout, check)
    faults = [line for line in to_write.stdout.splitlines() if re.match(r"\S+:\d+: ", line)]
    assert to_write.returncode == 1
    assert len(faults) > 20
    assert [fault for fault in faults if "is still to be written" not in fault] == []
    written(checkout)
    done = run(checkout, check)
    assert done.returncode == 0, done.stdout

    for command in (module, dialogue, item):
        assert run(checkout, command).returncode == 0, command
    missing = run(checkout, check).stdout
    assert "grief.ipynb:1: has 5 cells; a lesson has 25 to 40" in missing
    assert "grief.ipynb:1: has 1 dialogues; a lesson has 3 or more" in missing
    assert "grief.ipynb:1: has 0 graded items beside its dialogues; an exercise has 10 or more" in missing
    start = (checkout / "notebooks/00_start_here.ipynb").read_text("utf-8")
    assert "## Grief and loss" in start
    course = (checkout / "src/alliancelab/content/course.toml").read_text("utf-8")
    assert course.rstrip().splitlines()[-1].startswith("sources = ")
    written(checkout)
    left = [line for line in run(checkout, check).stdout.splitlines() if re.match(r"\S+:\d+: ", line)]
    assert {line.split(":")[0] for line in left} == {"exercises/source/grief/grief.ipynb", "notebooks/grief.ipynb"}


def test_nothing_that_is_there_is_overwritten(checkout):
    """The same name twice, a name that is none, a cell that is not there: each is a sentence, and no file changes."""
    files = {path: path.read_bytes() for path in checkout.rglob("*") if path.suffix in (".md", ".toml", ".ipynb")}
    for command, told in (
        ("alliancelab content new dialogue rapport tomasz-was-sent", "is there already"),
        ("alliancelab content new dialogue rapport Tomasz", "cannot be a name"),
        ("alliancelab content new dialogue rapports ada", "there is no module 'rapports'; did you mean 'rapport'?"),
        (
            "alliancelab content new dialogue rapport ada --after silenc",
            "has no cell 'silenc'; did you mean 'silence'?",
        ),
        ("alliancelab content new item rapport channel-first", "there is an item 'channel-first'"),
        ("alliancelab content new item rapport ada --graded", "name the cell above it with --after"),
        ("alliancelab content new item rapport ada --graded --kind write --after title", "is not marked by itself"),
        ('alliancelab content new module rapport "Rapport"', "there is a module 'rapport' already"),
    ):
        refused = run(checkout, command)
        assert refused.returncode == 2, command
        assert told in refused.stderr, command
    assert files == {p: p.read_bytes() for p in checkout.rglob("*") if p.suffix in (".md", ".toml", ".ipynb")}


def test_a_module_is_made_whole_or_not_at_all(checkout):
    """Where one of its files is there already, none of the others is written."""
    there = checkout / "exercises" / "source" / "loss" / "loss.ipynb"
    there.parent.mkdir()
    there.write_text("{}", "utf-8")
    refused = run(checkout, 'alliancelab content new module loss "Loss"')
    assert (refused.returncode, "loss.ipynb is there already" in refused.stderr) == (2, True)
    assert [path for path in checkout.rglob("loss*") if path not in (there, there.parent)] == []


def test_an_installed_package_is_not_written_into(tmp_path, monkeypatch):
    """Content is made in a checkout; without one each skeleton is refused, and nothing is written."""
    modules = catalogue.modules()
    monkeypatch.setattr(catalogue, "CONTENT", tmp_path / "site-packages" / "content")
    for make in (
        lambda: skeletons.new_item("rapport", "ada", "choose"),
        lambda: skeletons.new_dialogue("rapport", "ada", "easy"),
    ):
        with pytest.raises(skeletons.NotMade, match="in a checkout of the project"):
            make()
    assert "rapport" in modules
    assert list(tmp_path.iterdir()) == []
