"""A policy: what a body asks of supervised hours, as plain data; `policies` reads one from TOML, `counting` counts by it.

Steps come in the order exclude, credit, window, gate, cap; what must be reached then stands in the requirements.
Durations are whole minutes. Only a credit makes parts of a minute: they are kept exactly and cut off once, where a
requirement's sum is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from alliancelab.hours.entries import Entry

WEEK, MONTH, SESSION, LOG = "week", "month", "session", "log"  # what a step looks at as one
QUALIFIED, APPLICATION = "qualified", "application"  # the dates that a policy may need
SUM, AVERAGE, SHARE, PERIODS, SPAN = "sum", "average", "share", "periods", "span"  # the kinds of requirement
KINDS = (SUM, AVERAGE, SHARE, PERIODS, SPAN)
SURE = ("read", "read in part", "secondary")

CATEGORIES = (
    "client",
    "client.individual",
    "client.couple",
    "client.family",
    "client.relational",
    "client.child",
    "client.group",
    "client.assessment",
    "client.helpline",
    "client.skills",
    "supervision",
    "supervision.individual",
    "supervision.triadic",
    "supervision.group",
    "indirect",
    "indirect.notes",
    "observation",
    "workshop",
    "study",
)


@dataclass(frozen=True)
class Which:
    """Which entries a step or a requirement looks at: those for which all of this holds.

    `of` are categories, each with those below it (none: every category), `but` are left out of them. `people_from` and
    `people_to` are bounds of the group's size, both included (`people_to` None: no bound).

    >>> Which(of=("supervision.group",), people_to=8).fits(Entry(date(2026, 3, 2), 90, "supervision.group", group_size=8))
    True
    """

    of: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    people_from: int = 1
    people_to: int | None = None
    flag: str = ""
    phase: str = ""

    def fits(self, entry: Entry) -> bool:
        """Whether it looks at this entry."""
        return (
            (not self.of or any(map(entry.is_of, self.of)))
            and not any(map(entry.is_of, self.but))
            and self.people_from <= entry.group_size
            and (self.people_to is None or entry.group_size <= self.people_to)
            and (not self.flag or self.flag in entry.flags)
            and (not self.phase or self.phase == entry.phase)
        )


@dataclass(frozen=True)
class Exclude:
    """Entries that never count; `why` is told beside them."""

    which: Which
    why: str


@dataclass(frozen=True)
class Credit:
    """Entries that count in part: `part` of their time (a fraction, 1 of 2), or divided by the people who shared it.

    An entry takes the first credit that fits it, and no other.
    """

    which: Which
    why: str
    part: tuple[int, int] = (1, 1)
    by_people: bool = False


@dataclass(frozen=True)
class Window:
    """Only entries of some days count: from the day `date` on (`years` None), or in the years up to it.

    Years go back to the same day of the calendar; that day and the date itself are inside.
    """

    date: str
    years: int | None
    why: str


@dataclass(frozen=True)
class Unit:
    """One unit of supervision: so many minutes of entries of one sort, added up in a period."""

    which: Which
    minutes: int


@dataclass(frozen=True)
class Gate:
    """A period's entries count only if it holds `need` whole units of supervision.

    `which` are the entries that the gate holds back. A period is a calendar month or a week, `in_each_setting` one in
    one setting. Units are whole ones of each sort, added up. Once the entries `busy` exceed `busy_over` minutes in
    the period, it needs `busy_need` units. All of it is looked at after credit and window, and before any cap.
    """

    which: Which
    why: str
    per: str
    units: tuple[Unit, ...]
    need: int = 1
    in_each_setting: bool = False
    busy: Which | None = None
    busy_over: int = 0
    busy_need: int = 1


@dataclass(frozen=True)
class Cap:
    """At most `most` minutes count of a session, a week, a month or the whole log.

    What is kept first: the categories of `first` in their order, then the phase `first_phase`, then the earlier day
    (and after it start, category, setting, supervisor, size, phase, flags, minutes, row). With `once_a_month`, one
    session of each calendar month may stand for its week up to that many minutes: the one that gains most, then the
    earliest; months go in order, and a week takes one.
    """

    which: Which
    why: str
    per: str
    most: int
    first: tuple[str, ...] = ()
    first_phase: str = ""
    once_a_month: int = 0


@dataclass(frozen=True)
class Requirement:
    """What must be reached, or with `at_most` not be exceeded.

    | kind | `need` is | what counts |
    |---|---|---|
    | sum | minutes | the time of `which`, after all steps |
    | average | minutes a period | the same, divided by the periods from the first to the last entry of `among` |
    | share | per cent | the same, of the time of `among` |
    | periods | a number of weeks or months | those with at least `each` minutes of `which`, before any cap |
    | span | months | from the first to the last day of `which`, before any cap |

    `since` names a date from which on, that day included, entries count for it.
    """

    id: str
    title: str
    kind: str
    need: int
    which: Which = Which()
    among: Which = Which()
    since: str = ""
    per: str = WEEK
    each: int = 1
    at_most: bool = False


Step = Exclude | Credit | Window | Gate | Cap
ORDER: tuple[tuple[str, type], ...] = (
    ("exclude", Exclude),
    ("credit", Credit),
    ("window", Window),
    ("gate", Gate),
    ("cap", Cap),
)


@dataclass(frozen=True)
class Policy:
    """A body's policy: steps in their order, requirements, and where all this comes from.

    `how_sure` is `read`, `read in part` or `secondary`, `sure_note` says it in words. `modules` are the slugs of
    modules that a certificate asks for, `valid_months` how long one is valid (0: without end). `sunday` is whether
    weeks begin on Sunday.
    """

    id: str
    title: str
    body: str
    source: str
    checked: date
    how_sure: str
    steps: tuple[Step, ...]
    requirements: tuple[Requirement, ...]
    url: str = ""
    sure_note: str = ""
    notes: tuple[str, ...] = ()
    sunday: bool = False
    modules: tuple[str, ...] = ()
    valid_months: int = 0
    path: str = field(default="", compare=False)

    @property
    def dates(self) -> frozenset[str]:
        """The dates it cannot do without: `qualified`, `application`, both or none."""
        windows = {step.date for step in self.steps if isinstance(step, Window)}
        return frozenset(windows | {wanted.since for wanted in self.requirements if wanted.since})
