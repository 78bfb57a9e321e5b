"""Many people's claims as one table, and such a table as whole numbers: what the fast evaluator `many` works on.

The columns are `trainee` and those of a log's CSV file: `date`, `category` and `minutes`, and where there are such,
`group_size`, `flags` (separated by `;`), `phase`, `setting`, `supervisor` and `start`; `claimed` are the minutes claimed,
where not all are. Words as pandas' categories are read much faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from alliancelab.errors import AllianceLabError
from alliancelab.hours.entries import Entry
from alliancelab.hours.policy.counting import Claim
from alliancelab.hours.policy.policy import MONTH, Which

NEEDED = ("trainee", "date", "category", "minutes")
WORDS = ("setting", "supervisor", "phase", "flags")
DAY_0 = date(1970, 1, 1)
SPARSE = 1_000_000  # so many numbers, and a few for each row, are cheap to leave unused

Numbers = np.ndarray[Any, np.dtype[np.int64]]
Yes = np.ndarray[Any, np.dtype[np.bool_]]


def table(claims: Mapping[str, Iterable[Claim]]) -> pd.DataFrame:
    """A table of the claims of many, by their names.

    >>> table({"ana": [Claim.whole(Entry(date(2026, 3, 2), 50, "client.individual"))]}).loc[0, "minutes"]
    np.int64(50)
    """
    told = [(name, claim.minutes, claim.entry) for name, of_one in claims.items() for claim in of_one]
    words = {name: [getattr(entry, name) for _, _, entry in told] for name in ("category", "setting", "supervisor")}
    words |= {"trainee": [name for name, _, _ in told], "phase": [entry.phase for _, _, entry in told]}
    words["flags"] = [";".join(sorted(entry.flags)) for _, _, entry in told]
    # a column of its own type even where there is nothing in it
    return pd.DataFrame(
        {name: pd.Categorical(pd.Series(column, dtype="str")) for name, column in words.items()}
        | {
            "date": np.array([entry.date for _, _, entry in told], dtype="datetime64[D]").astype("datetime64[s]"),
            "start": pd.to_datetime(pd.Series([entry.start for _, _, entry in told], dtype="object"), utc=True),
            "minutes": np.array([entry.minutes for _, _, entry in told], dtype=np.int64),
            "claimed": np.array([claimed for _, claimed, _ in told], dtype=np.int64),
            "group_size": np.array([entry.group_size for _, _, entry in told], dtype=np.int64),
        }
    )


def claims(of: pd.DataFrame) -> dict[str, list[Claim]]:
    """The claims of a table, by trainee; a row's number is its place in it."""
    found: dict[str, list[Claim]] = {}
    for row, one in enumerate(of.to_dict("records")):
        words = {name: one[name] for name in WORDS[:3] if isinstance(one.get(name), str)}
        flags = one.get("flags")
        entry = Entry(
            pd.Timestamp(one["date"]).date(),
            int(one["minutes"]),
            one["category"],
            group_size=int(one.get("group_size", 1)),
            flags=_flags(flags if isinstance(flags, str) else ""),
            **words,
        )
        start = one.get("start")
        if isinstance(start, datetime) and not pd.isna(start):
            entry = replace(entry, start=pd.Timestamp(start).to_pydatetime())
        found.setdefault(one["trainee"], []).append(Claim(entry, int(one.get("claimed", one["minutes"])), row))
    return found


@dataclass
class Columns:
    """A table's rows as numbers.

    Rows that no policy can tell apart by their words and group size are of one `kind`; `kinds` has an entry for each.
    `day` counts from 1970 on, `who` is the place in `people`. `total` are each person's claimed minutes.
    """

    table: pd.DataFrame
    people: list[str]
    who: Numbers
    day: Numbers
    kind: Numbers
    kinds: list[Entry]
    claimed: Numbers
    total: Numbers
    _fits: dict[Which, Yes] = field(default_factory=dict)
    _periods: dict[tuple[str, bool, bool], tuple[Numbers, Numbers]] = field(default_factory=dict)

    _words: dict[str, tuple[Numbers, list[str]]] = field(default_factory=dict)

    def fits(self, which: Which) -> Yes:
        """Whether it looks at each row."""
        if which not in self._fits:
            self._fits[which] = self.of_kinds(which)[self.kind]
        return self._fits[which]

    def of_kinds(self, which: Which) -> Yes:
        """Whether it looks at each kind."""
        return np.array([which.fits(kind) for kind in self.kinds], dtype=bool)

    def periods(self, per: str, sunday: bool, in_each_setting: bool = False) -> tuple[Numbers, Numbers]:
        """The number of each row's week or month (of its person, or its person in its setting), and whose each number is."""
        key = (per, sunday, in_each_setting)
        if key not in self._periods:
            number = self.months if per == MONTH else self.week(self.day, sunday)
            number = number - (number.min() if number.size else 0)
            numbers = int(number.max(initial=0)) + 1
            code, each = self.who * numbers + number, numbers
            if in_each_setting:
                setting, words = self.words("setting")
                code, each = code * len(words) + setting, each * len(words)
            index, labels = packed(code, len(self.people) * each)
            self._periods[key] = index, labels // each
        return self._periods[key]

    @staticmethod
    def week(day: Numbers, sunday: bool) -> Numbers:
        """A number for the week in which a day lies; the first of 1970 was a Thursday."""
        return (day + (4 if sunday else 3)) // 7

    @cached_property
    def months(self) -> Numbers:
        """A number for each row's calendar month."""
        first = int(self.day.min(initial=0))
        days = np.arange(first, int(self.day.max(initial=0)) + 1)
        return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)[self.day - first]

    def words(self, name: str) -> tuple[Numbers, list[str]]:
        """A column of words as numbers in the words' own order, and the words."""
        if name not in self._words:
            self._words[name] = _words(self.table, name)
        return self._words[name]

    def order(self, rows: Numbers) -> list[Numbers]:
        """What rows that are alike to a cap are ordered by, as `counting` orders them: the first key first."""
        start = self.table["start"].to_numpy("datetime64[us]") if "start" in self.table else None
        keys = [self.day[rows] - self.day.min(initial=0)]
        if start is not None:
            instant = start[rows].astype(np.int64)
            none = np.isnat(start[rows])
            keys.append(np.where(none, 0, instant - instant.min(where=~none, initial=np.iinfo(np.int64).max) + 1))
        keys += [self.words(name)[0][rows] for name in ("category", "setting", "supervisor")]
        keys.append(_whole(self.table, "group_size", 1)[rows])
        keys += [self.words(name)[0][rows] for name in ("phase", "flags")]
        return [*keys, _whole(self.table, "minutes")[rows], self.claimed[rows]]


