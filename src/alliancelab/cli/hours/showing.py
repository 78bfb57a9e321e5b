"""What the commands of the hours wing print: sentences and tables, or the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alliancelab.cli.hours import outcomes
from alliancelab.cli.hours.options import say
from alliancelab.hours.account import files
from alliancelab.hours.account.importing import Imported, NotImported
from alliancelab.hours.account.statement import Statement
from alliancelab.hours.entries import Entry
from alliancelab.hours.record import codes, signing
from alliancelab.hours.record.rules import Logged, Register

if TYPE_CHECKING:
    from alliancelab.hours.account.account import Account, Changed

SHORT = 8  # digits of a version that people read and type
MOST_ROWS = 20


def short(version: str) -> str:
    """A version's short name."""
    return version[:SHORT]


def length(minutes: int) -> str:
    """Minutes in words.

    >>> length(200), length(50), length(120)
    ('3 h 20 min', '50 min', '2 h')
    """
    return outcomes.amount(minutes, "minutes")


def count(number: int, word: str, words: str = "") -> str:
    """How many of something.

    >>> count(1, "entry", "entries"), count(2, "entry", "entries")
    ('1 entry', '2 entries')
    """
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def as_json(data: Any) -> None:
    """Print plain data as JSON."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))


def state(one: Logged) -> str:
    """What was said of an entry, in words."""
    if one.approved is not None:
        part = "" if one.approved == one.entry.minutes else f" {one.approved} of {one.entry.minutes} min"
        return f"signed{part} by {one.by}"
    if one.declined:
        return f"declined: {codes.DECLINES[one.declined]}"
    if one.asked:
        return f"asked: {codes.ASKS[one.asked]}"
    return "unsigned"


def entry_line(entry: Entry) -> str:
    """An entry in a line: when, what, how long, and whatever else it says."""
    when = f"{entry.date}"
    if entry.start is not None and entry.end is not None:
        when += f" {entry.start:%H:%M}–{entry.end:%H:%M} ({entry.start.isoformat()[-6:]})"
    more = [entry.setting, entry.phase, *sorted(entry.flags)] + [f"{entry.group_size} people"] * (entry.group_size > 1)
    return ", ".join([when, entry.category, length(entry.minutes), *filter(None, more)])


def told(one: Logged, note: str = "") -> dict[str, Any]:
    """An entry and what was said of it, as JSON values."""
    said = {"version": one.version, **one.entry.body(), "recorded": one.at, "approved": one.approved, "by": one.by}
    said |= {"asked": one.asked, "declined": one.declined}
    return said | ({"note": note} if note else {})


def rows(title: str, headings: Iterable[str], lines: Iterable[Sequence[str]]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line))
    Console().print(table)


def _waiting(mine: Account) -> str:
    """How much of a log nobody has signed, in a sentence."""
    unsigned = [one for one in mine.standing() if one.approved is None]
    if not unsigned:
        return "Everything in your log is signed."
    oldest = min(one.entry.date for one in unsigned)
    minutes = length(sum(one.entry.minutes for one in unsigned))
    return f"Unsigned: {count(len(unsigned), 'entry', 'entries')}, {minutes}, the oldest of {oldest}."


def _who_signs(mine: Account, entry: Entry) -> str:
    """Who will sign an entry, or what to do so that somebody can."""
    if able := mine.supervisors(entry):
        return f"{' or '.join(able)} can sign it; `alliancelab hours bundle` makes a file for them."
    return f"Nobody can sign it yet: {_nobody(mine, entry)}"


def _nobody(mine: Account, entry: Entry) -> str:
    """Why nobody can sign an entry, and what to do."""
    ask = "Ask your programme for one"
    if mine.place.programme_key is not None:  # one's own
        ask = "Enter your supervisor with `alliancelab hours register add` and `alliancelab hours agree`"
    return f"no supervisor has an agreement with you for {entry.date}. {ask}; what nobody signs does not count."


def logged(mine: Account, one: Logged, json_: bool) -> None:
    """Say what was saved, who will sign, and what is unsigned."""
    if json_:
        as_json(told(one, mine.place.notes().get(one.version, "")) | {"can_sign": mine.supervisors(one.entry)})
        return
    click.echo(f"Saved as {short(one.version)}: {entry_line(one.entry)}.")
    click.echo(_who_signs(mine, one.entry))
    click.echo(_waiting(mine))


def not_imported(file: Path, error: NotImported, json_: bool) -> None:
    """List each row that cannot be taken in."""
    if json_:
        as_json({"added": 0, "rows": [{"row": row.number, "problem": row.problem} for row in error.rows]})
        return
    for row in error.rows:
        click.echo(f"{file.name}, row {row.number}: {row.problem}")
    bad = count(len({row.number for row in error.rows}), "row")
    click.echo(f"Nothing was imported; mend {bad} and type it again.", err=True)


def imported(mine: Account, file: Path, done: Imported, json_: bool) -> None:
    """Say what was added, what was there before, and what to look at."""
    if json_:
        as_json(vars(done))
        return
    added = count(len(done.added), "entry", "entries")
    known = (
        f" {count(done.known, 'row')} had been imported before (log by hand what was another session)."
        if done.known
        else ""
    )
    click.echo(f"{added} added from {file.name}, {length(done.minutes)}.{known}")
    for number, version in done.alike[:MOST_ROWS]:
        click.echo(
            f"Row {number} says the same as {short(version)}, which you logged by hand. If it is the same session, "
            f"withdraw one: `alliancelab hours withdraw {short(version)}`."
        )
    if done.gone:
        names = ", ".join(map(short, done.gone[:MOST_ROWS])) + (" ..." if len(done.gone) > MOST_ROWS else "")
        click.echo(
            f"{count(len(done.gone), 'entry', 'entries')} of an earlier import are not in this file any more: {names}. "
            "If they were mended there, amend or withdraw them here, too."
        )
    added, known = set(done.added), mine.ledger.register()
    lost = [one.entry for one in mine.standing() if one.version in added and not mine.supervisors(one.entry, known)]
    if lost:
        first = min(lost, key=lambda entry: entry.date)
        click.echo(f"Nobody can sign {len(lost)} of them yet. The first: {_nobody(mine, first)}")
    click.echo(_waiting(mine))


def listed(mine: Account, shown: Sequence[Logged], json_: bool) -> None:
    """Print entries in the order of their days."""
    notes = mine.place.notes()
    ordered = sorted(
        shown, key=lambda one: (one.entry.date, one.entry.start is not None and one.entry.start.timestamp())
    )
    if json_:
        as_json([told(one, notes.get(one.version, "")) for one in ordered])
        return
    if not ordered:
        click.echo("Nothing to show. `alliancelab hours log --help` says how to log a session.")
        return
    lines = [(short(one.version), entry_line(one.entry), state(one), notes.get(one.version, "")) for one in ordered]
    rows("Your log", ("", "Entry", "", "Your note"), lines)
    click.echo(_waiting(mine))


def changed(mine: Account, change: Changed, json_: bool) -> None:
    """Say what stands now, and whose signature has fallen."""
    before, after = change.before, change.after
    if json_:
        now_ = told(after, mine.place.notes().get(after.version, "")) if after else None
        fell = before.by if after != before else ""
        as_json({"before": before.version, "after": now_, "signature_fell": fell, "notice": change.notice})
        return
    if after is None:
        click.echo(f"Withdrawn: {entry_line(before.entry)} ({short(before.version)}).")
    elif after.version == before.version:
        click.echo(f"The note of {short(before.version)} is kept in your folder.")
    else:
        click.echo(f"{short(before.version)} is now {short(after.version)}: {entry_line(after.entry)}.")
    if change.notice:
        click.echo(change.notice)
    click.echo(_waiting(mine))


def register(found: Register, json_: bool) -> None:
    """Print people, keys and agreements."""
    keys = [
        {
            "person": holder.person,
            "name": found.names.get(holder.person, ""),
            "role": holder.role,
            "key": public,
            "fingerprint": signing.fingerprint(public),
            "since": holder.since,
            "revoked": holder.revoked,
        }
        for public, holder in found.keys.items()
    ]
    agreements = [
        {"trainee": one.trainee, "supervisor": one.supervisor, "from": one.since, "until": one.until}
        for one in found.agreements.values()
    ]
    if json_:
        as_json({"ledger": found.ledger, "name": found.name, "keys": keys, "agreements": agreements})
        return
    lines = [
        (
            key["person"] + (f" ({key['name']})" if key["name"] else ""),
            key["role"],
            key["fingerprint"],
            f"{key['since']:%Y-%m-%d}" + (f" to {key['revoked']:%Y-%m-%d} (revoked)" if key["revoked"] else ""),
        )
        for key in keys
    ]
    rows(f"The register of {found.name}", ("Who", "Role", "Fingerprint of the key", "Signs from"), lines)
    if agreements:
        lines = [(one["trainee"], one["supervisor"], f"{one['from']}", f"{one['until'] or ''}") for one in agreements]
        rows("Agreements", ("Trainee", "Supervisor", "From", "Until"), lines)


def statement(found: Statement, out: Path | None, json_: bool) -> None:
    """Print a week or a month, or write it to a file; with its checkpoint."""
    if out is not None:
        files.write(out, found.as_json())
        say(
            f"The statement of {found.period.name} is in {out}; give a copy to somebody who keeps it.",
            {"path": out},
            json_,
        )
        return
    if json_:
        as_json(found.as_json())
        return
    title = f"{found.person}, {found.period.name} ({found.period.since} to {found.period.until})"
    rows(title, ("", "Entry", ""), [(short(one.version), entry_line(one.entry), state(one)) for one in found.entries])
    lines = [(name, length(had), length(good)) for name, (had, good) in found.by_category().items()]
    if lines:
        rows(
            "Together", ("Category", "Logged", "Signed"), [*lines, ("all", length(found.logged), length(found.signed))]
        )
    whose = "the programme" if found.by_programme else "you"
    click.echo(f"Checkpoint, signed by {whose} (--out FILE writes it with the statement, --checkpoint FILE alone):")
    for chain, (size, head) in found.checkpoint["chains"].items():
        click.echo(f"  {chain}: {count(size, 'record')}, the last is {head}")
