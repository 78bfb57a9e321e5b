"""What the tests of the course share: handing in, grading, and looking at what came of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

from alliancelab import answers, catalogue, sheet
from alliancelab.course.course import nbgrader_api
from alliancelab.course.grading import grade
from alliancelab.items import Choose, Code, Item, Order, Rate, Write
from alliancelab.marking import Key, model_answer
from alliancelab.play import path_to
from alliancelab.sheet import Sheet

MODULE = "rapport"
REFLECTION = "own-part-in-the-room"
WORDS = "I would look at the floor.\n\nThen I would say so."


# Prints the most memory (MB) that a process took. What `resource` tells begins with that of the process it was started by.
MEMORY = """
from pathlib import Path
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1000)
"""


@cache
def source(module: str = MODULE) -> Sheet:
    """The exercise as it comes with the package, read as data."""
    return sheet.read(catalogue.exercise_source(module))


def right(name: str, module: str = MODULE) -> Any:
    """An answer that earns every point, or for a written item some words."""
    graded = source(module).graded.get(name)
    return model_answer(source(module).items[name], graded.key) if graded else WORDS


def wrong(name: str, module: str = MODULE) -> Any:
    """An answer that is as far from the key as can be."""
    return _wrong(source(module).items[name], source(module).graded[name].key)


def _wrong(item: Item, key: Key) -> Any:
    if isinstance(item, Choose) and item.several:
        return [slug for slug in item.options if slug not in (*key["right"], *key.get("either", ()))]
    if isinstance(item, Choose):
        return [min(item.options, key=lambda slug: key["credit"].get(slug, 0))]
    if isinstance(item, Order):
        return list(reversed(model_answer(item, key)))
    if isinstance(item, Rate):
        low, high = item.scale
        return {aspect: low if number - low > high - number else high for aspect, number in key["ratings"].items()}
    if isinstance(item, Code):
        return {slug: _far_label(item, key, slug) for slug in key["labels"]}
    lost = [scene.end for scene in item.dialogue.scenes if scene.end and not key["endings"].get(scene.end)]
    return list(path_to(item.dialogue, lost))


def _far_label(item: Code, key: Key, slug: str) -> str:
    earning = {key["labels"][slug], catalogue.near_moves().get(key["labels"][slug]), *key.get("also", {}).get(slug, {})}
    return next(label for label in item.labels if label not in earning)


def everything(answer: Any = right, module: str = MODULE) -> dict[str, Any]:
    """An answer to every item of the exercise."""
    items = source(module).items
    return {
        name: answer(name, module) for name, item in items.items() if answer is right or not isinstance(item, Write)
    }


def texts(value: Any) -> Iterator[str]:
    """Every reason in a key: its longer texts."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str) and " " in value:
        yield value


def secrets() -> list[str]:
    """The reasons and keys of all graded items, the model answer of the reflection and its rubric, line by line."""
    found = [text for graded in source().graded.values() for text in texts(dict(graded.key))]
    for cell in sheet.load(Path(source().path))["cells"]:
        text = sheet.source_of(cell)
        about = sheet.nbgrader_of(cell)
        if about.get("grade") and about.get("solution"):
            found += [line for line in text.splitlines() if line.strip()]
        if "BEGIN MARK SCHEME" in text:
            inside = text.partition("BEGIN MARK SCHEME")[2].partition("### END MARK SCHEME")[0]
            found += [line for line in inside.splitlines() if len(line) > 20]
    return found


@dataclass
class Grade:
    """What the gradebook holds for one item."""

    auto: float | None
    manual: float | None
    waiting: bool


@dataclass
class Course:
    """A course in a folder, used through nbgrader's own interface."""

    folder: Path
    module: str = MODULE
    way: str = "nbgrader autograde"

    @property
    def source(self) -> Path:
        return self.folder / "source" / self.module / f"{self.module}.ipynb"

    def submitted(self, student: str) -> Path:
        return self.folder / "submitted" / student / self.module

    def autograded(self, student: str) -> Path:
        return self.folder / "autograded" / student / self.module / f"{self.module}.ipynb"

    def feedback(self, student: str) -> str:
        return (self.folder / "feedback" / student / self.module / f"{self.module}.html").read_text(encoding="utf-8")

    def notebook(self, student: str) -> nbformat.NotebookNode:
        return nbformat.read(self.autograded(student), as_version=4)

    def cell(self, student: str, name: str) -> nbformat.NotebookNode:
        return next(c for c in self.notebook(student).cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)

    def hand_in(self, student: str, given: Mapping[str, Any], time: str = "2026-03-02 18:00:00 UTC") -> Path:
        """Put a submission where nbgrader looks for it, its answers kept as the cards keep them."""
        folder = self.submitted(student)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.folder / "release" / self.module / f"{self.module}.ipynb", folder / f"{self.module}.ipynb")
        (folder / "timestamp.txt").write_text(time)
        for name, answer in given.items():
            answers.record(self.journal(student), source(self.module).items[name], answer)
        return folder

    def journal(self, student: str) -> Path:
        return sheet.journal_path(self.submitted(student), self.module)

    def grade(self, student: str = "*", force: bool = True) -> dict[str, Any]:
        """What formgrader's button calls: nbgrader's own `autograde`; its outcome, with the log.

        A course whose `way` is ours grades everybody, as `alliancelab course grade` does.
        """
        if self.way == "alliancelab course grade":
            return {"success": not [row.fault for row in grade(self.folder, self.module, force=force) if row.fault]}
        return nbgrader_api(self.folder).autograde(self.module, student, force=force)

    def give_feedback(self, student: str = "*") -> dict[str, Any]:
        return nbgrader_api(self.folder).generate_feedback(self.module, student)

    def gradebook(self) -> Gradebook:
        coursedir = nbgrader_api(self.folder).coursedir
        return Gradebook(coursedir.db_url, coursedir.course_id)

    def grades(self, student: str) -> dict[str, Grade]:
        with self.gradebook() as book:
            notebook = book.find_submission_notebook(self.module, self.module, student)
            return {g.name: Grade(g.auto_score, g.manual_score, g.needs_manual_grade) for g in notebook.grades}

    def mark_by_hand(self, student: str, name: str, points: float, comment: str = "") -> None:
        """What a person does in formgrader: give points and a comment."""
        with self.gradebook() as book:
            grade = book.find_grade(name, self.module, self.module, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            if comment:
                book.find_comment(name, self.module, self.module, student).manual_comment = comment
            book.db.commit()

    def formgrader_page(self, student: str, stock: bool = False) -> str:
        """The page that formgrader shows of a submission, made by the exporter and settings that its server makes."""
        extension = FormgradeExtension(parent=None)
        extension.load_cwd_config = False
        extension.config_dir = str(self.folder)
        extension.initialize([], root=str(self.folder))
        config = extension.config
        if stock:
            config = extension.build_extra_config()
        from nbconvert.exporters import HTMLExporter

        resources = {
            "assignment_id": self.module,
            "notebook_id": self.module,
            "submission_id": "0",
            "index": 0,
            "total": 1,
            "base_url": "",
            "student": student,
            "last_name": None,
            "first_name": None,
            "notebook_path": "x",
        }
        return HTMLExporter(config=config).from_filename(str(self.autograded(student)), resources=resources)[0]
