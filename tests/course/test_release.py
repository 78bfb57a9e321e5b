"""What trainees get holds no key, and nbgrader's own check passes."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbgrader.validator import Validator
from submissions import MODULE, Course, secrets, source
from traitlets.config import Config

from alliancelab.release import released as released_notebook


def bare(text: str) -> str:
    """A text without what JSON or Python may put into it or leave out of it."""
    return re.sub(r"[\\\"']", "", text)


def everything_in(folder: Path) -> str:
    """All that can be read in a folder, as it stands and with JSON's escapes undone."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_text(encoding="utf-8")
            found.append(raw)
            if path.suffix == ".ipynb":
                found += [cell.source for cell in nbformat.reads(raw, as_version=4).cells]
    return "\n".join(found)


def test_no_key_and_no_reason_is_in_the_release(released: Course) -> None:
    """Neither a reason of a graded item nor the model answer nor the rubric occurs anywhere in the release folder."""
    told = secrets()
    assert len(told) > 60
    kept = bare(everything_in(released.folder / "source"))
    handed_out = everything_in(released.folder / "release")
    assert [text for text in told if bare(text) not in kept] == []
    assert [text for text in told if bare(text) in bare(handed_out)] == []
    for mark_of_a_key in ("HIDDEN TESTS", "MARK SCHEME", "key=", '"credit"', '"why"', "'why'", '"endings"'):
        assert mark_of_a_key not in handed_out


def test_the_release_of_the_wheel_is_the_release_of_nbgrader(released: Course) -> None:
    """The released exercise that the wheel carries has the cells that `nbgrader generate_assignment` makes."""
    ours = released_notebook(released.source)
    theirs = nbformat.read(released.folder / "release" / MODULE / f"{MODULE}.ipynb", as_version=4)
    assert [dict(cell) for cell in ours.cells] == [dict(cell) for cell in theirs.cells]


@pytest.mark.parametrize(("step", "invert"), [("source", False), ("release", True)])
def test_validate_passes_on_the_source_and_inverted_on_the_release(step: str, invert: bool, released: Course) -> None:
    """Run in a real kernel, the source earns every point by its model answers, and the release earns none."""
    validator = Validator(config=Config({"Validator": {"invert": invert}}))
    assert validator.validate(str(released.folder / step / MODULE / f"{MODULE}.ipynb")) == {}


def test_validate_finds_fault_with_the_release_and_inverted_with_the_source(released: Course) -> None:
    """The same check fails the other way round, so it is no empty one."""
    plain, inverted = Validator(), Validator(config=Config({"Validator": {"invert": True}}))
    failed = plain.validate(str(released.folder / "release" / MODULE / f"{MODULE}.ipynb"))["failed"]
    assert len(failed) == len(source().graded) + len(source().written)
    passed = inverted.validate(str(released.folder / "source" / MODULE / f"{MODULE}.ipynb"))["passed"]
    assert len(passed) >= len(source().graded)
