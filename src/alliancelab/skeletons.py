"""Skeletons for authors: a dialogue, an item, a module, each whole in form, with "WRITE:" where words are wanted.

The linter says what is still to be written; nothing that exists is overwritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alliancelab import catalogue, questions, script, sheet
from alliancelab.dialogue import Alliance, Change, Choice, Dialogue, Line, Scene
from alliancelab.errors import AllianceLabError
from alliancelab.play import path_to, replay
from alliancelab.skeleton_texts import ENTRY, GRADED, MARK, PRACTICE, hint

SOURCE = "elliott-2018"  # a skeleton names one that there is; the author names those that the scene leans on


class NotMade(AllianceLabError):
    """What stands in the way of a skeleton, and what to do about it."""


def new_dialogue(module: str, name: str, level: str, after: str | None = None) -> list[Path]:
    """Write the skeleton of a dialogue with its plays; with `after`, show it in the lesson below that cell."""
    path = catalogue.CONTENT / "dialogues" / f"{_slug(name)}.md"
    dialogue = _dialogue(catalogue.known(module), name, level)
    cell = _lesson_with(module, after, f"{name}-conversation", "play", f'play("{name}")') if after else None
    made = _write({path: script.write(dialogue), path.with_name(f"{name}.plays.toml"): _plays(dialogue)})
    catalogue.dialogue.cache_clear()
    return made + _kept(cell)


def new_item(module: str, name: str, kind: str, after: str | None = None) -> list[Path]:
    """Add the skeleton of a practice item to the module's file; with `after`, ask it in the lesson below that cell."""
    path = catalogue.items_file(catalogue.known(module))
    _in_checkout(path)
    if _slug(name) in catalogue.practice(module):
        raise NotMade(f"there is an item '{name}' in {path.name} already; give the new one another name")
    cell = _lesson_with(module, after, f"{name}-item", "item", f'item("{name}")') if after else None
    before = script.read_text(path).rstrip("\n") + "\n\n" if path.is_file() else ""
    path.parent.mkdir(exist_ok=True)
    path.write_text(before + PRACTICE[kind].format(name=name, mark=MARK), encoding="utf-8")
    catalogue.practice.cache_clear()
    return [path, *_kept(cell)]


def new_graded(module: str, name: str, kind: str, after: str) -> list[Path]:
    """Add a graded item to the module's exercise below a cell: the vignette, the question and the mark, all locked."""
    path = catalogue.exercise_source(module)
    if path is None:
        raise NotMade("the exercises' sources are not at hand; work in a checkout of the project")
    if kind not in GRADED:
        raise NotMade(f"an item of the kind '{kind}' is not marked by itself; use one of: {', '.join(GRADED)}")
    notebook = sheet.load(path)
    question, key = GRADED[kind]
    hints = f"    hints=[\n{''.join(hint(n) for n in range(questions.HINTS))}    ],\n)"
    asked = f'{kind}(\n    "{_slug(name)}",\n    "{MARK} the question of {name}.",\n{question}{hints}'
    mark = f'mark("{name}", points=2)'
    graded = f'"""{MARK} one line that says what is marked."""\n\n{mark}\n{sheet.BEGIN_HIDDEN}\n'
    graded += f'mark(\n    "{name}",\n    points=2,\n    key={key},\n)\n{sheet.END_HIDDEN}'
    cells = [
        _cell("markdown", f"{name}-vignette", f"## {MARK} a heading\n\n{MARK} who it is, and what was said.", True),
        _cell("code", f"{name}-question", asked, True),
        _cell("code", name, graded, True, grade=True, points=2),
    ]
    _insert(notebook, path, after, cells, kind)
    return _kept((path, notebook))


