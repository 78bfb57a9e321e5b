"""The commands around a signature: keys, what waits for a supervisor, signing, and files that travel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from alliancelab.cli.hours.approving import confirm, decisions, how_to_decide
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
from alliancelab.errors import AllianceLabError


@click.group()
def key() -> None:
    """Your own key: with it you sign what you log, or what you approve. Nobody else has it, and nobody can replace it."""


@key.command("new")
@click.option("--path", type=IN, help="The file to make (hours.key in your folder without).")
@folder_option
@json_option
def key_new(path: Path | None, folder: Path | None, as_json: bool) -> None:
    """Make a key in a new file, encrypted with a passphrase; the system's keyring remembers it where there is one.

    A key that is lost cannot be brought back: make another, have your programme enter it, and revoke the old one.
    """
    from alliancelab.hours.record import keys

    file = path or home(folder) / keys.OWN
    made = keys.new(file, _new_passphrase(), remember=True)
    _show_key(file, made.public, as_json)


@key.command("show")
@click.option("--path", type=IN, help="The key file (that of your hours.toml without).")
@folder_option
@json_option
def key_show(path: Path | None, folder: Path | None, as_json: bool) -> None:
    """Print the public key, for the programme's register, and its fingerprint, to compare by telephone."""
    from alliancelab.hours.record import keys

    file = path or account(folder).place.key or home(folder) / keys.OWN
    _show_key(file, keys.public(file), as_json)


def _show_key(file: Path, public: str, as_json: bool) -> None:
    from alliancelab.hours.record import signing

    compare = signing.fingerprint(public)
    told = {"path": file, "key": public, "fingerprint": compare}
    say(f"Key file:    {file} (keep it to yourself)\nPublic key:  {public}\nFingerprint: {compare}", told, as_json)


def key_for(role: str, folder: Path, path: Path | None = None) -> Path:
    """The key file of somebody who opens a ledger or joins one; made where there is none.

    A trainee's is made without a question. A supervisor's and a programme's signatures are what others trust, so theirs
    have a passphrase.
    """
    from alliancelab.hours.account import joining
    from alliancelab.hours.record import keys

    file = path or folder / (joining.PROGRAMME_KEY if role == "programme" else keys.OWN)
    if not file.exists():
        if role == "trainee":
            keys.own(folder)
        else:
            keys.new(file, _new_passphrase(), remember=True)
    return file


def _new_passphrase() -> str:
    import os

    from alliancelab.hours.record import keys

    if told := os.environ.get(keys.VARIABLE):
        return told
    return click.prompt("A passphrase for the new key", hide_input=True, confirmation_prompt="Once more", err=True)


@click.command("bundle")
@click.option("--supervisor", required=True, metavar="ID", help="For whom.")
@click.option("--out", type=OUT, help="The new file (YOU-for-ID.hours here without).")
@folder_option
@ledger_option
@json_option
def bundle(supervisor: str, out: Path | None, folder: Path | None, ledger: str | None, as_json: bool) -> None:
    """Put what waits for a supervisor into a file, for one who has only this package. They sign it with `hours sign`."""
    from alliancelab.cli.hours import looking

    mine = account(folder, ledger)
    file = out or Path(f"{mine.person}-for-{supervisor}.hours")
    looking.packed(file, mine.pack(supervisor, file), as_json)


@click.command("sign")
@click.argument("file", type=IN)
@click.option("--out", type=OUT, help="The new file with your decisions (FILE with -signed in its name without).")
@click.option("--key", "path", type=IN, help="Your key file (that of your hours.toml without, or hours.key).")
@click.option(
    "--programme", default="", metavar="FINGERPRINT", help="Whose bundle it must be; remembered in your hours.toml."
)
@how_to_decide
@folder_option
@json_option
def sign(
    file: Path,
    out: Path | None,
    path: Path | None,
    programme: str,
    part: tuple[str, ...],
    asks: tuple[str, ...],
    decline: tuple[str, ...],
    yes: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Sign a bundle that a trainee sent you in FILE: a look first, then your yes; send back the file that this makes.

    All in it is verified first. What you do not name is signed as it was logged.
    """
    from alliancelab.cli.hours import looking
    from alliancelab.hours.account import place, travel
    from alliancelab.hours.record import keys, signing

    where = home(folder)
    mine = place.read(where)
    parcel = travel.read(file, programme or (mine.programme if mine else ""))
    shown = parcel.bundles()
    made = decisions(shown, part, asks, decline)
    target = out or file.with_name(f"{file.stem}-signed.hours")
    if target.exists():  # said before anybody decides
        raise AllianceLabError(f"{target} is there already; name another file with --out")
    if not as_json:
        looking.parcel(parcel, known=bool(programme or (mine and mine.programme)))
        looking.bundles(shown, now().astimezone().date())
    confirm(made, yes, as_json)
    key = keys.load(path or (mine.key if mine and mine.key else where / keys.OWN), ask)
    travel.write(target, travel.decisions_file(travel.answer(parcel, key, made, now())))
    if mine is not None and not mine.programme:
        place.write(replace(mine, programme=signing.fingerprint(parcel.programme)))
    looking.signed(made, parcel, target, as_json)


@click.command("take")
@click.argument("file", type=IN)
@folder_option
@ledger_option
@json_option
def take(file: Path, folder: Path | None, ledger: str | None, as_json: bool) -> None:
    """Take a supervisor's decisions, which came back in FILE, into the ledger; the same file twice is refused."""
    from alliancelab.cli.hours import looking

    mine = account(folder, ledger)
    looking.taken(mine, mine.take(file), as_json)
