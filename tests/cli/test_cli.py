"""The command line, run as people run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from alliancelab import answers, catalogue, cli, lint, marking, release, sheet
from alliancelab.course import simulate

ROOT = Path(__file__).parents[2]
SOURCE = catalogue.exercise_source("rapport")


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """`alliancelab ARGUMENTS` in a process of its own."""
    command = [sys.executable, "-W", "error::DeprecationWarning:alliancelab", "-m", "alliancelab.cli"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False, **options)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A trainee's folder with the released exercise and a few answers."""
    folder = tmp_path / "exercises" / "rapport"
    folder.mkdir(parents=True)
    (folder / "rapport.ipynb").write_text(release.of_module("rapport"), encoding="utf-8")
    simulate.work(simulate.Trainee("somebody", 0.6, 0.7), sheet.read(SOURCE), folder)
    return tmp_path


def every_command(group: click.Group = cli.cli, before: str = "alliancelab") -> list[str]:
    names = []
    for name, command in group.commands.items():
        nested = isinstance(command, click.Group)
        names += every_command(command, f"{before} {name}") if nested else [f"{before} {name}"]
    return names


def test_every_command_stands_in_the_readme_and_says_what_it_does():
    """A command that the README does not show, or that has no help, is not there for its users."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in every_command():
        assert f"`{command}" in readme, command
        shown = CliRunner().invoke(cli.cli, [*command.split()[1:], "--help"])
        assert shown.exit_code == 0
        assert len(shown.output.splitlines()) > 4, command


def test_check_gives_the_points_that_nbgrader_gets(home):
    """`check` prints the same sum as the grade itself, what is not answered, and that a person reads the reflection."""
    results = sheet.marks(sheet.read(SOURCE), answers.read(home / "exercises/rapport/rapport.answers.jsonl"))
    points = sum(result.points for result in results.values())
    missing = [result for result in results.values() if result.status == marking.NOT_ANSWERED]
    done = run("check", "rapport", "--folder", home, env={**os.environ, "COLUMNS": "140"})
    assert done.returncode == 0, done.stderr
    assert f"{marking.number(points)} of 34 points. {14 - len(missing)} of 14 answered." in " ".join(
        done.stdout.split()
    )
    assert done.stdout.count("Not answered.") == len(missing) > 0


def test_check_takes_the_folder_we_stand_in(home):
    """Inside a trainee's folder no --folder is needed."""
    (home / ".alliancelab").mkdir()
    (home / ".alliancelab" / "carried.json").write_text("{}")
    done = run("check", cwd=home)
    assert done.returncode == 0
    assert "of 34 points" in done.stdout
    assert "Boundaries" not in done.stdout  # an exercise that was not begun is not checked


def test_check_before_anything_is_begun_says_so(tmp_path):
    """In a folder without answers there is nothing to check, and that is no failure."""
    done = run("check", "--folder", tmp_path)
    assert (done.returncode, done.stdout) == (0, f"No exercise has been begun in {tmp_path / 'exercises'}.\n")


BAD_INPUT = [
    (["check", "raport"], "there is no module 'raport'; did you mean 'rapport'?"),
    (["check", "rapport", "--folder", "nowhere"], "type `alliancelab start nowhere` once"),
    (["hand-in", "rapport", "--folder", "nowhere"], "type `alliancelab start nowhere` once"),
    (["content", "play", "tomas-was-sent"], "did you mean 'tomasz-was-sent'?"),
    (["content", "play", "tomasz-was-sent", "nowhere"], "step 1: 'nowhere' is no reply in the scene"),
    (["start", "--port", "abc"], "'abc' is not a valid integer"),
    (["scale", "score", "answers.csv", "--scale", "wai"], "there is no scale 'wai'; did you mean 'wai-sr'?"),
    (["scale", "score", "answers.csv", "--scale", "wai-sr"], "answers.csv:1: cannot be read: No such file"),
    (["scale", "score", "answers.csv", "--scale", "mine.toml"], "mine.toml:1: cannot be read: No such file"),
    (["nothing"], "No such command 'nothing'"),
]


@pytest.mark.parametrize(
    ("arguments", "sentence"), BAD_INPUT, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_input_is_a_sentence_and_exit_code_2(arguments, sentence, tmp_path):
    """What the user got wrong is told with what to type, without a traceback."""
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr + done.stdout


def test_a_truncated_notebook_still_leaves_the_answers_to_be_checked(home):
    """Where the keys are at hand the trainee's own notebook is not needed: a broken one costs nothing."""
    notebook = home / "exercises/rapport/rapport.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8")[:500], encoding="utf-8")
    done = run("check", "rapport", "--folder", home)
    assert done.returncode == 0
    assert "answered." in done.stdout