def new_module(slug: str, title: str) -> list[Path]:
    """Write the skeleton of a module at the end of the course: its entry, lesson, items, exercise, and start-page cell."""
    if _slug(slug) in catalogue.modules():
        raise NotMade(f"there is a module '{slug}' already; give the new one another name")
    course = catalogue.CONTENT / "course.toml"
    lesson, home = catalogue.lessons_home() / f"{slug}.ipynb", catalogue.course_home() / "source" / slug
    start = catalogue.lessons_home() / f"{catalogue.START}.ipynb"
    notebook = sheet.load(start)
    place = _place(notebook, start, list(catalogue.modules())[-1]) + 1
    made = _write(
        {
            lesson: _text(_lesson(slug, title)),
            home / f"{slug}.ipynb": _text(_exercise(slug, title)),
            catalogue.items_file(slug): "# The practice items of the lesson.\n",
        }
    )
    entry = ENTRY.format(slug=slug, title=json.dumps(title, ensure_ascii=False), mark=MARK, source=SOURCE)
    course.write_text(script.read_text(course).rstrip("\n") + "\n\n" + entry, encoding="utf-8")
    for cached in (catalogue.course, catalogue.modules):
        cached.cache_clear()
    cell = _cell("markdown", slug, catalogue.start_cell(catalogue.course()[slug]), False)
    notebook["cells"].insert(place, cell)
    return [course, *made, *_kept((start, notebook))]


def _slug(name: str) -> str:
    if not script.SLUG.fullmatch(name):
        raise NotMade(f"'{name}' cannot be a name; use small letters, digits and hyphens, as in maya-goes-quiet")
    return name


def _write(files: Mapping[Path, str]) -> list[Path]:
    """Write new files: all of them, or none where one is there already."""
    for path in files:
        _in_checkout(path)
        if path.exists():
            raise NotMade(f"{path} is there already; give the new one another name")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def _in_checkout(path: Path) -> None:
    if "_carried" in path.parts or "site-packages" in path.parts:
        raise NotMade("content is written in a checkout of the project, not in an installed package")


def _kept(changed: tuple[Path, dict[str, Any]] | None) -> list[Path]:
    """Write a changed notebook last, when nothing can stand in the way any more."""
    if changed is None:
        return []
    path, notebook = changed
    path.write_text(_text(notebook), encoding="utf-8")
    return [path]


# -- dialogues -------------------------------------------------------------------------------------------------------


def _dialogue(module: str, name: str, level: str) -> Dialogue:
    """Eight scenes, three endings, four replies on the longest way; the best reply's place and length vary."""

    def reply(to: str, size: int, bond: int, *moves: str) -> Choice:
        says = f"{MARK} what you say{', a little longer' * size}."
        return Choice(
            says, to, Change(bond=bond), moves or ("restatement",), f"{MARK} what it does, and what it costs."
        )

    def scene(slug: str, *choices: Choice, end: str | None = None) -> Scene:
        return Scene(slug, (Line("Client", f"{MARK} what is said. *And done.*"),), choices, end)

    ask = f"{MARK} *You ask your supervisor.*" if level == "hard" else f"{MARK} what you say, another way."
    supervised = Choice(ask, "half-way", Change(bond=-1), ("structuring",), f"{MARK} what it gives, and what it costs.")
    scenes = (
        scene("opening", reply("missed", 0, -3, "advice"), reply("heard", 1, 4), reply("the-door", 2, -8, "challenge")),
        scene("missed", reply("the-door", 1, -6, "advice"), reply("half-way", 2, -1), reply("heard", 0, 5, "repair")),
        scene("heard", reply("closer", 2, 4, "reflection"), reply("missed", 0, -3, "advice"), supervised),
        scene("closer", reply("half-way", 2, -2, "information"), reply("nearly", 0, 4), reply("missed", 1, -4)),
        scene("nearly", reply("half-way", 0, -1), reply("the-door", 2, -6), reply("the-end", 1, 5, "reflection")),
        scene("the-end", end="deepened"),
        scene("half-way", end="held"),
        scene("the-door", end="lost"),
    )
    intro = f"{MARK} who it is, why now, and where you are: a few lines."
    title = name.replace("-", " ").capitalize()
    return Dialogue(name, title, module, level, "opening", Alliance(50, 50, 50), (SOURCE,), intro, scenes)


def _plays(dialogue: Dialogue) -> str:
    plays = []
    for outcome in ("deepened", "held", "lost"):
        path = path_to(dialogue, [outcome]) or ()
        now = replay(dialogue, path).alliance
        names = ", ".join(f'"{name}"' for name in path)
        plays.append(
            f'[[play]]\npath = [{names}]\nend = "{outcome}"\n'
            f"alliance = {{bond = {now.bond}, goals = {now.goals}, tasks = {now.tasks}}}\n"
        )
    return "\n".join(plays)


