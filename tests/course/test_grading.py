"""Grading a whole group: the gradebook that nbgrader's own autograde leaves, whatever happens on the way."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import nbformat
import psutil
import pytest
from nbgrader.converters import Autograde
from sqlalchemy import create_engine, text
from submissions import MEMORY, MODULE, REFLECTION, Course, everything, right, source
from test_equality import journal_of

from alliancelab import catalogue
from alliancelab.course.course import nbgrader_api
from alliancelab.course.graded import Exercise, HandedIn
from alliancelab.course.grading import grade
from alliancelab.course.remembered import TABLES as TABLES_OF_OURS
from alliancelab.course.source import source_at
from alliancelab.errors import AllianceLabError

DUE = "2026-03-02 12:00:00 UTC"
TIMES = ["2026-03-01 18:00:00 UTC", "2026-03-02 18:00:00 UTC", "2026-03-02 18:00:00 +0800", ""]

# What stands in the gradebook, by name: nbgrader's ids are drawn at random.
GRADES = """
select s.id, s.first_name, a.name, sa.timestamp, sa.extension, sn.flagged, sn.late_submission_penalty, n.name, c.name, c.type,
       g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade, x.answer
from submitted_assignment sa join student s on s.id = sa.student_id join assignment a on a.id = sa.assignment_id
join submitted_notebook sn on sn.assignment_id = sa.id join notebook n on n.id = sn.notebook_id
join grade g on g.notebook_id = sn.id join base_cell c on c.id = g.cell_id
left join alliancelab_answers x on x.grade_id = g.id order by 1, 3, 8, 9
"""
COMMENTS = """
select sa.student_id, c.name, c.type, k.auto_comment, k.manual_comment
from submitted_assignment sa join submitted_notebook sn on sn.assignment_id = sa.id
join comment k on k.notebook_id = sn.id join base_cell c on c.id = k.cell_id order by 1, 2
"""
COUNTS = "select count(*) from {}"
TABLES = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment", "alliancelab_answers")


def gradebook(course: Course) -> list[Any]:
    """Everything that the gradebook says of submissions, in an order of its own."""
    engine = create_engine(nbgrader_api(course.folder).coursedir.db_url)
    try:
        with engine.connect() as database:
            rows = [tuple(row) for query in (GRADES, COMMENTS) for row in database.execute(text(query))]
            return [*rows, *(database.execute(text(COUNTS.format(table))).scalar() for table in TABLES)]
    finally:
        engine.dispose()


def pages(course: Course) -> dict[str, Any]:
    """Every file that grading has made, by its path; notebooks as what they hold, other files as their bytes."""
    home = course.folder / "autograded"
    return {
        str(path.relative_to(home)): nbformat.read(path, as_version=4) if path.suffix == ".ipynb" else path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def group(course: Course, number: int) -> list[str]:
    """Some trainees hand in: in time, late, without a time; some with odd lines, one nothing, one without a notebook."""
    students = []
    for n in range(number):
        student = f"trainee-{n:02}"
        folder = course.hand_in(student, {}, time=TIMES[n % len(TIMES)])
        if not TIMES[n % len(TIMES)]:
            (folder / "timestamp.txt").unlink()
        journal_of(n, folder)
        students.append(student)
    course.journal(students[1]).unlink(missing_ok=True)
    (course.submitted(students[2]) / f"{MODULE}.ipynb").unlink()
    (course.submitted(students[3]) / "submission_secret.txt").write_text("a secret of the exchange")
    return students


def due(course: Course, lateness: str = "none") -> Course:
    """Give the exercise a due date, and say what lateness costs."""
    with course.gradebook() as book:
        book.update_or_create_assignment(MODULE, duedate=DUE)
    config = course.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + f"\nc.LateSubmissionPlugin.penalty_method = {lateness!r}\n")
    return course


def copy_of(course: Course, name: str) -> Course:
    """The same course in another folder."""
    return Course(Path(shutil.copytree(course.folder, course.folder.with_name(name))))


@pytest.mark.parametrize("lateness", ["none", "zero"])
def test_the_gradebook_is_the_one_that_nbgraders_autograde_leaves(course: Course, lateness: str) -> None:
    """Scores, flags, lateness and what it costs, comments, times and notebooks are equal, for a first grading and again
    after marks by hand, an extension, changed answers and hand-ins of a later day.
    """
    students = group(due(course, lateness), 12)
    stock = copy_of(course, "stock")
    assert stock.grade(force=False)["success"]
    assert [row.fault for row in grade(course.folder, MODULE)] == [""] * 12
    assert gradebook(course) == gradebook(stock)
    assert pages(course) == pages(stock)
    penalties = [row[6] for row in gradebook(course)[: -len(TABLES)] if len(row) > 6 and row[6]]
    assert bool(penalties) == (lateness == "zero")
    for each in (course, stock):
        each.mark_by_hand(students[0], REFLECTION, 4, "Thank you.")
        each.mark_by_hand(students[3], "your-jaw", 1)
        with each.gradebook() as book:
            book.find_submission(MODULE, students[1]).extension = timedelta(days=2)
            book.find_grade("your-jaw", MODULE, MODULE, students[5]).extra_credit = 1
            book.find_submission_notebook(MODULE, MODULE, students[6]).flagged = True
            book.db.commit()
        for student in (students[0], students[3], students[4]):
            each.hand_in(student, {"your-jaw": right("your-jaw")}, time="2026-03-04 18:00:00 UTC")
    course_journals = {
        student: course.journal(student).read_bytes() for student in students if course.journal(student).exists()
    }
    for student, raw in course_journals.items():
        stock.journal(student).write_bytes(raw)  # the same times in both
    assert stock.grade()["success"]
    assert [row.fault for row in grade(course.folder, MODULE, force=True)] == [""] * 12
    assert gradebook(course) == gradebook(stock)
    assert pages(course) == pages(stock)


def test_nbgraders_own_step_saves_the_same(course: Course) -> None:
    """With nbgrader's own SaveAutoGrades in the place of ours, a first grading leaves the same but for what we remember."""
    group(due(course, "zero"), 12)
    stock = copy_of(course, "stock")
    assert nbgrader_api(stock.folder).generate_assignment(MODULE)["success"]
    config = stock.folder / "nbgrader_config.py"
    own = "steps[steps.index('alliancelab.course.saving.SaveGrades')] = 'nbgrader.preprocessors.SaveAutoGrades'"
    config.write_text(f"{config.read_text()}\nsteps = c.Autograde.autograde_preprocessors\n{own}\n")
    assert stock.grade()["success"]
    grade(course.folder, MODULE)
    with stock.gradebook() as book:
        TABLES_OF_OURS.create_all(book.engine)
    ours, theirs = (
        [row[:14] if isinstance(row, tuple) else row for row in gradebook(each)] for each in (course, stock)
    )
    assert ours[:-1] == theirs[:-1]
    assert len(ours) > 12 * 14


