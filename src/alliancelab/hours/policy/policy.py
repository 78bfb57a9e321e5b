"""A policy: what a body asks of supervised hours. A programme writes its own as a TOML file, like this one:

    format = 1
    title = "Riverside, first placement"
    body = "Riverside College"
    source = "Placement handbook 2026, page 12"
    checked = 2026-11-28                  # when somebody last compared it with the source
    how_sure = "read"                     # or "read in part", "secondary"; these two with sure_note = "..."
    notes = ["Telephone sessions count in full."]

    [[exclude]]                           # these hours never count
    of = ["client.assessment"]
    why = "assessments do not count"

    [[credit]]                            # these count in part
    of = ["supervision.group"]
    part = "1/2"                          # or: by_people = true
    why = "half of the time counts in a group"

    [[gate]]                              # a month's practice counts only with supervision in it
    of = ["client"]
    per = "month"
    unit = [{of = ["supervision"], minutes = 90}]
    why = "a month with less than 1.5 hours of supervision"

    [[cap]]                               # at most so much counts
    of = ["client"]
    per = "week"                          # or "session", "month", "log"
    hours = 20
    why = "more than 20 hours with clients in a week"

    [[require]]
    id = "direct"
    title = "Hours with clients"
    kind = "sum"                          # or "average", "share", "periods", "span"
    of = ["client"]
    hours = 100

`alliancelab content check policies/riverside.toml` (in a folder called policies) says what is wrong with it, and in which line;
`alliancelab hours check log.csv --policy policies/riverside.toml` counts by it. The file's name is the policy's id.

Steps are taken in one order, and stand in it in the file: exclude, credit, window, gate, cap, then require. Each may stand
more than once or not at all, and each but `require` says `why`, which is told beside the hours that do not count.

Which hours: `of` names categories, each with those below it (without it: all), `but` takes some out again,
`people_from` and `people_to` bound the group's size, `flag` and `phase` name one. Durations are `hours`, `minutes`, or both, in
whole numbers. `words = ["client.by-letter"]` at the top adds categories of a programme's own; `week_begins = "sunday"` is possible;
`modules` and `valid_months` are for the certificate.

| table | what else it may say |
|---|---|
| credit | `part = "1/2"`, or `by_people = true`: the time divided by the group's size. An entry takes the first credit that fits it |
| window | `since = "qualified"`, or `until = "application"` with `years = 6`; both ends are inside |
| gate | `per` (week, month), `in_each_setting`, `unit`, `units` (1), `busy = {of = [...], over_hours = 10, units = 2}` |
| cap | `per` (session, week, month, log), `first` (categories kept first), `first_phase`, `once_a_month_hours` (a longer session) |
| require sum | a duration; `since = "qualified"`; `at_most = true` |
| require average | a duration, `per`, `among`: over all weeks or months from the first to the last hour of `among` |
| require share | `percent`, `among`: of what it is a share |
| require periods | `count`, `per`, `each_hours`: weeks or months with at least so much, whatever a cap takes away |
| require span | `years` or `months`, from the first to the last day: the same day a year later is a year |

In the code a policy is plain data: `policies` reads one, `counting` counts by it. Durations are whole minutes. Only a
credit makes parts of a minute: they are kept exactly and cut off once, where a requirement's figure is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

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


@lru_cache(maxsize=4096)  # a log has few categories and many entries
def is_among(category: str, others: tuple[str, ...]) -> bool:
    """Whether a category is one of others, or below one.

    >>> is_among("client.family", ("supervision", "client")), is_among("clients", ("client",))
    (True, False)
    """
    return any(category == other or category.startswith(f"{other}.") for other in others)


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
            (not self.of or is_among(entry.category, self.of))
            and not (self.but and is_among(entry.category, self.but))
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
