"""A sheet: a lesson's or an exercise's notebook read as data.

Our notebooks hold only calls with literal arguments, so they are read and never run: grading, checking and linting all
start here. `marks` is the grade: a pure function of a sheet and a journal.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from alliancelab import answers, catalogue, keys, marking, questions, scales, script, series
from alliancelab.errors import ContentError, Fault
from alliancelab.items import QUESTIONS, Form, Item, ItemError, Talk
from alliancelab.marking import Key, Result

OPENERS = ("lesson", "exercise")
ASKERS = (*QUESTIONS, "item", "scale", "play", "session")
SHOWN = {"chart": catalogue.chart, "series_chart": series.named}  # what only shows something, and how its name is found
ALONE = ("finish", "progress", "practise", "calibration", "hours_log")  # cards that say what they are by themselves
MOST_POINTS = 1_000
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"

_CELL_ID = re.compile(r'\s*"id": "([^"]*)"')


def talk(name: str) -> Talk:
    """The item that plays a dialogue."""
    return Talk(name, catalogue.dialogue(name))


def form(name: str) -> Form:
    """The item that shows a scale to be filled in."""
    return Form(name, scales.named(name))


def beginnings(name: str, number: int) -> list[series.Session]:
    """The beginnings that a session of a series can have; raises `catalogue.NotFound` where there is none."""
    found = series.named(name).begins(number)
    if not found:
        raise catalogue.NotFound(f"the series '{name}' has no session {number}")
    return found


@dataclass(frozen=True)
class Asked:
    """A question as it stands in a notebook: the item, its cell, in a lesson the open key, and what helps with it.

    `session` names the session of a series (series and number) that a conversation is one of the beginnings of.
    """

    item: Item
    cell: str
    key: Key | None = None
    hints: tuple[str, ...] = ()
    model: str = ""
    session: tuple[str, int] | None = None


@dataclass(frozen=True)
class Graded:
    """A graded cell: which item, for how many points, under which title, and in a source the key."""

    name: str
    cell: str
    points: float
    title: str
    key: Key | None = None


@dataclass(frozen=True)
class Sheet:
    """What a notebook asks and what is graded in it.

    `written` names the items that a person marks, with their points; `models` gives a source's model answers for them.
    """

    path: str
    kind: str
    module: str
    asked: Mapping[str, Asked] = field(default_factory=dict)
    graded: Mapping[str, Graded] = field(default_factory=dict)
    written: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def items(self) -> dict[str, Item]:
        """Name to item, in the notebook's order."""
        return {name: asked.item for name, asked in self.asked.items()}

    def title(self, name: str) -> str:
        """What an item is about, in a line: the graded cell's title, else the question itself."""
        graded = self.graded.get(name)
        return (graded.title if graded else "") or self.asked[name].item.ask

    @property
    def has_keys(self) -> bool:
        """Whether answers can be judged with it."""
        return any(graded.key is not None for graded in self.graded.values())


def marks(sheet: Sheet, reading: answers.Reading) -> dict[str, Result]:
    """The result of each graded item and of each written one: the grade, without side effects."""
    results = {}
    for name, item in sheet.items.items():
        graded = sheet.graded.get(name)
        answer = answers.answer_of(reading, item)
        if graded is not None:
            results[name] = marking.mark(item, graded.key, answer, graded.points, catalogue.near_moves())
        elif name in sheet.written:
            results[name] = marking.mark(item, None, answer, sheet.written[name])
    return results


def load(path: Path) -> dict[str, Any]:
    """The notebook file as JSON; a file that is no notebook is a `ContentError`."""
    text = script.read_text(path)
    try:
        notebook = json.loads(text)
    except RecursionError:
        raise ContentError([Fault(str(path), 1, "is nested too deeply; it is no notebook of ours")]) from None
    except ValueError as error:  # JSONDecodeError, and a number with thousands of digits
        raise ContentError(
            [
                Fault(
                    str(path),
                    getattr(error, "lineno", 1),
                    "is not a whole notebook; take a fresh copy, the answers stand beside it",
                )
            ]
        ) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(
        isinstance(cell, dict) and isinstance(cell.get("metadata", {}), dict) for cell in cells
    ):
        raise ContentError([Fault(str(path), 1, "is not a notebook; take a fresh copy, the answers stand beside it")])
    return notebook


