"""What nbgrader is told for a course of ours."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alliancelab.errors import AllianceLabError
from alliancelab.release import RELEASE_SETTINGS

if TYPE_CHECKING:
    from traitlets.config import Config

CONFIG = "nbgrader_config.py"
TEMPLATES = Path(__file__).parent / "templates"

# The zip of a trainee is <student>__<module>.zip. An id may hold dots and the like, but nothing that a page or a path
# could take for its own; it may not begin with a dot.
STUDENT = r"\w[\w.@+ -]*"
HAND_IN = (
    rf"(?:.*[\\/])?(?P<student_id>{STUDENT})__(?P<module>[a-z0-9-]+)[\\/]"
    r"(?P<file_id>(?P=module)\.ipynb|(?P=module)\.answers\.jsonl|timestamp\.txt)$"
)

NAME = re.compile(r"\w[\w. -]*")  # an exercise's, which is a folder's, too
LEAST_MEMORY = 512  # MB


def refuse_own_steps(config: Config, converter: str, options: Iterable[str]) -> None:
    """A course whose settings name other steps than ours is served by nbgrader's own commands, which take them."""
    ours = type(config)()
    configure(ours)
    for option in options:
        if config[converter].get(option) != ours[converter][option]:
            raise AllianceLabError(
                f"this course's {CONFIG} sets c.{converter}.{option} itself; use nbgrader's own command, or take that line out"
            )


def configure(
    config: Config,
    code: Sequence[str] = (),
    *,
    cell_seconds: int = 30,
    total_seconds: int = 300,
    memory: int = 2048,
) -> None:
    """Set up nbgrader for a course of ours; called from the course's nbgrader_config.py with `get_config()`.

    In the exercises named in `code` trainees write code, and grading runs it: each submission in a kernel of its own,
    `cell_seconds` for a cell, `total_seconds` for all of it, `memory` in MB for each process. All others are sealed.
    With a value that cannot be used nothing is graded; the message says which. An exception would not do: nbgrader would
    tell it, and go on without any of these settings.
    """
    import nbgrader

    if shutil.which("alembic") is None:  # nbgrader calls it by name for a new gradebook
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    for name, options in RELEASE_SETTINGS.items():
        for option, value in options.items():
            config[name][option] = value
    config.Autograde.exporter_class = "alliancelab.course.intake.Intake"
    config.Autograde.sanitize_preprocessors = ["alliancelab.course.seal.Seal"]
    config.Autograde.autograde_preprocessors = [
        "alliancelab.course.evaluate.Evaluate",
        "alliancelab.course.saving.SaveGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.ClearHiddenTests",  # last: formgrader and the feedback page show no keys
    ]
    config.GenerateFeedback.exporter_class = "alliancelab.course.feedback.Page"
    config.GenerateFeedback.preprocessors = [
        "alliancelab.course.saving.ShowGrades",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",  # the rubric is for the person who grades
    ]
    limits = {"cell_seconds": cell_seconds, "total_seconds": total_seconds, "memory": memory}
    config.Intake.refused = _refused(code, limits)
    if code and not config.Intake.refused:
        from nbgrader.converters import GenerateAssignment
        from nbgrader.preprocessors import ClearSolutions

        config.Intake.code = list(code)
        config.Caged.timeout, config.Caged.total_seconds, config.Caged.megabytes = limits.values()
        config.GenerateAssignment.preprocessors = [
            "alliancelab.course.code.Stubs" if step is ClearSolutions else step
            for step in GenerateAssignment.preprocessors.default()
        ]
    config.ZipCollectApp.extractor_plugin = "alliancelab.course.plugins.Unzip"
    config.ZipCollectApp.collector_plugin = "alliancelab.course.plugins.HandIns"
    config.FileNameCollectorPlugin.named_regexp = HAND_IN
    config.FileNameCollectorPlugin.valid_ext = [".ipynb", ".jsonl", ".txt"]
    config.ExchangeFactory.collect = "alliancelab.course.plugins.Collect"
    # Ours first, so that they replace nbgrader's pages of the same name; nbgrader's own are still needed by formgrader.
    stock = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(stock)]
    config.HTMLExporter.exclude_anchor_links = True


def _refused(code: Sequence[str], limits: Mapping[str, int]) -> str:
    """What is wrong with what `configure` was told about exercises with code cells; empty if nothing is."""
    if isinstance(code, str) or not all(isinstance(name, str) and NAME.fullmatch(name) for name in code):
        return f'nbgrader_config.py: code is {code!r}; write a list of names of exercises, as in code=["our-exercise"]'
    for name, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            return f"nbgrader_config.py: {name} is {value!r}; write a whole number above 0"
    if limits["memory"] < LEAST_MEMORY:
        return f"nbgrader_config.py: memory is {limits['memory']} MB; a kernel needs {LEAST_MEMORY} to start"
    if code and sys.platform == "win32":
        return "nbgrader_config.py: code is run on Linux and macOS only; take the exercises out of code=[...]"
    return ""
