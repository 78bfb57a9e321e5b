"""What nbgrader is told for a course of ours."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
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


def refuse_own_steps(config: Config, converter: str, options: Iterable[str]) -> None:
    """A course whose settings name other steps than ours is served by nbgrader's own commands, which take them."""
    ours = type(config)()
    configure(ours)
    for option in options:
        if config[converter].get(option) != ours[converter][option]:
            raise AllianceLabError(
                f"this course's {CONFIG} sets c.{converter}.{option} itself; use nbgrader's own command, or take that line out"
            )


def configure(config: Config) -> None:
    """Set up nbgrader for a course of ours; called from the course's nbgrader_config.py with `get_config()`."""
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
        "alliancelab.course.evaluate.SaveGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.ClearHiddenTests",  # last: formgrader and the feedback page show no keys
    ]
    config.GenerateFeedback.exporter_class = "alliancelab.course.feedback.Page"
    config.GenerateFeedback.preprocessors = [
        "alliancelab.course.evaluate.ShowGrades",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",  # the rubric is for the person who grades
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
