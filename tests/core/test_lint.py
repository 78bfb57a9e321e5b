"""The linter: each rule is seen to fire on a broken copy, and nothing fires on what ships."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from making import LONG_PLAYS, json_values, long_dialogue, places, put

import alliancelab
from alliancelab import catalogue, lint, script, sheet
from alliancelab.cli import cli
from alliancelab.dialogue import Change, Choice, Dialogue, Line
from alliancelab.lint import lists

NOBODY = 65_534


def _messages(*paths: Path) -> list[str]:
    return [fault.message for fault in lint.check(paths)]


def _lines(path: Path) -> list[str]:
    """The faults of a file as they are printed, with its name alone."""
    return [str(fault).replace(f"{path.parent}/", "") for fault in lint.check([path])]


def test_what_ships_has_no_faults() -> None:
    """Every dialogue, play, list, lesson and exercise that ships passes."""
    assert lint.check() == []


def test_without_paths_everything_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a path the linter opens each dialogue, each list, each lesson and each exercise."""
    opened: set[str] = set()
    read_text = script.read_text
    monkeypatch.setattr(script, "read_text", lambda path: opened.add(path.name) or read_text(path))
    lint.check()
    names = {f"{name}{end}" for name in catalogue.dialogue_names() for end in (".md", ".plays.toml")}
    assert names | {"moves.toml", "sources.toml", "course.toml", "00_start_here.ipynb", "rapport.ipynb"} <= opened


# -- dialogues -------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Callable[..., Path]:
    """Writes a dialogue, with good plays or with others, and gives its path."""

    def write(dialogue: Dialogue, plays: str | None = LONG_PLAYS) -> Path:
        path = tmp_path / "ada-again.md"
        path.write_text(script.write(dialogue), encoding="utf-8")
        if plays is not None:
            path.with_name("ada-again.plays.toml").write_text(plays, encoding="utf-8")
        return path

    return write


GOOD = long_dialogue()
CONSULTING = dataclasses.replace(GOOD, level="easy")


def _with_scenes(change: Callable[[Any], Any]) -> Dialogue:
    return dataclasses.replace(GOOD, scenes=tuple(change(scene) for scene in GOOD.scenes))


def _choices(change: Callable[[int, Choice], Choice], key: Callable[[Choice], Any] | None = None) -> Dialogue:
    """Every reply changed, given the number of its scene, and sorted where a key is given."""

    def scene_changed(scene: Any) -> Any:
        if not scene.choices:
            return scene
        number = int(scene.name[-1])
        replies = [change(number, choice) for choice in scene.choices]
        return dataclasses.replace(scene, choices=tuple(sorted(replies, key=key) if key else replies))

    return _with_scenes(scene_changed)


def _onward(choice: Choice) -> bool:
    return choice.to.startswith("scene-") or choice.to == "the-end"


def _sized(choice: Choice, onward: int, other: int) -> Choice:
    return dataclasses.replace(choice, says="x" * (onward if _onward(choice) else other))


def test_a_good_dialogue_passes(place: Callable[..., Path]) -> None:
    """The dialogue that the tests below break one thing of has no fault."""
    assert _lines(place(GOOD)) == []


TRICK = (
    "ada-again.md:1: can be won by a trick: {} reply reaches the best ending; make that reply cost something on the way"
)

DIALOGUES: dict[str, tuple[Dialogue, str]] = {
    "unknown source": (
        dataclasses.replace(GOOD, sources=("elliott-2018", "nobody-2020")),
        "ada-again.md:8: 'nobody-2020' is no known source; add it to sources.toml, or name another",
    ),
    "unknown module": (
        dataclasses.replace(GOOD, module="report"),
        f"ada-again.md:4: there is no module 'report'; write one of: {', '.join(catalogue.modules())}",
    ),
    "no way to consult": (
        _with_scenes(
            lambda scene: (
                dataclasses.replace(scene, lines=(Line(None, "*Rain.*"),)) if scene.name == "half-way" else scene
            )
        ),
        "ada-again.md:1: is hard and has no way to consult; let one reply ask the supervisor, at a price",
    ),
    "always the longest": (_choices(lambda n, c: _sized(c, 9, 2)), TRICK.format("always the longest")),
    "always the shortest": (_choices(lambda n, c: _sized(c, 2, 9)), TRICK.format("always the shortest")),
    "always the first": (_choices(lambda n, c: c, key=lambda c: not _onward(c)), TRICK.format("always the first")),
    "always the last": (_choices(lambda n, c: c, key=_onward), TRICK.format("always the last")),
    "a favourite place": (
        _choices(lambda n, c: c, key=lambda c: (c.to == "the-door", _onward(c), c.to)),
        "ada-again.md:1: the best reply stands in place 2 in 6 of 6 scenes; change the order of the replies",
    ),
    "an exclamation mark": (
        _choices(lambda n, c: dataclasses.replace(c, why="Well done!") if (n, c.to) == (1, "half-way") else c),
        "feedback has no exclamation marks; end the sentence with a full stop",
    ),
    "an emoji": (
        _choices(lambda n, c: dataclasses.replace(c, why="Well done 🙂.") if (n, c.to) == (1, "half-way") else c),
        "feedback has no emoji; say it in words",
    ),
    "one reply": (
        _with_scenes(
            lambda scene: (
                dataclasses.replace(scene, choices=tuple(filter(_onward, scene.choices)))
                if scene.name == "scene-2"
                else scene
            )
        ),
        "'scene-2' has 1 replies; write two to 4",
    ),
    "a missing reason, from the parser": (
        _choices(lambda n, c: dataclasses.replace(c, why="") if (n, c.to) == (1, "half-way") else c),
        "a reply has no reason; write `  > why, and what it costs` under it",
    ),
    "an unknown move, from the parser": (
        _choices(lambda n, c: dataclasses.replace(c, moves=("repare",)) if (n, c.to) == (1, "half-way") else c),
        "'repare' is no move; choose from: ",
    ),
}


