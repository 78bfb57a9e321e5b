"""What waits for a supervisor, week by week; a look at it before anything is signed; and the decisions, signed.

What is signed is what was shown: a decision names the version of an entry, and only versions in the bundles at hand can be
decided on. All decisions about one trainee are under one signature; the ledger takes all of them, or none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from alliancelab.errors import AllianceLabError
from alliancelab.hours import entries
from alliancelab.hours.record import codes, folds, records
from alliancelab.hours.record.records import Draft, Submission
from alliancelab.hours.record.rules import Log, Logged, Register
from alliancelab.hours.record.signing import Key

OLD_DAYS = 14  # after which an unsigned entry stands out
LONG_DAY = 600  # minutes of one trainee on one day
LONG_ENTRY = 240  # minutes of one entry


@dataclass(frozen=True)
class Bundle:
    """A trainee's week, from a Monday on, as it waits for one supervisor: the entries that they can sign, oldest first.

    `outside` are entries that name this supervisor and that they cannot sign, since no agreement covers their day.
    """

    trainee: str
    week: date
    waiting: tuple[Logged, ...]
    outside: tuple[Logged, ...] = ()

    @property
    def minutes(self) -> int:
        """The minutes that wait."""
        return sum(one.entry.minutes for one in self.waiting)


def weeks(log: Log, register: Register, supervisor: str) -> list[Bundle]:
    """What of a trainee's log waits for a supervisor, a bundle for each week, oldest first.

    An entry waits for the supervisor it names; where it names nobody, or somebody who cannot sign it, for each one with an
    agreement for its day. What was asked about still waits, and what was declined does not.
    """
    waiting, outside = defaultdict[date, list[Logged]](list), defaultdict[date, list[Logged]](list)
    able = _Able(log.trainee, register)
    if supervisor != log.trainee:
        for one in _open(log):
            named = one.entry.supervisor
            if able.covered(supervisor, one.entry.date):
                if named in ("", supervisor) or not able.signs(named, one.entry.date):
                    waiting[_monday(one.entry.date)].append(one)
            elif named == supervisor:
                outside[_monday(one.entry.date)].append(one)
    return [
        Bundle(log.trainee, week, _sorted(waiting.get(week, ())), _sorted(outside.get(week, ())))
        for week in sorted({*waiting, *outside})
    ]


@dataclass
class _Able:
    """Who can sign for a trainee on which day."""

    trainee: str
    register: Register
    _signs: dict[str, bool] = field(default_factory=dict)

    def covered(self, supervisor: str, day: date) -> bool:
        return any(made.covers(day) for made in self.register.between(self.trainee, supervisor))

    def has_key(self, supervisor: str) -> bool:
        if supervisor not in self._signs:
            self._signs[supervisor] = self.register.signs(supervisor, "supervisor")
        return self._signs[supervisor]

    def signs(self, supervisor: str, day: date) -> bool:
        return supervisor != self.trainee and self.covered(supervisor, day) and self.has_key(supervisor)


def _open(log: Log) -> Iterator[Logged]:
    return (one for one in log.entries.values() if one.approved is None and not one.declined)


def _sorted(found: Iterable[Logged]) -> tuple[Logged, ...]:
    def place(one: Logged) -> tuple[date, float, str]:
        return one.entry.date, one.entry.start.timestamp() if one.entry.start else 0, one.version

    return tuple(sorted(found, key=place))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# A look first


@dataclass(frozen=True)
class Notice:
    """What stands out in an entry: a code, and a sentence for the supervisor."""

    trainee: str
    version: str
    code: str
    text: str


@dataclass(frozen=True)
class Look:
    """What is about to be signed: how many entries and minutes, of whom, from when to when, of which categories (minutes
    of each), and what stands out.
    """

    entries: int
    minutes: int
    trainees: tuple[str, ...]
    first: date | None
    last: date | None
    categories: Mapping[str, int]
    notices: tuple[Notice, ...]


def look(bundles: Iterable[Bundle], today: date) -> Look:
    """A look at bundles, of one trainee or of several, before they are signed."""
    bundles = list(bundles)
    found = [(bundle.trainee, one) for bundle in bundles for one in bundle.waiting]
    categories = Counter[str]()
    for _, one in found:
        categories[one.entry.category] += one.entry.minutes
    days = sorted(one.entry.date for _, one in found)
    return Look(
        len(found),
        sum(one.entry.minutes for _, one in found),
        tuple(sorted({bundle.trainee for bundle in bundles})),
        days[0] if days else None,
        days[-1] if days else None,
        dict(sorted(categories.items())),
        (*_stand_out(found, today), *_out_of_reach(bundles)),
    )


def _stand_out(found: Sequence[tuple[str, Logged]], today: date) -> Iterator[Notice]:
    days, alike = Counter[tuple[str, date]](), Counter[tuple[str, entries.Entry]]()
    for trainee, one in found:
        days[trainee, one.entry.date] += one.entry.minutes
        alike[trainee, one.entry] += 1
    met = defaultdict[date, list[tuple[str, entries.Entry]]](list)
    for trainee, one in found:
        for day in folds.touched(one.entry) if one.entry.is_of("supervision") else ():
            met[day].append((trainee, one.entry))
    for trainee, one in found:
        entry = one.entry
        if days[trainee, entry.date] > LONG_DAY:
            hours = f"{days[trainee, entry.date] / 60:.1f} hours"
            yield Notice(trainee, one.version, "long-day", f"{trainee} has {hours} on {entry.date}")
        if entry.minutes > LONG_ENTRY:
            yield Notice(trainee, one.version, "long", f"{entry.minutes} minutes in one piece on {entry.date}")
        if (age := (today - entry.date).days) > OLD_DAYS:
            yield Notice(trainee, one.version, "old", f"{entry.date} is {age} days ago")
        if alike[trainee, entry] > 1:
            same = f"{alike[trainee, entry]} entries of {entry.date} say the same ({entry.category}, {entry.minutes} minutes)"
            yield Notice(trainee, one.version, "alike", same)
        if one.asked:
            yield Notice(
                trainee, one.version, "asked", f"asked, and not amended since: {codes.ASKS.get(one.asked, '')}"
            )
        if entry.is_of("supervision") and entry.start:
            near = (pair for day in folds.touched(entry) for pair in met[day])
            others = {other for other, two in near if other != trainee and entries.overlaps(entry, two)}
            if len(others) >= entry.group_size:
                at = f"{entry.start.isoformat(timespec='minutes')}, logged with a group of {entry.group_size}"
                shared = f"{trainee} shares {at}, with {', '.join(sorted(others))}"
                yield Notice(trainee, one.version, "shared", shared)


def _out_of_reach(bundles: Iterable[Bundle]) -> Iterator[Notice]:
    for bundle in bundles:
        for one in bundle.outside:
            day = one.entry.date
            text = f"no agreement with {bundle.trainee} covers {day}, so you cannot sign it; ask the programme for one"
            yield Notice(bundle.trainee, one.version, "outside", text)


# Decisions


@dataclass(frozen=True)
class Decision:
    """What a supervisor says of one version of an entry: a kind (`records.APPROVAL`, `QUESTION`, `DECLINE`), and the minutes
    or the code of what is asked or why.
    """

    version: str
    kind: str
    minutes: int = 0
    code: str = ""

    def draft(self) -> Draft:
        """As it is recorded."""
        if self.kind == records.APPROVAL:
            return records.draft(self.kind, {"version": self.version, "minutes": self.minutes})
        return records.draft(self.kind, {"version": self.version, _NAMES[self.kind]: self.code})


_NAMES = {records.QUESTION: "asks", records.DECLINE: "reason"}


def approve(logged: Logged, minutes: int | None = None) -> Decision:
    """Sign all of an entry, or fewer minutes of it: an approval in part."""
    most = logged.entry.minutes
    minutes = most if minutes is None else minutes
    if not 1 <= minutes <= most:
        raise AllianceLabError(
            f"of {logged.version[:8]} you can sign 1 to {most} minutes, not {minutes}; decline it if none of it counts"
        )
    return Decision(logged.version, records.APPROVAL, minutes)


def ask(logged: Logged, code: str) -> Decision:
    """Ask about an entry, with a code of `codes.ASKS`."""
    return Decision(logged.version, records.QUESTION, code=_known(code, codes.ASKS))


def decline(logged: Logged, code: str) -> Decision:
    """Do not sign an entry, for a reason of `codes.DECLINES`."""
    return Decision(logged.version, records.DECLINE, code=_known(code, codes.DECLINES))


def _known(code: str, words: Mapping[str, str]) -> str:
    if code not in words:
        raise AllianceLabError(f"'{code[:40]}' is not on the list; write one of {', '.join(words)}")
    return code


def everything(bundles: Iterable[Bundle]) -> list[Decision]:
    """Approve all that waits, as it was logged."""
    return [approve(one) for bundle in bundles for one in bundle.waiting]


def decide(key: Key, ledger: str, shown: Iterable[Bundle], decisions: Iterable[Decision]) -> list[Submission]:
    """Sign decisions about the entries that were shown: a submission, under one signature, for each trainee.

    Raises `AllianceLabError` for a decision about anything else, and for a second one about the same entry.
    """
    of = {one.version: (bundle.trainee, one) for bundle in shown for one in bundle.waiting}
    drafts, seen = defaultdict[str, list[Draft]](list), set[str]()
    for decision in decisions:
        if decision.version not in of:
            raise AllianceLabError(
                f"{decision.version[:8]} was not shown to be signed, so nothing is signed; look again"
            )
        if decision.version in seen:
            raise AllianceLabError(f"there are two decisions about {decision.version[:8]}; keep one")
        seen.add(decision.version)
        trainee, logged = of[decision.version]
        if decision.kind == records.APPROVAL:
            approve(logged, decision.minutes)
        else:
            _known(decision.code, codes.ASKS if decision.kind == records.QUESTION else codes.DECLINES)
        drafts[trainee].append(decision.draft())
    return [records.submit(key, ledger, trainee, said) for trainee, said in sorted(drafts.items())]
