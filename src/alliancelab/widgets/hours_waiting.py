"""What waits for a supervisor, and what they are about to sign, as plain data for a page; decided in `hours.approvals`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours import titles
from alliancelab.hours.account import approvals
from alliancelab.hours.account.approvals import Bundle, Decision
from alliancelab.hours.account.travel import Parcel
from alliancelab.hours.record import codes, records, signing
from alliancelab.hours.record.rules import Logged
from alliancelab.widgets.hours_shown import by_category, count, day, length, row

SIGNATURE = (
    "With your signature you say: this took place as it stands here, and I vouch for these minutes.",
    "It is made on this computer, with a key that you alone hold, over exactly this version of an entry. If the entry is "
    "changed afterwards, your signature falls, and you are asked again.",
    "What you do not decide on stays as it is. You can ask, sign fewer minutes than were logged, or decline.",
    "A signature is worth what the keeping of the key is worth. If a server, or somebody else, holds your key, it proves "
    "only what that server did.",
)
_SAYS = (
    (records.QUESTION, codes.ASKS, "You ask", "asked about"),
    (records.DECLINE, codes.DECLINES, "You decline", "declined"),
)


def parcel(found: Parcel, programme: str) -> dict[str, Any]:
    """From whose ledger a file comes, and whether that is the one the supervisor knows."""
    fingerprint = signing.fingerprint(found.programme)
    known = programme in (found.programme, fingerprint)
    from_ = f"{found.trainee}, for {found.supervisor}: from the ledger of {found.register.name}."
    ask = (
        f"Its key has the fingerprint {fingerprint}. Ask your programme by telephone whether that is its key: nobody "
        "else can tell you."
    )
    return {"told": f"{from_} {'It is your programme’s.' if known else ask}", "known": known}


def look(bundles: Sequence[Bundle], today: date) -> dict[str, Any]:
    """How much waits, of whom, from when to when, of which categories, and how many entries stand out."""
    seen = approvals.look(bundles, today)
    if not seen.entries or seen.first is None or seen.last is None:
        return {"entries": 0, "sums": [], "categories": [], "notices": 0}
    return {
        "entries": seen.entries,
        "sums": [
            ["Waiting", f"{count(seen.entries, 'entry', 'entries')}, {length(seen.minutes)}"],
            ["Of", ", ".join(seen.trainees)],
            ["Days", f"{day(seen.first)} to {day(seen.last)}"],
        ],
        "categories": by_category(seen.categories),
        "notices": len({notice.version for notice in seen.notices}),
    }


def weeks(bundles: Sequence[tuple[Bundle, bool]], today: date) -> list[dict[str, Any]]:
    """Each bundle with its entries and what stands out in them; with each, whether it came as a file."""
    stands_out: dict[str, list[str]] = {}
    for notice in approvals.look([bundle for bundle, _ in bundles], today).notices:
        stands_out.setdefault(notice.version, []).append(notice.text)
    told = []
    for bundle, by_file in bundles:
        rows = [
            row(one) | {"notices": stands_out.get(one.version, []), "outside": outside}
            for found, outside in ((bundle.waiting, False), (bundle.outside, True))
            for one in found
        ]
        said = f"{count(len(bundle.waiting), 'entry', 'entries')}, {length(bundle.minutes)}"
        title = f"{bundle.trainee}, week of {day(bundle.week)}"
        told.append({"title": title, "said": said + (" (by file)" if by_file else ""), "rows": rows})
    return told


def decisions(told: Iterable[Mapping[str, Any]], of: Mapping[str, Logged]) -> list[Decision]:
    """The decisions that a page tells (`version`, `kind`, `minutes`, `code`) about the entries `of` these versions.

    Raises `AllianceLabError` for an entry that is not there, and for what cannot be decided so.
    """
    made = []
    for one in told:
        kind, code = one.get("kind"), str(one.get("code"))
        logged = of.get(str(one.get("version")))
        if logged is None:
            raise AllianceLabError("an entry is not there any more as it was shown; look again, and decide anew")
        if kind == "approve":
            made.append(approvals.approve(logged))
        elif kind == "part":
            minutes = str(one.get("minutes"))
            if not minutes.isdecimal():
                raise AllianceLabError("write how many minutes you sign, as a whole number")
            made.append(approvals.approve(logged, int(minutes)))
        else:
            made.append(approvals.ask(logged, code) if kind == "ask" else approvals.decline(logged, code))
    return made


def about_to(made: Sequence[Decision], of: Mapping[str, tuple[str, Logged]]) -> dict[str, Any] | None:
    """What decisions come to, before they are signed; `of` gives trainee and entry for each version. None: there are none."""
    if not made:
        return None
    signs = [one for one in made if one.kind == records.APPROVAL]
    minutes, people = Counter[str](), Counter[str]()
    for one in signs:
        trainee, logged = of[one.version]
        minutes[logged.entry.category] += one.minutes
        people[trainee] += one.minutes
    lines = [f"{who}: {length(number)}" for who, number in sorted(people.items())]
    for one in signs:
        entry = of[one.version][1].entry
        if one.minutes < entry.minutes:
            part = f"{length(one.minutes)} of {length(entry.minutes)}"
            lines.append(f"In part, {part}: {titles.of(entry.category)}, {day(entry.date)}")
    for kind, words, says, _ in _SAYS:
        about = [one for one in made if one.kind == kind]
        lines += [f"{says}, {day(of[one.version][1].entry.date)}: {words[one.code]}" for one in about]
    text = f"You are about to sign {count(len(signs), 'entry', 'entries')}, {length(sum(minutes.values()))}."
    return {
        "text": text if signs else "You sign no minutes; what you say is signed all the same.",
        "lines": lines,
        "categories": by_category(minutes),
    }


def said(made: Iterable[Decision]) -> str:
    """What decisions came to, in a line.

    >>> said([Decision("a", records.APPROVAL, 50), Decision("b", records.QUESTION, code="when")])
    '1 entry, 50 min; 1 asked about'
    """
    made = list(made)
    signs = [one for one in made if one.kind == records.APPROVAL]
    parts = [f"{count(len(signs), 'entry', 'entries')}, {length(sum(one.minutes for one in signs))}"] if signs else []
    for kind, _, _, word in _SAYS:
        if number := sum(one.kind == kind for one in made):
            parts.append(f"{number} {word}")
    return "; ".join(parts)


def overview(waiting: Iterable[tuple[str, Bundle]]) -> list[list[str]]:
    """For a programme: who has to sign what."""
    return [
        [who, bundle.trainee, day(bundle.week), count(len(bundle.waiting), "entry", "entries"), length(bundle.minutes)]
        for who, bundle in waiting
        if bundle.waiting
    ]
