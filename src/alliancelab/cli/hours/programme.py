"""The commands of a programme: open a ledger, keep the register of people's keys, say who supervises whom."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from alliancelab.cli.hours.options import (
    DAY,
    IN,
    OUT,
    account,
    ask,
    day,
    folder_option,
    json_option,
    ledger_option,
    now,
    say,
)


@click.command("open")
@click.option("--ledger", default="sqlite:///hours.db", show_default=True, metavar="URL", help="Where it is kept.")
@click.option("--name", required=True, help="What the programme is called; it stands on certificates.")
@click.option("--key", "path", type=IN, help="The programme's key file, made where there is none (programme.key).")
@folder_option
@json_option
def open_ledger(ledger: str, name: str, path: Path | None, folder: Path | None, as_json: bool) -> None:
    """Open a ledger for a programme, on SQLite (a file) or PostgreSQL (postgresql+psycopg://...).

    Keep the key file apart from the ledger: whoever has both can say whatever they like in the programme's name.
    """
    from alliancelab.cli.hours.signing import key_for
    from alliancelab.hours.account import joining
    from alliancelab.hours.record import keys, signing

    where = folder or Path.cwd()
    file = key_for("programme", where, path)
    key = keys.load(file, ask)
    _, made = joining.opened(where, ledger, name, file, key, now)
    fingerprint = signing.fingerprint(key.public)
    told = {"ledger": made.id, "name": name, "key": key.public, "fingerprint": fingerprint, "folder": where}
    say(
        f"The ledger of {name} is open; its id is {made.id}.\n"
        f"Its key, in {file}, has the fingerprint {fingerprint}. Tell it to everybody who has to trust your certificates.\n"
        "Next: `alliancelab hours register add PERSON --role trainee --key PUBLIC` for each person.",
        told,
        as_json,
    )


@click.group()
def register() -> None:
    """The programme's register: who signs with which key. Without it a signature is decoration."""


@register.command("add")
@click.argument("person")
@click.option("--role", type=click.Choice(["trainee", "supervisor", "programme"]), required=True)
@click.option(
    "--key", "public", required=True, metavar="PUBLIC", help="What their `alliancelab hours key show` prints."
)
@click.option("--name", default="", help="What they are called; it can be erased later.")
@folder_option
@json_option
def register_add(person: str, role: str, public: str, name: str, folder: Path | None, as_json: bool) -> None:
    """Enter PERSON (a short name such as ana or dr-b) with their public key. Compare the fingerprint by telephone first."""
    from alliancelab.hours.account import place, programme
    from alliancelab.hours.record import signing

    mine = account(folder)
    programme.enrol(mine.ledger, mine.programme_key(), place.known_person(person), role, public, name)
    fingerprint = signing.fingerprint(public)
    told = {"person": person, "role": role, "key": public, "fingerprint": fingerprint}
    say(f"{person} is in the register as {role}, with the key {fingerprint}.", told, as_json)


@register.command("revoke")
@click.argument("key", metavar="KEY|PERSON")
@click.option("--reason", type=click.Choice(["lost", "stolen", "replaced", "left"]), required=True, help="Why.")
@folder_option
@json_option
def register_revoke(key: str, reason: str, folder: Path | None, as_json: bool) -> None:
    """Say that a key signs nothing more from now on; KEY is a public key, a fingerprint, or whose it is."""
    from alliancelab.hours.account import programme
    from alliancelab.hours.record import signing

    mine = account(folder)
    found = mine.ledger.register()
    public = programme.key_of(found, key)
    holder = found.keys[public]
    programme.revoke(mine.ledger, mine.programme_key(), public, reason)
    told = {"person": holder.person, "key": public, "reason": reason}
    say(
        f"The key {signing.fingerprint(public)} of {holder.person} signs nothing more. What it signed before stands.\n"
        f"Next: `alliancelab hours register add {holder.person} --role {holder.role} --key PUBLIC` for their new key.",
        told,
        as_json,
    )


@register.command("show")
@click.argument("file", type=IN, required=False)
@click.option("--programme", default="", metavar="FINGERPRINT", help="Whose register FILE must be.")
@folder_option
@ledger_option
@json_option
def register_show(file: Path | None, programme: str, folder: Path | None, ledger: str | None, as_json: bool) -> None:
    """Print people, keys and agreements: those of your ledger, or of FILE, whose signature is verified first."""
    from alliancelab.cli.hours import showing
    from alliancelab.hours.account import published
    from alliancelab.hours.record import signing

    if file is None:
        showing.register(account(folder, ledger).ledger.register(), as_json)
        return
    found, at, signer = published.read(file, programme)
    if not as_json:
        click.echo(f"As of {at:%Y-%m-%d %H:%M} UTC, signed with the key {signing.fingerprint(signer)}.")
    showing.register(found, as_json)


@register.command("export")
@click.option("--out", type=OUT, required=True, help="The new file.")
@folder_option
@json_option
def register_export(out: Path, folder: Path | None, as_json: bool) -> None:
    """Write the register to a file that your key signs, for whoever has no access to the ledger. No names are in it."""
    from alliancelab.hours.account import published

    mine = account(folder)
    published.write(out, mine.ledger.register(), mine.programme_key(), now())
    say(f"The register is in {out}; `alliancelab hours register show {out.name}` verifies it.", {"path": out}, as_json)


@click.command("agree")
@click.argument("trainee")
@click.argument("supervisor")
@click.option("--from", "since", type=DAY, help="The first day that the supervisor can sign for.")
@click.option("--until", type=DAY, help="The last day, where it is known already.")
@click.option("--end", type=DAY, help="End the agreement that runs, with this last day.")
@folder_option
@json_option
def agree(
    trainee: str,
    supervisor: str,
    since: datetime | None,
    until: datetime | None,
    end: datetime | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Say that SUPERVISOR supervises TRAINEE, from a day on; or with --end, until when they did."""
    from alliancelab.hours.account import place, programme

    mine = account(folder)
    trainee, supervisor = place.known_person(trainee), place.known_person(supervisor)
    told = {"trainee": trainee, "supervisor": supervisor, "from": day(since), "until": day(until or end)}
    if (last := day(end)) is not None:
        if since or until:
            raise click.UsageError("--end goes alone; --from and --until make a new agreement")
        programme.end_agreement(mine.ledger, mine.programme_key(), trainee, supervisor, last)
        say(f"{supervisor} can sign for {trainee} up to {last}, and for no later day.", told, as_json)
        return
    if (first := day(since)) is None:
        raise click.UsageError("say from which day on with --from 2026-03-02")
    programme.agree(mine.ledger, mine.programme_key(), trainee, supervisor, first, day(until))
    to = f" to {day(until)}" if until else " on"
    say(f"{supervisor} can sign what {trainee} did from {first}{to}.", told, as_json)
