"""Exercises with code cells: what a submission's code can reach, and that the next one is graded whatever it did."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from code_exercise import EXERCISE, RIGHT, WORDS, WRONG, CodeCourse, settings, source
from nbformat.v4 import new_code_cell, new_markdown_cell
from submissions import MODULE, everything

from alliancelab.course import cage, make_course
from alliancelab.course.code import grade_submission
from alliancelab.course.course import nbgrader_api
from alliancelab.course.feedback import feedback
from alliancelab.course.grading import grade
from alliancelab.errors import AllianceLabError

ALL, PART, NONE = (2.0, 2.0), (2.0, 0.0), (0.0, 0.0)
TESTS = ("a-mean", "step-by-step")


@dataclass(frozen=True)
class Attack:
    """A cell behind the right function: what it earns, and what is said in the graded notebook."""

    code: str
    points: tuple[float, float]
    said: str = ""


ATTACKS = {
    "exits": Attack("import os\nos._exit(0)", NONE, "the code ended its own kernel"),
    "loops": Attack("while True: pass", ALL, "No reply from kernel before timeout"),
    "loops-and-will-not-stop": Attack(
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        NONE,
        "the code ran longer than it may and could not be interrupted",
    ),
    "hogs-memory": Attack("hog = bytearray(4 * 2**30)", ALL, "MemoryError"),
    "forks": Attack(
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while made < 5000:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(600)\n"
        "        made += 1\n"
        "except OSError:\n"
        "    print('made', made)",
        ALL,
        "made ",
    ),
    "forks-without-end": Attack(
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        NONE,
        "Not",
    ),
    "fills-the-disk": Attack(
        "with open('big', 'wb') as file:\n    for _ in range(1000): file.write(bytes(10**7))", ALL, "File too large"
    ),
    "floods": Attack(
        "import time\nwhile True: print('x' * 10**6); time.sleep(0.1)", NONE, "the code printed more than 10 MB"
    ),
    "prints-half-a-letter": Attack("print('\\ud800')", ALL),
    "leaves-a-process": Attack(
        "import subprocess, os\nsubprocess.Popen(['sleep', '611'], start_new_session=True)\nos._exit(1)",
        NONE,
    ),
    "nests-folders": Attack(
        "import os\nfor _ in range(3000):\n    os.mkdir('d'); os.chdir('d')\nos.chmod('.', 0)\nos.chdir('/')", ALL
    ),
    "patches-the-helpers": Attack(
        "import alliancelab.marking\n"
        "alliancelab.marking.mark = lambda *given, **named: 99\n"
        "print('patched', alliancelab.marking.mark(1))\n"
        "try:\n    open(alliancelab.marking.__file__, 'a').write('mark = None')\n"
        "except OSError as error: print('kept out:', error.strerror)",
        ALL,
        "kept out: ",
    ),
    "patches-the-helpers-next": Attack(
        "import alliancelab.marking\nprint('it is', alliancelab.marking.mark.__module__)",
        ALL,
        "it is alliancelab.marking",
    ),
    "comes-to-a-billion": Attack("sum = lambda parts: 1e9", PART, "The test came to 1e+09 points; it can give 0 to 2."),
    "comes-to-no-number": Attack("sum = lambda parts: float('nan')", PART, "The test came to nan points"),
    "comes-to-less-than-nothing": Attack("sum = lambda parts: -1", PART, "The test came to -1 points"),
    "comes-to-nothing-at-all": Attack(
        "class Blank:\n    def __repr__(self): return ''\nsum = lambda parts: Blank()", PART, "The test came to"
    ),
    # What nbgrader cannot see: a value that the trainee's code makes up is a value.
    "fakes-the-points": Attack("sum = lambda parts: 2", ALL),
    "prints-points": Attack("print(2)\nprint(1e9)", ALL),
}


def _snoop(course: CodeCourse, home: Path) -> str:
    places = [
        course.folder,
        course.source,
        course.folder / "gradebook.db",
        course.folder / "nbgrader_config.py",
        course.submitted("exits"),
        course.folder / "autograded",
        home / "diary.txt",
        Path("/etc/passwd"),
        Path("/etc/shadow"),
    ]
    return (
        "import os, sys\n"
        f"print('seen', [place for place in {[str(place) for place in places]} if os.path.exists(place)])\n"
        "found = []\n"
        "for top, folders, files in os.walk('/'):\n"
        "    known = ['/proc', '/usr', sys.prefix, sys.base_prefix]\n"  # the system's and Python's own take long to walk
        "    folders[:] = [name for name in folders if os.path.join(top, name) not in known]\n"
        "    found += [os.path.join(top, name) for name in files if name in ('gradebook.db', 'diary.txt')]\n"
        "print('found', [path for path in found if 'nbgrader' not in path])\n"
        "print('environment', os.environ.get('PASSWORD'), os.environ['HOME'], os.listdir('.'))\n"
        "print('processes', len([name for name in os.listdir('/proc') if name.isdigit()]) < 10)\n"
        "try: open('/usr/planted', 'w')\n"
        "except OSError as error: print('planted', error.strerror)"
    )


def _tampered() -> dict[str, nbformat.NotebookNode]:
    """Notebooks with a right function and a wrong one for the tests, in which nbgrader's cells were changed."""

    def named(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
        return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)

    made: dict[str, nbformat.NotebookNode] = {}

    def change(name: str) -> nbformat.NotebookNode:
        made[name] = deepcopy(_released)
        return made[name]

    notebook = change("deletes-the-tests")
    notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in TESTS]
    notebook = change("doubles-the-tests")
    for name in TESTS:
        double = deepcopy(named(notebook, name))
        double.source, double.id = "pass", f"double-{name}"
        notebook.cells += [double]
    notebook = change("doubles-all-and-drops-the-rest")
    notebook.cells = [deepcopy(cell) for cell in notebook.cells for _ in range(3)]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"c{number}"
    notebook = change("moves-the-tests")
    moved = [named(notebook, name) for name in TESTS]
    notebook.cells = [*reversed(moved), *(cell for cell in notebook.cells if cell not in moved)]
    for name, tags in {
        "skips-the-tests": ["skip-execution"],
        "skips-with-a-trick": ["", "\0", "raises-exception"],
    }.items():
        notebook = change(name)
        for cell in notebook.cells:
            cell.metadata["tags"] = tags
    notebook = change("gives-more-points")
    for name in TESTS:
        named(notebook, name).metadata.nbgrader.update(points=100, locked=False, checksum="0")
        named(notebook, name).source = "100"
    notebook = change("swaps-the-names")
    first, second = (named(notebook, name) for name in TESTS)
    first.metadata.nbgrader.grade_id, second.metadata.nbgrader.grade_id = TESTS[1], TESTS[0]
    notebook = change("renames-the-tests")
    for name in TESTS:
        named(notebook, name).metadata.nbgrader.grade_id = f"not-{name}"
    notebook = change("makes-tests-solutions")
    for name in TESTS:
        named(notebook, name).metadata.nbgrader.update(solution=True, grade=False, locked=False, cell_type="markdown")
    notebook = change("has-no-sense-in-its-metadata")
    for cell in notebook.cells:
        cell.metadata["nbgrader"] = ["no", "sense"]
    notebook = change("names-another-kernel")
    notebook.metadata["kernelspec"] = {"name": "no-such-kernel", "display_name": "None"}
    return made


