"""The certificate's commands: issue, verify, revoke, show; those of the status list and of a change of keys; the page."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alliancelab.cli.options import NO, Refusing
from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import codes

if TYPE_CHECKING:
    from alliancelab.hours.certificate.issuing import Certified
    from alliancelab.hours.record.signing import Key

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
_ledger = click.option(
    "--ledger", "ledger_url", metavar="URL", required=True, help="The ledger: a file or a database's URL."
)
_key = click.option("--key", "key_path", type=FILE, required=True, help="The programme's key file.")
_out = click.option(
    "--out", type=FOLDER, required=True, help="The folder of the certificates, with what is published of them."
)
_url = click.option(
    "--url", default="", help="Where its folder `public` is on the web (https://...); needed at the first certificate."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


class _Certificates(Refusing):
    refusal = "Refused: {}."


@click.group(cls=_Certificates)
def certificate() -> None:
    """Certificates of supervised hours: issue them, verify one offline, revoke one.

    Nothing here is legal advice; a programme officer confirms each policy.
    """


@certificate.command()
@click.argument("file", type=FILE)
@click.option(
    "--issuer",
    "issuers",
    multiple=True,
    required=True,
    metavar="KEY",
    help="The issuer's public key, as the programme told you: 64 digits, a did:key or a file; several with several --issuer.",
)
@click.option(
    "--status",
    type=FILE,
    help="The programme's status list, in either form; without it, nobody looks whether it was revoked.",
)
@click.option(
    "--succession",
    "successions",
    type=FILE,
    multiple=True,
    help="Where the issuer has changed its key: the file that says so.",
)
@_json
def verify(
    file: Path, issuers: tuple[str, ...], status: Path | None, successions: tuple[Path, ...], as_json: bool
) -> None:
    """Verify the badge FILE (certificate.json), offline.

    Exit code 0 when it is valid, 1 when it is refused (with the reason), 2 when a file cannot be read or is no certificate.
    """
    from alliancelab.hours.certificate import verifying

    trusted = [verifying.trusted_key(issuer) for issuer in issuers]
    verdict = verifying.verify(file, trusted, _now(), status, _successions(successions))
    if as_json:
        told = asdict(verdict)
        click.echo(json.dumps(told | {"said": verdict.said}, ensure_ascii=False, indent=1, default=_iso))
    else:
        click.echo(verdict.said)
        click.echo(f"SHA-256 {verdict.digest}")
    if not verdict.valid:
        click.get_current_context().exit(NO)


@certificate.command()
@click.argument("file", type=FILE, required=False)
@click.option("--ledger", "ledger_url", metavar="URL", help="List the certificates of this ledger instead.")
@click.option("--checkpoint", type=FILE, help="Write the checkpoint that the badge carries to this file.")
@_json
def show(file: Path | None, ledger_url: str | None, checkpoint: Path | None, as_json: bool) -> None:
    """Show what the badge FILE says, without verifying it, or all certificates of a ledger."""
    if (file is None) == (ledger_url is None):
        raise click.UsageError("name either a badge's file or a --ledger")
    if ledger_url is not None:
        _show_all(ledger_url, as_json)
        return
    from alliancelab.hours.certificate import certificate as saying
    from alliancelab.hours.certificate import verifying
    from alliancelab.hours.policy.wording import plain

    badge = verifying.unverified(file)
    if checkpoint is not None:
        checkpoint.write_text(json.dumps(saying.checkpoint_in(badge), indent=1) + "\n", encoding="utf-8")
    if as_json:
        click.echo(json.dumps(asdict(badge), ensure_ascii=False, indent=1, default=_iso))
        return
    until = f", until {badge.until:%Y-%m-%d}" if badge.until else ""
    said = [f"{badge.title}: {badge.name} ({badge.trainee}), by {badge.programme}, on {badge.since:%Y-%m-%d}{until}"]
    said += [f"  {row.title}: {row.reached} (asked: {row.asked})" for row in badge.measured]
    said += [f"Certificate {badge.id}", f"Status list {badge.status}, place {badge.index}"]
    for line in said:
        click.echo(plain(line))
    click.echo("This is what it says. Nothing of it was verified; for that, type `alliancelab certificate verify`.")


def _show_all(ledger_url: str, as_json: bool) -> None:
    from alliancelab.hours.certificate import issuing

    every = issuing.certified(_open(ledger_url))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in every], ensure_ascii=False, indent=1, default=_iso))
        return
    for one in every:
        click.echo(f"{one.certificate}  {one.at:%Y-%m-%d}  {one.trainee}  {one.policy}  {_standing(one)}")
    if not every:
        click.echo("No certificate has been issued yet.")


@certificate.command()
@_ledger
@click.option("--trainee", required=True, help="Whose hours they are, by the short name in the ledger.")
@click.option(
    "--policy", "policy_name", required=True, help="A policy of ours (`hours policies`), or a file of your own (.toml)."
)
@_key
@_out
@_url
@click.option("--name", default="", help="The name to print; without it, the one in the programme's register.")
@click.option(
    "--modules", "gradebook", type=FILE, help="The gradebook's file, where the policy asks for modules (CSV or JSON)."
)
@click.option("--student", default="", help="The trainee's name in that file, where it is another.")
@click.option(
    "--pass-mark", type=click.IntRange(0, 100), default=0, help="Per cent of the points that complete a module."
)
@click.option("--qualified", type=DAY, help="The day of qualifying, where the policy counts by it.")
@click.option("--application", type=DAY, help="The day of the application, where the policy counts back from it.")
@click.option(
    "--checkpoint", type=FILE, help="An earlier checkpoint that was kept; the audit then sees what was cut off since."
)
@click.option("--valid-until", type=DAY, help="The last day on which it is valid; without it, as the policy says.")
@click.option("--again", is_flag=True, help="Issue another one, though one stands.")
@click.option("--fonts", type=FOLDER, help="A folder with fonts, for names in letters that the PDF's own fonts lack.")
@_json
def issue(
    ledger_url: str,
    trainee: str,
    policy_name: str,
    key_path: Path,
    out: Path,
    url: str,
    name: str,
    gradebook: Path | None,
    student: str,
    pass_mark: int,
    qualified: datetime | None,
    application: datetime | None,
    checkpoint: Path | None,
    valid_until: datetime | None,
    again: bool,
    fonts: Path | None,
    as_json: bool,
) -> None:
    """Issue a certificate: a badge to verify, a PDF to print, and the status list.

    Refuses (exit code 1) while the policy is not met, the audit fails, or modules that the policy asks for are missing.
    """
    from alliancelab.hours.certificate import certificate as certifying
    from alliancelab.hours.certificate import completed, issuing, shelf
    from alliancelab.hours.policy import policies
    from alliancelab.hours.record import audit
    from alliancelab.hours.record import checkpoint as checkpoints

    policy = policies.find(policy_name)
    modules = completed.read(gradebook, student or trainee, pass_mark) if gradebook else None
    ledger, key = _open(ledger_url), _load(key_path)
    point = checkpoints.take(ledger, key, _now, [trainee])
    report = audit.audit(ledger, checkpoints.read(checkpoint) if checkpoint else point, key.public)
    faults = [str(finding) for finding in report.findings]
    certifying.refuse_faults(faults)  # what was changed by hand cannot even be read
    case = issuing.case_of(
        ledger,
        trainee,
        policy,
        faults,
        point.as_json(),
        name=name,
        modules=modules,
        qualified=qualified.date() if qualified else None,
        application=application.date() if application else None,
    )
    until = datetime.combine(valid_until.date(), time(23, 59, 59), UTC) if valid_until else None
    issued = issuing.issue(ledger, key, case, out, _now(), url=url, until=until, again=again, fonts=fonts)
    one = issued.certified
    said = "Issued" if issued.new else f"Issued on {one.at:%Y-%m-%d} already"
    _say(
        f"{said}: {one.certificate}, {policy.title}, for {trainee}, in {issued.folder}. SHA-256 of the badge: {one.digest}\n"
        f"Give the holder that folder. Publish {out / shelf.PUBLIC}, and nothing else, and write the status list anew within "
        f"{issuing.LIST_DAYS} days (`alliancelab certificate status`).",
        asdict(one) | {"folder": str(issued.folder), "new": issued.new},
        as_json,
    )


@certificate.command()
@click.argument("name", metavar="CERTIFICATE")
@_ledger
@_key
@_out
@_url
@click.option(
    "--reason",
    type=click.Choice(list(codes.CERTIFICATE_REVOCATIONS)),
    required=True,
    help="Why; it stands in the ledger, not in the status list.",
)
@_json
def revoke(name: str, ledger_url: str, key_path: Path, out: Path, url: str, reason: str, as_json: bool) -> None:
    """Revoke a CERTIFICATE by its id, and write the status list: whoever has it refuses the certificate from then on."""
    from alliancelab.hours.certificate import issuing, shelf

    key = _load(key_path)
    one, new = issuing.revoke(_open(ledger_url), key, name, reason, out, _now(), url=url)
    said = "is revoked" if new else "was revoked before"
    _say(
        f"{one.certificate} of {one.trainee} {said}. Publish {out / shelf.PUBLIC} now: until then nobody knows."
        + (" It is signed by a newer key; verifiers need its succession, too." if key.public != one.key else ""),
        asdict(one) | {"new": new},
        as_json,
    )


@certificate.command()
@_ledger
@_key
@_out
@_url
@click.option("--days", type=click.IntRange(1, 3_660), help="How long it holds (92 days without it).")
@click.option("--for", "of", default="", metavar="KEY", help="An older key of yours whose list this is.")
@_json
def status(ledger_url: str, key_path: Path, out: Path, url: str, days: int | None, of: str, as_json: bool) -> None:
    """Write the status list anew, before the last one runs out."""
    from alliancelab.hours.certificate import issuing, verifying

    of = verifying.trusted_key(of) if of else ""
    paths = issuing.publish(
        _open(ledger_url), _load(key_path), out, _now(), url=url, of=of, days=days or issuing.LIST_DAYS
    )
    _say(
        f"The status list is in {' and '.join(map(str, paths))}. Publish both.",
        {"files": list(map(str, paths))},
        as_json,
    )


@certificate.command()
@_key
@click.option(
    "--to", "new", required=True, metavar="KEY", help="The public key that speaks for this one from now on, too."
)
@click.option("--out", type=FILE, required=True, help="The file to write; verifiers get it with --succession.")
def succession(key_path: Path, new: str, out: Path) -> None:
    """Say with a key that another one speaks for it: before you change it, and in case you lose it."""
    from alliancelab.hours.certificate import succession, verifying
    from alliancelab.hours.record import signing

    said = succession.hand_over(_load(key_path), verifying.trusted_key(new), _now())
    out.write_text(said.as_json(), encoding="utf-8")
    click.echo(f"The key {signing.fingerprint(said.new)} speaks for {signing.fingerprint(said.old)}: {out}.")


@certificate.command()
@click.option("--out", type=FILE, required=True, help="The file to write, such as verify.html.")
@click.option(
    "--issuer", metavar="KEY", help="The public key that the page trusts; without it, readers enter the key themselves."
)
def page(out: Path, issuer: str | None) -> None:
    """Write a page on which anybody verifies a certificate in a browser, offline.

    Put it on your programme's site, or hand it on as a file; it needs no server and never uses the network.
    """
    from alliancelab.hours.certificate import verifier, verifying
    from alliancelab.hours.record import signing

    text = verifier.page(issuer)
    try:
        out.write_bytes(text)
    except OSError as error:
        raise AllianceLabError(f"{out} cannot be written: {error.strerror}") from None
    trusts = f"trusts the key {signing.fingerprint(verifying.trusted_key(issuer))}" if issuer else "asks whom to trust"
    click.echo(f"The page {trusts}: {out}.")


def _successions(paths: tuple[Path, ...]) -> list[Any]:
    from alliancelab.hours.certificate import succession

    found = []
    for path in paths:
        try:
            found.append(succession.read(path.read_bytes()))
        except (OSError, AllianceLabError) as error:
            raise AllianceLabError(f"{path} cannot be used: {getattr(error, 'strerror', None) or error}") from None
    return found


def _open(url: str) -> Any:
    from alliancelab.hours.record.ledger import Ledger

    return Ledger.open(url, now=_now)


def _load(path: Path) -> Key:
    from alliancelab.hours.record import keys

    return keys.load(path, lambda what: click.prompt(what, hide_input=True, err=True, default="", show_default=False))


def _say(said: str, data: dict[str, Any], as_json: bool) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=1, default=_iso) if as_json else said)


def _standing(one: Certified) -> str:
    return f"revoked {one.revoked:%Y-%m-%d} ({one.reason})" if one.revoked else "stands"


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _now() -> datetime:
    """The clock of the commands."""
    return datetime.now(UTC)
