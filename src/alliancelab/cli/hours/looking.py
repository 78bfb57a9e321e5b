"""What a supervisor sees: what waits, what stands out in it, what was decided. Sentences and tables, or the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alliancelab.cli.hours.showing import as_json, count, entry_line, length, rows, short, told
from alliancelab.hours.account import approvals
from alliancelab.hours.account.approvals import Bundle, Decision
from alliancelab.hours.account.reminders import Reminder
from alliancelab.hours.account.travel import Parcel
from alliancelab.hours.record import codes, records, signing
from alliancelab.hours.record.records import Event

if TYPE_CHECKING:
    from alliancelab.hours.account.account import Account


def waiting(found: Sequence[tuple[str, Bundle]], json_: bool) -> None:
    """Print who has to sign what, week by week."""
    if json_:
        as_json(
            [
                {
                    "supervisor": who,
                    "trainee": bundle.trainee,
                    "week": bundle.week,
                    "minutes": bundle.minutes,
                    "entries": [told(one) for one in bundle.waiting],
                    "outside": [told(one) for one in bundle.outside],
                }
                for who, bundle in found
            ]
        )
        return
    if not found:
        click.echo("Nothing waits for a signature.")
        return
    lines = [
        (
            who,
            bundle.trainee,
            f"{bundle.week}",
            str(len(bundle.waiting)),
            length(bundle.minutes),
            f"{len(bundle.outside)} without an agreement for the day" if bundle.outside else "",
        )
        for who, bundle in found
    ]
    rows("What waits for a signature", ("Supervisor", "Trainee", "Week of", "Entries", "Time", ""), lines)
    click.echo(
        "`alliancelab hours approve` signs in a shared ledger, `alliancelab hours bundle` makes a file to be signed."
    )


def bundles(shown: Sequence[Bundle], today: date) -> None:
    """Print each entry that is about to be signed, what stands out, and the sums: a look before the yes."""
    look = approvals.look(shown, today)
    stands_out: dict[str, list[str]] = {}
    for notice in look.notices:
        stands_out.setdefault(notice.version, []).append(notice.text)
    for bundle in shown:
        lines = [
            (short(one.version), entry_line(one.entry), "; ".join(stands_out.get(one.version, ())))
            for one in (*bundle.waiting, *bundle.outside)
        ]
        if lines:
            rows(f"{bundle.trainee}, week of {bundle.week}", ("", "Entry", "Look at"), lines)
    if look.entries:
        of = ", ".join(f"{name} {length(minutes)}" for name, minutes in look.categories.items())
        click.echo(f"{count(look.entries, 'entry', 'entries')} to sign, {length(look.minutes)}: {of}.")


def said(made: Iterable[Decision]) -> str:
    """What decisions come to, in words.

    >>> said([Decision("a", records.APPROVAL, 50), Decision("b", records.QUESTION, code="when")])
    'Sign 1 entry (50 min), ask about 1'
    """
    by_kind: dict[str, list[Decision]] = {}
    for one in made:
        by_kind.setdefault(one.kind, []).append(one)
    parts = []
    if signs := by_kind.get(records.APPROVAL):
        parts.append(f"sign {count(len(signs), 'entry', 'entries')} ({length(sum(one.minutes for one in signs))})")
    if asks := by_kind.get(records.QUESTION):
        parts.append(f"ask about {len(asks)}")
    if declines := by_kind.get(records.DECLINE):
        parts.append(f"decline {len(declines)}")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _as_data(made: Iterable[Decision]) -> list[dict[str, Any]]:
    return [{name: value for name, value in vars(one).items() if value} for one in made]


def decided(made: Sequence[Decision], json_: bool) -> None:
    """Say what was recorded."""
    if json_:
        as_json({"decided": _as_data(made)})
        return
    click.echo(f"Done: {said(made).lower()}. It is in the ledger.")


def packed(file: Path, parcel: Parcel, json_: bool) -> None:
    """Say what is in a file for a supervisor, and what they do with it."""
    found = [one for bundle in parcel.bundles() for one in bundle.waiting]
    minutes = sum(one.entry.minutes for one in found)
    fingerprint = signing.fingerprint(parcel.programme)
    if json_:
        told_ = {"path": file, "supervisor": parcel.supervisor, "entries": len(found), "minutes": minutes}
        as_json(told_ | {"programme": fingerprint})
        return
    click.echo(f"{count(len(found), 'entry', 'entries')}, {length(minutes)}, for {parcel.supervisor} in {file}.")
    click.echo(f"They type `alliancelab hours sign {file.name}` and send back the file that it makes; then")
    click.echo("`alliancelab hours take FILE`. Notes are not in it.")
    click.echo(f"The first time, tell them the fingerprint of the programme's key by telephone: {fingerprint}")


def parcel(found: Parcel, known: bool) -> None:
    """Say whose bundle it is, and that all in it was verified."""
    click.echo(f"From {found.trainee}, for {found.supervisor}; each signature in it was verified.")
    fingerprint = signing.fingerprint(found.programme)
    if known:
        click.echo(f"It comes from the ledger of your programme ({fingerprint}).")
    else:
        click.echo(f"It comes from a ledger that the key {fingerprint} opened. Ask your programme by telephone")
        click.echo("whether that is its key: nobody else can tell you.")


def signed(made: Sequence[Decision], found: Parcel, file: Path, json_: bool) -> None:
    """Say what was signed, and where to send it."""
    if json_:
        as_json({"decided": _as_data(made), "trainee": found.trainee, "path": file})
        return
    click.echo(
        f"Done: {said(made).lower()}. Send {file} back to {found.trainee}; it counts once they have taken it in."
    )


def taken(mine: Account, events: Sequence[Event], json_: bool) -> None:
    """Say what came back from a supervisor."""
    who = mine.ledger.register().keys[events[0].signer].person
    bodies = [(one.kind, one.body or {}) for one in events]
    if json_:
        as_json({"by": who, "decided": [{"kind": kind, **body} for kind, body in bodies]})
        return
    signs = [body["minutes"] for kind, body in bodies if kind == records.APPROVAL]
    click.echo(f"{who} signed {count(len(signs), 'entry', 'entries')}, {length(sum(signs))}.")
    for kind, body in bodies:
        if kind == records.QUESTION:
            click.echo(f"{short(body['version'])}: {who} asks: {codes.ASKS[body['asks']]}")
        elif kind == records.DECLINE:
            click.echo(f"{short(body['version'])}: {who} declined: {codes.DECLINES[body['reason']]}")
    if len(signs) < len(events):
        click.echo("`alliancelab hours amend VERSION` mends an entry, or says it once more as it is.")


def reminders(found: Sequence[Reminder], json_: bool) -> None:
    """Print what should be done while there is still time."""
    if json_:
        as_json([vars(one) for one in found])
        return
    for one in found:
        click.echo(one.text)
    if not found:
        click.echo("Nothing has waited for long, and nobody is about to leave.")


def all_codes(json_: bool) -> None:
    """Print the words that stand for questions and reasons."""
    lists = {"ask": codes.ASKS, "decline": codes.DECLINES, "revoke": codes.REVOCATIONS}
    if json_:
        as_json(lists)
        return
    for title, words in lists.items():
        rows("register revoke --reason" if title == "revoke" else f"--{title}", ("Word", "Means"), list(words.items()))