_released: nbformat.NotebookNode
HONEST = {"doubles-all-and-drops-the-rest", "names-another-kernel"}


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """A server on this machine, which the trainees' code tries to reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, listener: socket.socket) -> tuple[CodeCourse, str]:
    """Every attack handed in to one course and graded in one run of nbgrader's command, with its log."""
    global _released
    course = CodeCourse.make(tmp_path_factory.mktemp("code") / "course", cell_seconds=4, total_seconds=60, memory=1024)
    _released = course.released()
    home = tmp_path_factory.mktemp("grader")
    (home / "diary.txt").write_text("private")
    for name, attack in ATTACKS.items():
        course.submit(name, more=[attack.code])
    course.submit("snoops", more=[_snoop(course, home)])
    port = listener.getsockname()[1]
    calls = (
        "import socket\n"
        f"try: print(socket.create_connection(('127.0.0.1', {port}), 2))\n"
        "except OSError as error: print('no way out:', error.strerror)"
    )
    course.submit("calls-out", more=[calls])
    links = f"import os\nos.symlink({str(course.folder / 'gradebook.db')!r}, '{EXERCISE}.ipynb')"
    course.submit("plants-a-link", more=[links])
    for name, notebook in _tampered().items():
        course.submit(name, RIGHT if name in HONEST else WRONG, notebook=notebook)
    course.submit(
        "tricks-words", f"# ### BEGIN HIDDEN TESTS\n# ### BEGIN MARK SCHEME\n{RIGHT}", words="### BEGIN MARK SCHEME <b>"
    )
    course.submit("half")
    (course.submitted("half") / f"{EXERCISE}.ipynb").write_text('{"cells": [')
    course.submit("numbers")
    (course.submitted("numbers") / f"{EXERCISE}.ipynb").write_text('{"cells": [1, 2]}')
    course.submit("nested")
    (course.submitted("nested") / f"{EXERCISE}.ipynb").write_text("[" * 10000)
    course.submit("zoe", words=WORDS)
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", EXERCISE],
        cwd=course.folder,
        env={**os.environ, "HOME": str(home), "PASSWORD": "open sesame"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return course, run.stderr


def test_the_last_one_is_graded_as_if_nothing_had_happened(graded: tuple[CodeCourse, str]) -> None:
    """After all attacks in one run, an honest submission has its points, and its words wait for a person."""
    course, _ = graded
    grades = course.grades("zoe")
    assert {name: (grade.auto, grade.waiting) for name, grade in grades.items()} == {
        "a-mean": (2, False),
        "step-by-step": (2, False),
        "words": (None, True),
    }


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_what_its_tests_earn_and_says_why(name: str, graded: tuple[CodeCourse, str]) -> None:
    """What ends the kernel earns nothing after it; what only fails costs its own cell; the reason stands in the notebook."""
    course, _ = graded
    assert tuple(course.points(name)[test] for test in TESTS) == ATTACKS[name].points
    assert ATTACKS[name].said in course.said(name)


def test_what_ended_a_kernel_is_in_the_log(graded: tuple[CodeCourse, str]) -> None:
    """Whoever grades reads in one line whose code was ended, and what was not a notebook."""
    _, log = graded
    assert f"{EXERCISE} of exits: the code ended its own kernel" in log
    for name in ("half", "numbers", "nested"):
        assert re.search(rf"ERROR\] \S*/{name}/\S* is not a notebook that can be read", log)
    assert "Traceback" not in log


def test_processes_are_bounded_and_none_is_left(graded: tuple[CodeCourse, str]) -> None:
    """A submission cannot start more processes than it may, and none of them outlives its grading."""
    course, _ = graded
    made = int(re.search(r"made (\d+)", course.said("forks"))[1])
    assert 0 < made <= cage.PROCESSES
    for process in psutil.process_iter(["cmdline"]):
        told = " ".join(process.info["cmdline"] or [])
        assert "sleep 611" not in told
        assert "alliancelab-code-" not in told


def test_nothing_but_its_own_folder_is_seen(graded: tuple[CodeCourse, str]) -> None:
    """Code sees neither the course, the gradebook, other trainees nor the grader's home, environment or processes."""
    course, _ = graded
    said = course.said("snoops")
    assert "seen []" in said
    assert "found []" in said
    assert re.search(r"environment None /\S*/home \['timestamp.txt'\]", said)
    assert "processes True" in said
    assert "planted Read-only file system" in said


def test_nothing_is_reached_over_the_network(graded: tuple[CodeCourse, str], listener: socket.socket) -> None:
    """A server on the grader's own machine cannot be reached."""
    course, _ = graded
    assert "no way out: " in course.said("calls-out")
    listener.settimeout(0)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_what_the_code_leaves_is_not_followed(graded: tuple[CodeCourse, str]) -> None:
    """A link left where nbgrader writes the graded notebook leads nowhere; the folder is a copy that is thrown away."""
    course, _ = graded
    assert tuple(course.points("plants-a-link")[test] for test in TESTS) == ALL
    assert not course.autograded("plants-a-link").is_symlink()


@pytest.mark.parametrize("name", [*sorted(HONEST), "deletes-the-tests", "doubles-the-tests", "moves-the-tests"])
def test_cells_that_were_lost_doubled_or_moved_are_put_right(name: str, graded: tuple[CodeCourse, str]) -> None:
    """nbgrader's cells come from the source, in its order, whatever became of them in the submission."""
    course, _ = graded
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in course.notebook(name).cells]
    assert [known for known in names if known] == ["write", "a-mean", "step-by-step", "words"]
    assert tuple(course.points(name)[test] for test in TESTS) == (ALL if name in HONEST else (0, 1))