@pytest.mark.parametrize("case", DIALOGUES)
def test_each_rule_for_dialogues_fires(place: Callable[..., Path], case: str) -> None:
    """A dialogue that breaks a rule is told so, with its line and the remedy."""
    dialogue, told = DIALOGUES[case]
    assert any(told in line for line in _lines(place(dialogue))), _lines(place(dialogue))


def _shorter(scenes: int) -> Dialogue:
    kept = {f"scene-{number}" for number in range(1, scenes + 1)} | {"the-end", "half-way", "the-door"}

    def cut(scene: Any) -> Any:
        choices = [c if c.to in kept else dataclasses.replace(c, to="the-end") for c in scene.choices]
        return dataclasses.replace(scene, choices=tuple(choices))

    return dataclasses.replace(GOOD, scenes=tuple(cut(scene) for scene in GOOD.scenes if scene.name in kept))


def test_a_short_dialogue_is_told(place: Callable[..., Path]) -> None:
    """A dialogue needs eight scenes, three endings and a way of four turns."""
    told = "\n".join(_lines(place(_shorter(3))))
    assert "has 6 scenes; write 8 or more" in told
    assert "is over too soon; let one way through it have 4 replies or more" in told
    assert "is over too soon" not in "\n".join(_lines(place(_shorter(4))))

    def no_door(scene: Any) -> Any:
        return dataclasses.replace(scene, choices=tuple(c for c in scene.choices if c.to != "the-door"))

    two = dataclasses.replace(GOOD, scenes=tuple(no_door(s) for s in GOOD.scenes if s.name != "the-door"))
    assert "ada-again.md:1: has 2 endings; write 3 or more" in _lines(place(two))


def test_a_way_in_a_circle_is_not_a_long_way() -> None:
    """Coming back to a scene does not make a conversation longer."""
    from alliancelab.lint.dialogues import has_way_of

    round_and_round = script.parse(
        "---\nformat: 1\ntitle: T\nmodule: rapport\nlevel: easy\nstart: a\n"
        "alliance: {bond: 50, goals: 50, tasks: 50}\nsources: []\n---\n"
        "\n## a\n\n*A.*\n\n- B. -> b [; silence]\n  > B.\n- C. -> c [; silence]\n  > C.\n"
        "\n## b\n\n*B.*\n\n- A. -> a [; silence]\n  > A.\n- C. -> c [; silence]\n  > C.\n"
        "\n## c\n\n*C.*\n\nend: held\n",
        "circle",
    )
    assert [turns for turns in range(1, 6) if has_way_of(turns, round_and_round)] == [1, 2]


def test_a_rule_that_is_fair_does_not_fire(place: Callable[..., Path]) -> None:
    """Half of the scenes is not more than half, and scenes without one best reply are not counted."""
    from alliancelab.lint.dialogues import favourite_place

    def half(number: int, place: int) -> Dialogue:
        """The best reply in front in the first scenes only, so many of six."""
        return _with_scenes(
            lambda scene: dataclasses.replace(
                scene,
                choices=tuple(
                    sorted(
                        scene.choices,
                        key=lambda c: _onward(c) != (int(scene.name[-1]) <= number) if scene.choices else 0,
                    )
                ),
            )
        )

    assert favourite_place(half(3, 1)) == ""
    assert favourite_place(half(4, 1)) == "in place 1 in 4 of 6 scenes"
    even = _choices(lambda n, c: dataclasses.replace(c, change=Change()) if n == 1 else c, key=lambda c: not _onward(c))
    assert favourite_place(even) == ""  # five scenes are left, too few to tell


def test_a_dialogue_without_plays_is_told(place: Callable[..., Path]) -> None:
    """Each dialogue ships with its plays beside it."""
    told = "has no plays beside it; write ada-again.plays.toml with one play for each kind of ending"
    assert _lines(place(GOOD, None)) == [f"ada-again.md:1: {told}"]


def test_a_name_that_is_none_is_told(tmp_path: Path) -> None:
    """A dialogue is found by its file's name, so that the name is a slug."""
    (tmp_path / "Ada_1.md").write_text(script.write(GOOD), encoding="utf-8")
    assert "'Ada_1' cannot name a dialogue; use small letters, digits, hyphens" in _messages(tmp_path)


