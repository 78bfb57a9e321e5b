"""The commands of a trainee: log hours, import them, look at them, amend and withdraw them, join a programme."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from alliancelab.cli.hours.options import (
    DAY,
    IN,
    OUT,
    account,
    folder_option,
    home,
    json_option,
    ledger_option,
    now,
    say,
)
from alliancelab.cli.options import BAD_INPUT, NO

_FIELDS = (
    click.option("--date", type=DAY, help="The day, as 2026-03-02."),
    click.option("--minutes", type=int, help="How long, in whole minutes."),
    click.option("--start", help="Instead: when it began, as 2026-03-02T16:00+01:00 (with your UTC offset)."),
    click.option("--end", help="And when it ended."),
    click.option("--category", help="Dotted words, such as client.individual or supervision.group."),
    click.option("--setting", help="Where: a short name of the workplace."),
    click.option("--supervisor", help="Who supervised it: their short name."),
    click.option("--group-size", type=int, help="How many people shared it (1 without)."),
    click.option("--flag", "flags", multiple=True, help="A word such as observable; may be repeated."),
    click.option("--phase", help="practicum, associate, or another word of your policy's."),
    click.option("--note", help="For you alone: it stays in your folder, and never goes into the record."),
)


def _entry_fields(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_FIELDS):
        command = option(command)
    return command


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that were given, as an entry has them."""
    date_ = fields.pop("date")
    return {name: value for name, value in fields.items() if value not in (None, ())} | (
        {"date": date_.date()} if date_ else {}
    )


@click.command("log")
@_entry_fields
@folder_option
@json_option
def log(note: str | None, folder: Path | None, as_json: bool, **fields: Any) -> None:
    """Log what you did: a day and minutes, or start and end.

    No client's name or code goes into the record; a --note stays with you.
    """
    from alliancelab.cli.hours import showing
    from alliancelab.hours import entries

    mine = account(folder)
    logged = mine.log(entries.of(_told(fields), mine.today()), note or "")
    showing.logged(mine, logged, as_json)


@click.command("import")
@click.argument("file", type=IN)
@folder_option
@json_option
def import_(file: Path, folder: Path | None, as_json: bool) -> None:
    """Take in FILE, a CSV with the columns date, category, minutes, group_size, flags, phase, setting (also start, end).

    All rows, or none: every row that cannot be taken in is listed by its number, where 1 is the line of headings. The same
    file again adds nothing, and a longer export of the same log adds only what is new. Two rows that say the same are two sessions.
    """
    from alliancelab import tables
    from alliancelab.cli.hours import showing
    from alliancelab.hours.account.importing import NotImported

    mine = account(folder)
    try:
        with tables.progress(as_json) as tell:
            done = mine.import_csv(file, tell)
    except NotImported as error:
        showing.not_imported(file, error, as_json)
        click.get_current_context().exit(NO if all(row.refused for row in error.rows) else BAD_INPUT)
    showing.imported(mine, file, done, as_json)


@click.command("list")
@click.option("--unsigned", is_flag=True, help="Only what nobody has signed.")
@click.option("--csv", "table", type=OUT, help="Write them to FILE, in the columns that import and check read.")
@folder_option
@json_option
def list_(unsigned: bool, table: Path | None, folder: Path | None, as_json: bool) -> None:
    """Print your entries, with what was said of each, by the short name of its version."""
    from alliancelab.cli.hours import showing
    from alliancelab.hours.account import importing

    mine = account(folder)
    shown = [one for one in mine.standing() if not (unsigned and one.approved is not None)]
    if table is not None:
        importing.write_csv(table, sorted((one.entry for one in shown), key=lambda entry: entry.date))
        say(f"{len(shown)} entries are in {table}.", {"path": table, "entries": len(shown)}, as_json)
        return
    showing.listed(mine, shown, as_json)


@click.command("amend")
@click.argument("version")
@_entry_fields
@folder_option
@json_option
def amend(version: str, note: str | None, folder: Path | None, as_json: bool, **fields: Any) -> None:
    """Change the entry VERSION (the beginning of its version is enough); fields that you do not give stay.

    A signature is for one version: it falls, and this says so.
    """
    from alliancelab.cli.hours import showing

    mine = account(folder)
    showing.changed(mine, mine.amend(version, mine.changed(version, _told(fields)), note), as_json)


@click.command("withdraw")
@click.argument("version")
@folder_option
@json_option
def withdraw(version: str, folder: Path | None, as_json: bool) -> None:
    """Take the entry VERSION out of your log. The record keeps that it was there, and that it was withdrawn."""
    from alliancelab.cli.hours import showing

    mine = account(folder)
    showing.changed(mine, mine.withdraw(version), as_json)


@click.command("statement")
@click.option("--week", metavar="2026-W10", help="The week; the last whole one without.")
@click.option("--month", metavar="2026-03", help="A month instead.")
@click.option("--trainee", metavar="ID", help="For a programme: whose.")
@click.option("--out", type=OUT, help="Write it to this new file.")
@click.option("--checkpoint", "kept", type=OUT, help="Write its checkpoint alone to this file, for `hours audit`.")
@folder_option
@ledger_option
@json_option
def statement(
    week: str | None,
    month: str | None,
    trainee: str | None,
    out: Path | None,
    kept: Path | None,
    folder: Path | None,
    ledger: str | None,
    as_json: bool,
) -> None:
    """A week of a log on one page, with a checkpoint: kept outside the ledger, it shows later whether anything was cut off.

    The programme's, signed by its key, proves it to others; a trainee's own proves it to themselves.
    """
    from alliancelab.cli.hours import showing
    from alliancelab.hours.account import statement
    from alliancelab.hours.record import checkpoint

    if week and month:
        raise click.UsageError("give a week or a month")
    period = statement.week(week) if week else statement.month(month) if month else None
    found = account(folder, ledger).statement(period, trainee)
    if kept is not None:
        checkpoint.of(found.checkpoint).write(kept)
    showing.statement(found, out, as_json)


@click.command("join")
@click.option("--ledger", default="", metavar="URL", help="The programme's ledger; none if your hours travel as files.")
@click.option("--person", required=True, metavar="ID", help="Your short name in the programme's register.")
@click.option("--role", type=click.Choice(["trainee", "supervisor"]), default="trainee", show_default=True)
@folder_option
@json_option
def join(ledger: str, person: str, role: str, folder: Path | None, as_json: bool) -> None:
    """Join a programme: make your hours.toml and your key, and print what to send to the programme.

    Who has logged in a ledger of their own so far gets these entries as a table, to be imported into the programme's.
    """
    from alliancelab.cli.hours.signing import key_for
    from alliancelab.hours.account import joining, place
    from alliancelab.hours.record import keys, signing

    where = home(folder)
    place.known_person(person)
    path = key_for(role, where)
    _, table = joining.joined(where, ledger, person, role, path, now)
    public = keys.public(path)
    compare = signing.fingerprint(public)
    told = {"folder": where, "person": person, "role": role, "key": public, "fingerprint": compare, "table": table}
    more = f"\nYour entries from before are in {table}; once you are in the register, import them." if table else ""
    say(
        f"You are {person} in {where / place.SETTINGS}. Send your programme this line:\n\n"
        f"  alliancelab hours register add {person} --role {role} --key {public}\n\n"
        f"and read them your key's fingerprint by telephone: {compare}{more}",
        told,
        as_json,
    )
