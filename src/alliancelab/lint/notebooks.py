"""What lessons and exercise sources must be: plain to read, complete, and with every key where it belongs."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alliancelab import calibration, catalogue, marking, sheet
from alliancelab.errors import ContentError, Fault
from alliancelab.items import Talk, Write
from alliancelab.lint import practice, prose
from alliancelab.lint.words import known, tone
from alliancelab.sheet import BEGIN_HIDDEN, END_HIDDEN, Call, Sheet

KINDS = ("start", "practise", "lesson", "exercise")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
LESSON_CELLS = (25, 40)
FEWEST_DIALOGUES, FEWEST_ITEMS, FEWEST_KINDS = 3, 10, 4
BEGIN_RUBRIC, END_RUBRIC = "### BEGIN MARK SCHEME", "### END MARK SCHEME"

_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_ID_BY_MACHINE = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]+)?|(cell-?)?\d+")

Wrong = Iterator[tuple[str, str]]  # the cell, and what is wrong in it


def check(path: Path) -> Iterator[Fault]:
    """What is wrong with a notebook of ours."""
    try:
        notebook = sheet.load(path)
    except ContentError as error:
        yield from error.faults
        return
    read = sheet.from_notebook(notebook, str(path))
    yield from read.faults
    yield from (Fault(str(path), 1, message) for message in _about(notebook, read, path))
    lines = sheet.lines_of(str(path))
    for cell, message in _cells(notebook["cells"], read):
        yield Fault(str(path), lines.get(cell, 1), f"cell '{cell}': {message}")


def _about(notebook: Mapping[str, Any], read: Sheet, path: Path) -> Iterator[str]:
    metadata = sheet.table(notebook.get("metadata"))
    about = sheet.table(metadata.get("alliancelab"))
    if read.kind not in KINDS:
        yield f"its metadata does not say what it is; write `alliancelab.kind`: one of {', '.join(KINDS)}"
    if set(about) != {"kind", "module", "title"} or not isinstance(about["title"], str) or not about["title"].strip():
        yield "its metadata `alliancelab` has the keys kind, module and title and no others, the title in words"
    modules = known(catalogue.modules)
    if read.kind in ("lesson", "exercise"):
        if modules is not None and read.module not in modules:
            yield f"there is no module '{read.module[:40]}'; write one of: {', '.join(modules)}"
        elif path.stem != read.module:
            yield f"is of the module '{read.module}'; call the file {read.module}.ipynb, its answers are named after it"
    if metadata.get("kernelspec") != KERNEL:
        yield f"its metadata `kernelspec` is not the fixed one; write {KERNEL}"
    if metadata.get("language_info") != LANGUAGE:
        yield f"its metadata `language_info` is not the fixed one; write {LANGUAGE}"
    version = notebook.get("nbformat"), notebook.get("nbformat_minor")
    if version != (4, 5):
        yield "is not of notebook format 4.5, in which cells have ids; save it with a current Jupyter"
    if read.kind == "exercise" and read.module and path.resolve().parent.name != read.module:
        yield f"stands in the wrong folder; nbgrader looks for source/{read.module}/{read.module}.ipynb"
    yield from _extent(notebook["cells"], read)


def _extent(cells: list[Mapping[str, Any]], read: Sheet) -> Iterator[str]:
    """Whether there is enough in it: curriculum's numbers for a module."""
    talks = sum(isinstance(item, Talk) for item in read.items.values())
    if read.kind == "lesson":
        low, high = LESSON_CELLS
        if not low <= len(cells) <= high:
            yield f"has {len(cells)} cells; a lesson has {low} to {high}"
        if talks < FEWEST_DIALOGUES:
            yield f"has {talks} dialogues; a lesson has {FEWEST_DIALOGUES} or more"
    if read.kind == "exercise":
        auto = [item for name, item in read.items.items() if name in read.graded and not isinstance(item, Talk)]
        if len(auto) < FEWEST_ITEMS:
            yield f"has {len(auto)} graded items beside its dialogues; an exercise has {FEWEST_ITEMS} or more"
        if len(kinds := {item.kind for item in auto}) < FEWEST_KINDS:
            yield f"its graded items are of {len(kinds)} kinds; an exercise has choose, order, rate and code"
        if not talks:
            yield 'has no dialogue; write play("its-name") and mark it'
        if not read.written:
            yield "has no reflection; add a write question and the Markdown cell in which a person marks it"


