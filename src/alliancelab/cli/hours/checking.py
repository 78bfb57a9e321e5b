"""The commands that ask a policy: what counts of a log, and which policies there are."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alliancelab.cli.hours.options import DAY, account, day, folder_option, ledger_option
from alliancelab.cli.options import NO

if TYPE_CHECKING:
    from alliancelab.hours.account.account import Account
    from alliancelab.hours.policy.policy import Policy

Dates = dict[str, date | None]


@click.command("check")
@click.argument("log", type=click.Path(path_type=Path), required=False)
@click.option(
    "--policy", "name", required=True, help="A policy of ours (`hours policies`), or a file of your own (.toml)."
)
@click.option("--qualified", type=DAY, help="The day of qualifying, where the policy counts by it.")
@click.option("--application", type=DAY, help="The day of the application, where the policy counts back from it.")
@click.option("--trainee", metavar="ID", help="From the ledger: this one's hours.")
@click.option("--all", "everybody", is_flag=True, help="From the ledger: everybody's hours.")
@folder_option
@ledger_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, all times in minutes.")
def hours_check(
    log: Path | None,
    name: str,
    qualified: datetime | None,
    application: datetime | None,
    trainee: str | None,
    everybody: bool,
    folder: Path | None,
    ledger: str | None,
    as_json: bool,
) -> None:
    """Check LOG, a CSV of hours, against a policy: what is met, what is missing, what does not count and why.

    The first line of LOG names its columns: date,category,minutes,group_size,flags,phase,setting (and supervisor, start,
    end), flags separated by semicolons. Without LOG the hours are those of your ledger, and only what a supervisor has signed
    counts. Exit code 0 when the policy is met, 1 when not, 2 when something cannot be read.
    """
    from alliancelab.hours.policy import counting, policies

    if (log is not None) + (trainee is not None) + everybody > 1:
        raise click.UsageError("give a file, or --trainee, or --all")
    policy = policies.find(name)
    given = {"qualified": day(qualified), "application": day(application)}
    counting.need_dates(policy, [date for date, day in given.items() if day])
    if log is not None:
        met = _check_file(log, policy, given, as_json)
    elif everybody:
        met = _check_all(account(folder, ledger), policy, given, as_json)
    else:
        mine = account(folder, ledger)
        met = _check_log(mine, trainee or mine.person, policy, given, as_json)
    if not met:
        click.get_current_context().exit(NO)


def _check_file(log: Path, policy: Policy, given: Dates, as_json: bool) -> bool:
    from alliancelab.cli.hours import outcomes
    from alliancelab.hours import tables
    from alliancelab.hours.policy import counting

    claims = [counting.Claim.whole(entry, line) for line, entry in tables.read_rows(log)]
    outcome = counting.count(policy, claims, **given)
    outcomes.show(outcome, str(log), as_json)
    if not as_json:
        click.echo("A file's hours are taken as they stand; only a ledger says which of them are signed.")
    return outcome.met


def _check_log(mine: Account, trainee: str, policy: Policy, given: Dates, as_json: bool) -> bool:
    from alliancelab.cli.hours import outcomes, showing
    from alliancelab.hours.account import claims
    from alliancelab.hours.policy import counting

    log = mine.known_log(trainee)
    outcome = counting.count(policy, claims.of(log), **given)
    waiting = claims.waiting(log)
    if as_json:
        versions = {row: one.version for row, one in enumerate(log.entries.values(), start=1)}
        showing.as_json(outcomes.as_data(outcome) | {"trainee": trainee, "waiting": waiting, "versions": versions})
        return outcome.met
    names = {row: showing.short(version) for row, version in enumerate(log.entries, start=1)}
    outcomes.show(outcome, f"the log of {trainee}", False, names)
    if waiting:
        click.echo(f"{showing.length(waiting)} wait for a signature and are not counted above.")
    return outcome.met


def _check_all(mine: Account, policy: Policy, given: Dates, as_json: bool) -> bool:
    from alliancelab.cli.hours import outcomes, showing
    from alliancelab.hours.account import claims

    rows = claims.of_everybody(policy, {name: mine.log_of(name) for name in mine.trainees()}, given)
    if as_json:
        told = {"policy": policy.id, "met": all(row.met for row in rows), "trainees": [row.as_json() for row in rows]}
        showing.as_json(told | outcomes.told_as_data(policy))
        return all(row.met for row in rows)
    if not rows:
        click.echo("The register has no trainees yet.")
        return False
    lines = [
        (row.trainee, "met" if row.met else "not met", "; ".join(row.missing), showing.length(row.waiting))
        for row in rows
    ]
    showing.rows(policy.title, ("Trainee", "", "Missing", "Wait for a signature"), lines)
    for said in (*outcomes.told(policy), outcomes.ADVICE):
        click.echo(said)
    return all(row.met for row in rows)


@click.command("policies")
@click.argument("name", required=False)
def hours_policies(name: str | None) -> None:
    """List the policies, or show the file of the one called NAME, to read or to copy for a programme's own."""
    from alliancelab.cli.hours import outcomes
    from alliancelab.hours.policy import policies

    if name is None:
        outcomes.show_policies([policies.named(one) for one in policies.names()])
        return
    path = policies.file_of(name)
    click.echo(f"# {path}\n")
    click.echo(path.read_text(encoding="utf-8"), nl=False)
