"""The command that opens the page on which a supervisor signs."""

from __future__ import annotations

from pathlib import Path

import click

from alliancelab.cli.hours.options import home
from alliancelab.cli.options import FOLDER


@click.command("desk")
@click.argument("folder", type=FOLDER, required=False)
@click.option("--no-browser", is_flag=True, help="Only print the address to open.")
@click.option("--port", type=click.IntRange(1, 65535), help="Use this port; without it a free one is found.")
def desk(folder: Path | None, no_browser: bool, port: int | None) -> None:
    """Open the page on which you sign hours: those of a shared ledger, and files that trainees sent you.

    FOLDER is where your key is (this folder if it has an hours.toml, or else ~/AllianceLab); it may be new.
    """
    from alliancelab.hours_desk import open_hours_desk

    open_hours_desk(home(folder), browser=not no_browser, port=port)