def _cells(cells: list[Mapping[str, Any]], read: Sheet) -> Wrong:
    ids = [str(cell.get("id", f"cell {number}")) for number, cell in enumerate(cells, start=1)]
    for name, often in Counter(ids).items():
        if often > 1:
            yield name, "another cell has the same id; rename one of them"
    for name, cell in zip(ids, cells, strict=True):
        yield from ((name, message) for message in _plain(cell, read.kind))
    calls = {name: _calls(cell) for name, cell in zip(ids, cells, strict=True)}
    yield from _opening(ids, calls, read)
    by_id = dict(zip(ids, cells, strict=True))
    yield from _imports(by_id)
    yield from _calibration(ids, calls, read)
    yield from _alike(read)
    yield from prose.check(by_id, read)
    if read.kind == "exercise":
        yield from _exercise(by_id, ids, read)
    else:
        for graded in read.graded.values():
            yield graded.cell, "only an exercise marks; take the mark out, or give the question an open key"
        for asked in read.asked.values():
            if asked.key is not None:
                yield from (
                    (asked.cell, f"'{asked.item.name}': {message}") for message in practice.key(asked.item, asked.key)
                )


def _alike(read: Sheet) -> Wrong:
    """Questions in the same words: who does not see the page hears only the question, and cannot tell them apart."""
    first: dict[str, str] = {}
    for name, asked in read.asked.items():
        before = first.setdefault(asked.item.ask, name)
        if before != name:
            yield asked.cell, f"'{name}' asks in the same words as '{before}'; name the person in one of them"


def _plain(cell: Mapping[str, Any], kind: str) -> Iterator[str]:
    """What any cell of ours must be."""
    name, metadata = cell.get("id"), sheet.table(cell.get("metadata"))
    if not isinstance(name, str):
        yield "has no id; write one that tells what is in it"
    elif not _ID.fullmatch(name) or _ID_BY_MACHINE.fullmatch(name):
        yield "its id tells nothing; write small letters and hyphens that say what is in it"
    if cell.get("cell_type") not in ("markdown", "code"):
        yield "is neither text nor a call; make it a Markdown or a code cell"
    if not sheet.source_of(cell).strip():
        yield "is empty; take it out"
    if cell.get("outputs"):
        yield "has outputs; clear them before you save"
    if cell.get("execution_count") is not None:
        yield "has an execution count; clear the outputs before you save"
    if kind != "exercise" and not (metadata.get("deletable") is False and metadata.get("editable") is False):
        yield "could be deleted or edited by accident; write `deletable: false` and `editable: false` into its metadata"


