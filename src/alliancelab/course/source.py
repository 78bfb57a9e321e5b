"""The trusted source: an exercise's own notebook, as nbgrader knows it, made in memory.

The file on disk has no checksums and holds model answers; the gradebook keeps only single cells. So the steps of
`generate_assignment` are run here up to the one that saves, once for each state of the file, and compared with the
gradebook before anything is graded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config import Configurable
from traitlets.utils.importstring import import_item

from alliancelab import sheet
from alliancelab.errors import AllianceLabError, ContentError
from alliancelab.sheet import Sheet

_made: dict[str, tuple[str, Source]] = {}


@dataclass(frozen=True)
class Source:
    """One notebook of an exercise: as the gradebook knows it (hidden tests in it, model answers out), and as data.

    An exercise whose code is run is not read as data; its `sheet` is empty.
    """

    path: Path
    notebook: NotebookNode
    sheet: Sheet

    @cached_property
    def checksums(self) -> dict[str, str]:
        """The checksum of each cell that nbgrader keeps."""
        return {
            cell.metadata.nbgrader["grade_id"]: cell.metadata.nbgrader["checksum"]
            for cell in self.notebook.cells
            if utils.is_grade(cell) or utils.is_solution(cell) or utils.is_locked(cell)
        }


def sources(coursedir: Any, assignment: str, parent: Configurable, sealed: bool = True) -> dict[str, Source]:
    """Name to source of each notebook that the gradebook has for an assignment.

    Raises `AllianceLabError` where there is none, where a source is missing or faulty, or where it is no longer the one
    that was released. `parent` is where nbgrader's steps take their settings from.
    """
    command = f"nbgrader generate_assignment {assignment}"
    found = {}
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            names = [notebook.name for notebook in gradebook.find_assignment(assignment).notebooks]
        except MissingEntry:
            names = []
        if not names:
            raise AllianceLabError(f"the gradebook knows no exercise '{assignment}'; run `{command}` first")
        for name in names:
            source = source_at(source_path(coursedir, assignment, name), parent, sealed)
            saved = {cell.name: cell.checksum for cell in gradebook.find_notebook(name, assignment).source_cells}
            now = source.checksums
            changed = sorted(cell for cell in {*saved, *now} if saved.get(cell) != now.get(cell))
            if changed:
                raise AllianceLabError(
                    f"{source.path} is not what was released: {_some(changed)} changed since, in the file or by an update "
                    f"of alliancelab; nothing was graded. Run `{command} --force` to take the new one, or put the old back"
                )
            found[name] = source
    return found


def source_path(coursedir: Any, assignment: str, notebook: str) -> Path:
    """Where the source of an assignment's notebook stands."""
    folder = coursedir.format_path(coursedir.source_directory, ".", assignment)
    return Path(folder).resolve() / f"{notebook}.ipynb"


def source_at(path: Path, parent: Configurable, sealed: bool = True) -> Source:
    """The source at `path`, made once for each state of the file."""
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise AllianceLabError(
            f"{path} cannot be read ({error.strerror or error}); grading needs the source, so put it back"
        ) from None
    made = _made.get(str(path))
    if made is None or made[0] != digest:
        made = _made[str(path)] = digest, _make(path, parent, sealed)
    return made[1]


def _make(path: Path, parent: Configurable, sealed: bool) -> Source:
    plain = sheet.load(path)
    read = sheet.from_notebook(plain, str(path)) if sealed else Sheet(str(path), "", "")
    if read.faults:
        raise ContentError(read.faults)
    notebook = from_dict(plain)
    for cell in notebook.cells:
        cell.source = sheet.source_of(cell)
    resources: dict[str, Any] = {"metadata": {"name": path.stem, "path": str(path.parent)}}
    for step in GenerateAssignment(parent=parent).preprocessors:
        maker = import_item(step) if isinstance(step, str) else step
        if maker is SaveCells:
            break
        notebook, resources = maker(parent=parent)(notebook, resources)
    return Source(path, notebook, read)


def _some(names: list[str]) -> str:
    told = ", ".join(f"'{name}'" for name in names[:5])
    return told if len(names) <= 5 else f"{told} and {len(names) - 5} more cells"