PLAYS = {
    "no such reply": (
        '["half-way"]',
        '["scene-9"]',
        "ada-again.plays.toml:6: step 1: 'scene-9' is no reply in the scene 'scene-1'; choose one of: ",
    ),
    "another ending": (
        'end = "held"',
        'end = "lost"',
        'ada-again.plays.toml:6: the play ends as "held"; write `end = "held"`, or play another path',
    ),
    "another alliance": (
        "bond = 80",
        "bond = 81",
        "ada-again.plays.toml:1: the alliance at the end is another; "
        "write `alliance = {bond = 80, goals = 50, tasks = 50}`",
    ),
    "not played on": (
        '"scene-6", "the-end"]',
        '"scene-6"]',
        "ada-again.plays.toml:1: the play stops at 'scene-6', which is no ending; play on to one",
    ),
    "an unknown key": (
        'end = "held"',
        'end = "held"\nmood = "grey"',
        "ada-again.plays.toml:6: a play has the keys path, end, alliance and no others; mend: mood",
    ),
    "a missing key": (
        'end = "held"\n',
        "",
        "ada-again.plays.toml:6: a play has the keys path, end, alliance and no others; mend: end",
    ),
    "a path that is none": (
        '["half-way"]',
        '"half-way"',
        'ada-again.plays.toml:6: `path` is not a list of scenes; write `path = ["first-scene", "second-scene"]`',
    ),
    "a kind of ending not played": (
        LONG_PLAYS[LONG_PLAYS.rindex("[[play]]") :],
        "",
        'ada-again.plays.toml:1: no play ends as "lost"; write one that does',
    ),
    "an unknown table": (
        "[[play]]\npath",
        "[about]\nby = 1\n\n[[play]]\npath",
        "ada-again.plays.toml:1: holds something other than plays; write `[[play]]` and under it path, end, alliance",
    ),
    "no TOML": ("bond = 80", "bond = ", "ada-again.plays.toml:4: is not readable TOML: Invalid value"),
    "nothing": (LONG_PLAYS, "", "ada-again.plays.toml:1: holds something other than plays"),
}


@pytest.mark.parametrize("case", PLAYS)
def test_each_rule_for_plays_fires(place: Callable[..., Path], case: str) -> None:
    """A play that does not play as it says is told with its line, by its dialogue and by itself, once."""
    old, new, told = PLAYS[case]
    assert old in LONG_PLAYS
    path = place(GOOD, LONG_PLAYS.replace(old, new, 1))
    for found in (_lines(path), _lines(path.with_name("ada-again.plays.toml"))):
        assert [line for line in found if line.startswith(told)], found
    assert _messages(path, path.parent) == _messages(path)


def test_plays_without_their_dialogue_are_told(place: Callable[..., Path]) -> None:
    """Plays whose dialogue is gone say which file is missing."""
    path = place(GOOD)
    path.unlink()
    assert _lines(path.with_name("ada-again.plays.toml")) == [
        "ada-again.md:1: cannot be read: No such file or directory"
    ]


# -- lists -----------------------------------------------------------------------------------------------------------

LISTS = {
    "a move that is no table": (
        "moves.toml",
        "[open-question]",
        "hush = 1\n\n[open-question]",
        "'hush' is no table; write `[hush]`",
    ),
    "a move without a meaning": ("moves.toml", "what =", "that =", "'open-question' has no `what`; add it"),
    "a move with an unknown key": ("moves.toml", "what =", "that =", "'open-question' has an unknown key 'that'; "),
    "a near move that is none": (
        "moves.toml",
        'near = "reflection"',
        'near = "mirror"',
        "'restatement': `near` names no other move",
    ),
    "a move near itself": (
        "moves.toml",
        'near = "reflection"',
        'near = "restatement"',
        "'restatement': `near` names no other move",
    ),
    "a source without a link": ("sources.toml", "doi =", "dio =", "'eubanks-2018-consensus' cannot be opened; "),
    "a source of no year": (
        "sources.toml",
        "year = 2018",
        'year = "2018"',
        "'eubanks-2018-consensus': `year` is not a whole number",
    ),
    "a source with a bad name": (
        "sources.toml",
        "[eubanks-2018-consensus]",
        "[Eubanks]",
        "'Eubanks' is no slug; use small letters, digits, hyphens",
    ),
    "a module twice": (
        "course.toml",
        "[[module]]",
        '[[module]]\nslug = "rapport"\ntitle = "Rapport"\n\n[[module]]',
        "the module 'rapport' stands twice; take one out",
    ),
    "a module without a title": ("course.toml", "title =", "name =", "'foundations' has no `title`; add it"),
    "a module with a bad name": (
        "course.toml",
        'slug = "rapport"',
        'slug = "Rap port"',
        "'Rap port' cannot name a module; use small letters, digits, hyphens",
    ),
    "no modules": ("course.toml", "[[module]]", "[[modules]]", "holds something other than modules"),
    "no TOML": ("course.toml", "[[module]]", "[[module]", "is not readable TOML: "),
    "very deep TOML": ("course.toml", "[[module]]", "x = " + "[" * 100_000, "is nested too deeply; write plain tables"),
}


@pytest.mark.parametrize("case", LISTS)
def test_each_rule_for_lists_fires(tmp_path: Path, case: str) -> None:
    """A list of moves, sources or modules with a mistake is told, and names what it is about."""
    name, old, new, told = LISTS[case]
    text = (catalogue.CONTENT / name).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert [message for message in _messages(path) if message.startswith(told)], _messages(path)


def test_a_fault_in_a_list_has_its_line(tmp_path: Path) -> None:
    """A fault of a source stands at the line where the source begins."""
    path = tmp_path / "sources.toml"
    path.write_text('# One.\n\n[ada-2020]\nauthors = "A."\nyear = 2020\ntitle = "T"\n', encoding="utf-8")
    assert _lines(path) == [
        "sources.toml:3: 'ada-2020' cannot be opened; write a `doi`, or where there is none a `url`"
    ]