def _calls(cell: Mapping[str, Any]) -> list[Call | str]:
    if cell.get("cell_type") != "code":
        return []
    try:
        return list(sheet.statements(sheet.source_of(cell)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # the sheet has said so


def _opening(ids: list[str], calls: Mapping[str, list[Call | str]], read: Sheet) -> Wrong:
    found = [
        (name, call) for name in ids for call in calls[name] if isinstance(call, Call) and call.name in sheet.OPENERS
    ]
    wanted = 0 if read.kind in ("start", "practise") else 1
    if read.kind in KINDS and len(found) != wanted:
        yield (
            ids[0] if ids else "1",
            f'the notebook is opened {len(found)} times; write {read.kind}("{read.module}") once',
        )
    for name, call in found:
        if call.name != read.kind or call.arguments != [read.module] or call.keywords:
            yield name, f'opens another notebook than this; write {read.kind}("{read.module}")'


def _calibration(ids: list[str], calls: Mapping[str, list[Call | str]], read: Sheet) -> Wrong:
    """Whether a page on how close somebody is to the key stands once, in a lesson, below what it speaks of."""
    found = [name for name in ids for call in calls[name] if isinstance(call, Call) and call.name == "calibration"]
    tasks = [ids.index(asked.cell) for asked in read.asked.values() if calibration.is_judged(asked.item)]
    for number, name in enumerate(found):
        if read.kind != "lesson":
            yield name, "shows how close somebody is to the key, outside a lesson; take it out"
        elif number:
            yield name, "shows how close somebody is to the key a second time; take it out"
        elif not tasks and not read.faults:  # a question that cannot be read may have been one
            yield name, "compares codings and ratings with the key, and the lesson has none; take it out, or add one"
        elif ids.index(name) < max(tasks, default=0):
            yield name, "compares with the key above the last coding or rating; move it below"


def _imports(cells: Mapping[str, Mapping[str, Any]]) -> Wrong:
    """Whether each name that is called has been imported, and nothing else has."""
    imported: set[str] = set()
    called: dict[str, str] = {}
    where = ""
    for name, cell in cells.items():
        if cell.get("cell_type") != "code":
            continue
        called.update({call.name: name for call in _calls(cell) if isinstance(call, Call) and call.name not in called})
        for statement in _parsed(cell):
            if isinstance(statement, ast.ImportFrom):
                imported.update(alias.asname or alias.name for alias in statement.names)
                where = where or name
    for call in sorted(set(called) - imported):
        yield called[call], f"'{call}' is not imported; add it to `from alliancelab.notebook import ...`"
    if unused := sorted(imported - set(called)):
        yield where, f"imports what it does not use; take out: {', '.join(unused)}"


def _parsed(cell: Mapping[str, Any]) -> list[ast.stmt]:
    try:
        return ast.parse(sheet.source_of(cell)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _exercise(cells: Mapping[str, Mapping[str, Any]], ids: list[str], read: Sheet) -> Wrong:
    grade_ids = Counter(str(sheet.nbgrader_of(cell).get("grade_id")) for cell in cells.values())
    marked = {graded.cell for graded in read.graded.values()}
    for name, cell in cells.items():
        nbgrader = sheet.nbgrader_of(cell)
        if not nbgrader.get("grade_id"):
            yield name, "has no nbgrader metadata; trainees could change or delete it"
        elif grade_ids[str(nbgrader["grade_id"])] > 1:
            yield name, f"another cell has the grade_id '{nbgrader['grade_id']}'; rename one of them"
        if not nbgrader.get("solution") and nbgrader.get("locked") is not True:
            yield name, "is not locked; write `locked: true` into its nbgrader metadata"
        if cell.get("cell_type") == "code" and nbgrader.get("grade") and name not in marked:
            yield name, 'is graded and marks nothing; write mark("item-name", points=2)'
        if BEGIN_HIDDEN in sheet.source_of(cell) and name not in marked:
            yield name, "hides something and is not graded; the hidden tests stand in the cell that marks"
    for asked in read.asked.values():
        if asked.key is not None:
            yield (
                asked.cell,
                f"'{asked.item.name}' carries its key in the open; move it into the hidden tests of its mark",
            )
        if asked.item.name not in read.graded and asked.item.name not in read.written:
            yield asked.cell, f"'{asked.item.name}' is asked and never marked; add its mark below"
        if asked.item.name in read.graded and not asked.hints:
            yield (
                asked.cell,
                f"'{asked.item.name}' has no hints; write three: where to look, what to notice, a near answer",
            )
        yield from ((asked.cell, message) for hint in asked.hints for message in tone(hint))
    for graded in read.graded.values():
        asked = read.asked.get(graded.name)
        if asked is None:
            yield graded.cell, f"'{graded.name}' is marked and never asked; add its question above"
        else:
            if ids.index(asked.cell) >= ids.index(graded.cell):
                yield graded.cell, f"'{graded.name}' is marked before it is asked; move the question above it"
            if graded.key is not None:
                yield from (
                    (graded.cell, f"'{graded.name}': {message}") for message in practice.key(asked.item, graded.key)
                )
        yield from ((graded.cell, message) for message in _canonical(cells[graded.cell], graded))
    yield from _leaks(cells, read)
    yield from _reflections(cells, ids, read)


def _canonical(cell: Mapping[str, Any], graded: sheet.Graded) -> Iterator[str]:
    """Whether a graded cell is: a line that says what is marked, the mark, and hidden the mark with its key."""
    nbgrader, source = sheet.nbgrader_of(cell), sheet.source_of(cell)
    wanted = {"grade": True, "grade_id": graded.name, "locked": True, "points": graded.points, "solution": False}
    for key, value in wanted.items():
        if nbgrader.get(key) != value:
            told = marking.number(value) if key == "points" else str(value).lower() if key != "grade_id" else value
            yield f"its nbgrader metadata says `{key}: {str(nbgrader.get(key))[:40]}`; write `{key}: {told}`"
    parts = re.split(rf"^(?:{BEGIN_HIDDEN}|{END_HIDDEN})$", source, flags=re.MULTILINE)
    order = re.findall(rf"^{BEGIN_HIDDEN}$|^{END_HIDDEN}$", source, re.MULTILINE)
    if order != [BEGIN_HIDDEN, END_HIDDEN]:
        yield f"its key is not hidden once; write `{BEGIN_HIDDEN}`, the mark with its key, `{END_HIDDEN}`"
        return
    shown, hidden, rest = (_calls({"cell_type": "code", "source": part}) for part in parts)
    if len(shown) != 2 or not isinstance(shown[0], str) or not isinstance(shown[1], Call) or not shown[0].strip():
        yield "above the hidden tests stand a line in quotes that says what is marked, and the mark; nothing else"
    if any(isinstance(call, Call) and "key" in call.keywords for call in [*shown, *rest]):
        yield "its key stands outside the hidden tests; move it between their two lines"
    if rest or parts[2].strip():
        yield "something stands below the hidden tests; take it out, or the grade is lost"
    keyed = [call for call in hidden if isinstance(call, Call) and call.name == "mark" and "key" in call.keywords]
    if len(hidden) != 1 or len(keyed) != 1:
        yield "the hidden tests hold one call, the mark with its key; nothing else"


def _leaks(cells: Mapping[str, Mapping[str, Any]], read: Sheet) -> Wrong:
    """Reasons of a key that stand where trainees would read them."""
    reasons = {why: graded.name for graded in read.graded.values() for why in practice.reasons(graded.key)}
    for name, cell in cells.items():
        above, _, rest = sheet.source_of(cell).partition(BEGIN_HIDDEN)
        shown = above + rest.rpartition(END_HIDDEN)[2]
        for why, item in reasons.items():
            if len(why) > 20 and why in shown:
                yield name, f"gives away a reason of '{item}'; it may stand only in the hidden tests"


def _reflections(cells: Mapping[str, Mapping[str, Any]], ids: list[str], read: Sheet) -> Wrong:
    rubrics = {name for name, cell in cells.items() if _has_rubric(cell)}
    for name, cell in cells.items():
        source, nbgrader = sheet.source_of(cell), sheet.nbgrader_of(cell)
        if BEGIN_RUBRIC in source and name not in rubrics:
            yield name, f"its rubric is not whole; write `{BEGIN_RUBRIC}`, the rubric, `{END_RUBRIC}`, in a locked cell"
        if nbgrader.get("grade") and nbgrader.get("solution"):
            item = str(nbgrader.get("grade_id"))
            asked = read.asked.get(item)
            if asked is None or not isinstance(asked.item, Write):
                yield name, f"no write question is called '{item}'; name this cell's grade_id after it"
            elif ids.index(asked.cell) > ids.index(name):
                yield name, f"'{item}' is marked before it is asked; move the question above it"
            if not rubrics & set(ids[ids.index(name) + 1 :]):
                yield name, f"no rubric stands below it; add a locked cell with `{BEGIN_RUBRIC}` ... `{END_RUBRIC}`"


def _has_rubric(cell: Mapping[str, Any]) -> bool:
    nbgrader = sheet.nbgrader_of(cell)
    parts = re.split(rf"^{BEGIN_RUBRIC}$|^{END_RUBRIC}$", sheet.source_of(cell), flags=re.MULTILINE)
    locked = nbgrader.get("locked") is True and not nbgrader.get("grade") and not nbgrader.get("solution")
    return cell.get("cell_type") == "markdown" and locked and len(parts) == 3 and bool(parts[1].strip())
