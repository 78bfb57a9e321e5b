"""The whole way through nbgrader's own exchange: released, handed in, collected, graded, and the page fetched by the trainee."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from submissions import MODULE, Course, everything, right, source, wrong

from alliancelab import answers, handin
from alliancelab.course import assign, collect, make_course
from alliancelab.course.feedback import feedback
from alliancelab.course.grading import grade
from alliancelab.errors import AllianceLabError

TOTAL = sum(graded.points for graded in source().graded.values())


def nbgrader(home: Path, config: Path, *arguments: str) -> None:
    """An nbgrader command of the trainee's own."""
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(config)}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_way_through_the_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an exchange in the course's settings, assign releases to it, collect takes from it, feedback goes back to it,
    each as often as one likes; the trainee fetches the exercise and the page with nbgrader's own commands.
    """
    root, config = tmp_path / "exchange", tmp_path / "trainee's settings"
    root.mkdir(mode=0o777)
    root.chmod(0o777)
    lines = f"c.CourseDirectory.course_id = 'spring'\nc.Exchange.root = {str(root)!r}\n"
    course = Course(make_course(tmp_path / "course", [MODULE]))
    settings = course.folder / "nbgrader_config.py"
    settings.write_text(f"{settings.read_text()}\n{lines}")
    for _ in range(2):
        assign(course.folder, MODULE, datetime(2026, 3, 9, tzinfo=UTC))

    home = tmp_path / "trainee"
    home.mkdir()
    config.mkdir()
    (config / "nbgrader_config.py").write_text(f"c = get_config()\n{lines}")
    nbgrader(home, config, "fetch_assignment", MODULE)
    assert (home / MODULE / f"{MODULE}.ipynb").is_file()
    monkeypatch.setenv(handin.OUTER, json.dumps({"JUPYTER_CONFIG_DIR": str(config)}))
    points = []
    for answer in (wrong, right):
        for name, given in everything(answer).items():
            answers.record(home / MODULE / f"{MODULE}.answers.jsonl", source().items[name], given)
        assert handin.hand_in(home / MODULE, MODULE, at=datetime(2026, 3, 2, tzinfo=UTC)).path is None
        for _ in range(2):
            collect(course.folder, "exchange")
        (row,) = grade(course.folder, MODULE)
        points.append(row.points)
        for _ in range(2):
            assert feedback(course.folder, MODULE) == [row.student]
    assert points == [0, TOTAL]
    nbgrader(home, config, "fetch_feedback", MODULE)
    (page,) = (
        path for path in home.rglob(f"{MODULE}.html") if f"{TOTAL:g} of {TOTAL + 6:g} points" in path.read_text()
    )
    assert "Your feedback" in page.read_text()


def test_an_exchange_without_a_course_says_which_line_is_missing(tmp_path: Path) -> None:
    """Half of the two lines is a sentence that names the other half."""
    course = Course(make_course(tmp_path / "course", [MODULE]))
    settings = course.folder / "nbgrader_config.py"
    settings.write_text(f"{settings.read_text()}\nc.Exchange.root = {str(tmp_path)!r}\n")
    with pytest.raises(AllianceLabError, match=r"add the line c\.CourseDirectory\.course_id = 'your-course'"):
        assign(course.folder, MODULE)