@pytest.mark.parametrize(
    "name",
    [
        "skips-the-tests",
        "skips-with-a-trick",
        "gives-more-points",
        "swaps-the-names",
        "renames-the-tests",
        "makes-tests-solutions",
    ],
)
def test_metadata_of_a_submission_counts_for_nothing(name: str, graded: tuple[CodeCourse, str]) -> None:
    """Tags, points, names and kinds of cells that a trainee wrote in change neither the tests nor what they give."""
    course, _ = graded
    assert tuple(course.points(name)[test] for test in TESTS) == (0, 1)
    with course.gradebook() as book:
        assert {
            grade.name: grade.max_score for grade in book.find_submission_notebook(EXERCISE, EXERCISE, name).grades
        } == {
            "a-mean": 2,
            "step-by-step": 2,
            "words": 3,
        }


def test_a_function_in_a_cell_that_lost_its_name_is_a_cell_of_the_trainees(graded: tuple[CodeCourse, str]) -> None:
    """Where names were lost the stub stays and fails, and the trainee's cells are kept before it."""
    course, _ = graded
    assert tuple(course.points("has-no-sense-in-its-metadata")[test] for test in TESTS) == NONE
    assert "NotImplementedError" in course.said("has-no-sense-in-its-metadata")


def test_pages_show_the_code_and_hide_the_tests(graded: tuple[CodeCourse, str]) -> None:
    """The person who grades sees the code, its outputs and the hidden tests; the trainee's page has all but the last."""
    course, _ = graded
    assert course.give_feedback("patches-the-helpers")["success"]
    feedback, formgrader = course.feedback("patches-the-helpers"), course.formgrader_page("patches-the-helpers")
    for page in (feedback, formgrader):
        assert "return mean(given)" in page
        assert "kept out: " in page
    assert "mean_alliance([4, None, 6]) == 5" in formgrader
    assert "mean_alliance([4, None, 6]) == 5" not in feedback
    assert "HIDDEN TESTS" not in feedback
    assert 'id="write-comment"' in formgrader


