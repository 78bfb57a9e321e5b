"""What the wheel carries: everything a trainee and a supervisor need, without the checkout."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliancelab import catalogue, sheet, workspace

ROOT = Path(__file__).parents[2]
CARRIED = "alliancelab/_carried"
PAGE = "alliancelab-0.1.0.data/data/share/jupyter/labextensions/alliancelab"
SOURCE = f"{CARRIED}/exercises/source/rapport/rapport.ipynb"


def build(kind: str, root: Path, out: Path, **variables: str) -> Path:
    """Build the sdist or the wheel of the project at `root` with the tools at hand."""
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(out), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = [path for path in out.iterdir() if path.name.endswith({"sdist": ".tar.gz", "wheel": ".whl"}[kind])]
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built the long way: from the source distribution."""
    out = tmp_path_factory.mktemp("wheel")
    sdist = build("sdist", ROOT, out)
    subprocess.run([sys.executable, "-m", "tarfile", "-e", str(sdist), str(out)], check=True)
    return build("wheel", out / sdist.name.removesuffix(".tar.gz"), out)


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that a programme hands to its trainees."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("keyless"), ALLIANCELAB_WITHOUT_KEYS="1")


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def installed(wheel: Path, home: Path, code: str) -> str:
    """What `code` prints where only the wheel is at hand, in an empty folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home / "site")
    (home / "empty").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=home / "empty",
        env={**os.environ, "PYTHONPATH": str(home / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)
    elif isinstance(value, str):
        yield value


def test_the_wheel_carries_lessons_exercises_and_content(wheel):
    """Nothing that is needed is left in the checkout, and nothing of the build is carried along."""
    found = names(wheel)
    assert {
        f"{CARRIED}/notebooks/00_start_here.ipynb",
        f"{CARRIED}/notebooks/practise.ipynb",
        f"{CARRIED}/notebooks/rapport.ipynb",
        f"{CARRIED}/exercises/nbgrader_config.py",
        f"{CARRIED}/released/rapport/rapport.ipynb",
        SOURCE,
        f"{PAGE}/package.json",
        f"{PAGE}/static/remoteEntry.js",
        "alliancelab/jupyter/labconfig/page_config.json",
        "alliancelab/content/course.toml",
        "alliancelab/widgets/card.js",
        "alliancelab/widgets/chart.js",
    } <= found
    assert not [name for name in found if "hatch_build" in name or name.startswith(("tests", "notebooks", "exercises"))]


def test_no_key_and_no_reason_is_in_the_released_exercise(wheel):
    """Trainees get the questions; what the keys say about the answers stays in the source."""
    with zipfile.ZipFile(wheel) as archive:
        released = json.loads(archive.read(f"{CARRIED}/released/rapport/rapport.ipynb"))
    text = "\n".join(sheet.source_of(cell) for cell in released["cells"])
    source = sheet.read(catalogue.exercise_source("rapport"))
    reasons = [reason for graded in source.graded.values() for reason in strings(graded.key["why"])]
    assert len(reasons) > 30
    assert not [reason for reason in reasons if reason in text]
    for cell in released["cells"]:
        if cell["cell_type"] == "code":
            calls = [node for node in ast.walk(ast.parse(sheet.source_of(cell))) if isinstance(node, ast.Call)]
            assert not [call for call in calls if any(keyword.arg == "key" for keyword in call.keywords)]
    assert "MARK SCHEME" not in text
    assert "HIDDEN TESTS" not in text


def test_the_wheel_alone_makes_a_trainees_folder(wheel, tmp_path):
    """After installing the wheel, in an empty folder, without the checkout, everything is there."""
    told = installed(
        wheel,
        tmp_path,
        "import alliancelab, pathlib; from alliancelab import catalogue, workspace; workspace.prepare(pathlib.Path());"
        "print(alliancelab.__file__, catalogue.exercise_source('rapport') is not None)",
    )
    assert told == f"{tmp_path / 'site' / 'alliancelab' / '__init__.py'} True"
    made = {str(path.relative_to(tmp_path / "empty")) for path in (tmp_path / "empty").rglob("*.ipynb")}
    assert made == set(workspace.carried())


def test_a_wheel_without_keys_holds_none_and_works(keyless, tmp_path):
    """A programme's trainees get lessons and released exercises; no source is on their machine."""
    assert names(keyless) >= {f"{CARRIED}/released/rapport/rapport.ipynb", f"{CARRIED}/exercises/nbgrader_config.py"}
    assert SOURCE not in names(keyless)
    told = installed(
        keyless,
        tmp_path,
        "import pathlib; from alliancelab import catalogue, workspace; workspace.prepare(pathlib.Path());"
        "print(catalogue.exercise_source('rapport'))",
    )
    assert told == "None"
    assert (tmp_path / "empty/exercises/rapport/rapport.ipynb").is_file()