def read(path: Path) -> Sheet:
    """Read the notebook at `path`; what is wrong inside it stands in the sheet's `faults`."""
    return from_notebook(load(path), str(path))


def from_notebook(notebook: Mapping[str, Any], path: str) -> Sheet:
    """Read a notebook given as JSON; `path` is what faults call it."""
    return _Reader(notebook, path).read()


def table(value: Any) -> Mapping[str, Any]:
    """The value if it is a table, else an empty one: a notebook's metadata may hold anything."""
    return value if isinstance(value, Mapping) else {}


def nbgrader_of(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """What nbgrader wrote into a cell's metadata."""
    return table(table(cell.get("metadata")).get("nbgrader"))


def source_of(cell: Mapping[str, Any]) -> str:
    """A cell's text, which the file may hold as a list of lines."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


@dataclass(frozen=True)
class Call:
    """One of our calls as it stands in a cell, with plain values."""

    name: str
    arguments: list[Any]
    keywords: dict[str, Any]


class _Reader:
    def __init__(self, notebook: Mapping[str, Any], path: str):
        self.notebook, self.path = notebook, path
        about = table(table(notebook.get("metadata")).get("alliancelab"))
        self.kind, self.module = str(about.get("kind", "")), str(about.get("module", ""))
        self.asked: dict[str, Asked] = {}
        self.graded: dict[str, Graded] = {}
        self.written: dict[str, float] = {}
        self.models: dict[str, str] = {}
        self.faults: list[Fault] = []

    def read(self) -> Sheet:
        for number, cell in enumerate(self.notebook["cells"]):
            cell_id = str(cell.get("id", f"cell {number + 1}"))
            meta = nbgrader_of(cell)
            if cell.get("cell_type") == "code":
                self._code_cell(source_of(cell), cell_id)
            elif meta.get("grade") and meta.get("solution"):
                self._written(str(meta.get("grade_id")), meta.get("points", 0), cell_id)
                self.models[str(meta.get("grade_id"))] = source_of(cell)
        for marked in [*self.asked.values(), *self.graded.values()]:
            self._key(marked)
        return Sheet(
            self.path,
            self.kind,
            self.module,
            self.asked,
            self.graded,
            self.written,
            self.models,
            tuple(sorted(self.faults)),
        )

    def fault(self, cell_id: str, message: str) -> None:
        self.faults.append(Fault(self.path, self.lines.get(cell_id, 1), f"cell '{cell_id}': {message}"))

    @cached_property
    def lines(self) -> dict[str, int]:
        return lines_of(self.path)

    def _code_cell(self, source: str, cell_id: str) -> None:
        title = ""
        try:
            found = list(statements(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.fault(cell_id, f"cannot be read: {error}")
            return
        for statement in found:
            if isinstance(statement, str):
                title = statement
            elif statement.name in ASKERS:
                self._ask(statement, cell_id)
            elif statement.name in SHOWN:
                self._shown(statement, cell_id)
            elif statement.name == "mark":
                self._mark(statement, cell_id, title)
            elif statement.name in ALONE:
                if statement.arguments or statement.keywords:
                    told = "it takes nothing between the brackets"
                    self.fault(cell_id, f"{statement.name}(...) is not called as it should be: {told}")
            elif statement.name not in OPENERS:
                self.fault(
                    cell_id,
                    f"'{statement.name}' is none of our calls; write one of: {', '.join(ASKERS)}, {', '.join(SHOWN)}, mark",
                )

    def _ask(self, call: Call, cell_id: str) -> None:
        try:
            found = list(self._asked(call, cell_id))
        except TypeError as error:
            self.fault(cell_id, f"{call.name}(...) is not called as it should be: {error}")
        except (ItemError, catalogue.NotFound) as error:
            self.fault(cell_id, str(error))
        except ContentError as error:
            self.faults += error.faults
        else:
            for asked in found:
                if asked.item.name in self.asked:
                    self.fault(cell_id, f"'{asked.item.name}' is asked twice; rename one")
                else:
                    self.asked[asked.item.name] = asked

    def _asked(self, call: Call, cell_id: str) -> Iterator[Asked]:
        options = dict(call.keywords)
        if call.name == "session":
            session = _session(*call.arguments, **options)
            for begun in beginnings(*session):
                yield Asked(talk(begun.dialogue), cell_id, session=session)
        elif call.name == "item":
            practice = catalogue.practice_item(self.module, *call.arguments, **options)
            yield Asked(practice.item, cell_id, practice.key, practice.hints, practice.model)
        else:
            key, hints = options.pop("key", None), options.pop("hints", ())
            item = {"play": talk, "scale": form, **QUESTIONS}[call.name](*call.arguments, **options)
            for wrong in questions.hint_faults(hints):
                raise ItemError(f"'{item.name}': {wrong}")
            yield Asked(item, cell_id, key, tuple(hints))

    def _shown(self, call: Call, cell_id: str) -> None:
        try:
            SHOWN[call.name](*call.arguments, **call.keywords)
        except TypeError as error:
            self.fault(cell_id, f"{call.name}(...) is not called as it should be: {error}")
        except catalogue.NotFound as error:
            self.fault(cell_id, str(error))
        except ContentError as error:
            self.faults += error.faults

    def _key(self, marked: Asked | Graded) -> None:
        name = marked.name if isinstance(marked, Graded) else marked.item.name
        if marked.key is not None and name in self.asked:
            for wrong in keys.faults(self.asked[name].item, marked.key):
                self.fault(marked.cell, f"'{name}': {wrong}")

    def _written(self, name: str, points: Any, cell_id: str) -> None:
        try:
            self.written[name] = _points(points)
        except ValueError as error:
            self.fault(cell_id, f"{error}; mend its metadata, or take a fresh copy")

    def _mark(self, call: Call, cell_id: str, title: str) -> None:
        try:
            name, points, key = _mark_arguments(*call.arguments, **call.keywords)
        except (TypeError, ValueError):
            self.fault(cell_id, 'mark is not called as it should be; write mark("name", points=2)')
            return
        before = self.graded.get(name)
        if before is not None and (before.cell != cell_id or before.key is not None):
            self.fault(cell_id, f"'{name}' is marked twice; rename one")
        elif before is not None and before.points != points:
            self.fault(cell_id, f"'{name}' is worth {before.points:g} points and {points:g}; write one number")
        else:
            self.graded[name] = Graded(name, cell_id, points, title, key)


def _session(name: str, number: int) -> tuple[str, int]:
    return name, number


def _mark_arguments(name: str, points: float, key: Any = None) -> tuple[str, float, Any]:
    if not isinstance(name, str):
        raise TypeError(name)
    return name, _points(points), key


def _points(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_POINTS:
        raise ValueError(f"points are a number from 0 to {MOST_POINTS}")
    return float(value)


def statements(source: str) -> Iterator[Call | str]:
    """The calls and texts of a code cell in order; raises where it holds anything else.

    >>> list(statements('play("tomasz-was-sent")'))
    [Call(name='play', arguments=['tomasz-was-sent'], keywords={})]
    """
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "alliancelab.notebook":
            continue
        value = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            yield Call(
                value.func.id,
                [_plain(argument) for argument in value.args],
                {str(keyword.arg): _plain(keyword.value) for keyword in value.keywords},
            )
        else:
            raise ValueError(f"line {statement.lineno} is no call of ours with plain values")


def _plain(value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except (TypeError, ValueError):
        raise ValueError(f"line {value.lineno} is no call of ours with plain values") from None


def lines_of(path: str) -> dict[str, int]:
    """The line of a notebook file in which each cell begins; a file that cannot be read has none."""
    lines: dict[str, int] = {}
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if found := _CELL_ID.match(line):
                    lines.setdefault(found[1], number)
    except (OSError, UnicodeDecodeError):
        pass
    return lines


def journal_path(folder: Path, module: str) -> Path:
    """The journal of a lesson or exercise, beside its notebook."""
    return folder / f"{module}{answers.SUFFIX}"
