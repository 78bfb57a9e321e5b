"""A course with its exercise released, fresh for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from submissions import MODULE, Course

from alliancelab.course import make_course
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


def pytest_configure(config: pytest.Config) -> None:
    """Warnings that nbgrader's own queries give rise to are nbgrader's."""
    config.addinivalue_line("filterwarnings", "ignore::sqlalchemy.exc.SAWarning:nbgrader")