def test_dialogues_are_checked_beside_broken_lists(
    place: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a list is broken, that is the fault; dialogues that lean on it are still read."""
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("moves.toml", "sources.toml", "course.toml"):
        (broken / name).write_text("[[[", encoding="utf-8")
    path = place(GOOD)
    catalogues = (catalogue.moves, catalogue.sources, catalogue.modules)
    monkeypatch.setattr(catalogue, "CONTENT", broken)
    for cached in catalogues:
        cached.cache_clear()
    try:
        assert _messages(path) == []
        assert len(_messages(broken)) == 3
    finally:
        for cached in catalogues:
            cached.cache_clear()


# -- notebooks -------------------------------------------------------------------------------------------------------

LESSON = catalogue.lesson("rapport")
START = catalogue.lessons_home() / f"{catalogue.START}.ipynb"
SOURCE = catalogue.exercise_source("rapport")
Notebook = dict[str, Any]


def _copy_of(path: Path, folder: Path, change: Callable[[Notebook], object]) -> Path:
    notebook = copy.deepcopy(sheet.load(path))
    change(notebook)
    to = folder / "rapport" / path.name
    to.parent.mkdir(exist_ok=True)
    to.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return to


def _cell(notebook: Notebook, name: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def _first(notebook: Notebook, starts: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if sheet.source_of(cell).startswith(starts))


def _replace(notebook: Notebook, name: str, old: str, new: str) -> None:
    cell = _cell(notebook, name)
    source = sheet.source_of(cell)
    assert old in source, (name, old)
    cell["source"] = source.replace(old, new, 1)


def _drop(notebook: Notebook, keep: Callable[[dict[str, Any]], bool]) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if keep(cell)]


COMMON: dict[str, tuple[Callable[[Notebook], object], str]] = {
    "no kind": (lambda n: n["metadata"]["alliancelab"].pop("kind"), "its metadata does not say what it is"),
    "no title": (
        lambda n: n["metadata"]["alliancelab"].pop("title"),
        "has the keys kind, module and title and no others",
    ),
    "an unknown key": (
        lambda n: n["metadata"]["alliancelab"].update(mood="grey"),
        "has the keys kind, module and title and no others",
    ),
    "an unknown module": (
        lambda n: n["metadata"]["alliancelab"].update(module="report"),
        "there is no module 'report'",
    ),
    "another kernel": (lambda n: n["metadata"]["kernelspec"].update(name="ir"), "`kernelspec` is not the fixed one"),
    "no kernel": (lambda n: n["metadata"].pop("kernelspec"), "`kernelspec` is not the fixed one"),
    "a version of Python": (
        lambda n: n["metadata"]["language_info"].update(version="3.11"),
        "`language_info` is not the fixed one",
    ),
    "an old format": (lambda n: n.update(nbformat_minor=4), "is not of notebook format 4.5"),
    "a cell without an id": (lambda n: n["cells"][2].pop("id"), "cell 'cell 3': has no id"),
    "an id by a machine": (lambda n: n["cells"][2].update(id="3f2a9c01"), "cell '3f2a9c01': its id tells nothing"),
    "a long id by a machine": (
        lambda n: n["cells"][2].update(id="3f2a9c01-7d1e-4c55-9c1b-0a1b2c3d4e5f"),
        "its id tells nothing",
    ),
    "a number for an id": (lambda n: n["cells"][2].update(id="cell-3"), "cell 'cell-3': its id tells nothing"),
    "an id twice": (
        lambda n: n["cells"][2].update(id=n["cells"][3]["id"]),
        "another cell has the same id; rename one of them",
    ),
    "an output": (
        lambda n: _first(n, "from").update(outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}]),
        "has outputs; clear them before you save",
    ),
    "a count": (lambda n: _first(n, "from").update(execution_count=3), "has an execution count"),
    "a raw cell": (lambda n: n["cells"][2].update(cell_type="raw"), "is neither text nor a call"),
    "an empty cell": (lambda n: n["cells"][2].update(source=" "), "is empty; take it out"),
    "code of its own": (lambda n: _first(n, "from").update(source="import os"), "is no call of ours with plain values"),
    "not opened": (
        lambda n: _first(n, "from").update(source="from alliancelab.notebook import play"),
        "the notebook is opened 0 times",
    ),
    "a name not imported": (lambda n: _replace(n, "setup", "play", "mark"), "'play' is not imported"),
    "a name too many": (
        lambda n: _replace(n, "setup", "play", "play, widget"),
        "imports what it does not use; take out: widget",
    ),
}


@pytest.mark.parametrize("path", [LESSON, SOURCE], ids=["lesson", "exercise"])
@pytest.mark.parametrize("case", COMMON)
def test_each_rule_for_notebooks_fires(tmp_path: Path, case: str, path: Path) -> None:
    """A lesson and an exercise that break a rule for notebooks are told so."""
    change, told = COMMON[case]
    found = _messages(_copy_of(path, tmp_path, change))
    assert [message for message in found if told in message], found


ITEM, SEVERAL, WRITTEN = "six-says-the-judge", "on-the-recording", "own-part-in-the-room"
BEGIN, END = sheet.BEGIN_HIDDEN, sheet.END_HIDDEN


def _meta(name: str, **metadata: object) -> Callable[[Notebook], object]:
    return lambda n: _cell(n, name)["metadata"]["nbgrader"].update(metadata)


def _edit(name: str, old: str, new: str) -> Callable[[Notebook], object]:
    return lambda n: _replace(n, name, old, new)


def _cut_items(notebook: Notebook, fewer: int) -> None:
    graded = [cell["id"] for cell in notebook["cells"] if cell["metadata"]["nbgrader"].get("grade")][:fewer]
    _drop(notebook, lambda cell: cell["id"] not in {*graded, *(f"{name}-question" for name in graded)})


def _swap(notebook: Notebook, one: str, two: str) -> None:
    cells = notebook["cells"]
    a, b = (next(n for n, cell in enumerate(cells) if cell["id"] == name) for name in (one, two))
    cells[a], cells[b] = cells[b], cells[a]


def _why_of(notebook: Notebook) -> str:
    return re.search(r'"why": \{\s*"[^"]+": "([^"]+)"', sheet.source_of(_cell(notebook, ITEM)))[1]


EXERCISE: dict[str, tuple[Callable[[Notebook], object], str]] = {
    "an open key": (
        lambda n: _cell(n, f"{ITEM}-question").update(
            source=f'choose("{ITEM}", "Which?", {{"a": "A", "b": "B"}}, key={{"credit": {{"a": 1}}}})'
        ),
        f"'{ITEM}' carries its key in the open; move it into the hidden tests of its mark",
    ),
    "the key above the hidden tests": (
        lambda n: _cell(n, ITEM).update(
            source=sheet.source_of(_cell(n, ITEM)).replace(f"{BEGIN}\n", "") + f"\n{BEGIN}"
        ),
        "its key is not hidden once",
    ),
    "the key in the visible mark": (
        _edit(ITEM, "points=2)", 'points=2, key={"credit": {"on-those-terms": 1}})'),
        "its key stands outside the hidden tests",
    ),
    "no hidden tests": (_edit(ITEM, BEGIN, "### HIDDEN"), "its key is not hidden once"),
    "no end of the hidden tests": (_edit(ITEM, END, ""), "its key is not hidden once"),
    "indented hidden tests": (_edit(ITEM, BEGIN, f"  {BEGIN}"), "its key is not hidden once"),
    "something below": (
        lambda n: _cell(n, ITEM).update(source=sheet.source_of(_cell(n, ITEM)) + '\n"""Well done."""'),
        "something stands below the hidden tests; take it out, or the grade is lost",
    ),
    "a comment below": (
        lambda n: _cell(n, ITEM).update(source=sheet.source_of(_cell(n, ITEM)) + "\n# on-those-terms"),
        "something stands below the hidden tests",
    ),
    "no line that says what is marked": (
        lambda n: _cell(n, ITEM).update(source=sheet.source_of(_cell(n, ITEM)).split("\n", 1)[1]),
        "above the hidden tests stand a line in quotes that says what is marked, and the mark; nothing else",
    ),
    "two hidden calls": (
        _edit(ITEM, f"{BEGIN}\n", f'{BEGIN}\n"""Secret."""\n'),
        "the hidden tests hold one call, the mark with its key; nothing else",
    ),
    "other points in the call": (_edit(ITEM, "points=2)", "points=3)"), "is worth 3 points and 2; write one number"),
    "other points in the metadata": (
        _meta(ITEM, points=5),
        "its nbgrader metadata says `points: 5`; write `points: 2`",
    ),
    "another grade_id": (
        _meta(ITEM, grade_id="six"),
        f"its nbgrader metadata says `grade_id: six`; write `grade_id: {ITEM}`",
    ),
    "not graded": (_meta(ITEM, grade=False), "its nbgrader metadata says `grade: False`; write `grade: true`"),
    "not locked": (_meta(ITEM, locked=False), "its nbgrader metadata says `locked: False`; write `locked: true`"),
    "a solution": (_meta(ITEM, solution=True), "its nbgrader metadata says `solution: True`; write `solution: false`"),
    "a question not locked": (_meta(f"{ITEM}-question", locked=False), "is not locked; write `locked: true`"),
    "no nbgrader metadata": (
        lambda n: _cell(n, f"{ITEM}-question")["metadata"].pop("nbgrader"),
        "has no nbgrader metadata; trainees could change or delete it",
    ),
    "a grade_id twice": (
        _meta(f"{ITEM}-question", grade_id="title"),
        "another cell has the grade_id 'title'; rename one of them",
    ),
    "a graded cell that marks nothing": (
        _meta("finish", grade=True),
        'is graded and marks nothing; write mark("item-name"',
    ),
    "hidden tests elsewhere": (
        lambda n: _cell(n, "finish").update(source=f"finish()\n{BEGIN}\n{END}"),
        "hides something and is not graded",
    ),
    "asked and not marked": (
        lambda n: _drop(n, lambda cell: cell["id"] != ITEM),
        f"'{ITEM}' is asked and never marked; add its mark below",
    ),
    "marked and not asked": (
        lambda n: _drop(n, lambda cell: cell["id"] != f"{ITEM}-question"),
        f"'{ITEM}' is marked and never asked; add its question above",
    ),
    "marked before it is asked": (
        lambda n: _swap(n, ITEM, f"{ITEM}-question"),
        f"'{ITEM}' is marked before it is asked; move the question above it",
    ),
    "another item marked": (
        lambda n: _cell(n, ITEM).update(source=sheet.source_of(_cell(n, ITEM)).replace(ITEM, "sixty")),
        f"its nbgrader metadata says `grade_id: {ITEM}`; write `grade_id: sixty`",
    ),
    "a key with an unknown option": (
        _edit(ITEM, '"on-those-terms": 1', '"on-those-times": 1'),
        f"'{ITEM}': 'on-those-times' is not among the options",
    ),
    "a key with an unknown source": (
        _edit(ITEM, '"credit": {', '"source": "moyers-2061",\n        "credit": {'),
        f"'{ITEM}': 'moyers-2061' is no known source; name one that stands in sources.toml",
    ),
    "an exclamation mark": (
        lambda n: _replace(n, ITEM, why := _why_of(n), why.rstrip(".") + "!"),
        f"'{ITEM}': feedback has no exclamation marks",
    ),
    "an emoji": (
        lambda n: _replace(n, ITEM, why := _why_of(n), why + " 👍"),
        f"'{ITEM}': feedback has no emoji; say it in words",
    ),
    "a reason given away": (
        lambda n: _cell(n, "title").update(source=sheet.source_of(_cell(n, "title")) + "\n\n" + _why_of(n)),
        f"cell 'title': gives away a reason of '{ITEM}'; it may stand only in the hidden tests",
    ),
    "too few items": (
        lambda n: _cut_items(n, 4),
        "has 8 graded items beside its dialogues; an exercise has 10 or more",
    ),
    "too few kinds": (
        lambda n: _drop(n, lambda cell: not cell["id"].startswith("counting-the-ewes")),
        "its graded items are of 3 kinds; an exercise has choose, order, rate and code",
    ),
    "no dialogue": (
        lambda n: _drop(n, lambda cell: not cell["id"].startswith("nadia")),
        'has no dialogue; write play("its-name") and mark it',
    ),
    "no reflection": (
        lambda n: _drop(n, lambda cell: not cell["id"].startswith(WRITTEN)),
        "has no reflection; add a write question and the Markdown cell in which a person marks it",
    ),
    "a reflection never asked": (
        lambda n: _drop(n, lambda cell: cell["id"] != f"{WRITTEN}-question"),
        f"no write question is called '{WRITTEN}'; name this cell's grade_id after it",
    ),
    "no rubric": (
        lambda n: _drop(n, lambda cell: cell["id"] != f"{WRITTEN}-rubric"),
        f"cell '{WRITTEN}': no rubric stands below it",
    ),
    "half a rubric": (
        _edit(f"{WRITTEN}-rubric", "### END MARK SCHEME", ""),
        f"cell '{WRITTEN}-rubric': its rubric is not whole",
    ),
    "a rubric in the answer's cell": (
        _edit(WRITTEN, "*One good answer", "### BEGIN MARK SCHEME\nx\n### END MARK SCHEME\n*One good answer"),
        f"cell '{WRITTEN}': its rubric is not whole",
    ),
    "points of the reflection": (_meta(WRITTEN, points="six"), "points are a number from 0 to 1000"),
    "another opening": (
        _edit("setup", 'exercise("rapport")', 'exercise("report")'),
        "opens another notebook than this",
    ),
}


@pytest.mark.parametrize("case", EXERCISE)
def test_each_rule_for_exercises_fires(tmp_path: Path, case: str) -> None:
    """An exercise that breaks a rule is told so: grading would go wrong, or a key would travel."""
    change, told = EXERCISE[case]
    found = _messages(_copy_of(SOURCE, tmp_path, change))
    assert [message for message in found if told in message], found


def _unprotected(notebook: Notebook) -> None:
    notebook["cells"][2]["metadata"]["editable"] = True


def _open_key(old: str, new: str) -> Callable[[Notebook], object]:
    return lambda n: _replace(n, "channel-first", old, new)


LESSONS: dict[str, tuple[Callable[[Notebook], object], str]] = {
    "too few cells": (lambda n: n["cells"].__delitem__(slice(24, None)), "has 24 cells; a lesson has 25 to 40"),
    "too many cells": (lambda n: n["cells"].extend(n["cells"][:9]), "cells; a lesson has 25 to 40"),
    "too few dialogues": (
        lambda n: _drop(n, lambda cell: cell["id"] != "gordon"),
        "has 2 dialogues; a lesson has 3 or more",
    ),
    "a cell that can be edited": (_unprotected, "could be deleted or edited by accident"),
    "a faulty open key": (
        lambda n: _cell(n, "channel-first").update(
            source='choose("x", "Q?", {"a": "A", "b": "B"}, key={"credit": {"a": 1}, "why": {"a": "x"}})'
        ),
        "cell 'channel-first': 'x': 'b' has no reason; write one in 'why'",
    ),
    "an open key with an unknown source": (
        lambda n: _cell(n, "channel-first").update(
            source='choose("x", "Q?", {"a": "A", "b": "B"}, key={"credit": {"a": 1}, "why": {"a": "x", "b": "y"}, '
            '"source": "z"})'
        ),
        "'x': 'z' is no known source",
    ),
    "an exclamation mark": (
        lambda n: _cell(n, "channel-first").update(
            source='choose("x", "Q?", {"a": "A", "b": "B"}, key={"credit": {"a": 1}, "why": {"a": "Yes!", "b": "y"}})'
        ),
        "'x': feedback has no exclamation marks",
    ),
    "a mark": (
        lambda n: _cell(n, "channel-first").update(source='mark("x", points=2)'),
        "only an exercise marks; take the mark out, or give the question an open key",
    ),
    "a dialogue that is none": (
        lambda n: _replace(n, "gordon", "gordon-has", "gordon-had"),
        "there is no dialogue 'gordon-had-all-the-answers'; did you mean 'gordon-has-all-the-answers'?",
    ),
}


@pytest.mark.parametrize("case", LESSONS)
def test_each_rule_for_lessons_fires(tmp_path: Path, case: str) -> None:
    """A lesson that breaks a rule is told so."""
    change, told = LESSONS[case]
    found = _messages(_copy_of(LESSON, tmp_path, change))
    assert [message for message in found if told in message], found


def test_a_notebook_in_another_place_is_told(tmp_path: Path) -> None:
    """The file's name and its folder are what the answers and nbgrader go by."""
    shutil.copy(SOURCE, tmp_path / "rapport.ipynb")
    shutil.copy(LESSON, tmp_path / "lesson.ipynb")
    found = _messages(tmp_path)
    assert "stands in the wrong folder; nbgrader looks for source/rapport/rapport.ipynb" in found
    assert "is of the module 'rapport'; call the file rapport.ipynb, its answers are named after it" in found


def test_a_fault_of_a_cell_has_the_line_where_the_cell_begins(tmp_path: Path) -> None:
    """A fault can be found in the file: its line is where the cell's id stands."""
    path = _copy_of(LESSON, tmp_path, LESSONS["a faulty open key"][0])
    lines = path.read_text(encoding="utf-8").split("\n")
    found = [fault for fault in lint.check([path]) if "'channel-first'" in fault.message]
    assert found
    assert all('"id": "channel-first"' in lines[fault.line - 1] for fault in found)


# -- files that are none of ours, or cannot be read --------------------------------------------------------------------


def test_all_faults_come_at_once_in_order(tmp_path: Path, place: Callable[..., Path]) -> None:
    """Every fault of every file is reported once, sorted by file and line."""
    place(DIALOGUES["unknown source"][0], LONG_PLAYS.replace("bond = 80", "bond = 81"))
    _copy_of(SOURCE, tmp_path, EXERCISE["not locked"][0])
    faults = lint.check([tmp_path, tmp_path])
    assert faults == sorted(set(faults))
    assert len({fault.path for fault in faults}) == 3


def test_what_is_no_content_is_told(tmp_path: Path) -> None:
    """A file that nothing reads is a fault: beside an exercise it would be handed out to trainees."""
    (tmp_path / "key.txt").write_text("on-those-terms")
    (tmp_path / "extra.toml").write_text("")
    (tmp_path / ".hidden").write_text("")
    (tmp_path / "rapport.answers.jsonl").write_text("")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "x.txt").write_text("")
    assert [line.split(";")[0] for line in map(str, lint.check([tmp_path]))] == [
        f"{tmp_path}/extra.toml:1: is no content of ours",
        f"{tmp_path}/key.txt:1: is no content of ours",
    ]


