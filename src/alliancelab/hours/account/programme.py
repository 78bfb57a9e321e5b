"""What a programme says in its own chain: who its people are, by which keys they sign, who supervises whom and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from alliancelab.errors import AllianceLabError
from alliancelab.hours.record import records, rules, signing
from alliancelab.hours.record.ledger import Ledger
from alliancelab.hours.record.records import Draft, Event
from alliancelab.hours.record.signing import Key


def enrol(ledger: Ledger, key: Key, person: str, role: str, public: str, name: str = "") -> list[Event]:
    """Enter a person's public key into the register, and what the person is called, where that is given.

    A person may have several keys, one after the other: a lost one is revoked and the next one entered.
    """
    if not signing.is_public(public):
        raise AllianceLabError(
            f"'{public[:24]}' is no public key; ask {person} to send you what `alliancelab hours key show` prints"
        )
    drafts = [records.draft(records.KEY, {"person": person, "role": role, "key": public})]
    if name and ledger.register().names.get(person) != name:
        drafts.append(records.draft(records.PERSON, {"person": person, "name": name}))
    return _say(ledger, key, drafts)


def revoke(ledger: Ledger, key: Key, public: str, reason: str) -> list[Event]:
    """Say that a key signs nothing more from now on; what it signed before stands."""
    return _say(ledger, key, [records.draft(records.REVOCATION, {"key": public, "reason": reason})])


def key_of(register: rules.Register, name: str) -> str:
    """The one key that is meant by a public key, the beginning of its fingerprint, or a person with one key that signs."""
    if name in register.keys:
        return name
    found = [public for public in register.keys if name and signing.fingerprint(public).startswith(name)]
    signs = [public for public, holder in register.keys.items() if holder.person == name and holder.revoked is None]
    found = signs or found
    if not found:
        raise AllianceLabError(f"the register knows no key of '{name[:40]}'; `alliancelab hours register show` has all")
    if len(found) > 1:
        prints = ", ".join(map(signing.fingerprint, found))
        raise AllianceLabError(f"'{name}' may be any of {len(found)} keys; write the fingerprint of one: {prints}")
    return found[0]


def agree(
    ledger: Ledger, key: Key, trainee: str, supervisor: str, since: date, until: date | None = None
) -> list[Event]:
    """Say that a supervisor supervises a trainee on the days from `since` to `until`, both included."""
    body = {
        "agreement": f"{trainee}.{supervisor}.{since}",
        "trainee": trainee,
        "supervisor": supervisor,
        "from": since.isoformat(),
    }
    if until is not None:
        body["until"] = until.isoformat()
    return _say(ledger, key, [records.draft(records.AGREEMENT, body)])


def end_agreement(ledger: Ledger, key: Key, trainee: str, supervisor: str, until: date) -> list[Event]:
    """Say on which day the agreement of the two that runs on it has its last day; later days were never covered."""
    between = ledger.register().between(trainee, supervisor)
    runs = [made for made in between if made.covers(until)]
    if not runs:
        had = "; ".join(map(str, between)) or "none"
        raise AllianceLabError(f"{supervisor} has no agreement with {trainee} that runs on {until}; there is {had}")
    body = {"agreement": runs[-1].name, "until": until.isoformat()}
    return _say(ledger, key, [records.draft(records.AGREEMENT_END, body)])


def _say(ledger: Ledger, key: Key, drafts: Iterable[Draft]) -> list[Event]:
    return ledger.append(records.submit(key, ledger.id, records.PROGRAMME, list(drafts)))