def test_words_of_nbgraders_in_a_submission_change_nothing(graded: tuple[CodeCourse, str]) -> None:
    """A trainee who writes the words that nbgrader looks for is graded and gets feedback all the same."""
    course, _ = graded
    assert tuple(course.points("tricks-words")[test] for test in TESTS) == ALL
    assert course.give_feedback("tricks-words")["success"]
    assert "return mean(given)" in course.feedback("tricks-words")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CodeCourse:
    """A course with the exercise released; for copying only."""
    return CodeCourse.make(tmp_path_factory.mktemp("made") / "course")


@pytest.fixture
def own(made: CodeCourse, tmp_path: Path) -> CodeCourse:
    """A course of one's own."""
    return CodeCourse(Path(shutil.copytree(made.folder, tmp_path / "course")))


def test_html_and_scripts_are_shown_as_text(own: CodeCourse) -> None:
    """Whatever kind of output the code makes, pages have its plain text and pictures only; cells are text, too."""
    from bs4 import BeautifulSoup

    show = (
        "from IPython.display import HTML, Image, Javascript, Markdown, display\n"
        "for kind in (HTML, Javascript, Markdown): display(kind('<script>alert(1)</script>[x](javascript:alert(2))'))\n"
        "print('<script>alert(3)</script>')\n"
        "display({'text/plain': '<img src=x onerror=alert(4)>', 'image/png': '\"><script>alert(5)</script>'}, raw=True)\n"
        "raise ValueError('<script>alert(6)</script>')"
    )
    notebook = own.released()
    notebook.cells.insert(1, new_markdown_cell("<script>alert(7)</script>[x](javascript:alert(8))"))
    own.submit("nasty", more=[show], words="<script>alert(9)</script>[x](javascript:alert(10))", notebook=notebook)
    assert own.grade()["success"]
    assert own.give_feedback()["success"]
    assert tuple(own.points("nasty")[test] for test in TESTS) == ALL
    for page in (own.feedback("nasty"), own.formgrader_page("nasty"), own.formgrader_page("nasty")):
        soup = BeautifulSoup(page, "html.parser")
        assert not [script for script in soup.find_all("script") if "alert(" in script.get_text()]
        assert not soup.find_all(href=re.compile("javascript"))
        assert not soup.find_all(onerror=True)
        assert "alert(3)" in soup.get_text()
        assert "alert(7)" in soup.get_text()
        assert "alert(9)" in soup.get_text()
    kinds = {
        kind for cell in own.notebook("nasty").cells for out in cell.get("outputs", ()) for kind in out.get("data", ())
    }
    assert kinds == {"text/plain"}