def test_permissions_are_nbgraders(course: Course) -> None:
    """Graded notebooks may be read only, as nbgrader leaves them."""
    course.hand_in("ada", everything(right))
    grade(course.folder, MODULE)
    assert {path.stat().st_mode & 0o777 for path in course.autograded("ada").parent.iterdir()} == {0o444}


def test_what_has_not_changed_is_left_alone(course: Course) -> None:
    """A second run writes only what is new or changed, what lost its graded notebook, and what plain autograde has graded
    since; `force` writes everything.
    """
    students = group(course, 8)
    grade(course.folder, MODULE)

    def written() -> dict[str, int]:
        return {student: course.autograded(student).stat().st_ino for student in students}

    first = written()
    assert grade(course.folder, MODULE) == grade(course.folder, MODULE)
    assert written() == first
    course.hand_in(students[0], {"your-jaw": right("your-jaw")})
    course.autograded(students[1]).unlink()
    course.autograded(students[2]).chmod(0o644)
    course.autograded(students[2]).write_text("torn")
    assert nbgrader_api(course.folder).autograde(MODULE, students[3], force=True)["success"]
    plain = written() if course.autograded(students[1]).exists() else {**first, students[3]: 0}
    grade(course.folder, MODULE)
    changed = {student for student in students if written()[student] != first[student]}
    assert changed == set(students[:4]), plain
    assert course.grades(students[0])["your-jaw"].auto == 2
    before = written()
    grade(course.folder, MODULE, force=True)
    assert not {student for student in students if written()[student] == before[student]}


