"""The same scores as stock nbgrader: the sealed notebook run in a real kernel against the sealed notebook evaluated."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest
from jupyter_client.manager import AsyncKernelManager
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade, is_grade, setenv
from submissions import MODULE, Course, source

from alliancelab import answers, sheet
from alliancelab.course import simulate
from alliancelab.course.course import nbgrader_api

SUBMISSIONS = 20

# What may stand in a journal besides answers; the last one is torn.
ODD_LINES = [
    b"\xff\xfe\x00 not text\n",
    b'{"v": 1}\n',
    b'{"v": 1, "at": "2026-03-02T18:00:00+00:00", "item": "your-jaw", "kind": "choose", "answer": ["no-such-option"]}\n',
    b'{"v": 1, "at": "2026-03-02T18:00:00+00:00", "item": "your-jaw", "kind": "rate", "answer": {"a": NaN}}\n',
    b'{"v": 1, "at": "2026-03-02T18:00:00+00:00", "item": "at-assembly", "kind": "rate", "answer": "much"}\n',
    b'{"v": 1, "at": "2026-03-02T18:0',
]


def journal_of(number: int, folder: Path) -> None:
    """A generated submission: a trainee of some skill and diligence; some journals have odd lines in them."""
    random = Random(number)
    trainee = simulate.Trainee(f"trainee-{number}", random.random(), random.choice([0.3, 0.8, 1.0]))
    journal = simulate.work(trainee, source(), folder, seed=number)
    if number % 4 == 0:
        lines = [*(journal.read_bytes().splitlines(keepends=True) if journal.exists() else []), *ODD_LINES[:-1]]
        random.shuffle(lines)
        journal.write_bytes(b"".join(lines) + ODD_LINES[-1])


@pytest.fixture(scope="module")
def both(released: Course, tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    """For each submission, the notebook evaluated by us and the same sealed notebook run by stock Execute.

    The kernel is one for all submissions; each begins with `exercise(...)`, as it does for a trainee.
    """
    course = Course(Path(shutil.copytree(released.folder, tmp_path_factory.mktemp("equality") / "course")))
    for number in range(SUBMISSIONS):
        journal_of(number, course.hand_in(f"trainee-{number:02}", {}))
    assert course.grade()["success"]
    evaluated = [course.notebook(f"trainee-{number:02}") for number in range(SUBMISSIONS)]
    sealed = _sealed(course)
    folder = course.folder / "kernel"
    folder.mkdir()
    manager = AsyncKernelManager(kernel_name="python3")
    execute = Execute(extra_arguments=["--HistoryManager.hist_file=:memory:"])
    executed = []
    try:
        for number, notebook in enumerate(sealed):
            journal = sheet.journal_path(folder, MODULE)
            journal.unlink(missing_ok=True)
            if course.journal(f"trainee-{number:02}").exists():
                shutil.copyfile(course.journal(f"trainee-{number:02}"), journal)
            with setenv(NBGRADER_EXECUTION="autograde"):
                executed.append(execute.preprocess(notebook, {"metadata": {"path": str(folder)}}, km=manager)[0])
    finally:
        execute.km = manager
        execute._cleanup_kernel()
    return list(zip(evaluated, executed, strict=True))


def _sealed(course: Course) -> list:
    """What the first pass makes of each submission, got by letting the second do nothing."""
    folder = Path(shutil.copytree(course.folder, course.folder.with_name("sealed")))
    api = nbgrader_api(folder)
    api.config.Autograde.autograde_preprocessors = []
    assert api.autograde(MODULE, "*", force=True)["success"]
    return [Course(folder).notebook(f"trainee-{number:02}") for number in range(SUBMISSIONS)]


def test_scores_equal_those_of_stock_nbgrader_cell_by_cell(both: list[tuple]) -> None:
    """For 20 generated submissions, every graded cell has the score that stock Execute in a kernel gives it."""
    compared = []
    for evaluated, executed in both:
        ours = {c.metadata.nbgrader.grade_id: determine_grade(c) for c in evaluated.cells if is_grade(c)}
        stock = {c.metadata.nbgrader.grade_id: determine_grade(c) for c in executed.cells if is_grade(c)}
        assert ours == stock
        compared += ours.values()
    assert len(compared) == SUBMISSIONS * (len(source().graded) + len(source().written))
    assert len({score for score, _ in compared}) > 5  # not all of them nothing, nor all of them everything


def test_feedback_equals_what_the_kernel_says(both: list[tuple]) -> None:
    """The words in a graded cell are the same, too."""
    for evaluated, executed in both:
        said = [
            [c.outputs[0].data for c in n.cells if is_grade(c) and c.cell_type == "code"] for n in (evaluated, executed)
        ]
        assert said[0] == said[1]


def test_generated_journals_are_not_all_in_order() -> None:
    """Among the generated submissions are journals with lines that cannot be read."""
    with_faults = 0
    import tempfile

    for number in range(SUBMISSIONS):
        with tempfile.TemporaryDirectory() as folder:
            journal_of(number, Path(folder))
            reading = answers.read(sheet.journal_path(Path(folder), MODULE))
            with_faults += bool(reading.faults and reading.torn)
    assert with_faults == SUBMISSIONS // 4