def test_a_path_that_is_none_is_told(tmp_path: Path) -> None:
    """A mistyped name is a fault and not an empty list of faults."""
    assert _lines(tmp_path / "diologues") == ["diologues:1: cannot be read: No such file or directory; mend the name"]


ENDINGS = (".md", ".plays.toml", ".ipynb", ".toml", *lists.LISTS)


@pytest.mark.parametrize("name", [f"x{end}" if end.startswith(".") else end for end in ENDINGS if end != ".toml"])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\x01\xff\xfe",
        "é".encode("latin-1"),
        b"[" * 100_000,
        b"{" * 100_000,
        b"9" * 5_000,
        b"\xef\xbb\xbf",
        b"x = [" + b"[" * 5_000,
    ],
)
def test_a_file_that_holds_anything_is_a_fault(tmp_path: Path, name: str, raw: bytes) -> None:
    """Empty, binary, in another encoding or nested without end: each is told, none is thrown."""
    path = tmp_path / name
    path.write_bytes(raw)
    found = _lines(path)
    if name in ("moves.toml", "sources.toml", "charts.toml") and raw in (b"", b"\xef\xbb\xbf"):
        assert found == []  # an empty list lacks nothing by itself; what names its entries is told
    else:
        assert found


def test_a_file_of_50_mb_is_a_fault(tmp_path: Path) -> None:
    """A file larger than any of ours is told with its size, without being read."""
    for name in ("x.md", "x.ipynb", "moves.toml"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(50_000_000)
    assert _messages(tmp_path) == ["is 50,000,000 bytes long; a file has at most 1,000,000"] * 3


@given(
    st.sampled_from(ENDINGS),
    st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")),
)
def test_any_bytes_in_any_file_are_told(ending: str, raw: bytes) -> None:
    """Whatever a file holds, the linter answers with faults and with nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (f"x{ending}" if ending.startswith(".") else ending)
        path.write_bytes(raw)
        for fault in lint.check([path]):
            assert fault.path.startswith(folder)


toml_values = st.sampled_from(
    [
        "1",
        "true",
        '"x"',
        "[]",
        "[1, [2]]",
        "{}",
        "{slug = 1}",
        "{name = {}}",
        "nan",
        "2026-01-01",
        '"""\n"""',
        "[{}, 1]",
    ]
)


@given(
    st.sampled_from(["x.plays.toml", "items/rapport.toml", "series/x.toml", *lists.LISTS]),
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "module",
                    "play",
                    "path",
                    "end",
                    "alliance",
                    "slug",
                    "a",
                    "near",
                    "doi",
                    "kind",
                    "ask",
                    "options",
                    "key",
                    "hints",
                    "model",
                    "words",
                    "shape",
                    "sessions",
                    "home",
                    "number",
                    "dialogue",
                    "next",
                    "[a]",
                    "[a.key]",
                    "[[module]]",
                    "[[play]]",
                    "[[point]]",
                    "[[point.home]]",
                    "[[session]]",
                ]
            ),
            toml_values,
        ),
        max_size=6,
    ),
)
def test_any_toml_is_told(name: str, parts: list[tuple[str, str]]) -> None:
    """Readable TOML of any other shape gives faults and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "x.md").write_text(script.write(GOOD), encoding="utf-8")
        path.write_text("\n".join(key if key.startswith("[") else f"{key} = {value}" for key, value in parts))
        assert isinstance(lint.check([path]), list)


