"""Grading and feedback: nbgrader as it comes, with a kernel for each submission, against a course of ours, on the same work.

`python tests/benchmarks/grading.py 10000` also grades so many by itself, to see whether time and memory stay flat.
"""

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
TRAINEES = 100
STOCK_PAGES = 20  # feedback pages that nbgrader makes as it comes; it takes as long for each
GROUPS = (100, 1_000)

# What nbgrader must be told to make the release of an exercise of ours, and nothing about grading.
STOCK = """from alliancelab.release import RELEASE_SETTINGS
c = get_config()
for name, options in RELEASE_SETTINGS.items():
    for option, value in options.items():
        c[name][option] = value
"""


def main(groups: tuple[int, ...] = GROUPS) -> None:
    """Print milliseconds for each submission and page, and the ratios."""
    with tempfile.TemporaryDirectory() as home:
        against_stock(Path(home))
        for number in groups:
            alone(Path(home) / str(number), number)


def against_stock(home: Path) -> None:
    """The same hand-ins, graded in four ways, and their feedback pages."""
    ours = _course(home / "ours", TRAINEES)
    stock, plain = (Path(shutil.copytree(ours, home / name)) for name in ("stock", "plain"))
    (stock / "nbgrader_config.py").write_text(STOCK)
    took = {
        "nbgrader as it comes": _took(stock, "autograde", MODULE),
        "nbgrader autograde, our settings": _took(plain, "autograde", MODULE),
        "alliancelab course grade": _measured("course", "grade", MODULE, "--course", ours)[0],
    }
    points = {name: _points(course) for name, course in (("stock", stock), ("plain", plain), ("ours", ours))}
    same = "the same points" if points["stock"] == points["plain"] == points["ours"] else "DIFFERENT POINTS"
    _print("grade", TRAINEES, took, same)
    for folder in sorted((stock / "autograded").iterdir())[STOCK_PAGES:]:
        shutil.rmtree(folder)
    start = _took(stock, "--version")
    each = (_took(stock, "generate_feedback", MODULE) - start) / STOCK_PAGES * TRAINEES + start
    took = {
        "nbgrader as it comes": each,
        "alliancelab course feedback": _measured("course", "feedback", MODULE, "--course", ours)[0],
        "the same, --workers 2": _measured("course", "feedback", MODULE, "--workers", 2, "--course", ours)[0],
    }
    _print("feedback", TRAINEES, took, f"nbgrader's from {STOCK_PAGES} pages")


def alone(home: Path, number: int) -> None:
    """A group of so many: time for each and memory, first and again, and with two processes."""
    course = _course(home, number)
    ways = {
        "first": (),
        "again, nothing new": (),
        "all, --force": ("--force",),
        "all, two processes": ("--force", "--workers", 2),
    }
    for way, options in ways.items():
        took, memory = _measured("course", "grade", MODULE, *options, "--course", course)
        print(f"{f'grade {number:,}, {way}':<44} {took / number * 1000:8.2f} ms each {took:7.1f} s {memory:6.0f} MB")
    took, memory = _measured("course", "feedback", MODULE, "--workers", 2, "--course", course)
    print(
        f"{f'feedback {number:,}, two processes':<44} {took / number * 1000:8.2f} ms each {took:7.1f} s {memory:6.0f} MB"
    )
    took, memory = _measured("course", "report", "--json", "--course", course)
    print(f"{f'report {number:,}':<44} {took / number * 1000:8.2f} ms each {took:7.1f} s {memory:6.0f} MB")


def _print(what: str, number: int, took: dict[str, float], note: str) -> None:
    slowest = next(iter(took.values()))
    for name, seconds in took.items():
        each, ratio = seconds / number * 1000, slowest / seconds
        print(f"{f'{what}, {name}':<44} {each:8.1f} ms each of {number} {ratio:7.1f} times as fast")
    print(f"{'':<44} {note}")


def _course(folder: Path, number: int) -> Path:
    """A course with the hand-ins of so many simulated trainees; after the first hundred they are copies."""
    course = make_course(folder, [MODULE])
    _run(course, "generate_assignment", MODULE)
    source = sheet.read(course / "source" / MODULE / f"{MODULE}.ipynb")
    made = []
    for n in range(number):
        name = f"simulated-{n + 1:05}"
        home = course / "submitted" / name / MODULE
        if n < TRAINEES:
            shutil.copytree(course / "release" / MODULE, home)
            (home / "timestamp.txt").write_text("2026-03-02 18:00:00 UTC\n")
            simulate.work(simulate.trainees(TRAINEES)[n], source, home)
            made.append(home)
        else:
            shutil.copytree(made[n % TRAINEES], home)
    return course


def _took(course: Path, *arguments: str) -> float:
    begun = time.perf_counter()
    _run(course, *arguments)
    return time.perf_counter() - begun


def _measured(*arguments: object) -> tuple[float, float]:
    """Seconds with the start of Python and its imports, and the most memory (MB), of one of our commands."""
    begun = time.perf_counter()
    command = [str(Path(sys.executable).with_name("alliancelab")), *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - begun, used.ru_maxrss / 1000


def _points(course: Path) -> list[tuple[str, str, float]]:
    """Points by trainee and item; a reflection has none, whichever way it is graded."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        return sorted(
            (done.student.id, grade.name, grade.auto_score or 0)
            for done in book.assignment_submissions(MODULE)
            for notebook in done.notebooks
            for grade in notebook.grades
        )


def _run(course: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "nbgrader", *arguments]
    bin_folder = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls `alembic` by name
    subprocess.run(command, cwd=course, check=True, capture_output=True, env={**os.environ, "PATH": bin_folder})


if __name__ == "__main__":
    main((*GROUPS, *map(int, sys.argv[1:])))
