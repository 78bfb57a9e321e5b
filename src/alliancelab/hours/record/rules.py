"""What may follow on what: who may say it, and what it must fit. `check` is asked by the ledger and by an audit alike.

What was decided where the facts leave a choice:

- *A day* is over somewhere: dates are compared with the latest day on earth at the ledger's time (UTC+14), so nobody is
  refused for living further east than the ledger. An entry with an end is held to its instant.
- *An agreement* is needed for the entry's date. It may have ended since: what was done under it can still be signed.
  What was signed stays signed when an agreement is ended for an earlier day.
- *An entry that names a supervisor* can be signed by another one who has an agreement for its date: supervisors leave.
- *Declined* means: not this version. The trainee amends it, or says it again as it is, and that is a new one to sign.
- *A certificate* holds the entries that were approved when it was issued. While it stands they are not amended or
  withdrawn. An approval can always be reversed: that something was not true must always be sayable.
- *Programme's keys*: a new one is entered by one that signs, and both sign until one is revoked; so a programme enters a
  spare on its first day and keeps it elsewhere. The last one cannot be revoked. Nobody can enter a key twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from alliancelab.hours.entries import MOST_MINUTES, Entry
from alliancelab.hours.record import folds, records, shapes, signing, upkeep
from alliancelab.hours.record.folds import ERASABLE as ERASABLE
from alliancelab.hours.record.folds import Agreement as Agreement
from alliancelab.hours.record.folds import Holder, Log, Logged, Register
from alliancelab.hours.record.folds import registered as registered
from alliancelab.hours.record.records import Draft, Refused

BY_TRAINEE = (records.ENTRY, records.AMENDMENT, records.WITHDRAWAL)
BY_SUPERVISOR = (records.APPROVAL, records.QUESTION, records.DECLINE)
FIRST_YEAR = 1950
_EASTERNMOST = timedelta(hours=14)


def check(register: Register, log: Log | None, chain: str, signer: str, draft: Draft, at: datetime) -> None:
    """Raise `records.Refused` where a draft must not follow on what the register and the log (None: the programme's own
    chain) hold; `at` is the ledger's time of it.

    Of several drafts in a submission, each is checked after the ones before it were added.
    """
    holder = may_sign(register, chain, signer, draft.kind)
    entry = shapes.check(draft)
    if log is None:
        upkeep.register(register, draft)
    elif draft.kind in BY_TRAINEE:
        _trainee(log, draft, entry, at)
    elif draft.kind in BY_SUPERVISOR:
        _supervisor(register, log, holder, draft, at)
    elif draft.kind == records.REVERSAL:
        _reversal(log, holder, draft)
    elif draft.kind == records.ERASURE:
        upkeep.erasure(log, draft)
    else:
        upkeep.certificate(log, draft)


def may_sign(register: Register, chain: str, signer: str, kind: str) -> Holder:
    """Whose key it is that signs a record of a kind on a chain; raises `records.Refused` where it must not.

    That much can be said of a record whose body was erased.
    """
    if kind not in (records.ON_PROGRAMME if chain == records.PROGRAMME else records.ON_TRAINEE):
        raise Refused("chain", f"a record '{str(kind)[:40]}' does not belong into the chain '{str(chain)[:64]}'")
    if (kind == records.OPENED) is not (register.size == 0):
        why = "has been opened already" if register.size else "is not open yet; its first record must open it"
        raise Refused("opened", f"the ledger {why}")
    holder = register.keys.get(signer)
    if holder is None and not signing.is_public(signer):
        raise Refused("unknown key", "the signer's key is no public key of 64 hexadecimal digits")
    if kind == records.OPENED:
        return Holder(records.PROGRAMME, records.PROGRAMME, datetime.min.replace(tzinfo=UTC))
    if holder is None:
        raise Refused(
            "unknown key",
            f"the programme's register has no key {signing.fingerprint(signer)}; send the programme your public key "
            "(`alliancelab hours key show`), and it enters it with `alliancelab hours register add`",
        )
    if holder.revoked is not None:
        raise Refused(
            "revoked key",
            f"the key {signing.fingerprint(signer)} of {holder.person} was revoked on {holder.revoked.date()} and signs "
            "nothing more; make a new one with `alliancelab hours key new` and send the programme its public half",
        )
    if kind in BY_SUPERVISOR:
        if holder.person == chain:
            raise Refused(
                "own hours",
                f"these are the hours of {chain}, and nobody signs their own; another supervisor with an agreement does",
            )
        _in_role(holder, "supervisor", kind)
    elif kind in BY_TRAINEE:
        if holder.person != chain:
            raise Refused(
                "somebody else's log",
                f"the key is that of {holder.person} and the log that of {chain}; everybody logs their own hours, "
                "with their own key",
            )
        _in_role(holder, "trainee", kind)
    elif kind != records.REVERSAL or holder.role == "trainee":
        _in_role(holder, "programme", kind)
    return holder


def _in_role(holder: Holder, role: str, kind: str) -> None:
    if holder.role != role:
        raise Refused(
            "role",
            f"a record '{kind}' is signed with the key of a {role}, and this is {holder.person}'s as {holder.role}; "
            f"use the key that was registered for a {role}",
        )


def latest_day(at: datetime) -> date:
    """The latest day that anybody on earth has at an instant.

    >>> latest_day(datetime.fromisoformat("2026-03-02T09:59Z")), latest_day(datetime.fromisoformat("2026-03-02T10:00Z"))
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 3))
    """
    return (at.astimezone(UTC) + _EASTERNMOST).date()


def notice(log: Log, draft: Draft) -> str:
    """What an amendment or a withdrawal does to a signature, for whoever is about to make it; empty where it does nothing."""
    logged = log.entries.get(draft.body.get("version", "")) if draft.kind in BY_TRAINEE else None
    if logged is None:
        return ""
    if logged.approved is not None:
        then = "; the entry waits to be signed again" if draft.kind == records.AMENDMENT else ""
        return f"{logged.by} had signed {logged.approved} minutes of it, and that signature is void now{then}."
    if logged.asked:
        return "The question about it goes with the version that it was asked of."
    return ""


def _trainee(log: Log, draft: Draft, entry: Entry | None, at: datetime) -> None:
    if entry is not None:
        log.read = (draft.body, entry)  # `add` takes it from here
    if draft.kind == records.ENTRY and entry is not None:
        if (mark := draft.body.get("import")) in log.imported:
            raise Refused(
                "imported twice",
                f"a row of the table (mark {mark}) was imported before; the same table adds nothing a second time",
            )
        _fits(log, entry, at)
        return
    version = draft.body["version"]
    logged = _standing(log, version)
    if certificate := log.certified(version):
        raise Refused(
            "certified",
            f"the certificate {certificate} stands on this entry; ask the programme to revoke the certificate first",
        )
    if entry is not None:
        if logged is not None and entry.body() == logged.entry.body() and not (logged.declined or logged.asked):
            raise Refused(
                "no change", "the amendment changes nothing; leave the entry as it is, and its signature stands"
            )
        _fits(log, entry, at, instead_of=version)


def _fits(log: Log, entry: Entry, at: datetime, instead_of: str = "") -> None:
    """Whether an entry has a place in a log, once the version that it replaces is out of it."""
    if entry.date > latest_day(at) or (entry.end is not None and entry.end > at):
        when = entry.date if entry.end is None else entry.end.isoformat()
        raise Refused("future", f"{when} is in the future; log it once it has taken place")
    if entry.date.year < FIRST_YEAR:
        raise Refused("long ago", f"{entry.date} is too long ago to be meant; mend the year")
    if other := log.clash(entry, besides=instead_of):
        raise Refused(
            "overlap",
            f"{_span(entry)} overlaps {_span(other.entry)} ({other.version[:8]}), which is logged already; amend or "
            "withdraw one of the two",
        )
    before = log.entries.get(instead_of)
    out = before.entry if before is not None and before.entry.date == entry.date else None
    day = entry.minutes + log.minutes.get(entry.date, 0) - (out.minutes if out else 0)
    untimed = log.untimed.get(entry.date, 0) - (out.minutes if out and out.start is None else 0)
    if day > MOST_MINUTES and (untimed or entry.start is None):
        raise Refused(
            "full day",
            f"{entry.date} would hold {day:,} minutes, and a day has {MOST_MINUTES:,}; amend or withdraw what is too much",
        )


def _span(entry: Entry) -> str:
    if entry.start is None or entry.end is None:
        return f"{entry.minutes} minutes on {entry.date}"
    return f"{entry.start.isoformat(timespec='minutes')} to {entry.end.isoformat(timespec='minutes')}"


def _standing(log: Log, version: str) -> Logged | None:
    """The entry of a version; None where an audit reads what was said of it before its body was erased."""
    if version in log.entries:
        return log.entries[version]
    fate = log.fate.get(version)
    if fate == folds.AMENDED:
        raise Refused(
            "void", f"the entry {version[:8]} was amended since; look at it as it stands now, and use that version"
        )
    if fate is not None:
        raise Refused("void", f"the entry {version[:8]} was {fate} and does not stand any more")
    if version in log.gone:
        return None
    raise Refused(
        "unknown entry",
        f"the log of {log.trainee} has no entry {version[:8]}; was it signed for another ledger, or is it somebody else's?",
    )


def _supervisor(register: Register, log: Log, holder: Holder, draft: Draft, at: datetime) -> None:
    logged = _standing(log, draft.body["version"])
    if logged is None:
        return
    day, today = logged.entry.date, latest_day(at)
    made = register.between(log.trainee, holder.person)
    if not made:
        raise Refused(
            "no agreement",
            f"{holder.person} has no agreement with {log.trainee}; the programme enters it with `alliancelab hours agree`",
        )
    if all(one.since > today for one in made):
        raise Refused(
            "before the agreement",
            f"the agreement of {holder.person} with {log.trainee} begins on {min(one.since for one in made)}; "
            "nothing can be signed before that day",
        )
    if not any(one.covers(day) for one in made):
        raise Refused(
            "no agreement",
            f"{holder.person} has no agreement with {log.trainee} for {day} (theirs: {', '.join(map(str, made))}); ask "
            "who supervised on that day to sign, or the programme to enter the agreement",
        )
    if logged.approved is not None:
        raise Refused(
            "signed already",
            f"{logged.by} has signed {logged.approved} minutes of the entry {logged.version[:8]} already; to change that, "
            "reverse the signature first",
        )
    if logged.declined:
        raise Refused(
            "declined",
            f"the entry {logged.version[:8]} was declined ({logged.declined}); once {log.trainee} amends it, or says it "
            "again as it is, the new version can be signed",
        )
    if draft.kind == records.APPROVAL and draft.body["minutes"] > logged.entry.minutes:
        raise Refused(
            "more than logged",
            f"{draft.body['minutes']} minutes are more than the {logged.entry.minutes} that were logged; sign that many at "
            "most, or ask for an amendment",
        )


def _reversal(log: Log, holder: Holder, draft: Draft) -> None:
    approval = draft.body["approval"]
    version = log.approvals.get(approval)
    if version is None:
        raise Refused("unknown approval", f"the log of {log.trainee} has no signature {approval[:8]} to reverse")
    logged = _standing(log, version)
    if logged is None:
        return
    if logged.approval != approval:
        raise Refused("void", f"the signature {approval[:8]} has been reversed already")
    if holder.role != "programme" and holder.person != logged.by:
        raise Refused(
            "somebody else's signature",
            f"{logged.by} signed this, not {holder.person}; only who signed, or the programme, can reverse it",
        )
