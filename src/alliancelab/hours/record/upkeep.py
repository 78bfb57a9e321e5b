"""What may follow on what, in what the programme says: its keys, its agreements, certificates and erasures."""

from __future__ import annotations

from datetime import date

from alliancelab.hours.record import records
from alliancelab.hours.record.folds import Log, Register
from alliancelab.hours.record.records import Draft, Refused


def certificate(log: Log, draft: Draft) -> None:
    """Raise `records.Refused` where a certificate cannot be recorded, or revoked."""
    name = draft.body["certificate"]
    stands = log.certificates.get(name)
    if draft.kind == records.CERTIFICATE:
        if stands is not None:
            raise Refused("certificate", f"there is a certificate {name} already; give a new one a new id")
        if not log.size:
            raise Refused("certificate", f"the log of {log.trainee} is empty; there is nothing to certify")
    elif stands is None:
        raise Refused("certificate", f"the log of {log.trainee} has no certificate {name} to revoke")
    elif not stands:
        raise Refused("certificate", f"the certificate {name} has been revoked already")


def erasure(log: Log, draft: Draft) -> None:
    """Raise `records.Refused` where bodies of a log cannot be erased without the rest saying what is not so."""
    named = set(draft.body["commitments"])
    for one in sorted(named):
        if one in log.erased:
            raise Refused("erased", f"{one[:8]} has been erased already")
        if one not in log.entries and one not in log.fate and one not in log.gone:
            raise Refused(
                "erased",
                f"the log of {log.trainee} has no entry {one[:8]}; only entries and amendments are erased, since without "
                "its reversals and withdrawals a log would say what is not so",
            )
        before = log.replaced.get(one)
        if before is not None and before not in log.erased | named:
            raise Refused(
                "erased",
                f"{one[:8]} amends {before[:8]}, which would stand again without it; erase both, or the older one",
            )


def register(known: Register, draft: Draft) -> None:
    """Raise `records.Refused` where something does not fit the register so far."""
    body = draft.body
    if draft.kind == records.KEY:
        if holder := known.keys.get(body["key"]):
            raise Refused(
                "key",
                f"that key is in the register already, as {holder.person}'s; everybody, and everybody's second role, has a "
                "key of its own: `alliancelab hours key new`",
            )
        if body["person"] == records.PROGRAMME and body["role"] != "programme":
            raise Refused("key", f"nobody can be called '{records.PROGRAMME}'; give the person another short name")
    elif draft.kind == records.REVOCATION:
        holder = known.keys.get(body["key"])
        if holder is None:
            raise Refused("key", "the register has no such key to revoke")
        if holder.revoked is not None:
            raise Refused("key", f"that key was revoked on {holder.revoked.date()} already")
        others = (key for key, one in known.keys.items() if one.role == "programme" and one.revoked is None)
        if holder.role == "programme" and set(others) == {body["key"]}:
            raise Refused(
                "key", "it is the programme's last key; enter the next one first, or nobody could sign any more"
            )
    elif draft.kind == records.AGREEMENT:
        _agreement(known, draft)
    elif draft.kind == records.AGREEMENT_END:
        made, until = known.agreements.get(body["agreement"]), date.fromisoformat(body["until"])
        if made is None:
            raise Refused("agreement", f"there is no agreement {body['agreement']} to end")
        if until < made.since:
            raise Refused("agreement", f"the agreement begins on {made.since} and cannot end on {until}, before that")
        if made.until is not None and until >= made.until:
            raise Refused("agreement", f"the agreement ends on {made.until} already; for longer, enter a new one")
    elif draft.kind == records.ERASURE:
        for one in body["commitments"]:
            if one in known.erased or (one not in known.said and one not in known.gone):
                raise Refused("erased", f"{one[:8]} is no name that could be erased; keys and agreements stay")


def _agreement(known: Register, draft: Draft) -> None:
    body = draft.body
    if body["trainee"] == body["supervisor"]:
        raise Refused("agreement", f"{body['trainee']} cannot be their own supervisor")
    if body["agreement"] in known.agreements:
        raise Refused("agreement", f"there is an agreement {body['agreement']} already; give the new one another id")
    if "until" in body and body["until"] < body["from"]:
        raise Refused("agreement", f"the agreement would end on {body['until']}, before it begins on {body['from']}")
