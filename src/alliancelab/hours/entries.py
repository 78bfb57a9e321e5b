"""An entry: how long somebody did what, on which day; read from fields as people and tables write them.

Whole minutes, dates, and instants with a UTC offset; no text about a client, and none that is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

from alliancelab.errors import AllianceLabError

MOST_MINUTES = 1_440  # a day
FIELDS = ("date", "category", "minutes", "group_size", "flags", "phase", "setting", "supervisor", "start", "end")

_DOTTED = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class NotAnEntry(AllianceLabError):
    """Fields that are no entry; `problems` says each thing that is wrong, and its text all of them."""

    def __init__(self, problems: Iterable[str]):
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True)
class Entry:
    """What somebody did on a day: `minutes` of a dotted `category`.

    `group_size` is how many people shared it (1: nobody else; in supervision, the supervisees). `setting` and
    `supervisor` are short names, `phase` is `practicum`, `associate` or another word of the policy's. `start` and `end`
    are instants with an offset, both or neither; then `date` is the day at the start's offset.
    """

    date: date
    minutes: int
    category: str
    setting: str = ""
    supervisor: str = ""
    group_size: int = 1
    flags: frozenset[str] = field(default_factory=frozenset)
    phase: str = ""
    start: datetime | None = None
    end: datetime | None = None

    def is_of(self, category: str) -> bool:
        """Whether it is of a category or of one below it.

        >>> family = Entry(date(2026, 3, 2), 50, "client.family")
        >>> family.is_of("client"), family.is_of("client.family"), family.is_of("client.fam")
        (True, True, False)
        """
        return self.category == category or self.category.startswith(f"{category}.")

    def body(self) -> dict[str, Any]:
        """The entry as plain JSON values, without what is empty; `of` reads it back."""
        told: dict[str, Any] = {"date": self.date.isoformat(), "minutes": self.minutes, "category": self.category}
        for name in ("setting", "supervisor", "phase"):
            if value := getattr(self, name):
                told[name] = value
        if self.group_size != 1:
            told["group_size"] = self.group_size
        if self.flags:
            told["flags"] = sorted(self.flags)
        if self.start is not None and self.end is not None:
            told |= {"start": self.start.isoformat(), "end": self.end.isoformat()}
        return told


def of(fields_: Mapping[str, Any], today: date | None = None) -> Entry:
    """Read an entry from fields as a form, a table's row or a record holds them; empty fields count as missing.

    `flags` may be a list, or words separated by `;`. With `start` and `end` the date and the minutes follow from them, and
    must agree with them where they are given, too. With `today`, a later date is refused. Raises `NotAnEntry`.

    >>> of({"date": "2026-03-02", "category": "client.individual", "minutes": "50", "flags": "observable"}).minutes
    50
    >>> of({"start": "2026-03-02T16:00+01:00", "end": "2026-03-02T15:30+00:00", "category": "study"}).minutes
    30
    >>> of({"start": "2026-03-02T16:00", "end": "2026-03-02T17:00+01:00", "category": "study"})
    Traceback (most recent call last):
    alliancelab.hours.entries.NotAnEntry: start '2026-03-02T16:00' has no UTC offset; write 2026-03-02T16:00+01:00 or with your own
    """
    given = {name: value for name, value in fields_.items() if value not in (None, "", [], ())}
    problems: list[str] = []
    for name in sorted(given.keys() - set(FIELDS)):
        problems.append(f"there is no field '{name[:40]}'; the fields are {', '.join(FIELDS)}")
    category = str(given.get("category", "")).strip()
    if not category:
        problems.append("category is missing; write one such as client.individual")
    elif not _DOTTED.fullmatch(category):
        problems.append(f"category '{category[:40]}' is not dotted words such as client.individual")
    words = {name: str(given.get(name, "")).strip() for name in ("setting", "supervisor", "phase")}
    for name, word in words.items():
        if word and not _SLUG.fullmatch(word):
            problems.append(f"{name} '{word[:40]}' is not a short name; write small letters, digits and hyphens")
    flags = given.get("flags", ())
    flags = frozenset(
        word.strip() for word in (flags.split(";") if isinstance(flags, str) else flags) if str(word).strip()
    )
    for flag in sorted(flags):
        if not _SLUG.fullmatch(flag):
            problems.append(
                f"flag '{flag[:40]}' is not a short name; write small letters, digits and hyphens, with ; between"
            )
    group = _whole(given.get("group_size", 1), "group_size", 1, 1_000, problems)
    day, minutes, start, end = _when(given, problems)
    if day is not None and today is not None and day > today:
        problems.append(f"{day} is in the future; log it once it has taken place")
    if problems or day is None or minutes is None or group is None:
        raise NotAnEntry(problems)
    return Entry(
        day, minutes, category, words["setting"], words["supervisor"], group, flags, words["phase"], start, end
    )


def _when(
    given: Mapping[str, Any], problems: list[str]
) -> tuple[date | None, int | None, datetime | None, datetime | None]:
    day = _day(given["date"], problems) if "date" in given else None
    minutes = _whole(given["minutes"], "minutes", 1, MOST_MINUTES, problems) if "minutes" in given else None
    if "start" not in given and "end" not in given:
        if "date" not in given:
            problems.append("date is missing; write it as 2026-03-02, or give start and end")
        if "minutes" not in given:
            problems.append("minutes are missing; write a whole number, or give start and end")
        return day, minutes, None, None
    if "start" not in given or "end" not in given:
        problems.append("start and end belong together; give both, or date and minutes")
        return day, minutes, None, None
    start, end = _instant(given["start"], "start", problems), _instant(given["end"], "end", problems)
    if start is None or end is None:
        return day, minutes, None, None
    took = end - start
    if took <= timedelta(0):
        problems.append("the end is not after the start; put them the other way round, or mend the offset")
        return day, minutes, None, None
    if took % timedelta(minutes=1) or took > timedelta(minutes=MOST_MINUTES):
        problems.append(f"start and end must be whole minutes apart, and no more than {MOST_MINUTES} of them")
        return day, minutes, None, None
    long = took // timedelta(minutes=1)
    if minutes is not None and minutes != long:
        problems.append(f"minutes says {minutes} and start to end are {long}; leave minutes out")
    if day is not None and day != start.date():
        problems.append(f"date says {day} and start is on {start.date()}; leave the date out")
    return start.date(), long, start, end


def _day(value: Any, problems: list[str]) -> date | None:
    if type(value) is date:
        return value
    text = str(value).strip()
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"date '{text[:40]}' is no day; write it as 2026-03-02")
        return None


def _instant(value: Any, name: str, problems: list[str]) -> datetime | None:
    text = value.isoformat() if isinstance(value, datetime) else str(value).strip()
    try:
        instant = datetime.fromisoformat(text)
        if "T" not in text and " " not in text:
            raise ValueError
        if instant.tzinfo is not None:
            instant.timestamp()  # a day that no clock has shown
    except (ValueError, OverflowError):
        problems.append(f"{name} '{text[:40]}' is no time; write it as 2026-03-02T16:00+01:00")
        return None
    if instant.tzinfo is None:
        problems.append(f"{name} '{text[:40]}' has no UTC offset; write {text[:16]}+01:00 or with your own")
        return None
    return instant


def _whole(value: Any, name: str, low: int, high: int, problems: list[str]) -> int | None:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        problems.append(f"{name} '{text[:40]}' is not a whole number from {low} to {high:,}")
        return None
    return int(text)


def overlaps(one: Entry, other: Entry) -> bool:
    """Whether two timed entries share an instant, whatever their offsets; entries without times never do.

    >>> berlin = of({"start": "2026-03-02T16:00+01:00", "end": "2026-03-02T17:00+01:00", "category": "study"})
    >>> london = of({"start": "2026-03-02T15:59+00:00", "end": "2026-03-02T16:20+00:00", "category": "study"})
    >>> overlaps(berlin, london)
    True
    """
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return one.start < other.end and other.start < one.end


assert set(FIELDS) == {found.name for found in fields(Entry)}