def test_an_exercise_is_run_only_where_the_course_names_it(tmp_path: Path) -> None:
    """In a course that has one exercise with code, all others stay sealed; without the name this one is not run either."""
    folder = make_course(tmp_path / "course", [MODULE])
    (folder / "source" / EXERCISE).mkdir()
    nbformat.write(source(), folder / "source" / EXERCISE / f"{EXERCISE}.ipynb")
    settings(folder)
    sealed, course = CodeCourse(folder, MODULE), CodeCourse(folder)
    for module in (MODULE, EXERCISE):
        assert nbgrader_api(folder).generate_assignment(module)["success"]
    mark = tmp_path / "it-ran"
    path = sealed.hand_in("ann", everything()) / f"{MODULE}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, new_code_cell(f"open({str(mark)!r}, 'w')"))
    nbformat.write(notebook, path)
    assert sealed.grade()["success"]
    assert not mark.exists()
    assert "NotRun" not in sealed.said("ann")
    course.submit("ann", more=["print('it ran')"])
    settings(folder, code=[])
    outcome = course.grade()
    assert not outcome["success"]
    assert not course.autograded("ann").exists()
    settings(folder)
    assert course.grade()["success"]
    assert "it ran" in course.said("ann")


def test_trainees_are_told_nbgraders_way_where_to_write(own: CodeCourse) -> None:
    """What is released has nbgrader's stubs, no solution and no hidden test."""
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in own.released().cells}
    assert cells["words"] == "YOUR ANSWER HERE"
    assert "raise NotImplementedError()" in cells["write"]
    assert "HIDDEN" not in str(cells)
    assert "None, 6" not in str(cells)


def test_the_source_is_valid(own: CodeCourse) -> None:
    """`nbgrader validate` passes on the exercise's source."""
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", str(own.source)],
        cwd=own.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Success! Your notebook passes all the tests." in run.stdout, run.stdout + run.stderr


def test_grades_are_those_of_stock_nbgrader(own: CodeCourse, tmp_path: Path) -> None:
    """Right, wrong, untouched and late submissions end up in the gradebook as nbgrader's own grading leaves them."""
    own.submit("right", words=WORDS)
    own.submit("wrong", WRONG, more=["import sys\nprint('to think about', file=sys.stderr)"])
    own.submit("untouched", None)
    with own.gradebook() as book:
        book.update_or_create_assignment(EXERCISE, duedate="2026-03-02 17:00:00")
    stock = CodeCourse(Path(shutil.copytree(own.folder, tmp_path / "stock")))
    (stock.folder / "nbgrader_config.py").write_text("c = get_config()\n")
    for course in (own, stock):
        assert course.grade()["success"]
    for student in ("right", "wrong", "untouched"):
        assert own.grades(student) == stock.grades(student)
        seen = []
        for course in (own, stock):
            with course.gradebook() as book:
                done = book.find_submission(EXERCISE, student)
                comments = {c.name: c.auto_comment for c in done.notebooks[0].comments}
                seen.append((done.score, done.needs_manual_grade, done.total_seconds_late, done.timestamp, comments))
        assert seen[0] == seen[1]
        assert seen[0][2] == 3600


