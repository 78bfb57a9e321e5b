"""The command that looks ahead: when a policy will be met, what to ask for first, what to mind while there is time."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alliancelab.cli.hours.options import DAY, account, day, folder_option, ledger_option
from alliancelab.cli.options import NO

if TYPE_CHECKING:
    from alliancelab.hours.account.account import Account
    from alliancelab.hours.policy.counting import Claim
    from alliancelab.hours.policy.forecast import Forecast


@click.command("forecast")
@click.argument("log", type=click.Path(path_type=Path), required=False)
@click.option(
    "--policy", "name", required=True, help="A policy of ours (`hours policies`), or a file of your own (.toml)."
)
@click.option("--qualified", type=DAY, help="The day of qualifying, where the policy counts by it.")
@click.option("--application", type=DAY, help="The day of the application; without it, the day on which all is met.")
@click.option("--today", type=DAY, help="Look ahead from this day instead of today.")
@click.option("--trainee", metavar="ID", help="From the ledger: this one's hours.")
@folder_option
@ledger_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, all times in minutes.")
@click.option(
    "--picture", type=click.Path(path_type=Path), help="Write a picture of how far each requirement is (.png)."
)
def hours_forecast(
    log: Path | None,
    name: str,
    qualified: datetime | None,
    application: datetime | None,
    today: datetime | None,
    trainee: str | None,
    folder: Path | None,
    ledger: str | None,
    as_json: bool,
    picture: Path | None,
) -> None:
    """Look ahead in LOG, a CSV of hours: when the policy is met at the pace of the last weeks, and what to ask for first.

    Without LOG the hours are those of your ledger, and only what a supervisor has signed counts so far. Exit code 0 when the
    policy is met today, 1 when not, 2 when something cannot be read.
    """
    from alliancelab.hours.policy import forecast, policies

    if log is not None and trainee is not None:
        raise click.UsageError("give a file, or --trainee")
    policy, now = policies.find(name), day(today) or date.today()
    claims = _of_file(log, now) if log is not None else _of_ledger(account(folder, ledger), trainee)
    told = forecast.forecast(policy, claims, now, day(qualified), day(application))
    said = _picture(told, picture) if picture else ""
    if as_json:
        print(json.dumps(as_data(told), ensure_ascii=False, indent=1))
    else:
        _show(told, said)
    if not told.outcome.met:
        click.get_current_context().exit(NO)


def _of_file(log: Path, today: date) -> list[Claim]:
    from alliancelab.hours import tables
    from alliancelab.hours.policy.counting import Claim

    return [Claim.whole(entry, line) for line, entry in tables.read_rows(log, today)]


def _of_ledger(mine: Account, trainee: str | None) -> list[Claim]:
    from alliancelab.hours.account import claims

    return claims.of(mine.known_log(trainee or mine.person))


def as_data(told: Forecast) -> dict[str, Any]:
    """A forecast as plain JSON values, all times in minutes, days as 2026-03-02 or null."""
    pace = told.pace
    return {
        "met": told.outcome.met,
        "policy": told.outcome.policy.id,
        "today": told.today.isoformat(),
        "met_on": _iso(told.on),
        "pace": {
            "per": pace.per,
            "number": pace.number,
            "first": pace.first.isoformat(),
            "last": pace.last.isoformat(),
            "minutes": pace.minutes,
            "enough": pace.enough,
            "told": pace.told,
        },
        "requirements": [
            {
                "id": one.row.id,
                "title": one.row.title,
                "have": one.row.have,
                "need": one.row.need,
                "met": one.row.met,
                "unit": one.row.unit,
                "at_most": one.row.at_most,
                "met_on": _iso(one.on),
                "no_longer_met_on": _iso(one.until),
            }
            for one in told.expected
        ],
        "ask_first": list(told.asks),
        "warnings": list(told.warnings),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _show(told: Forecast, picture: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from alliancelab.hours.policy.in_time import spoken
    from alliancelab.hours.policy.wording import ADVICE, amount

    console, policy = Console(), told.outcome.policy
    if told.outcome.met:
        when = "met"
    else:
        when = f"met by {spoken(told.on)} at this pace" if told.on else "not in sight at this pace"
        when = when if told.pace.enough else "too little to tell when"
    table = Table(title=f"{policy.title}: {when}", title_justify="left")
    table.add_column("Required", overflow="fold")
    for heading in ("Have", "Need"):
        table.add_column(heading, justify="right")
    table.add_column("Met")
    for one in told.expected:
        row, on = one.row, f"by {spoken(one.on)}" if one.on else "not in sight" if told.pace.enough else "not yet"
        need = f"at most {amount(row.need, row.unit)}" if row.at_most else amount(row.need, row.unit)
        table.add_row(Text(row.title), amount(row.have, row.unit), need, "met" if row.met else on)
    console.print(table)
    for heading, sentences in (("What to ask for first", told.asks), ("Mind in time", told.warnings)):
        if sentences:
            console.print(Text(f"{heading}:"))
        for number, sentence in enumerate(sentences, start=1):
            console.print(Text(f"{number}. {sentence}"), highlight=False)
    for said in (told.pace.told, picture, f"How sure this policy is: {policy.how_sure}. {ADVICE}"):
        if said:
            console.print(Text(said), highlight=False)


def _picture(told: Forecast, path: Path) -> str:
    """Write the picture; what it shows in words."""
    from alliancelab import plots
    from alliancelab.errors import AllianceLabError
    from alliancelab.hours.policy import forecast

    made = plots.requirements(forecast.reached(told.outcome), told.outcome.policy.title)
    try:
        path.write_bytes(made.png)
    except OSError as error:
        raise AllianceLabError(
            f"the picture cannot be written to {path}: {error.strerror}; name another file"
        ) from None
    return f"{path} shows: {made.alt}"