WHOLE = {path: sheet.load(path) for path in (LESSON, SOURCE)}
PLACES = [(path, place) for path, notebook in WHOLE.items() for place in places(notebook)[1:]]


@given(st.sampled_from(PLACES), json_values)
def test_any_value_anywhere_in_a_notebook_is_told(where: tuple[Path, tuple], value: object) -> None:
    """A notebook with anything in any place gives faults and nothing else."""
    path, place = where
    notebook = put(WHOLE[path], place, value)
    with tempfile.TemporaryDirectory() as folder:
        broken = Path(folder) / "rapport.ipynb"
        broken.write_text(json.dumps(notebook), encoding="utf-8")
        assert isinstance(lint.check([broken]), list)


TABLES = {name: catalogue.load_toml(catalogue.CONTENT / name) for name in lists.LISTS}


@given(st.data())
def test_any_value_anywhere_in_a_list_is_told(data: st.DataObject) -> None:
    """A list that ships, with anything in any place, gives messages and nothing else."""
    name = data.draw(st.sampled_from(sorted(TABLES)))
    place = data.draw(st.sampled_from(places(TABLES[name])[1:]))
    told = list(lists.LISTS[name](put(TABLES[name], place, data.draw(json_values))))
    assert all(isinstance(message, str) for _, message in told)


