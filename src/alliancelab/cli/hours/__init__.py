"""The commands of a programme's wing: log, sign, check, audit. Each family of them stands in a file of its own."""

from __future__ import annotations

import click

from alliancelab.cli.hours.checking import hours_check, hours_policies
from alliancelab.cli.hours.forecasting import hours_forecast


@click.group()
def hours() -> None:
    """Supervised hours: log them, have them signed, see what a policy says and what is missing.

    Nothing here is legal advice; a programme officer confirms each policy.
    """


hours.add_command(hours_check)
hours.add_command(hours_policies)
hours.add_command(hours_forecast)
