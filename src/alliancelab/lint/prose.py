"""What stands in the text cells: how much, how hard to read, under which heading, and where its links lead."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from alliancelab import catalogue, sheet
from alliancelab.errors import ContentError, Fault
from alliancelab.lint.words import known
from alliancelab.sheet import Sheet

MOST_WORDS, MOST_LINES = 120, 8
FEWEST_TO_JUDGE = 60
HARD = 55  # Björnsson 1968: from here on LIX calls a text hard

# Each sign is looked at once: a line of a million brackets must not take a day.
_LINK = re.compile(r"\]\(([^)\]\s]*)\)")
_ADDRESS = re.compile(r"https?://[^\s)>\"]+")
_LEAVE = "https://creativecommons.org/"

Wrong = Iterator[tuple[str, str]]  # the cell, and what is wrong in it


def check(cells: Mapping[str, Mapping[str, Any]], read: Sheet) -> Wrong:
    """What is wrong with the prose of a notebook, given as cell id to cell."""
    for name, cell in cells.items():
        source = sheet.source_of(cell)
        if cell.get("cell_type") == "code":
            if read.kind == "lesson" and (lines := source.strip().count("\n") + 1) > MOST_LINES:
                yield name, f"has {lines} lines; a lesson's call has {MOST_LINES} at most: move the item into its file"
            continue
        if is_counted(cell, read.kind) and (number := words(source)) > MOST_WORDS:
            yield name, f"has {number} words; a text has {MOST_WORDS} at most: cut it, or make two of it"
        yield from ((name, message) for message in _links(source, read))
    yield from _heading(cells, read)
    if read.kind == "start":
        yield from _start(cells)


def is_counted(cell: Mapping[str, Any], kind: str) -> bool:
    """Whether the limit holds for a text cell: not where a person writes or marks, and not on the start page."""
    nbgrader = sheet.nbgrader_of(cell)
    return kind in ("lesson", "exercise") and not nbgrader.get("solution") and "### BEGIN" not in sheet.source_of(cell)


def words(markdown: str) -> int:
    """How many words a reader sees; addresses and signs are none.

    >>> words("**You:** See [Elliott et al. 2018](https://doi.org/10.1037/pst0000175), she's *here* | 3")
    9
    """
    return len(re.findall(r"[^\W_]+(?:['’\-.][^\W_]+)*", plain(markdown)))


def plain(markdown: str) -> str:
    """Markdown without its signs and addresses."""
    text = _ADDRESS.sub("", _LINK.sub("]", markdown))
    return re.sub(r"</?\w[^<>]*>|[*_#>|`\[\]]", " ", text)


def _links(source: str, read: Sheet) -> Iterator[str]:
    pages = known(_pages)
    for target in _LINK.findall(source):
        if _ADDRESS.match(target) or pages is None:
            continue
        home = f"exercises/{read.module}" if read.kind == "exercise" else ""
        if posixpath.normpath(posixpath.join(home, target)) not in pages:
            yield f"its link to '{target}' leads nowhere; a trainee's folder has: {', '.join(sorted(pages)[:3])} ..."
    bibliography = known(_bibliography)
    for address in _ADDRESS.findall(source):
        if bibliography is not None and address not in bibliography and not address.startswith(_LEAVE):
            yield f"names {address}, which is in no entry of sources.toml; add it there, or take it out"


@cache
def _bibliography() -> frozenset[str]:
    return frozenset(catalogue.source_link(slug) for slug in catalogue.sources())


def _pages() -> set[str]:
    """What can be linked to, as it lies in a trainee's folder."""
    modules = catalogue.modules()
    return {
        f"{catalogue.START}.ipynb",
        f"{catalogue.PRACTISE}.ipynb",
        *(f"{m}.ipynb" for m in modules),
        *(f"exercises/{m}/{m}.ipynb" for m in modules),
    }


def _heading(cells: Mapping[str, Mapping[str, Any]], read: Sheet) -> Wrong:
    """A lesson and an exercise are headed as the course file calls the module."""
    modules = known(catalogue.modules) or {}
    if read.kind not in ("lesson", "exercise") or read.module not in modules:
        return
    wanted = f"# {modules[read.module]}" + (": exercise" if read.kind == "exercise" else "")
    for name, cell in cells.items():
        if cell.get("cell_type") == "markdown":
            first = sheet.source_of(cell).split("\n", 1)[0].strip()
            if first != wanted:
                yield name, f"begins with '{first[:60]}'; the course file calls it: {wanted}"
            return


def _start(cells: Mapping[str, Mapping[str, Any]]) -> Wrong:
    """The start page has one cell for each module, in order, as the course file has it."""
    course = known(catalogue.course)
    if course is None:
        return
    there = [name for name in cells if name in course]
    if there != list(course):
        yield next(iter(cells), "1"), f"the modules do not stand in the course's order; write: {', '.join(course)}"
    for name in there:
        wanted = catalogue.start_cell(course[name])
        if sheet.source_of(cells[name]).strip() != wanted:
            yield name, f"does not say what the course file says; write:\n{wanted}\n"


def hard_to_read(path: Path) -> Iterator[Fault]:
    """The text cells of a lesson that are hard to read, by LIX: mean sentence length and the share of words over six letters.

    Björnsson, C.-H. (1968), Läsbarhet; counted by textstat. It asks an author to look again; names and figures count
    against a text as long words do, so it is no fault.
    """
    import textstat

    try:
        notebook = sheet.load(path)
    except ContentError:
        return
    lines = sheet.lines_of(str(path))
    for cell in notebook["cells"]:
        name, text = str(cell.get("id")), plain(sheet.source_of(cell))
        if cell.get("cell_type") != "markdown" or not is_counted(cell, "lesson") or words(text) < FEWEST_TO_JUDGE:
            continue
        sentences = re.sub(r"\n+", ". ", text)  # a heading or a point of a list is a sentence, too
        if (lix := textstat.lix(sentences)) > HARD:
            yield Fault(
                str(path), lines.get(name, 1), f"cell '{name}': is hard to read (LIX {lix:.0f}); shorter words?"
            )