@pytest.fixture
def course_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The course file in a copy of the content, which the catalogue then reads."""
    shutil.copytree(catalogue.CONTENT, tmp_path / "content")
    monkeypatch.setattr(catalogue, "CONTENT", tmp_path / "content")
    caches = [found for found in vars(catalogue).values() if hasattr(found, "cache_clear")]
    for cached in caches:
        cached.cache_clear()
    yield tmp_path / "content" / "course.toml"
    for cached in caches:
        cached.cache_clear()


@pytest.mark.parametrize(
    "text", ["[[[", "", "module = [1]", '[[module]]\nslug = "rapport"\n', "[[module]]\nslug = 3\nminutes = 4\n"]
)
def test_beside_a_broken_course_file_only_that_is_told(course_file: Path, text: str) -> None:
    """While the course file is broken the linter still reads everything else, and blames nothing else for it."""
    course_file.write_text(text, encoding="utf-8")
    content = course_file.parent
    others = [content / "coverage.toml", content / "items" / "rapport.toml", START, LESSON, SOURCE]
    faults = lint.check([course_file, *others])
    assert faults
    assert {fault.path for fault in faults} == {str(course_file)}


def test_a_course_file_with_a_need_that_is_none_is_told_and_the_start_page_is_read(course_file: Path) -> None:
    """The start page is compared with what the course file says, even where a module needs one that there is not."""
    text = course_file.read_text("utf-8").replace("needs = []", 'needs = ["grief"]', 1)
    course_file.write_text(text, encoding="utf-8")
    assert any("needs 'grief', which does not come before it" in message for message in _messages(course_file, START))


def test_half_a_character_is_printed_as_one(tmp_path: Path) -> None:
    """A notebook may hold half of a character; the fault that quotes it reaches the terminal."""
    path = tmp_path / "rapport.ipynb"
    path.write_text(json.dumps(put(sheet.load(LESSON), ("cells", 0, "source"), "# \ud83d")), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "alliancelab.cli", "content", "check", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (1, "")
    assert "begins with '# ?'" in run.stdout


AS_NOBODY = """
import os, sys
from alliancelab import catalogue, lint
lint.check()  # imports and reads what it leans on while it may
if os.geteuid() == 0:
    os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
