"""What nbgrader makes of the last thing a graded cell does: the ground that our results stand on."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade

RESULT = (
    "class Result:\n    def __repr__(self): return '1'\n    def _repr_markdown_(self): return '**Partly.** Prose.'\n"
)

# The table of what a graded cell worth 2 points does, and what it earns; None: the run crashes.
TABLE = {
    "a failing assert": ("assert 1 == 2", 0),
    "shows Incorrect, returns nothing": ("print('Incorrect')", 2),
    "returns False": ("False", 2),
    "returns -1": ("-1", 2),
    "returns a widget": ("import ipywidgets\nipywidgets.Button()", 2),
    "returns text": ("'Checked: 0/3'", 2),
    "returns 5": ("5", None),
    "warns, then passes": ("import warnings\nwarnings.warn('careful')\nassert True", 0),
    "logs, then passes": ("import logging\nlogging.warning('careful')\nassert True", 0),
    "returns a result worth 1": (RESULT + "Result()", 1),
    "the same, the line ending in a semicolon": (RESULT + "Result();", 2),
    "returns our own result": ("from alliancelab.marking import Result\nResult('x', 'partly', 1.5, 2)", 1.5),
}


@pytest.fixture(scope="module")
def executed() -> dict[str, nbformat.NotebookNode]:
    """Every cell of the table, run by nbgrader in one real kernel."""
    cells = []
    for number, (source, _) in enumerate(TABLE.values()):
        about = {
            "grade": True,
            "grade_id": f"cell-{number}",
            "locked": True,
            "points": 2,
            "schema_version": 3,
            "solution": False,
        }
        cells.append(new_code_cell(source, metadata={"nbgrader": about}))
    notebook = new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    done, _ = Execute().preprocess(notebook, {"metadata": {}})
    return dict(zip(TABLE, done.cells, strict=True))


@pytest.mark.parametrize("what", TABLE)
def test_nbgrader_gives_a_cell_of_2_points_what_the_table_says(what: str, executed: dict) -> None:
    """The table of what earns what is nbgrader's own, as it stands."""
    earned = TABLE[what][1]
    if earned is None:
        with pytest.raises(ValueError, match="greater than maximum"):
            determine_grade(executed[what])
    else:
        assert determine_grade(executed[what])[0] == earned


def test_a_learner_reads_prose_where_nbgrader_reads_points(executed: dict) -> None:
    """A result's plain text is its points and its Markdown is the feedback."""
    data = executed["returns our own result"].outputs[0].data
    assert data["text/plain"] == "1.5"
    assert data["text/markdown"].startswith("**Partly.** 1.5 of 2 points")
