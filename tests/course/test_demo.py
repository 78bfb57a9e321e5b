"""The tour: simulated trainees through nbgrader's real pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from alliancelab import answers, catalogue, plots, sheet
from alliancelab.course import demo, simulate


@pytest.fixture(scope="module")
def toured(tmp_path_factory):
    """The demonstration with five trainees, run once, with what it printed as JSON."""
    out = tmp_path_factory.mktemp("tour") / "demo"
    command = [sys.executable, "-m", "alliancelab.cli", "demo", "--trainees", "5", "--out", str(out), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "120"})
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout), done.stderr


def test_the_tour_gives_the_grades_that_the_answers_earn(toured, tmp_path):
    """nbgrader's points for each simulated trainee are those of the pure grade on the same answers."""
    _, data, _ = toured
    source = sheet.read(catalogue.exercise_source("rapport"))
    assert [row["student"] for row in data["trainees"]] == [trainee.name for trainee in simulate.trainees(5)]
    for trainee, row in zip(simulate.trainees(5), data["trainees"], strict=True):
        (tmp_path / trainee.name).mkdir()
        reading = answers.read(simulate.work(trainee, source, tmp_path / trainee.name))
        results = sheet.marks(source, reading)
        assert row["items"] == {name: pytest.approx(result.points) for name, result in results.items()}
        assert row["fault"] == ""


def test_the_tour_says_that_nobody_is_real(toured):
    """Everything it makes is called simulated: the JSON, the page, the picture's words, and the written answers."""
    out, data, said = toured
    assert data["simulated"] is True
    assert "Nobody of them is real" in said
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "nobody of them is real" in page
    assert "(simulated trainees)" in page
    assert "made by a program" in simulate.WRITTEN


def test_the_tour_leaves_a_picture_and_feedback_pages(toured):
    """The picture is a PNG with a text alternative, and every link of the page leads to a feedback page."""
    out, data, _ = toured
    assert (out / "group.png").read_bytes().startswith(b"\x89PNG")
    assert 'alt="Share of the points of 5 trainees on 13 items' in (out / "index.html").read_text(encoding="utf-8")
    for row in data["trainees"]:
        assert (out / row["feedback"]).is_file()


def test_the_tour_overwrites_nothing(toured):
    """A folder that holds something is refused with a sentence and exit code 2."""
    out, _, _ = toured
    command = [sys.executable, "-m", "alliancelab.cli", "demo", "--trainees", "1", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not empty; name a new folder" in " ".join(done.stderr.split())


def test_simulated_trainees_are_the_same_every_time(tmp_path):
    """The same seed gives the same answers, to the byte; another seed gives others."""
    source = sheet.read(catalogue.exercise_source("rapport"))
    trainee = simulate.trainees(3)[2]
    journals = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        journals.append(simulate.work(trainee, source, tmp_path / name, seed).read_bytes())
    assert journals[0] == journals[1] != journals[2]


def test_more_skill_earns_more(tmp_path):
    """Over a group, the skilled earn more than the unskilled: the simulation is not noise."""
    source = sheet.read(catalogue.exercise_source("rapport"))

    def mean(skill: float) -> float:
        points = []
        for number in range(10):
            folder = tmp_path / f"{skill}-{number}"
            folder.mkdir()
            journal = simulate.work(simulate.Trainee(f"t{number}", skill, 1.0), source, folder)
            points.append(sum(result.points for result in sheet.marks(source, answers.read(journal)).values()))
        return sum(points) / len(points)

    assert mean(0.2) < mean(0.6) < mean(1.0)


def test_the_picture_tells_in_words_what_it_shows():
    """The text alternative names the hardest items and who has the fewest points."""
    picture = plots.group({"ann": {"a": 1, "b": 0}, "bo": {"a": 2, "b": 1}}, {"a": 2, "b": 1}, "made up")
    assert picture.alt == (
        "Share of the points of 2 trainees on 2 items (made up). Hardest: b (0.50), a (0.75). Fewest points: ann, bo."
    )
    assert picture.png.startswith(b"\x89PNG")


def test_the_module_of_the_tour_exists():
    """The exercise that the tour uses is one of ours."""
    assert demo.MODULE in catalogue.modules()
