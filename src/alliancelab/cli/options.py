"""What the commands share: exit codes and options."""

from __future__ import annotations

from pathlib import Path

import click

NO, BAD_INPUT, OUR_FAILURE, INTERRUPTED = 1, 2, 70, 130

FOLDER = click.Path(file_okay=True, path_type=Path)
