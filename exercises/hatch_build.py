"""What the wheel carries beside the package: the lessons, the exercises, and the exercises as trainees get them.

With `ALLIANCELAB_WITHOUT_KEYS=1` the sources stay out: a wheel that a programme hands to its trainees.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WITHOUT_KEYS = "ALLIANCELAB_WITHOUT_KEYS"


class CarryCourse(BuildHookInterface):
    """Adds `alliancelab/_carried/` to the wheel. An editable install finds the checkout's own folders instead."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Say which files go where; the released exercises are made here."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from alliancelab import release

        self.made = tempfile.TemporaryDirectory()
        carry: dict[Path, str] = {lesson: f"notebooks/{lesson.name}" for lesson in (root / "notebooks").glob("*.ipynb")}
        carry[root / "exercises" / "nbgrader_config.py"] = "exercises/nbgrader_config.py"
        for source in (root / "exercises" / "source").glob("*/*.ipynb"):
            name = f"{source.parent.name}/{source.name}"
            fresh = Path(self.made.name) / source.name
            fresh.write_text(release.text(release.released(source)), encoding="utf-8")
            carry[fresh] = f"released/{name}"
            if os.environ.get(WITHOUT_KEYS, "0") in ("", "0"):
                carry[source] = f"exercises/source/{name}"
        build_data["force_include"] |= {str(path): f"alliancelab/_carried/{place}" for path, place in carry.items()}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the released exercises away again; the wheel has them."""
        if version != "editable":
            self.made.cleanup()
