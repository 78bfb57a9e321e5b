"""Grading: `nbgrader autograde` as it comes, with a kernel for each submission, against the same command in our course."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from alliancelab import sheet
from alliancelab.course import make_course, simulate

MODULE = "rapport"
SUBMISSIONS = 20

# What nbgrader must be told to make the release of an exercise of ours, and nothing about grading.
STOCK = """from alliancelab.release import RELEASE_SETTINGS
c = get_config()
for name, options in RELEASE_SETTINGS.items():
    for option, value in options.items():
        c[name][option] = value
"""


def main() -> None:
    """Print seconds for one submission, stock and ours, on the same submissions, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        ours = make_course(Path(folder) / "ours", [MODULE])
        _run(ours, "generate_assignment", MODULE)
        _hand_in(ours)
        stock = Path(shutil.copytree(ours, Path(folder) / "stock"))
        (stock / "nbgrader_config.py").write_text(STOCK)
        took = {
            name: _took(course, "autograde", MODULE) / SUBMISSIONS
            for name, course in (("stock", stock), ("ours", ours))
        }
        start = _took(ours, "--version") / SUBMISSIONS
        same = "the same points" if _points(stock) == _points(ours) else "DIFFERENT POINTS"
    for name, each in took.items():
        print(f"{f'autograde, {name}':<30} {each * 1000:7.0f} ms for each of {SUBMISSIONS} submissions")
    ratio, without_start = took["stock"] / took["ours"], (took["stock"] - start) / (took["ours"] - start)
    print(
        f"{'autograde, ratio':<30} {ratio:7.1f} times as fast, {same}; {without_start:.1f} without nbgrader's start-up"
    )


def _hand_in(course: Path) -> None:
    source = sheet.read(course / "source" / MODULE / f"{MODULE}.ipynb")
    for trainee in simulate.trainees(SUBMISSIONS):
        folder = course / "submitted" / trainee.name / MODULE
        shutil.copytree(course / "release" / MODULE, folder)
        simulate.work(trainee, source, folder)


def _took(course: Path, *arguments: str) -> float:
    begun = time.perf_counter()
    _run(course, *arguments)
    return time.perf_counter() - begun


def _points(course: Path) -> dict[tuple[str, str], float]:
    """Points by trainee and item; a reflection has none, whichever way it is graded."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        return {
            (done.student.id, grade.name): grade.auto_score or 0
            for done in book.assignment_submissions(MODULE)
            for notebook in done.notebooks
            for grade in notebook.grades
        }


def _run(course: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "nbgrader", *arguments]
    bin_folder = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls `alembic` by name
    subprocess.run(command, cwd=course, check=True, capture_output=True, env={**os.environ, "PATH": bin_folder})


if __name__ == "__main__":
    main()
