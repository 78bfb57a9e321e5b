"""Notebooks read as data: what is asked and graded in one, and what a broken one is told."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import json_values, places, put, write_notebook

from alliancelab import answers, catalogue, marking, sheet
from alliancelab.errors import ContentError

LESSON = catalogue.lesson("rapport")
SOURCE = catalogue.exercise_source("rapport")


def _code(source: str, name: str = "question", **metadata: object) -> dict:
    return {"cell_type": "code", "id": name, "metadata": metadata, "source": source, "outputs": []}


def _told(path: Path) -> list[str]:
    return [str(fault).replace(str(path), path.name) for fault in sheet.read(path).faults]


def test_the_exercise_is_read_whole() -> None:
    """Every question of the exercise is read with its mark, points and key; nothing is run for it."""
    read = sheet.read(SOURCE)
    assert read.faults == ()
    assert (read.kind, read.module) == ("exercise", "rapport")
    assert set(read.asked) == set(read.graded) | set(read.written)
    assert all(graded.key and graded.title and graded.points > 0 for graded in read.graded.values())
    assert read.has_keys


def test_the_lesson_is_read_whole() -> None:
    """Every question of the lesson is read, with its open key where it has one; nothing in it is graded."""
    read = sheet.read(LESSON)
    assert (read.faults, read.graded, read.written) == ((), {}, {})
    assert any(asked.key for asked in read.asked.values())


def test_blank_wrong_and_model_answers_to_the_whole_exercise(tmp_path: Path) -> None:
    """A blank journal earns nothing and says so; the model answers earn every point; the written answer waits."""
    read, journal = sheet.read(SOURCE), tmp_path / "rapport.answers.jsonl"
    blank = sheet.marks(read, answers.read(journal))
    assert {result.status for result in blank.values()} == {marking.NOT_ANSWERED}
    for name, item in read.items.items():
        right = marking.model_answer(item, read.graded[name].key) if name in read.graded else "What I would say."
        answers.record(journal, item, right)
    whole = sheet.marks(read, answers.read(journal))
    for name, result in whole.items():
        assert (result.points, result.status) == (
            (result.out_of, marking.RIGHT) if name in read.graded else (0, marking.WAITING)
        )


def test_a_grade_is_a_pure_function(tmp_path: Path) -> None:
    """The same notebook and journal give the same grade, and neither is touched."""
    read, journal = sheet.read(SOURCE), tmp_path / "rapport.answers.jsonl"
    name, item = next(iter(read.items.items()))
    answers.record(journal, item, marking.model_answer(item, read.graded[name].key))
    before = journal.read_bytes(), SOURCE.read_bytes()
    assert sheet.marks(read, answers.read(journal)) == sheet.marks(sheet.read(SOURCE), answers.read(journal))
    assert (journal.read_bytes(), SOURCE.read_bytes()) == before


UNREADABLE = {
    "cut off": (
        SOURCE.read_bytes()[:2000],
        "is not a whole notebook; take a fresh copy, the answers stand beside it",
    ),
    "empty": (b"", "is not a whole notebook; take a fresh copy, the answers stand beside it"),
    "binary": (b"\x89PNG\r\n\x00\xff", "is not written in UTF-8; save the file as UTF-8"),
    "a list": (b"[]", "is not a notebook; take a fresh copy, the answers stand beside it"),
    "without cells": (b'{"metadata": {}}', "is not a notebook; take a fresh copy, the answers stand beside it"),
    "cells that are none": (b'{"cells": [1]}', "is not a notebook; take a fresh copy, the answers stand beside it"),
    "metadata that is none": (
        b'{"cells": [{"metadata": []}]}',
        "is not a notebook; take a fresh copy, the answers stand beside it",
    ),
    "nested without end": (b"[" * 100_000, "is nested too deeply; it is no notebook of ours"),
    "a number without end": (b"9" * 5_000, "is not a whole notebook; take a fresh copy, the answers stand beside it"),
    "50 MB": (b" " * 50_000_000, "is 50,000,000 bytes long; a file has at most 1,000,000"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_is_no_notebook_is_a_fault(tmp_path: Path, case: str) -> None:
    """Whatever a notebook's file holds, it is told in a sentence that names the file."""
    raw, told = UNREADABLE[case]
    path = tmp_path / "rapport.ipynb"
    path.write_bytes(raw)
    with pytest.raises(ContentError) as caught:
        sheet.read(path)
    [fault] = caught.value.faults
    assert (fault.path, fault.message) == (str(path), told)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("choose(", "cannot be read: '(' was never closed (<unknown>, line 1)"),
        ("import os", "cannot be read: line 1 is no call of ours with plain values"),
        ("x = 1", "cannot be read: line 1 is no call of ours with plain values"),
        (
            'print("x")',
            "'print' is none of our calls; write one of: choose, order, rate, code, write, fill, find, item, play, session, ",
        ),
        ("play({[]: 1})", "cannot be read: line 1 is no call of ours with plain values"),
        ('play("rapport" * 9)', "cannot be read: line 1 is no call of ours with plain values"),
        ('play("tomasz-was-set")', "there is no dialogue 'tomasz-was-set'; did you mean 'tomasz-was-sent'?"),
        ('item("who")', "there is no module ''; there are: "),
        ("item()", "item(...) is not called as it should be"),
        ('session("who", 1)', "there is no series 'who'"),
        ('chart("who")', "there is no chart 'who' in charts.toml"),
        ("chart()", "chart(...) is not called as it should be"),
        ('choose("who", "Who?", {"a": "A", "b": "B"}, hints=["One."])', "'who': has 1 hints; write three"),
        ('play("tomasz-was-sent", hints="One.")', "'tomasz-was-sent': the hints are not texts"),
        ("play()", "play(...) is not called as it should be"),
        ('choose("who", "Who?")', "choose(...) is not called as it should be"),
        ('choose("who", "Who?", {"a": "A"})', "'who' needs at least 2 options, each a slug and its text"),
        ('write("a", "?")\nwrite("a", "?")', "'a' is asked twice; rename one"),
        ('mark("a", points="2")', 'mark is not called as it should be; write mark("name", points=2)'),
        ('mark("a", points=True)', 'mark is not called as it should be; write mark("name", points=2)'),
        ('mark("a", points=-1)', 'mark is not called as it should be; write mark("name", points=2)'),
        ('mark("a", points=1e999)', 'mark is not called as it should be; write mark("name", points=2)'),
        (f'mark("a", points=1{"0" * 400})', 'mark is not called as it should be; write mark("name", points=2)'),
        ("mark()", 'mark is not called as it should be; write mark("name", points=2)'),
        ('mark("a", points=2)\nmark("a", points=3, key={})', "'a' is worth 2 points and 3; write one number"),
        ('mark("a", points=2, key={})\nmark("a", points=2)', "'a' is marked twice; rename one"),
    ],
)
def test_what_is_wrong_in_a_cell_is_told_with_its_line(tmp_path: Path, source: str, told: str) -> None:
    """A broken cell is a fault with its id, at the line of the file in which the cell begins."""
    path = write_notebook(tmp_path / "x.ipynb", [_code('lesson("rapport")', "setup"), _code(source)])
    line = next(n for n, text in enumerate(path.read_text().split("\n"), start=1) if '"id": "question"' in text)
    assert len(_told(path)) == 1
    assert _told(path)[0].startswith(f"x.ipynb:{line}: cell 'question': {told}")


