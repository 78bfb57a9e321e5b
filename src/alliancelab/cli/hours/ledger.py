"""The commands that keep a ledger: audit it, take a checkpoint of it, erase in it, bring it up to date."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alliancelab.cli.hours.options import (
    IN,
    OUT,
    account,
    ask,
    folder_option,
    home,
    json_option,
    ledger_option,
    now,
    say,
)
from alliancelab.cli.options import NO
from alliancelab.errors import AllianceLabError

if TYPE_CHECKING:
    from alliancelab.hours.account.account import Account
    from alliancelab.hours.record.audit import Report
    from alliancelab.hours.record.checkpoint import Checkpoint
    from alliancelab.hours.record.ledger import Ledger
    from alliancelab.hours.record.signing import Key

_key = click.option("--key", "path", type=IN, help="The programme's key file, where your hours.toml names none.")


@click.command("audit")
@click.option("--checkpoint", "proof", type=IN, help="A checkpoint that was kept outside the database.")
@click.option(
    "--programme", default="", metavar="KEY", help="The programme's public key or fingerprint, as it told you."
)
@folder_option
@ledger_option
@json_option
def audit(proof: Path | None, programme: str, folder: Path | None, ledger: str | None, as_json: bool) -> None:
    """Verify a whole ledger: the chains, the signatures, the keys, and each record against the rules.

    What is wrong first is named, and what can no longer be relied on because of it. Without a checkpoint nobody can see
    that the end of a log was cut off, or that a log was written anew. Exit code 0 when all is in order, 1 when not.
    """
    from alliancelab.hours.record import checkpoint

    taken = None if proof is None else checkpoint.read(proof)
    mine = account(folder, ledger)
    # The key in hours.toml is that of the folder's own ledger, and says nothing about another one.
    report = _audited(mine.ledger, taken, programme or ("" if ledger else mine.place.programme))
    say("", _as_data(report), as_json, lambda: _show(report))
    if not report.sound:
        click.get_current_context().exit(NO)


@click.command("checkpoint")
@click.option("--out", type=OUT, required=True, help="The new file; keep it where nobody can write who can write here.")
@click.option("--trainee", "trainees", multiple=True, help="Only of this one's log and of the programme's chain.")
@_key
@folder_option
@ledger_option
@json_option
def take_checkpoint(
    out: Path, trainees: tuple[str, ...], path: Path | None, folder: Path | None, ledger: str | None, as_json: bool
) -> None:
    """Sign how long each chain is and where it ends, in a file that leaves the database.

    The ledger is audited first: a checkpoint over what is wrong would bless it. Exit code 1 when it is.
    """
    from alliancelab.hours.record import checkpoint

    if out.exists():
        raise AllianceLabError(f"{out} is there already and is left as it is; name a new file")
    mine = account(folder, ledger)
    if unknown := set(trainees) - set(mine.ledger.chains()):
        raise AllianceLabError(f"the ledger has no log of {', '.join(sorted(unknown))}")
    key = _key_of(mine, path)
    report = _audited(mine.ledger)
    if not report.sound:
        say("", _as_data(report), as_json, lambda: _show(report))
        click.echo("No checkpoint was taken.", err=True)
        click.get_current_context().exit(NO)
    holder = mine.ledger.register().keys.get(key.public)
    if holder is None or holder.role != "programme" or holder.revoked is not None:
        raise AllianceLabError("that key does not sign for the programme now; an audit would not take its checkpoint")
    taken = checkpoint.take(mine.ledger, key, now, trainees or None)
    taken.write(out)
    told = {"path": out, "ledger": taken.ledger, "at": taken.at, "chains": len(taken.chains)}
    events = sum(size for size, _ in taken.chains.values())
    say(
        f"{out} holds where {len(taken.chains)} chains with {events:,} events end. Keep it outside the database.\n"
        f"Next: `alliancelab hours audit --checkpoint {out}`, now and whenever somebody doubts.",
        told | {"events": events},
        as_json,
    )


@click.command("erase")
@click.argument("trainee")
@click.argument("versions", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All entries of this trainee.")
@click.option("--name", is_flag=True, help="What the register says this person is called.")
@click.option("--ground", type=click.Choice(["request", "retention", "mistake"]), required=True, help="Why it may go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_key
@folder_option
@ledger_option
@json_option
def erase(
    trainee: str,
    versions: tuple[str, ...],
    everything: bool,
    name: bool,
    ground: str,
    yes: bool,
    path: Path | None,
    folder: Path | None,
    ledger: str | None,
    as_json: bool,
) -> None:
    """Erase what entries of TRAINEE say, by the beginnings of their VERSIONS, or what somebody is called. For good.

    The chain keeps that they were there and who signed them, and still audits. Erased hours no longer count.
    """
    from alliancelab.hours.record import erasure, records

    if sum((bool(versions), everything, name)) != 1:
        raise click.UsageError("say what is erased: VERSIONS, or --all, or --name")
    mine = account(folder, ledger)
    chain = records.PROGRAMME if name else trainee
    if name:
        found = erasure.names_of(mine.ledger, trainee)
    else:
        found = (
            erasure.entries_of(mine.ledger, trainee) if everything else erasure.meant(mine.ledger, trainee, versions)
        )
    if not found:
        raise AllianceLabError(
            f"there is nothing to erase of {trainee}; `alliancelab hours register show` has everybody"
        )
    what = (
        f"the name of {trainee}" if name else f"{len(found)} {'entry' if len(found) == 1 else 'entries'} of {trainee}"
    )
    if not yes:
        click.confirm(f"Erase {what}? Nobody can bring it back.", abort=True, err=True)
    [event] = erasure.erase(mine.ledger, _key_of(mine, path), chain, found, ground)
    say(
        f"Erased: {what}. It is out of the database; copies of the database still have it.",
        {"chain": chain, "erased": found, "ground": ground, "event": event.number},
        as_json,
    )


@click.command("migrate")
@folder_option
@ledger_option
@json_option
def migrate(folder: Path | None, ledger: str | None, as_json: bool) -> None:
    """Bring a ledger of an older version of AllianceLab into the form of today. Make a copy of the database first."""
    from alliancelab.hours.account import place
    from alliancelab.hours.record import schema
    from alliancelab.hours.record.ledger import Ledger

    mine = place.read(home(folder))
    url = place.in_folder(ledger or (mine.ledger if mine else ""), home(folder))
    if not url:
        raise AllianceLabError("say which ledger with --ledger URL, or where your hours.toml is with --folder")
    before = Ledger.migrate(url)
    done = "was of today's form already; nothing was changed" if before == schema.FORMAT else "is in today's form now"
    told = {"ledger": url, "before": before, "now": schema.FORMAT}
    say(f"The ledger {done}. Next: `alliancelab hours audit`.", told, as_json)


def _key_of(mine: Account, path: Path | None) -> Key:
    from alliancelab.hours.record import keys

    return mine.programme_key() if path is None else keys.load(path, ask)


def _audited(ledger: Ledger, taken: Checkpoint | None = None, programme: str = "") -> Report:
    """An audit, with a bar on the terminal."""
    from rich.console import Console
    from rich.progress import Progress

    from alliancelab.hours.record.audit import audit

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        task = bars.add_task("audit", total=None)
        return audit(
            ledger, taken, programme or None, lambda name, done, of: bars.update(task, completed=done, total=of)
        )


def _as_data(report: Report) -> dict[str, object]:
    from alliancelab.hours.record import signing

    fingerprint = signing.fingerprint(report.programme) if signing.is_public(report.programme) else ""
    return {"sound": report.sound, "fingerprint": fingerprint} | asdict(report)


def _show(report: Report) -> None:
    from alliancelab.hours.record import signing

    if not report.sound:
        click.echo("Wrong.")
        for finding in report.findings:
            click.echo(f"- {finding.wrong} {finding.follows}")
        return
    click.echo(f"In order: {report.events:,} events in {report.chains} chains, of the ledger {report.ledger}.")
    click.echo(f"It was opened by the key {signing.fingerprint(report.programme)}; is that the programme's?")
    if not report.compared:
        click.echo(
            "Without a checkpoint (--checkpoint FILE) nobody can see that an end was cut off or a log written anew."
        )
