"""What the commands share: exit codes and options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from alliancelab.errors import AllianceLabError

NO, BAD_INPUT, OUR_FAILURE, INTERRUPTED = 1, 2, 70, 130

FOLDER = click.Path(file_okay=True, path_type=Path)


class Refusing(click.Group):
    """Commands to which the ledger's refusal is a no, and no bad input; `refusal` says it."""

    refusal = "{}"

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AllianceLabError as error:
            from alliancelab.hours.record.records import Refused

            if not isinstance(error, Refused):
                raise
            click.echo(self.refusal.format(error), err=True)
            ctx.exit(NO)
