"""Modules that somebody has completed, by a gradebook's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliancelab.errors import ContentError
from alliancelab.hours.certificate import completed

OURS = "trainee,module,completed\nana,foundations,2026-02-01\nana,rapport,no\nben,rapport,yes\nana,goals,yes\n"
HEADER = "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score\n"
NBGRADER = HEADER + "foundations,,2026-02-01 10:00:00,ana,Ruiz,Ana,,8.0,0.0,8.0,10.0\nrapport,,,ana,Ruiz,Ana,,,,,12.0\n"


def _modules(folder: Path, text: str, **more: Any) -> dict[str, str]:
    path = folder / "modules.csv"
    path.write_text(text, encoding="utf-8")
    return dict(completed.read(path, "ana", **more).modules)


def test_modules_are_read_from_each_form(tmp_path: Path) -> None:
    """Our columns, the same in JSON, and the file that nbgrader and `course export --lms csv` write."""
    ours = {"foundations": "completed on 2026-02-01", "goals": "completed"}
    assert _modules(tmp_path, OURS) == ours
    assert _modules(tmp_path, "\ufeff" + OURS) == ours
    rows = [dict(zip(OURS.split("\n")[0].split(","), line.split(","), strict=True)) for line in OURS.split("\n")[1:-1]]
    assert _modules(tmp_path, json.dumps(rows)) == ours
    assert _modules(tmp_path, "module,completed\nfoundations,yes\n") == {"foundations": "completed"}
    assert _modules(tmp_path, NBGRADER) == {"foundations": "completed with 8 of 10 points"}
    assert _modules(tmp_path, NBGRADER, pass_mark=80) == {"foundations": "completed with 8 of 10 points"}
    assert _modules(tmp_path, NBGRADER, pass_mark=81) == {}


def test_the_file_that_a_course_exports_is_taken(tmp_path: Path) -> None:
    """What the course wing writes, its columns and its empty cells, is read without knowing that wing."""
    import pandas as pd

    from alliancelab.course import export

    at = pd.to_datetime(["2026-02-01T10:00Z", None, "2026-02-03T10:00Z"])
    columns = {"module": ["foundations", "rapport", "foundations"], "student": ["ana", "ana", "ben"], "duedate": at}
    columns |= {
        "handed_in": at,
        "last_name": "",
        "first_name": "",
        "email": "",
        "score": [8.5, None, 9],
        "penalty": 0.0,
    }
    table = pd.DataFrame(columns | {"points": [8.5, None, 9], "out_of": 10.0})
    export.write(tmp_path / "grades.csv", export.LMS["csv"](table))
    assert dict(completed.read(tmp_path / "grades.csv", "ana").modules) == {
        "foundations": "completed with 8.5 of 10 points"
    }


def test_every_bad_row_of_a_gradebook_is_told(tmp_path: Path) -> None:
    """All at once, with their lines."""
    with pytest.raises(ContentError) as found:
        _modules(tmp_path, "trainee,module,completed\nana,,yes\n,rapport,yes\nana,rapport,maybe\nana,rapport,yes,1\n")
    assert [(fault.line, fault.message.split(";")[0]) for fault in found.value.faults] == [
        (2, "module is empty"),
        (3, "trainee is empty"),
        (4, "completed 'maybe' is neither a date such as 2026-02-01 nor yes or no"),
        (5, "it has more cells than there are columns"),
    ]
    for bad in ("", "a,b\n1,2\n", "[1]", "{}", "[" * 100_000, '"', HEADER + "m,,,ana,,,,,,nan,10\n"):
        with pytest.raises(ContentError):
            _modules(tmp_path, bad)


@given(st.text(max_size=300))
@settings(deadline=None, max_examples=100)
def test_no_gradebook_is_more_than_a_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever stands in the file, it is read or told."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = completed.read(path, "ana")
    except ContentError:
        return
    assert len(found.digest) == 64
