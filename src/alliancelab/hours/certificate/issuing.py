"""Certificates leave the ledger: issued, revoked, and the status list that says which still stand.

The ledger is the truth: a certificate is issued once its event is recorded, and revoked once that is. Its files are made
before, aside, and moved into place after; who was interrupted between the two types the same command again. The status
list is made anew from the ledger's events, so it can be written at any time, and should be before it runs out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import badges, certificate, shelf, verifying
from alliancelab.hours.certificate.certificate import Case
from alliancelab.hours.policy import counting
from alliancelab.hours.policy.counting import Claim
from alliancelab.hours.record import records, signing
from alliancelab.hours.record.records import Refused
from alliancelab.hours.record.signing import Key

if TYPE_CHECKING:
    from alliancelab.hours.certificate.completed import Completed
    from alliancelab.hours.policy.policy import Policy
    from alliancelab.hours.record.ledger import Ledger

LIST_DAYS = 92  # how long a status list holds: a stale copy cannot bring a revoked certificate back for longer
_CHANGED = "the record of {} has changed while it was looked at; type it again"


@dataclass(frozen=True)
class Certified:
    """A certificate as the ledger has it; `key` is the one that issued it."""

    certificate: str
    trainee: str
    policy: str
    digest: str
    at: datetime
    key: str
    revoked: datetime | None = None
    reason: str = ""

    @property
    def folder(self) -> str:
        """The name of the folder in which its files are."""
        return f"{self.trainee}-{self.policy}-{self.certificate[:8]}"


@dataclass(frozen=True)
class Issued:
    """A certificate and where its files are; `new` is whether this call has issued it."""

    certified: Certified
    folder: Path
    new: bool


def certified(ledger: Ledger) -> list[Certified]:
    """Every certificate that a ledger has, in the order of their chains and dates."""
    found: dict[str, Certified] = {}
    for event in ledger.of_kind(records.CERTIFICATE, records.CERTIFICATE_REVOKED):
        body = event.body
        if body is None:
            continue
        name = body["certificate"]
        if event.kind == records.CERTIFICATE:
            found[name] = Certified(name, event.chain, body["policy"], body["digest"], event.at, event.signer)
        elif name in found:
            found[name] = replace(found[name], revoked=event.at, reason=body["reason"])
    return list(found.values())


def case_of(
    ledger: Ledger,
    trainee: str,
    policy: Policy,
    faults: Sequence[str],
    checkpoint: Mapping[str, Any],
    *,
    name: str = "",
    modules: Completed | None = None,
    qualified: date | None = None,
    application: date | None = None,
) -> Case:
    """What a ledger has on a trainee for a policy; only minutes that a supervisor has signed are claimed.

    `checkpoint` was taken before, and `faults` are what an audit has found since; so what is counted is no more than what
    the checkpoint holds, or it is `Refused`. The name is the one in the register, or `name`.
    """
    register, log = ledger.register(), ledger.log(trainee)
    if not log.size:
        raise AllianceLabError(
            f"the ledger has no records of '{trainee[:60]}'; the names are in `alliancelab hours register show`"
        )
    if list(checkpoint["chains"].get(trainee, ())) != [log.size, log.head]:
        raise Refused("meanwhile", _CHANGED.format(trainee))
    name = name or register.names.get(trainee, "")
    if not name:
        raise AllianceLabError(
            f"the register does not say what {trainee} is called; give the name to print with --name"
        )
    claims = [Claim(one.entry, one.approved or 0, row) for row, one in enumerate(log.entries.values(), start=1)]
    return Case(
        programme=register.name,
        ledger=ledger.id,
        trainee=trainee,
        name=name,
        outcome=counting.count(policy, claims, qualified, application),
        faults=faults,
        checkpoint=checkpoint,
        chain=(log.size, log.head),
        modules=modules.modules if modules else {},
        gradebook=modules.digest if modules else "",
    )


def issue(
    ledger: Ledger,
    key: Key,
    case: Case,
    folder: Path,
    at: datetime,
    *,
    url: str = "",
    until: datetime | None = None,
    again: bool = False,
    fonts: Path | None = None,
) -> Issued:
    """Issue a certificate into a folder: badge, PDF, status list; or find the one that stands, unless `again`.

    `url` is where its folder `public` is, or will be, on the web: badges name their status list there; it is needed once. Raises
    `Refused` with the first reason against it; then nothing is recorded and no file is left.
    """
    from alliancelab.hours.certificate import paper

    with shelf.locked(folder):
        every = certified(ledger)
        shelf.clear(folder, {one.folder for one in every})
        stands = [one for one in every if one.trainee == case.trainee and one.policy == case.outcome.policy.id]
        stands = [one for one in stands if one.revoked is None]
        if stands and (not again or shelf.is_aside(folder, stands[-1].folder)):
            issued = _found(stands[-1], folder)
            if stands[-1].key == key.public:
                address = verifying.unverified(issued.folder / shelf.BADGE).status
                _publish(ledger, key, folder, at, address, key.public)
            return issued
        certificate.refuse(case)
        name = certificate.new_id(case, {certificate.place(one.certificate) for one in every if one.key == key.public})
        address = shelf.address(folder, key.public, ledger.id, url, any(one.key == key.public for one in every))
        badge = certificate.badge_of(case, name, key.public, at, address, until)
        text = badges.sign(badge, key)
        digest = hashlib.sha256(text).hexdigest()
        link = address.rpartition("/")[0] + "/" if address.startswith("https://") else ""
        printed = paper.render(certificate.on_paper(case, badge, digest, key.public, link), text, badge.since, fonts)
        made = Certified(name, case.trainee, case.outcome.policy.id, digest, at, key.public)
        shelf.put_aside(folder, made.folder, text, printed)
        body = {"certificate": name, "policy": made.policy, "digest": digest}
        try:
            if ledger.log(case.trainee).head != case.chain[1]:
                raise Refused("meanwhile", _CHANGED.format(case.trainee))
            ledger.append(records.submit(key, ledger.id, case.trainee, [records.draft(records.CERTIFICATE, body)]))
        except Refused:  # after anything else it may have been recorded; then the files are still needed
            shelf.throw_away(folder, made.folder)
            raise
        target = shelf.into_place(folder, made.folder)
        _publish(ledger, key, folder, at, address, key.public)
    return Issued(made, target, new=True)


def revoke(
    ledger: Ledger, key: Key, name: str, reason: str, folder: Path, at: datetime, *, url: str = ""
) -> tuple[Certified, bool]:
    """Revoke a certificate by its id and write the status list of its issuer; once more changes nothing.

    Returns the certificate, and whether this call has revoked it.
    """
    with shelf.locked(folder):
        every = {one.certificate: one for one in certified(ledger)}
        one = every.get(name.removeprefix(certificate.URN))
        if one is None:
            raise AllianceLabError(
                f"the ledger has no certificate '{name[:60]}'; `alliancelab certificate show` has all"
            )
        address = shelf.address(folder, one.key, ledger.id, url, known=True)  # before anything is recorded
        new = one.revoked is None
        if new:
            body = {"certificate": one.certificate, "reason": reason}
            ledger.append(
                records.submit(key, ledger.id, one.trainee, [records.draft(records.CERTIFICATE_REVOKED, body)])
            )
        _publish(ledger, key, folder, at, address, one.key)
    return one, new


def publish(
    ledger: Ledger,
    key: Key,
    folder: Path,
    at: datetime,
    *,
    url: str = "",
    of: str = "",
    days: int = LIST_DAYS,
) -> list[Path]:
    """Write the status list of an issuer's key, `of` (without it the key's own), in both forms, and the issuer's key.

    It holds for `days`. A key may sign the list of one that it succeeds; see `succession`.
    """
    of = of or key.public
    with shelf.locked(folder):
        address = shelf.address(folder, of, ledger.id, url, any(one.key == of for one in certified(ledger)))
        return _publish(ledger, key, folder, at, address, of, days)


def _publish(
    ledger: Ledger, key: Key, folder: Path, at: datetime, address: str, of: str, days: int = LIST_DAYS
) -> list[Path]:
    every = certified(ledger)
    revoked = [certificate.place(one.certificate) for one in every if one.key == of and one.revoked is not None]
    at = at.replace(microsecond=0)
    texts = badges.sign_list(key, address, revoked, at, at + timedelta(days=days))
    paths = [folder / shelf.PUBLIC / f"{shelf.list_name(of)}{ending}" for ending in (".json", ".jwt")]
    for path, text in zip(paths, texts, strict=True):
        shelf.write(path, text)
    known = f"{key.public}\n{badges.did(key.public)}\n{signing.fingerprint(key.public)}\n"
    shelf.write(folder / shelf.PUBLIC / shelf.ISSUER, known.encode())
    return paths


def _found(one: Certified, folder: Path) -> Issued:
    """The files of a certificate that the ledger has; moved into place where that was interrupted."""
    target = shelf.into_place(folder, one.folder) if shelf.is_aside(folder, one.folder) else folder / one.folder
    try:
        digest = hashlib.sha256((target / shelf.BADGE).read_bytes()).hexdigest()
    except OSError:
        digest = ""
    if digest != one.digest:
        raise Refused(
            "there",
            f"{one.trainee} has the certificate {one.certificate} of {one.at:%Y-%m-%d} already, but its file is not in "
            f"{folder} (SHA-256 {one.digest}); look where you keep it, or revoke it, or issue another with --again",
        )
    return Issued(one, target, new=False)
