"""From an exercise's source to the notebook that trainees get: model answers, keys and rubrics taken out.

The same steps as `nbgrader generate_assignment`, without its database. They run when the wheel is built, and in a
checkout whenever a released exercise is wanted.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab import catalogue, sheet

if TYPE_CHECKING:
    from nbformat import NotebookNode

STUB = "*Your words go into the card above.*"

# What nbgrader must be told for our exercises; exercises/nbgrader_config.py takes it from here.
RELEASE_SETTINGS: dict[str, dict[str, Any]] = {
    "ClearSolutions": {"text_stub": STUB},
    "ClearMarkScheme": {"enforce_metadata": False},  # rubrics stand in a locked cell, not in a task cell
}


def released(source: Path) -> NotebookNode:
    """The released notebook of the exercise whose source stands at `source`."""
    import nbformat
    from nbgrader import preprocessors as steps
    from traitlets.config import Config

    sheet.load(source)  # says in a sentence what is wrong with a broken file
    notebook = nbformat.read(source, as_version=4)
    config = Config(RELEASE_SETTINGS)
    resources: dict[str, Any] = {"metadata": {"name": source.stem, "path": str(source.parent)}}
    for step in (
        steps.LockCells,
        steps.ClearSolutions,
        steps.ClearOutput,
        steps.CheckCellMetadata,
        steps.ClearHiddenTests,
        steps.ClearMarkScheme,
        steps.ComputeChecksums,  # only of what is left: a checksum of a key could be guessed at
        steps.CheckCellMetadata,
    ):
        notebook, resources = step(config=config).preprocess(notebook, resources)
    return notebook


def text(notebook: NotebookNode) -> str:
    """A notebook as it is written to disk."""
    import nbformat

    return nbformat.writes(notebook) + "\n"


def of_module(module: str) -> str | None:
    """The released exercise of a module as text: the one the wheel carries, or one made from the source.

    None where there is neither.
    """
    carried = catalogue.released_home() / catalogue.known(module) / f"{module}.ipynb"
    if carried.is_file():
        return carried.read_text(encoding="utf-8")
    source = catalogue.exercise_source(module)
    return text(released(source)) if source else None
