"""A course with its exercise released, fresh for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from submissions import MODULE, REFLECTION, Course, source

from alliancelab.course import assign, make_course, simulate
from alliancelab.course.course import nbgrader_api

_HOMES = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings of whoever runs the tests play no part, and nothing is written to their home."""
    home = tmp_path_factory.mktemp("home")
    before = {name: os.environ.get(name) for name in _HOMES}
    os.environ.update({name: str(home / name.lower()) for name in _HOMES})
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course whose exercise has been released; for looking only."""
    folder = make_course(tmp_path_factory.mktemp("courses") / "made", [MODULE])
    outcome = nbgrader_api(folder).generate_assignment(MODULE)
    assert outcome["success"], outcome
    return Course(folder)


@pytest.fixture
def course(released: Course, tmp_path: Path) -> Course:
    """A course of one's own."""
    return Course(Path(shutil.copytree(released.folder, tmp_path / "course")))


NAMES = {
    "ada": ('Ada "the Countess"', "O'Neil, Jr/Sr"),
    "berta": ('=HYPERLINK("http://example.org")', "أمينة"),
    "carla": ("[red]Carla[/red] 🙂", "two\nlines"),
    "dora": ("Dora", "<b>Bold</b>"),
}
DUE = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def graded_group(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two modules, graded by nbgrader and marked by hand here and there; for looking only.

    Ada is done with rapport and handed in features, which nobody has graded. Berta was late but for an extension; her
    words wait. Carla was late, with a penalty; her words wait. Dora never handed in. Emil handed in after the grading.
    """
    folder = make_course(tmp_path_factory.mktemp("groups") / "group", [MODULE, "features"])
    course, features = Course(folder), Course(folder, "features")
    assign(folder, MODULE, DUE)
    assign(folder, "features")
    with course.gradebook() as book:
        for student, (first, last) in NAMES.items():
            lms = {"ada": "1001", "berta": "1002"}.get(student)
            email = f"{student}@example.org"
            book.update_or_create_student(student, first_name=first, last_name=last, email=email, lms_user_id=lms)
    for student, skill, time in (("ada", 1.0, "18:00"), ("berta", 0.6, "19:00"), ("carla", 0.2, "20:00")):
        course.hand_in(student, {}, f"2026-03-02 {time}:00 UTC")
        simulate.work(simulate.Trainee(student, skill, 1.0), source(), course.submitted(student))
    assert course.grade()["success"]
    course.mark_by_hand("ada", REFLECTION, 4.5)
    course.mark_by_hand("berta", "your-jaw", 1)
    with course.gradebook() as book:
        book.find_grade("your-jaw", MODULE, MODULE, "ada").extra_credit = 0.25
        book.find_submission_notebook(MODULE, MODULE, "carla").late_submission_penalty = 1.5
        book.db.commit()
        book.grant_extension(MODULE, "berta", minutes=20)
    features.hand_in("ada", {}, "2026-03-09 18:00:00 UTC")
    course.hand_in("emil", {}, "2026-03-03 18:00:00 UTC")
    simulate.work(simulate.Trainee("emil", 0.5, 1.0), source(), course.submitted("emil"))
    return course


@pytest.fixture
def group(graded_group: Course, tmp_path: Path) -> Course:
    """The graded group, to do with as one likes."""
    return Course(Path(shutil.copytree(graded_group.folder, tmp_path / "group")))


def pytest_configure(config: pytest.Config) -> None:
    """Warnings that nbgrader's own queries give rise to are nbgrader's."""
    config.addinivalue_line("filterwarnings", "ignore::sqlalchemy.exc.SAWarning:nbgrader")