def test_a_later_due_date_or_an_extension_changes_what_lateness_costs(course: Course) -> None:
    """When the date is moved, or somebody is given more time, the next run takes back what being late had cost them."""
    students = group(due(course, "zero"), 4)
    course.hand_in("late", everything(right), time="2026-03-03 12:00:00 UTC")
    course.hand_in("later", everything(right), time="2026-03-05 12:00:00 UTC")

    def points() -> tuple[float, float]:
        rows = {row.student: row.points for row in grade(course.folder, MODULE)}
        assert rows.keys() == {*students, "late", "later"}
        return rows["late"], rows["later"]

    full = sum(graded.points for graded in source().graded.values())
    assert points() == (0, 0)
    with course.gradebook() as book:
        book.find_submission(MODULE, "later").extension = timedelta(days=7)
        book.db.commit()
    assert points() == (0, full)
    with course.gradebook() as book:
        book.update_or_create_assignment(MODULE, duedate="2026-03-04 12:00:00 UTC")
    assert points() == (full, full)


def test_a_changed_key_grades_everybody_anew(course: Course) -> None:
    """When the exercise is released anew with another key, nothing counts as unchanged."""
    course.hand_in("ada", {"your-jaw": right("your-jaw")})
    assert grade(course.folder, MODULE)[0].items["your-jaw"] == 2
    notebook = json.loads(course.source.read_text())
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        cell["source"] = text.replace(
            '{"had-one-now-none": 1, "hard-to-hear": 0.25}', '{"had-one-now-none": 0.5, "hard-to-hear": 1}'
        )
    course.source.write_text(json.dumps(notebook))
    with pytest.raises(AllianceLabError, match="is not what was released: 'your-jaw' changed since"):
        grade(course.folder, MODULE)
    assert nbgrader_api(course.folder).generate_assignment(MODULE)["success"]
    assert grade(course.folder, MODULE)[0].items["your-jaw"] == 1


def test_settings_with_other_steps_are_left_to_nbgrader(course: Course) -> None:
    """A course that names its own steps of autograde is not graded past them."""
    config = course.folder / "nbgrader_config.py"
    config.write_text(
        config.read_text() + "\nc.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']\n"
    )
    with pytest.raises(AllianceLabError, match=r"sets c\.Autograde\.autograde_preprocessors itself"):
        grade(course.folder, MODULE)


# --- several processes ------------------------------------------------------------------------------------------------


def test_two_processes_give_the_same_gradebook(course: Course) -> None:
    """With `workers` the gradebook and the notebooks are the same as with one process."""
    group(course, 40)
    alone = copy_of(course, "alone")
    assert grade(course.folder, MODULE, workers=2) == grade(alone.folder, MODULE)
    assert gradebook(course) == gradebook(alone)
    assert pages(course) == pages(alone)


def kill_one(children: list[psutil.Process]) -> None:
    """End one of some processes at once, as a machine that runs out of memory does."""
    children[0].kill()
    children[0].wait()


