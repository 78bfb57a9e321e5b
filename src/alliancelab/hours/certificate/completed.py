"""Modules that somebody has completed, read from a gradebook's file: evidence for a certificate.

Three forms are read:

- CSV with the columns `module,completed`, and `trainee` where it is about several people;
- the same rows in JSON: `[{"trainee": "ana", "module": "foundations", "completed": "2026-02-01"}]`;
- nbgrader's CSV, as `alliancelab course export --lms csv` writes it. A module is completed there when its grade stands, and,
  with a pass mark, reaches it.

`completed` is a date, or yes or no.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from alliancelab.errors import ContentError, Fault

MOST_BYTES = 20 * 1024 * 1024
_NBGRADER = {"assignment", "student_id", "score", "max_score"}
_YES, _NO = {"yes", "true", "1", "y"}, {"", "no", "false", "0", "n", "none"}


@dataclass(frozen=True)
class Completed:
    """The modules of one person, each with what the file says of it; `digest` is the file's SHA-256."""

    modules: Mapping[str, str]
    digest: str


def read(path: Path, person: str, pass_mark: int = 0) -> Completed:
    """The modules that a person has completed by a file; `pass_mark` is in per cent of a grade's maximum.

    Raises `ContentError` with every bad row of the file.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
        text = raw.decode("utf-8-sig")
        rows = list(_from_json(text) if text.lstrip()[:1] in "[{" else _from_csv(text))
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        said = getattr(error, "strerror", None) or error
        raise ContentError([Fault(str(path), 1, f"it cannot be read as CSV or JSON of modules: {said}")]) from None
    modules: dict[str, str] = {}
    faults: list[Fault] = []
    for line, row in rows:
        problem, whose, module, how = _row(row, pass_mark)
        if problem:
            faults.append(Fault(str(path), line, problem))
        elif how and whose in ("", person):
            modules[module] = how
    if faults:
        raise ContentError(faults)
    return Completed(modules, hashlib.sha256(raw).hexdigest())


def _from_csv(text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    named = {name.strip() for name in reader.fieldnames or ()}
    if not named >= _NBGRADER and not named >= {"module", "completed"}:
        raise ValueError("its first line must name the columns module and completed, or be that of nbgrader's export")
    for row in reader:
        yield reader.line_num, row


def _from_json(text: str) -> Iterable[tuple[int, Mapping[str, Any]]]:
    rows = json.loads(text)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(
            'it must be a list of rows such as {"trainee": "ana", "module": "foundations", "completed": "yes"}'
        )
    yield from enumerate(rows, start=1)


def _row(row: Mapping[str, Any], pass_mark: int) -> tuple[str, str, str, str]:
    """A row's problem or none, whose it is (nobody's: the person's), the module, and how it was completed (not: empty)."""
    told = {str(name).strip(): value for name, value in row.items() if name is not None}
    if None in row:
        return "it has more cells than there are columns", "", "", ""
    if "assignment" in told:
        whose, module = (str(told[name] or "").strip() for name in ("student_id", "assignment"))
        if not whose or not module:
            return "student_id or assignment is empty", "", "", ""
        problem, how = _graded(told, pass_mark)
        return problem, whose, module, how
    module, whose = str(told.get("module") or "").strip(), str(told.get("trainee") or "").strip()
    if not module:
        return "module is empty; write its short name, such as foundations", "", "", ""
    if told.keys() >= {"trainee"} and not whose:
        return "trainee is empty; write the person's short name", "", "", ""
    value = str(told.get("completed", "")).strip().lower()
    if value in _NO:
        return "", whose, module, ""
    if value in _YES:
        return "", whose, module, "completed"
    try:
        return "", whose, module, f"completed on {date.fromisoformat(value)}"
    except ValueError:
        return f"completed '{value[:40]}' is neither a date such as 2026-02-01 nor yes or no", "", "", ""


def _graded(told: Mapping[str, Any], pass_mark: int) -> tuple[str, str]:
    points, most = (str(told[name] or "").strip() for name in ("score", "max_score"))
    if not points:
        return "", ""  # not handed in, or not read yet
    try:
        reached, out_of = float(points), float(most)
        if not (0 <= reached < float("inf") and 0 < out_of < float("inf")):
            raise ValueError
    except ValueError:
        return f"score '{points[:20]}' of '{most[:20]}' is no grade", ""
    if reached * 100 < out_of * pass_mark:
        return "", ""
    return "", f"completed with {reached:g} of {out_of:g} points"