def test_a_journal_with_binary_in_it_is_told_and_the_rest_counts(home):
    """A bad line is named with its number; the good lines are marked."""
    journal = home / "exercises/rapport/rapport.answers.jsonl"
    lines = len(answers.read(journal).entries)
    journal.write_bytes(journal.read_bytes() + b"\xff\x00\x80\n")
    done = run("check", "rapport", "--folder", home, env={**os.environ, "COLUMNS": "400"})
    assert done.returncode == 0
    assert f"rapport.answers.jsonl:{lines + 1}: is not text in UTF-8; this line is left out" in done.stdout


def test_a_crash_of_ours_is_70_and_says_so(monkeypatch, capsys):
    """Our own failure is never taken for "no": exit code 70, one sentence, no traceback."""
    monkeypatch.setattr(lint, "check", lambda paths: 1 / 0)
    with pytest.raises(SystemExit) as ended:
        cli.main(["content", "check"])
    assert ended.value.code == cli.OUR_FAILURE == 70
    said = capsys.readouterr().err
    assert "AllianceLab itself has failed (ZeroDivisionError: division by zero)" in said
    assert "Traceback" not in said


def test_a_programme_scores_answers_with_a_scale_of_its_own(tmp_path):
    """`scale score` prints or writes the scores of each row, names bad rows by their line, and then ends with 1."""
    own = (
        (catalogue.CONTENT / "scales/wai-sr.toml")
        .read_text(encoding="utf-8")
        .replace("range = [1, 5]", "range = [1, 7]")
    )
    (tmp_path / "ours.toml").write_text(own, encoding="utf-8")
    head = "person," + ",".join(map(str, range(1, 13)))
    (tmp_path / "answers.csv").write_text(f"{head}\nana{',7' * 12}\nbo{',8' * 12}\n", encoding="utf-8")
    command = ["scale", "score", "answers.csv", "--scale", "ours.toml"]
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 1
    assert "means from 1 to 7" in done.stdout
    assert "7.00" in done.stdout
    assert done.stderr == "answers.csv:3: item '1' of 'ours' takes a number from 1 to 7, not 8\n"
    told = json.loads(run(*command, "--json", cwd=tmp_path).stdout)
    assert told["scores"] == [{"row": 2, "person": "ana", "bond": 7.0, "goals": 7.0, "tasks": 7.0}]
    assert [row["row"] for row in told["wrong"]] == [3]
    (tmp_path / "answers.csv").write_text(f"{head}\nana{',7' * 12}\n", encoding="utf-8")
    assert run(*command, "--out", "scores.csv", cwd=tmp_path).returncode == 0
    assert (tmp_path / "scores.csv").read_text(encoding="utf-8").split() == [
        "row,person,bond,goals,tasks",
        "2,ana,7.0,7.0,7.0",
    ]


def test_faults_are_exit_code_1_all_at_once(tmp_path):
    """`content check` prints path:line: message for every fault."""
    (tmp_path / "bad.md").write_text("no front matter\n")
    (tmp_path / "latin.md").write_bytes("caf\xe9".encode("latin-1"))
    done = run("content", "check", tmp_path)
    assert done.returncode == 1
    paths = {re.match(r"(.+?):\d+: ", line)[1] for line in done.stdout.splitlines()}
    assert paths == {str(tmp_path / "bad.md"), str(tmp_path / "latin.md")}


def test_what_is_shipped_has_no_faults():
    """The content of the package is clean, and the command says so in one line."""
    done = run("content", "check")
    assert (done.returncode, done.stdout) == (0, "No faults found.\n")


def test_play_prints_an_entry_that_a_plays_file_takes():
    """The last lines of a finished play are TOML with the path, the outcome and the alliance."""
    plays = tomllib.loads((catalogue.CONTENT / "dialogues" / "tomasz-was-sent.plays.toml").read_text(encoding="utf-8"))
    first = plays["play"][0]
    done = run("content", "play", "tomasz-was-sent", *first["path"])
    entry = tomllib.loads(done.stdout[done.stdout.index("[[play]]") :])["play"][0]
    assert entry == first


def test_a_closed_pipe_is_not_a_failure():
    """`alliancelab ... | head` ends quietly."""
    piped = f'"{sys.executable}" -m alliancelab.cli content play tomasz-was-sent | head -n 1'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", piped], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