def test_a_worker_that_dies_is_replaced(course: Course) -> None:
    """When a grading process is killed in the middle, everybody is graded all the same."""
    group(course, 60)
    alone = copy_of(course, "alone")
    killed = []

    def look(what: str, done: int, of: int) -> None:
        workers = [c for c in psutil.Process().children() if "spawn_main" in " ".join(c.cmdline())]
        if 0 < done < of - 40 and workers and not killed:
            killed.append(workers[0].pid)
            kill_one(workers)

    rows = grade(course.folder, MODULE, workers=2, progress=look)
    assert killed
    assert rows == grade(alone.folder, MODULE)
    assert gradebook(course) == gradebook(alone)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[psutil.Process]]]:
    """A dask scheduler and two workers, each a process of its own, in a folder that holds nothing."""
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    found = empty / "scheduler.json"
    # --no-nanny: what is killed is what grades, and nothing starts it again
    commands = [["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(found)]]
    worker = ["worker", "--host", "127.0.0.1", "--no-nanny", "--no-dashboard", "--nthreads", "1", "--local-directory"]
    commands += [[*worker, str(empty / name), "--scheduler-file", str(found)] for name in ("one", "two")]
    python = [sys.executable, "-m", "dask"]
    processes = [
        psutil.Popen([*python, *command], cwd=empty, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        from distributed import Client

        with Client(scheduler_file=str(found), timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address, processes[1:]
    finally:
        for process in processes:
            if process.is_running():
                process.kill()
            process.wait()


def test_a_cluster_grades_and_outlives_a_worker(course: Course, cluster) -> None:
    """On a scheduler and two workers in processes of their own, one killed in the middle, everybody is graded once."""
    address, workers = cluster
    group(course, 80)
    alone = copy_of(course, "alone")
    killed = []

    def look(what: str, done: int, of: int) -> None:
        if 0 < done < of - 40 and not killed:
            killed.append(done)
            kill_one(workers)

    rows = grade(course.folder, MODULE, dask=address, progress=look)
    assert killed
    assert rows == grade(alone.folder, MODULE)
    assert gradebook(course) == gradebook(alone)
    assert pages(course) == pages(alone)


def test_a_cluster_without_a_scheduler_or_workers_is_said_to_be(course: Course, cluster) -> None:
    """A wrong address and a scheduler whose workers have gone are sentences, and nothing is graded."""
    address, workers = cluster
    course.hand_in("ada", everything(right))
    with pytest.raises(AllianceLabError, match="no dask scheduler answers at somewhere"):
        grade(course.folder, MODULE, dask="somewhere")
    for worker in workers:
        worker.terminate()
        worker.wait()
    with pytest.raises(AllianceLabError, match="has no worker; start some with `dask worker"):
        grade(course.folder, MODULE, dask=address)
    assert not (course.folder / "autograded").exists()


# --- what goes wrong on the way ---------------------------------------------------------------------------------------

GRADE = """
import sys
from pathlib import Path
from alliancelab.course import grading
grading.AT_ONCE = 3
"""

# Kills its own process at the n-th call of a function of ours, or of what we call; without a number it prints how many.
KILL = (
    GRADE
    + """
import os, signal, threading
calls, moment = 0, int(sys.argv[3])
def count(frame, event, argument):
    global calls
    calls += 1
    if calls == moment:
        os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(count)
grading.grade(Path(sys.argv[1]), sys.argv[2])
sys.setprofile(None)
print(calls)
"""
)

# Grades, and prints the memory it took (MB), then a line for each trainee.
TELL = f"""
rows = grading.grade(Path(sys.argv[1]), sys.argv[2])
{MEMORY}
for row in rows:
    print(f"{{row.student}}: {{row.points:g}} {{row.fault}}")
"""


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run some Python in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_run_that_is_killed_at_any_moment_ends_as_if_it_had_not_been(course: Course) -> None:
    """Killed at ten random moments and run again each time, gradebook and notebooks are those of an undisturbed run."""
    group(course, 9)
    whole = copy_of(course, "whole")
    calls = int(run(KILL, whole.folder, MODULE, 0).stdout)
    random = Random(7)
    killed = 0
    for moment in sorted(random.randrange(1, calls) for _ in range(10)):
        shutil.rmtree(course.folder / "autograded", ignore_errors=True) if killed == 5 else None
        done = run(KILL, course.folder, MODULE, moment)
        assert done.returncode == -9 or done.stdout, done.stderr
        killed += done.returncode == -9
    assert killed >= 5
    assert run(KILL, course.folder, MODULE, 0).returncode == 0
    assert gradebook(course) == gradebook(whole)
    assert pages(course) == pages(whole)


def test_two_runs_at_once_lose_nothing(course: Course) -> None:
    """Two commands on one course at the same time: one waits for the other, and nothing is lost or doubled."""
    group(course, 30)
    alone = copy_of(course, "alone")
    grade(alone.folder, MODULE)
    command = [
        sys.executable,
        "-m",
        "alliancelab.cli",
        "course",
        "grade",
        MODULE,
        "--course",
        str(course.folder),
        "--json",
    ]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert told[0][0] == told[1][0]
    assert gradebook(course) == gradebook(alone)
    assert pages(course) == pages(alone)


def test_a_full_disk_stops_the_run_with_a_sentence_and_it_goes_on_later(course: Course) -> None:
    """On a disk that fills up the run ends with what to do; what was graded stays; with room again it ends as it should."""
    group(course, 30)
    whole = copy_of(course, "whole")
    grade(whole.folder, MODULE)
    small = course.folder / "autograded"
    small.mkdir()
    # A mount of its own, that only this process and those it starts can see; half of the notebooks fit.
    script = f"""
    mount -t tmpfs -o size=1500k tmpfs {small} || exit 99
    {sys.executable} -m alliancelab.cli course grade {MODULE} --course {course.folder} --json; echo "first $?"
    mount -o remount,size=100m {small}
    {sys.executable} -m alliancelab.cli course grade {MODULE} --course {course.folder} --json > /dev/null; echo "second $?"
    cp -r {small} {course.folder}/kept
    """
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["first 2", "second 0"], done.stderr
    assert "the disk is full; what was graded until now is kept" in done.stderr
    small.rmdir()
    (course.folder / "kept").rename(small)
    assert gradebook(course) == gradebook(whole)
    assert pages(course) == pages(whole)


def test_a_gradebook_that_cannot_grow_loses_nothing(course: Course) -> None:
    """When the gradebook itself cannot be written the run ends with a sentence, and with room again as it should."""
    group(course, 12)
    whole = copy_of(course, "whole")
    grade(whole.folder, MODULE)
    limit = (course.folder / "gradebook.db").stat().st_size + 8192
    limited = f"""
import resource, signal, sys
from alliancelab.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
main(sys.argv[1:])
"""
    done = run(limited, "course", "grade", MODULE, "--course", course.folder, "--json")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "the gradebook cannot be read or written" in done.stderr
    grade(course.folder, MODULE)
    assert gradebook(course) == gradebook(whole)


def test_memory_does_not_grow_with_what_somebody_hands_in(course: Course) -> None:
    """A journal of 200 MB, one of a million lines and one nested 10,000 deep are listed or read in bounded memory and the
    others are graded.
    """
    course.hand_in("ada", everything(right))
    course.hand_in("huge", {})
    with course.journal("huge").open("wb") as file:
        file.truncate(200_000_000)
    course.hand_in("lines", {"your-jaw": right("your-jaw")})
    line = course.journal("lines").read_bytes()
    course.journal("lines").write_bytes(line * (1_000_000 if len(line) < 150 else 900_000))
    course.hand_in("deep", {"your-jaw": right("your-jaw")})
    odd = [b'{"v": 1, "answer": ' + b"[" * 10_000, b'{"v": NaN}', b'{"v": 1' + b"0" * 5_000 + b"}", b"\xff"]
    course.journal("deep").write_bytes(b"\n".join([*odd, course.journal("deep").read_bytes()]))
    course.hand_in("zoe", everything(right))
    done = run(GRADE + TELL, course.folder, MODULE)
    memory, *rows = done.stdout.splitlines()
    assert int(memory) < 500, done.stderr
    told = dict(row.split(": ", 1) for row in rows)
    full = sum(graded.points for graded in source().graded.values())
    assert told["ada"].split() == told["zoe"].split() == [f"{full:g}"]
    assert told["deep"].split() == ["2"]
    assert told["huge"].startswith("0"), told
    assert told["lines"].startswith(("0", "2")), told


def test_links_and_devices_are_set_aside_and_never_read(course: Course, tmp_path: Path) -> None:
    """A journal that is a link or a pipe is quarantined as plain nbgrader does it; a submission that is a link is listed."""
    secret = tmp_path / "private.txt"
    secret.write_text('{"the supervisor\'s": "own"}')
    course.hand_in("ada", {})
    course.journal("ada").symlink_to(secret)
    course.hand_in("berta", {})
    os.mkfifo(course.journal("berta"))
    elsewhere = tmp_path / "elsewhere"
    course.hand_in("cleo", everything(right)).rename(elsewhere)
    course.submitted("cleo").symlink_to(elsewhere)
    rows = {row.student: row for row in grade(course.folder, MODULE)}
    assert {student: row.points for student, row in rows.items()} == {"ada": 0, "berta": 0, "cleo": 0}
    assert "link or a device" in rows["cleo"].fault
    assert "No answers were handed in" in course.autograded("ada").read_text(encoding="utf-8")
    kept = course.folder / "quarantine"
    assert {path.name for path in kept.rglob("*") if not path.is_dir() or path.is_symlink()} >= {
        f"{MODULE}.answers.jsonl"
    }
    for path in (course.folder / "autograded").rglob("*"):
        assert path.is_dir() or b"supervisor's" not in path.read_bytes()


def test_the_exercise_is_sent_whole() -> None:
    """What a worker gets is the exercise itself: it grades to the same text, and knows the same digest."""
    api = nbgrader_api(catalogue.course_home())
    converter = Autograde(coursedir=api.coursedir, parent=api)
    path = catalogue.exercise_source(MODULE)
    exercise = Exercise(MODULE, {MODULE: source_at(path.resolve(), converter)})
    again = pickle.loads(pickle.dumps(exercise))
    one = HandedIn("ada", {f"{MODULE}.answers.jsonl": b""}, b"2026-03-02 18:00:00 UTC")
    assert again.digest == exercise.digest
    assert again.grade(one) == exercise.grade(one)