def test_a_submission_is_graded_again_only_when_it_changed(own: CodeCourse) -> None:
    """`grade_submission` tells a fault in a line, leaves alone what is unchanged, and keeps what a person gave."""
    api = nbgrader_api(own.folder)
    own.submit("ann", words=WORDS)
    assert grade_submission(api, EXERCISE, "ann") == ""
    own.mark_by_hand("ann", "words", 3)
    made = own.autograded("ann").stat().st_mtime_ns
    assert grade_submission(api, EXERCISE, "ann") == ""
    assert own.autograded("ann").stat().st_mtime_ns == made
    assert grade_submission(api, EXERCISE, "ann", force=True) == ""
    assert own.autograded("ann").stat().st_mtime_ns > made
    assert own.grades("ann")["words"].manual == 3
    own.submit("ann", WRONG, words=WORDS)
    assert grade_submission(api, EXERCISE, "ann") == ""
    assert own.points("ann")["a-mean"] == 0
    own.submit("ann", more=["import os; os._exit(0)"])
    ended = "the code ended its own kernel, or the kernel was ended for the time or memory it took"
    assert grade_submission(api, EXERCISE, "ann") == ended
    assert grade_submission(api, EXERCISE, "ann") == ended


def test_faults_of_a_hand_in_are_told_in_a_line(own: CodeCourse) -> None:
    """Half a notebook after a whole one, none at all, and a changed source each have their sentence."""
    api = nbgrader_api(own.folder)
    own.submit("ann")
    assert grade_submission(api, EXERCISE, "ann") == ""
    path = own.submitted("ann") / f"{EXERCISE}.ipynb"
    path.write_text("{")
    assert grade_submission(api, EXERCISE, "ann") == f"{path} is not a notebook that can be read; ask for it once more"
    path.unlink()
    assert grade_submission(api, EXERCISE, "ann") == f"ann handed in no {EXERCISE}.ipynb; nothing was graded"
    own.submit("ann")
    changed = source()
    changed.cells[3].source = "assert False"
    nbformat.write(changed, own.source)
    assert "is not what was released: 'a-mean' changed since" in grade_submission(api, EXERCISE, "ann")


