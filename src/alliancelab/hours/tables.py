"""A log as a CSV file: one row an entry, every bad row listed, nothing half read.

The header names the columns, in any order: `date,category,minutes,group_size,flags,phase,setting`, and `supervisor`,
`start`, `end`. Only `category` and either `date` and `minutes` or `start` and `end` must be there. Flags are
separated by `;`. A row is known by its line in the file; the header is line 1.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from alliancelab.errors import ContentError, Fault
from alliancelab.hours import entries
from alliancelab.hours.entries import FIELDS, Entry, NotAnEntry

HEADER = "date,category,minutes,group_size,flags,phase,setting"


def read_csv(path: Path, today: date | None = None) -> list[Entry]:
    """The entries of a file, in its order; raises `ContentError` with a fault for each bad row.

    With `today`, later dates are bad.
    """
    return [entry for _, entry in read_rows(path, today)]


def read_rows(path: Path, today: date | None = None) -> list[tuple[int, Entry]]:
    """The same, each entry with the line it stands in."""
    found, faults = read_what_is_good(path, today)
    if faults:
        raise ContentError(faults)
    return found


def read_what_is_good(path: Path, today: date | None = None) -> tuple[list[tuple[int, Entry]], list[Fault]]:
    """The good rows, each with its line, and a fault for each bad one; for whoever has more to say of the good ones."""
    found: list[tuple[int, Entry]] = []
    faults: list[Fault] = []
    try:
        text = _text(path)
    except ContentError as error:
        return [], list(error.faults)
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        columns = [name.strip() for name in next(rows, [])]
        faults += (Fault(str(path), 1, message) for message in _wrong_columns(columns, head))
        for line, cells in () if faults else _numbered(rows):
            try:
                found.append((line, _entry(columns, cells, today)))
            except NotAnEntry as error:
                faults.append(Fault(str(path), line, str(error)))
    except csv.Error as error:
        faults.append(Fault(str(path), rows.line_num, f"is not readable as CSV ({error}); save it as CSV once more"))
    return found, faults


def _text(path: Path) -> str:
    """The text of a file, which may be a long one."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ContentError([Fault(str(path), 1, f"cannot be read: {error.strerror}; mend the name")]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ContentError([Fault(str(path), line, "is not written in UTF-8; save it as CSV in UTF-8")]) from None


def _numbered(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything, with the line in which it begins."""
    begins = rows.line_num + 1  # type: ignore[attr-defined]  # a csv.reader has it
    for cells in rows:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = rows.line_num + 1  # type: ignore[attr-defined]


def _wrong_columns(columns: Sequence[str], head: str) -> Iterator[str]:
    if not any(columns):
        said = "has no header" if head.strip() else "is empty"
        yield f"{said}; the first line names the columns: {HEADER}"
        return
    for name, times in Counter(columns).items():
        if name not in FIELDS:
            yield f"there is no column '{name[:40]}'; the columns are {', '.join(FIELDS)}"
        elif times > 1:
            yield f"the column '{name}' stands twice; take one out"
    if "category" not in columns:
        yield f"there is no column 'category'; the first line names the columns: {HEADER}"
    if not {"date", "minutes"} <= set(columns) and not {"start", "end"} <= set(columns):
        yield f"there are no columns 'date' and 'minutes', nor 'start' and 'end'; the first line names them: {HEADER}"


def _entry(columns: Sequence[str], cells: Sequence[str], today: date | None) -> Entry:
    if len(cells) != len(columns):
        raise NotAnEntry([f"has {len(cells)} cells, and there are {len(columns)} columns"])
    fields = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
    return entries.of(fields, today)
