"""The commands that ask a policy: what counts of a log, and which policies there are."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from alliancelab.cli.options import NO

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("check")
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--policy", "name", required=True, help="A policy of ours (`hours policies`), or a file of your own (.toml)."
)
@click.option("--qualified", type=_DAY, help="The day of qualifying, where the policy counts by it.")
@click.option("--application", type=_DAY, help="The day of the application, where the policy counts back from it.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, all times in minutes.")
def hours_check(log: Path, name: str, qualified: datetime | None, application: datetime | None, as_json: bool) -> None:
    """Check LOG, a CSV of hours, against a policy: what is met, what is missing, what does not count and why.

    The first line of LOG names its columns: date,category,minutes,group_size,flags,phase,setting (and supervisor, start,
    end), flags separated by semicolons. Exit code 0 when the policy is met, 1 when not, 2 when something cannot be read.
    """
    from alliancelab.cli.hours import outcomes
    from alliancelab.hours import counting, policies, tables

    policy = policies.find(name)
    given = {"qualified": _day(qualified), "application": _day(application)}
    counting.need_dates(policy, [date for date, day in given.items() if day])
    claims = [counting.Claim.whole(entry, line) for line, entry in tables.read_rows(log)]
    outcome = counting.count(policy, claims, **given)
    outcomes.show(outcome, str(log), as_json)
    if not outcome.met:
        click.get_current_context().exit(NO)


@click.command("policies")
@click.argument("name", required=False)
def hours_policies(name: str | None) -> None:
    """List the policies, or show the file of the one called NAME, to read or to copy for a programme's own."""
    from alliancelab.cli.hours import outcomes
    from alliancelab.hours import policies

    if name is None:
        outcomes.show_policies([policies.named(one) for one in policies.names()])
        return
    path = policies.file_of(name)
    click.echo(f"# {path}\n")
    click.echo(path.read_text(encoding="utf-8"), nl=False)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
