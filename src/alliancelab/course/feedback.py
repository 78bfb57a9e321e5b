"""Feedback pages for a whole group: nbgrader's own exporter with our page, and the gradebook read once for many.

nbgrader opens the gradebook for each page and looks for each cell's grade in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from nbconvert.exporters import Exporter, HTMLExporter
from nbformat import NotebookNode, v4
from nbgrader import utils
from nbgrader.converters import GenerateFeedback
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from alliancelab.course.course import known, must, nbgrader_api
from alliancelab.course.exchange import has_exchange
from alliancelab.course.files import SECRET, TIMESTAMP, portions, read_plain, write_whole
from alliancelab.course.gradebook import Mark, Rows, engine_of
from alliancelab.course.lock import course_lock
from alliancelab.course.saving import ShowGrades
from alliancelab.course.settings import refuse_own_steps
from alliancelab.errors import AllianceLabError

AT_ONCE = 50  # pages that a process makes before it says so

MOST_TEXTS = 5_000  # texts of which a page keeps the HTML

Progress = Callable[[str, int, int], None]


def feedback(folder: Path, module: str, *, workers: int = 1, progress: Progress | None = None) -> list[str]:
    """Write the feedback page of everyone whose work on `module` is graded, into nbgrader's folder for it; who they are.

    Where the course has an exchange the pages are released to it, too. `workers` is how many processes make pages,
    `progress` is called with what is being done, the number done and the number of all.
    """
    folder, tell = Path(folder).resolve(), progress or (lambda what, done, of: None)
    api = nbgrader_api(folder)
    known(folder, module)
    refuse_own_steps(api.config, "GenerateFeedback", ("preprocessors",))
    with course_lock(folder, lambda: tell("waiting for another run in this course", 0, 1)):
        with _pages(api, module) as pages:
            students = pages.rows.students()
        if not students:
            raise AllianceLabError(
                f"nothing of '{module}' is graded yet; run `alliancelab course grade {module}` first"
            )
        written: list[str] = []
        tell("feedback", 0, len(students))
        for some in _written(folder, module, students, workers):
            written += some
            tell("feedback", len(written), len(students))
        if has_exchange(api):
            must(api.release_feedback(module))
    return sorted(written)


def _written(folder: Path, module: str, students: list[str], workers: int) -> Iterator[list[str]]:
    if workers <= 1:
        with _pages(nbgrader_api(folder), module) as pages:
            for some in portions(students, AT_ONCE):
                yield pages.write(some)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_write_some, folder, module), portions(students, AT_ONCE))


def _write_some(folder: Path, module: str, students: list[str]) -> list[str]:
    with _pages(nbgrader_api(folder), module) as pages:
        return pages.write(students)


@contextmanager
def _pages(api: Any, module: str) -> Iterator[_Pages]:
    engine = engine_of(api.coursedir.db_url)
    try:
        yield _Pages(api, module, Rows(engine, module))
    finally:
        engine.dispose()


class Page(HTMLExporter):
    """Makes a feedback page from our template. nbconvert's own way reads the finished page once more, to add what a page
    of ours does not hold, and renders the same words again for each trainee; that took most of the time.
    """

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Take the notebook through the steps that are registered, and make the page of it."""
        nb, resources = Exporter.from_notebook_node(self, nb, resources, **options)
        return self.page(nb, resources), resources

    def page(self, notebook: NotebookNode, resources: dict[str, Any]) -> str:
        """The page of a notebook that is ready to be shown."""
        return self.template.render(nb=notebook, resources=self._init_resources(resources)).lstrip()

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Markdown as nbconvert makes HTML of it, once for each text."""
        if "attachment:" in source:
            return super().markdown2html(context, source)
        if source not in self._made:
            if len(self._made) > MOST_TEXTS:
                self._made.clear()
            self._made[source] = super().markdown2html(context, source)
        return self._made[source]

    def __init__(self, *arguments: Any, **options: Any):
        self._made: dict[str, str] = {}
        super().__init__(*arguments, **options)


class _Pages:
    """Makes the feedback pages of a module, with nbgrader's converter as the course sets it up."""

    def __init__(self, api: Any, module: str, rows: Rows):
        self.coursedir, self.module, self.rows = api.coursedir, module, rows
        converter = GenerateFeedback(coursedir=self.coursedir, parent=api)
        converter.update_config(Config({"HTMLExporter": {"template_name": "feedback"}}))
        self.exporter = converter.exporter_class(parent=converter, config=converter.config)
        self.steps = []
        for step in converter.preprocessors:
            kind = import_item(step) if isinstance(step, str) else step
            if not issubclass(kind, ShowGrades):  # what it looks up for each cell is brought from `rows` instead
                self.steps.append(kind(parent=converter))
        self.permissions = int(str(converter.permissions), 8)

    def write(self, students: Iterable[str]) -> list[str]:
        """Write the pages of some trainees; those of whom there is a graded notebook."""
        written = []
        for student, pages in self.rows.marks(list(students)).items():
            home = self._folder(self.coursedir.autograded_directory, student)
            there = {name: home / f"{name}.ipynb" for name in pages if (home / f"{name}.ipynb").is_file()}
            for name, path in there.items():
                self._write(student, name, path, *pages[name])
            if there:
                written.append(student)
                for name in (TIMESTAMP, SECRET):  # nbgrader looks for them beside the page when it releases it
                    if (raw := read_plain(home / name)) is not None:
                        write_whole(
                            self._folder(self.coursedir.feedback_directory, student) / name, raw, self.permissions
                        )
        return written

    def _write(self, student: str, name: str, path: Path, marks: dict[str, Mark], penalty: float) -> None:
        notebook = v4.reads(path.read_text(encoding="utf-8"))
        for cell in notebook.cells:
            if utils.is_grade(cell) or utils.is_solution(cell):
                mark = marks[cell.metadata.nbgrader["grade_id"]]
                shown = {"score": mark.score, "points": mark.out_of, "waiting": mark.waits, "comment": mark.comment}
                cell.metadata.nbgrader.update(shown)
        score = sum(mark.score for mark in marks.values())
        about = {
            "student": student,
            "assignment": self.module,
            "notebook": name,
            "score": score - penalty,
            "max_score": sum(mark.out_of for mark in marks.values()),
            "late_penalty": penalty,
        }
        resources: dict[str, Any] = {"unique_key": name, "nbgrader": about}
        for step in self.steps:
            notebook, resources = step.preprocess(notebook, resources)
        html = self.exporter.page(notebook, resources)
        folder = self._folder(self.coursedir.feedback_directory, student)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{name}.html", html.encode("utf-8", "replace"), self.permissions)

    def _folder(self, step: str, student: str) -> Path:
        return Path(self.coursedir.format_path(step, student, self.module))
