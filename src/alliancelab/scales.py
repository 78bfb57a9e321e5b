"""Scales as data: read from TOML, checked, and a file of answers scored.

A scale's file has `format`, `title`, `range`, `least` and `[subscales]`; `reversed`, `source`, `note` where there is
something to say; and `ask`, `ends` and `[items]` with the words, where they may be shown. Without words it scores and is not shown, so that
a programme with a licence can bring its own in a file of its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alliancelab import catalogue, script
from alliancelab.errors import AllianceLabError, ContentError, Fault
from alliancelab.measures import Scale, subscales

FOLDER = catalogue.CONTENT / "scales"

_NEEDED = {"format": int, "title": str, "range": list, "least": int, "subscales": dict}
_ALLOWED = {"reversed": list, "source": str, "note": str, "ask": str, "ends": list, "items": dict}
_KINDS = {int: "a whole number", str: "a text", list: "a list", dict: "a table"}


def names() -> list[str]:
    """The names of all scales."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def named(name: str) -> Scale:
    """The scale of this name; raises `catalogue.NotFound` with names that come near, `ContentError` for a faulty one.

    >>> named("wai-sr").subscales["bond"]
    ('3', '5', '7', '9')
    """
    if name not in names():
        raise catalogue.NotFound(f"there is no scale '{name}'{catalogue.near(name, names())}")
    return read(FOLDER / f"{name}.toml")


def read(path: Path) -> Scale:
    """The scale of a file; a faulty one is a `ContentError` with everything that is wrong."""
    tables = catalogue.load_toml(path)
    if wrong := faults(tables, script.read_text(path), str(path)):
        raise ContentError(wrong)
    low, high = tables["range"]
    return Scale(
        path.stem,
        (low, high),
        {name: tuple(map(str, items)) for name, items in tables["subscales"].items()},
        frozenset(map(str, tables.get("reversed", ()))),
        tables["least"],
        tables["title"],
        tables.get("ask", ""),
        tables.get("note", ""),
        tuple(tables.get("ends", ("", ""))),
        tables.get("items", {}),
        tables.get("source", ""),
    )


def faults(tables: Mapping[str, Any], text: str, path: str) -> list[Fault]:
    """What is wrong with the tables of a scale file; its text tells the lines."""
    found = list(_kinds(tables)) or [*_numbers(tables), *_words(tables)]
    return [Fault(path, _line(text, where), message) for where, message in found]


def _line(text: str, key: str) -> int:
    found = (
        re.search(rf'^[ \t]*(?:\[{re.escape(key)}\]|"?{re.escape(key)}"?[ \t]*=)', text, re.MULTILINE) if key else None
    )
    return text[: found.end()].count("\n") + 1 if found else 1


