"""What the commands of the hours wing share: whose folder, which ledger, which clock, and how to ask for a passphrase."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alliancelab.cli.options import FOLDER

if TYPE_CHECKING:
    from alliancelab.hours.account.account import Account

OUT = click.Path(dir_okay=False, path_type=Path)
IN = click.Path(path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])

folder_option = click.option(
    "--folder", type=FOLDER, help="Where your hours.toml is (this folder if it has one, or else ~/AllianceLab)."
)
ledger_option = click.option("--ledger", metavar="URL", help="Another ledger than the one in your hours.toml.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


def now() -> datetime:
    """The clock of the commands: UTC."""
    from alliancelab import answers

    return answers.now()


def day(given: datetime | None) -> date | None:
    """The day that an option named."""
    return given.date() if given else None


def home(folder: Path | None) -> Path:
    """The folder that is meant: the one named, the one we stand in if it is somebody's, or the usual one."""
    from alliancelab import workspace
    from alliancelab.hours.account import place

    if folder is not None:
        return folder
    here = Path.cwd()
    if (here / place.SETTINGS).is_file() or workspace.is_workspace(here):
        return here
    return Path.home() / "AllianceLab"


def account(folder: Path | None, ledger: str | None = None) -> Account:
    """Whose commands these are."""
    from alliancelab.hours.account.account import Account

    mine = Account.at(home(folder), now, ask=ask, ledger=ledger)
    click.get_current_context().call_on_close(mine.close)
    return mine


def ask(what: str) -> str:
    """Ask for a passphrase on the terminal, without showing it."""
    return click.prompt(what, hide_input=True, err=True, default="", show_default=False)


def say(said: str, data: Any, as_json: bool, shown: Callable[[], None] | None = None) -> None:
    """Print what was found or done: as JSON, or as a sentence and whatever `shown` prints after it."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))
        return
    if said:
        click.echo(said)
    if shown is not None:
        shown()