# -- notebooks -------------------------------------------------------------------------------------------------------


def _cell(kind: str, name: str, source: str, graded_notebook: bool, **nbgrader: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"deletable": False, "editable": False}
    if kind == "code":
        metadata["jupyter"] = {"source_hidden": True}
    if graded_notebook:
        fixed = {
            "grade": False,
            "grade_id": name,
            "locked": True,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
        metadata["nbgrader"] = fixed | nbgrader
    cell = {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _notebook(kind: str, module: str, title: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cells": cells,
        "metadata": {
            "alliancelab": {"kind": kind, "module": module, "title": title},
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _text(notebook: Mapping[str, Any]) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _lesson(slug: str, title: str) -> dict[str, Any]:
    opening = f"# {title}\n\n{MARK} a moment in the room, how long it takes, what it touches."
    cells = [
        _cell("markdown", "opening", opening, False),
        _cell("code", "setup", f'from alliancelab.notebook import lesson\n\nlesson("{slug}")', False),
        _cell("markdown", "monday", f"## Monday\n\n{MARK} what to do on Monday, on one page.", False),
    ]
    return _notebook("lesson", slug, title, cells)


def _exercise(slug: str, title: str) -> dict[str, Any]:
    imported = "from alliancelab.notebook import exercise, finish, write"
    task = f'write("own-words", "{MARK} the task. An invented person; no real client material.", words=(120, 300))'
    rubric = (
        f"A person reads this and marks it with a rubric.\n\n### BEGIN MARK SCHEME\n{MARK} three criteria, 0 to 2 each."
    )
    cells = [
        _cell("markdown", "title", f"# {title}: exercise\n\n{MARK} what it is about, and how long it takes.", True),
        _cell("code", "setup", f'{imported}\n\nexercise("{slug}")', True),
        _cell("code", "own-words-question", task, True),
        _cell(
            "markdown", "own-words", f"{MARK} a model answer.", True, grade=True, solution=True, locked=False, points=6
        ),
        _cell("markdown", "own-words-rubric", f"{rubric}\n### END MARK SCHEME", True),
        _cell("code", "finish", "finish()", True),
    ]
    return _notebook("exercise", slug, title, cells)


def _lesson_with(module: str, after: str, name: str, call: str, source: str) -> tuple[Path, dict[str, Any]]:
    path = catalogue.lesson(module)
    notebook = sheet.load(path)
    _insert(notebook, path, after, [_cell("code", name, source, False)], call)
    return path, notebook


def _insert(notebook: dict[str, Any], path: Path, after: str, cells: list[dict[str, Any]], call: str) -> None:
    _in_checkout(path)
    ids = [cell.get("id") for cell in notebook["cells"]]
    for cell in cells:
        if cell["id"] in ids:
            raise NotMade(f"{path.name} has a cell '{cell['id']}' already; give the new one another name")
    place = _place(notebook, path, after) + 1
    notebook["cells"][place:place] = cells
    calls = [call, *(["mark"] if any("mark(" in cell["source"] for cell in cells) else [])]
    _import(notebook, calls)


def _place(notebook: Mapping[str, Any], path: Path, name: str) -> int:
    ids = [str(cell.get("id")) for cell in notebook["cells"]]
    if name not in ids:
        raise NotMade(f"{path.name} has no cell '{name}'{catalogue.near(name, ids)}")
    return ids.index(name)


def _import(notebook: Mapping[str, Any], calls: list[str]) -> None:
    """Add to the names that the notebook imports, in the way the formatter writes them."""
    for cell in notebook["cells"]:
        source = sheet.source_of(cell)
        old = re.search(r"from alliancelab\.notebook import (\([^)]*\)|[^\n]*)", source)
        if cell.get("cell_type") != "code" or not old:
            continue
        names = sorted({*re.findall(r"\w+", old[1]), *calls})
        line = f"from alliancelab.notebook import {', '.join(names)}"
        if len(line) > 88 and "\n" in old[1]:
            line = "from alliancelab.notebook import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        cell["source"] = source.replace(old[0], line, 1)
        return