def test_what_is_written_in_many_files_is_counted_together(own: CodeCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A submission that writes many files is ended like one that writes a large one."""
    monkeypatch.setattr(cage, "MOST_ON_DISK", 3_000_000)
    write = "import time\nfor n in range(3600):\n    open(f'{n}', 'wb').write(bytes(10**6)); time.sleep(1)"
    own.submit("ann", more=[write])
    told = grade_submission(nbgrader_api(own.folder), EXERCISE, "ann")
    assert told == "the code wrote more than 2 MB to the disk, or hid what it wrote"
    assert tuple(own.points("ann")[test] for test in TESTS) == NONE


def test_a_whole_submission_has_its_time(own: CodeCourse) -> None:
    """Cells that each stay below their limit are ended when all of them together take too long."""
    settings(own.folder, cell_seconds=4, total_seconds=5)
    own.submit("ann", more=["import time; time.sleep(3)"] * 5)
    told = grade_submission(nbgrader_api(own.folder), EXERCISE, "ann")
    assert told == "the code ran longer than the 5 seconds that a submission has"
    assert tuple(own.points("ann")[test] for test in TESTS) == NONE


def test_without_bubblewrap_there_are_limits_and_a_warning(own: CodeCourse, tmp_path: Path) -> None:
    """Without bubblewrap time, memory and file sizes are limited, the next one is graded, and the log says what to install."""
    settings(own.folder, cell_seconds=4, memory=1024)
    path = tmp_path / "programs"
    path.mkdir()
    for program in ("rm", "chmod"):
        (path / program).symlink_to(shutil.which(program))
    for name in ("exits", "loops", "hogs-memory", "fills-the-disk", "floods"):
        own.submit(name, more=[ATTACKS[name].code])
    own.submit("stays", more=["import subprocess, os\nsubprocess.Popen(['/usr/bin/sleep', '613'])\nos._exit(0)"])
    own.submit("zoe")
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", EXERCISE],
        cwd=own.folder,
        env={**os.environ, "PATH": str(path), "PASSWORD": "open sesame"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (
        "bubblewrap is not installed, so the code that is graded can read your files and use the network" in run.stderr
    )
    assert "`apt-get install bubblewrap`" in run.stderr
    for name in ("exits", "loops", "hogs-memory", "fills-the-disk", "floods"):
        assert tuple(own.points(name)[test] for test in TESTS) == ATTACKS[name].points
        assert ATTACKS[name].said in own.said(name)
    assert tuple(own.points("zoe")[test] for test in TESTS) == ALL
    assert not [p for p in psutil.process_iter(["cmdline"]) if "613" in (p.info["cmdline"] or ())]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"code": EXERCISE}, "code is 'mean-alliance'; write a list of names of exercises"),
        ({"code": [3]}, "code is [3]; write a list"),
        ({"code": 3}, "code is 3; write a list"),
        ({"cell_second": 3}, "configure knows no 'cell_second'; did you mean 'cell_seconds'?"),
        ({"code": ["a/b"]}, "code is ['a/b']; write a list"),
        ({"cell_seconds": 0}, "cell_seconds is 0; write a whole number above 0"),
        ({"total_seconds": "60"}, "total_seconds is '60'; write a whole number"),
        ({"memory": True}, "memory is True; write a whole number"),
        ({"memory": 100}, "memory is 100 MB; a kernel needs 512 to start"),
    ],
)
def test_settings_that_cannot_be_used_are_told_and_nothing_is_graded(
    own: CodeCourse, options: dict[str, object], told: str
) -> None:
    """A wrong value in nbgrader_config.py is said in a sentence, and no code is run, by our commands or nbgrader's."""
    own.submit("ann")
    settings(own.folder, **options)
    with pytest.raises(AllianceLabError, match=re.escape(told)):
        nbgrader_api(own.folder)
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", EXERCISE],
        cwd=own.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert told in run.stderr
    assert not own.autograded("ann").exists()


def test_the_command_grades_such_an_exercise_and_leaves_what_has_not_changed(own: CodeCourse) -> None:
    """`alliancelab course grade` and `feedback` serve it, too: points by item, the reason for a submission that cannot be
    graded, and nothing again without need.
    """
    own.submit("ada", words=WORDS)
    own.submit("berta", WRONG)
    own.submit("cleo")
    (own.submitted("cleo") / f"{EXERCISE}.ipynb").write_text("torn")
    rows = grade(own.folder, EXERCISE)
    assert [(row.student, row.points, row.out_of, row.waiting) for row in rows] == [
        ("ada", 4, 7, True),
        ("berta", 1, 7, False),
        ("cleo", 0, 7, False),
    ]
    assert rows[0].items == {"a-mean": 2, "step-by-step": 2, "words": 0}
    assert [row.fault for row in rows[:2]] == ["", ""]
    assert "is not a notebook that can be read" in rows[2].fault
    before = own.autograded("ada").stat().st_ino
    assert grade(own.folder, EXERCISE) == rows
    assert own.autograded("ada").stat().st_ino == before
    assert feedback(own.folder, EXERCISE) == ["ada", "berta"]
    assert "mean_alliance" in own.feedback("ada")


def test_a_course_beside_python_is_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the course lies inside a folder that the code must see, the course is covered and the rest is not."""
    python, course, inside = tmp_path / "python", tmp_path / "python" / "course", tmp_path / "cage"
    for folder in (python / "lib", course / "source", course / "venv", inside / "work", inside / "home"):
        folder.mkdir(parents=True)
    seen = cage._seen()
    monkeypatch.setattr(cage, "_seen", lambda: {*seen, python, course / "venv"})
    look = f"import os; print(sorted(os.listdir({str(python)!r})), os.listdir({str(course)!r}))"
    command = cage.command([sys.executable, "-c", look], inside, 5, 512, [course], walls=True)
    if os.geteuid() == 0:
        shutil.chown(inside, cage.NOBODY)
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout == "['course', 'lib'] ['venv']\n", run.stderr