def _kinds(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = {**_NEEDED, **_ALLOWED}
    for key, value in tables.items():
        if key not in known:
            yield key, f"has an unknown key '{key}'; the keys are: {', '.join(known)}"
        elif type(value) is not known[key] or (not value and known[key] is str):
            yield key, f"`{key}` is not {_KINDS[known[key]]}; write one"
    for key in _NEEDED:
        if key not in tables:
            yield "", f"has no `{key}`; a scale has {', '.join(_NEEDED)}"


def _numbers(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if tables["format"] != 1:
        yield "format", f"is of format {tables['format']}; write format = 1"
    ends = tables["range"]
    if len(ends) != 2 or not all(type(end) in (int, float) for end in ends) or not ends[0] < ends[1]:
        yield "range", "`range` is not the lowest and the highest answer; write range = [1, 5], the lower one first"
    lists = tables["subscales"]
    if not lists or not any(lists.values()):
        yield "subscales", "has no items; write `[subscales]` and under it bond = [1, 4, 7, 10]"
        return
    for name, items in lists.items():
        if not isinstance(items, list) or not items or not all(_is_item(item) for item in items):
            yield name, f"the subscale '{name}' is no list of item numbers; write {name} = [1, 4, 7, 10]"
            return
        if not 1 <= tables["least"] <= len(items):
            yield "least", f"`least` is {tables['least']}, and '{name}' has {len(items)} items; write 1 to {len(items)}"
    often = Counter(str(item) for items in lists.values() for item in items)
    for item in (item for item, times in often.items() if times > 1):
        where = [name for name, items in lists.items() if item in map(str, items)]
        yield (
            where[-1],
            f"item {item} stands in {' and '.join(where) if len(where) > 1 else where[0] + ' twice'}; leave it in one place",
        )
    for item in tables.get("reversed", ()):
        if str(item) not in often:
            yield "reversed", f"item {item} is reversed and in no subscale; put it into one, or take it out"


def _words(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if (source := tables.get("source")) is not None and source not in catalogue.sources():
        yield "source", f"'{source}' is no known source; add it to sources.toml, or name another"
    if "items" not in tables:
        return
    items = {str(item) for listed in tables["subscales"].values() if isinstance(listed, list) for item in listed}
    for item, words in tables["items"].items():
        if item not in items:
            yield item, f"item {item} has words and is in no subscale; put it into one, or take it out"
        if not isinstance(words, str) or not words.strip():
            yield item, f"item {item} has no words; write them"
    if missing := [item for item in sorted(items, key=_in_order) if item not in tables["items"]]:
        yield "items", f"{', '.join(missing)} have no words; write them all, or leave `[items]` out"
    for key, example in (("ask", "what is rated"), ("note", "how far it has been tested")):
        if key not in tables:
            yield "items", f"is shown and has no `{key}`; write {example}"
    ends = tables.get("ends", [])
    if len(ends) != 2 or not all(isinstance(end, str) and end.strip() for end in ends):
        yield "ends", 'is shown, and `ends` are not two texts; write ends = ["not at all", "entirely"]'
    if not all(type(end) is int for end in tables["range"]):
        yield "range", "is shown, and takes whole numbers; write range = [1, 5]"


def _is_item(item: object) -> bool:
    return type(item) is int or (isinstance(item, str) and bool(script.SLUG.fullmatch(item)))


def _in_order(item: str) -> tuple[int, str]:
    return (int(item), "") if item.isdigit() else (0, item)


@dataclass(frozen=True)
class Row:
    """A row of a file of answers: its number in the file, what else stands in it, and its scores, or what is wrong."""

    number: int
    about: Mapping[str, str]
    scores: Mapping[str, float | None]
    wrong: str = ""


def score_file(path: Path, scale: Scale) -> list[Row]:
    """The scores of a CSV file with a column for each item, called by its number or slug, and a row for each person or session.

    Other columns are carried along. An empty cell is a missing answer. A row that cannot be scored has the reason instead, and
    stops no other. Raises `AllianceLabError` for a file without the scale's columns, or with two of one name.
    """
    text = script.read_text(path).removeprefix("\ufeff")
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        columns = [name.strip() for name in next(rows, [])]
        _check_columns(columns, scale, path)
        return [_row(rows.line_num, columns, cells, scale) for cells in rows if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise AllianceLabError(
            f"{path}, line {rows.line_num}: is not readable as CSV ({error}); save it as CSV once more"
        ) from None


def write_scores(path: Path, rows: Sequence[Row], scale: Scale) -> None:
    """The rows that could be scored, as CSV: what else stood in them, then a column for each subscale, empty without a score."""
    good = [row for row in rows if not row.wrong]
    about = list(good[0].about) if good else []
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["row", *about, *scale.subscales])
            writer.writerows([row.number, *row.about.values(), *map(_rounded, row.scores.values())] for row in good)
    except OSError as error:
        raise AllianceLabError(f"{path} cannot be written: {error.strerror}; name another file") from None


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)


def _check_columns(columns: Sequence[str], scale: Scale, path: Path) -> None:
    if twice := [name for name, times in Counter(columns).items() if times > 1 and name in scale.numbers]:
        raise AllianceLabError(f"{path}: the column {twice[0]} stands twice; take one out")
    if unknown := [name for name in columns if name.isdigit() and name not in scale.numbers]:
        raise AllianceLabError(
            f"{path}: '{scale.name}' has no item {unknown[0]}; take the column out, or name another scale"
        )
    if missing := [item for item in scale.numbers if item not in columns]:
        raise AllianceLabError(
            f"{path} has no column for {', '.join(sorted(missing, key=_in_order))}; the first line names the items of "
            f"'{scale.name}': {', '.join(sorted(scale.numbers, key=_in_order))}"
        )


def _row(number: int, columns: Sequence[str], cells: Sequence[str], scale: Scale) -> Row:
    given = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    about = {name: cell for name, cell in given.items() if name not in scale.numbers}
    if len(cells) != len(columns):
        return Row(number, about, {}, f"has {len(cells)} cells, and there are {len(columns)} columns")
    try:
        answers = {item: _number(item, cell) for item, cell in given.items() if item not in about}
        return Row(number, about, subscales(scale, answers))
    except AllianceLabError as error:
        return Row(number, about, {}, str(error))


def _number(item: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        number = float(cell)
    except ValueError:
        raise AllianceLabError(
            f"item '{item}' is answered with '{cell[:40]}'; write a number, or leave it empty"
        ) from None
    return int(number) if number.is_integer() else number