@pytest.mark.parametrize("points", [None, "6", -1, [], True])
def test_points_of_a_reflection_that_are_none_are_told(tmp_path: Path, points: object) -> None:
    """Points in the metadata that are no number are a fault, and the rest of the notebook still counts."""
    cell = {
        "cell_type": "markdown",
        "id": "own-part",
        "metadata": {"nbgrader": {"grade": True, "solution": True, "grade_id": "own-part", "points": points}},
        "source": "Words.",
    }
    path = write_notebook(tmp_path / "x.ipynb", [cell, _code('write("own-part", "?")')])
    assert "points are a number from 0 to 1000; mend its metadata, or take a fresh copy" in _told(path)[0]
    assert list(sheet.read(path).asked) == ["own-part"]


def test_a_broken_key_is_a_fault_and_never_reaches_the_marking(tmp_path: Path) -> None:
    """A key that does not fit its question stops the grading with a sentence instead of giving wrong points."""
    asked = _code('choose("who", "Who?", {"a": "A", "b": "B"})', "asked")
    key = '{"credit": {"a": 0.5}, "why": {"a": "x", "b": "y"}}'
    path = write_notebook(tmp_path / "x.ipynb", [asked, _code(f'mark("who", points=2, key={key})')])
    read = sheet.read(path)
    assert "'who': nothing earns full credit; give one of the options a credit of 1" in str(read.faults[0])


@pytest.mark.parametrize("value", [None, [1], "x", 7])
def test_metadata_of_another_shape_is_passed_over(value: object) -> None:
    """Metadata that is no table says nothing, at each of the places where we look into it."""
    cell = {"cell_type": "markdown", "id": "a", "metadata": {"nbgrader": value}, "source": "Words."}
    for metadata in (value, {"alliancelab": value}):
        read = sheet.from_notebook({"cells": [cell], "metadata": metadata}, "x.ipynb")
        assert (read.kind, read.module, read.written, read.faults) == ("", "", {}, ())


def test_a_duplicated_cell_is_told_and_the_first_counts(tmp_path: Path) -> None:
    """A trainee who copies a question does not lose it: the copy is a fault, the question is read once."""
    one = _code('choose("who", "Who?", {"a": "A", "b": "B"})')
    path = write_notebook(tmp_path / "x.ipynb", [one, {**one, "id": "copy"}])
    assert list(sheet.read(path).asked) == ["who"]
    assert [told.split(": ", 1)[1] for told in _told(path)] == ["cell 'copy': 'who' is asked twice; rename one"]


def test_a_deleted_cell_is_missed_nowhere_else(tmp_path: Path) -> None:
    """Without one of its cells a notebook is still read; the other questions are there."""
    notebook = sheet.load(SOURCE)
    [place] = [n for n, cell in enumerate(notebook["cells"]) if cell["id"] == "your-jaw-question"]
    gone = notebook["cells"].pop(place)
    read = sheet.from_notebook(notebook, "x.ipynb")
    assert len(read.asked) == len(sheet.read(SOURCE).asked) - 1, gone["id"]
    assert read.faults == ()


WHOLE = sheet.load(SOURCE)
PLACES = places(WHOLE)[1:]


@given(st.sampled_from(PLACES), json_values)
def test_a_notebook_with_anything_anywhere_is_read(place: tuple, value: object) -> None:
    """Any value in any place of a notebook gives a sheet, faults included, or a `ContentError`, and nothing else."""
    notebook = put(WHOLE, place, value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        with contextlib.suppress(ContentError):
            read = sheet.read(path)
            assert set(sheet.marks(read, answers.Reading())) <= set(read.asked)


def test_a_source_given_as_a_list_of_lines_is_the_same(tmp_path: Path) -> None:
    """Both ways in which a notebook may hold a cell's text read the same."""
    notebook = sheet.load(SOURCE)
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert sheet.read(path).graded == sheet.read(SOURCE).graded
