"""The commands of a programme's wing: log, sign, check, audit. Each family of them stands in a file of its own."""

from __future__ import annotations

import click

from alliancelab.cli.hours.approving import approve, codes, reminders, reverse, waiting
from alliancelab.cli.hours.checking import hours_check, hours_policies
from alliancelab.cli.hours.desk import desk
from alliancelab.cli.hours.forecasting import hours_forecast
from alliancelab.cli.hours.ledger import audit, erase, migrate, take_checkpoint
from alliancelab.cli.hours.logging import amend, import_, join, list_, log, statement, withdraw
from alliancelab.cli.hours.programme import agree, open_ledger, register
from alliancelab.cli.hours.signing import bundle, key, sign, take
from alliancelab.cli.options import Refusing


@click.group(cls=Refusing)
def hours() -> None:
    """Supervised hours: log them, have them signed, see what a policy says and what is missing.

    Nothing here is legal advice; a programme officer confirms each policy.
    """


hours.add_command(hours_check)
hours.add_command(hours_policies)
_TRAINEES = (log, import_, list_, amend, withdraw, statement, bundle, take, join)
_SUPERVISORS = (key, waiting, approve, reverse, sign, reminders, codes)
_PROGRAMMES = (open_ledger, register, agree, audit, take_checkpoint, erase, migrate)
for command in (*_TRAINEES, *_SUPERVISORS, *_PROGRAMMES):
    hours.add_command(command)
hours.add_command(desk)
hours.add_command(hours_forecast)