def read(of: pd.DataFrame) -> Columns:
    """The table as numbers; raises `AllianceLabError` for a column that is missing or empty in places."""
    if missing := [name for name in NEEDED if name not in of]:
        raise AllianceLabError(f"the table has no column {', '.join(missing)}; it needs {', '.join(NEEDED)}")
    if bare := [name for name in NEEDED if of[name].isna().any()]:
        raise AllianceLabError(f"the table's column {bare[0]} is empty in some rows; fill them in, or leave them out")
    who, people = _words(of, "trainee")
    claimed = _whole(of, "claimed") if "claimed" in of else _whole(of, "minutes")
    parts = {name: _words(of, name) for name in ("category", "flags", "phase")}
    group = _whole(of, "group_size", 1)
    sizes = [len(words) for _, words in parts.values()] + [int(group.max(initial=0)) + 1]
    code = np.zeros(len(of), dtype=np.int64)
    for (number, _), size in zip([*parts.values(), (group, ())], sizes, strict=True):
        code = code * size + number
    kind, labels = packed(code, prod(sizes))
    words = [words for _, words in parts.values()]
    kinds = [
        Entry(DAY_0, 1, words[0][category], group_size=int(size), flags=_flags(words[1][flags]), phase=words[2][phase])
        for category, flags, phase, size in zip(*np.unravel_index(labels, sizes), strict=True)
    ]
    day = pd.to_datetime(of["date"]).to_numpy("datetime64[D]").astype(np.int64)
    return Columns(of, people, who, day, kind, kinds, claimed, piled(who, claimed, len(people)))


def packed(code: Numbers, size: int) -> tuple[Numbers, Numbers]:
    """Codes below `size` as places in a list of those that there are, and that list.

    >>> [list(map(int, found)) for found in packed(np.array([7, 2, 7]), 10)]
    [[1, 0, 1], [2, 7]]
    """
    if size > 4 * len(code) + SPARSE:
        labels, index = np.unique(code, return_inverse=True)
        return index, labels
    seen = np.zeros(size, dtype=bool)
    seen[code] = True
    return (np.cumsum(seen) - 1)[code], np.flatnonzero(seen)


def piled(index: Numbers, numbers: Numbers, size: int) -> Numbers:
    """The sum of the numbers at each index: exact, as they are whole."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, index, numbers)
    return sums


def in_order(keys: Sequence[Numbers]) -> Numbers:
    """The order of rows by keys that are not below 0, the first first. As many as fit are sorted as one number."""
    joined: list[Numbers] = []
    size = 1
    for key in keys:
        values = int(key.max(initial=0)) + 1
        if joined and size * values < 2**62:
            joined[-1], size = joined[-1] * values + key, size * values
        else:
            joined.append(key.astype(np.int64))
            size = values
    return np.argsort(joined[0], kind="stable") if len(joined) == 1 else np.lexsort(joined[::-1])


def _words(of: pd.DataFrame, name: str) -> tuple[Numbers, list[str]]:
    if name not in of:
        return np.zeros(len(of), dtype=np.int64), [""]
    column = of[name]
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = column.fillna("").astype("category")
    said = [str(word) for word in column.cat.categories] + [""]  # the last is that of a cell without one, -1
    if name == "flags":
        said = [";".join(sorted(_flags(word))) for word in said]
    words = sorted(set(said) - ({""} if name in NEEDED else set()), key=lambda word: word.split(";"))
    place = {word: number for number, word in enumerate(words)}
    return np.array([place.get(word, 0) for word in said], dtype=np.int64)[column.cat.codes.to_numpy()], words


def _flags(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(";") if word.strip())


def _whole(of: pd.DataFrame, name: str, without: int = 0) -> Numbers:
    if name not in of:
        return np.full(len(of), without, dtype=np.int64)
    return of[name].to_numpy(dtype=np.int64)