for fault in lint.check(sys.argv[1:]):
    print(fault)
"""


def test_a_folder_and_a_file_without_permission_are_told() -> None:
    """What may not be read is a fault that names it, and the rest is checked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        (folder / "closed" / "x.md").write_text("x")
        (folder / "secret.md").write_text("x")
        (folder / "secret.md").chmod(0)
        (folder / "key.txt").write_text("x")
        if os.geteuid() != 0:
            (folder / "closed").chmod(0)
        run = subprocess.run(
            [sys.executable, "-c", AS_NOBODY.format(nobody=NOBODY), name, f"{name}/closed/x.md"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(alliancelab.__file__).parents[1])},
        )
        (folder / "closed").chmod(0o700)
    assert run.stderr == ""
    assert [line.removeprefix(f"{name}/").split(";")[0] for line in run.stdout.splitlines()] == [
        "closed:1: cannot be read: Permission denied",
        "closed/x.md:1: cannot be read: Permission denied",
        "key.txt:1: is no content of ours",
        "secret.md:1: cannot be read: Permission denied",
    ]


def test_the_command_prints_each_fault_and_says_no(place: Callable[..., Path]) -> None:
    """`alliancelab content check` prints `path:line: what is wrong; what to write` and exits with 1, or with 0."""
    path = place(GOOD)
    clean = CliRunner().invoke(cli, ["content", "check", str(path)])
    assert (clean.exit_code, clean.output.count("\n")) == (0, 1)
    place(DIALOGUES["unknown source"][0])
    faulty = CliRunner().invoke(cli, ["content", "check", str(path)])
    assert (faulty.exit_code, faulty.output) == (
        1,
        f"{path}:8: 'nobody-2020' is no known source; add it to sources.toml, or name another\n",
    )
