"""A TOML table read key by key, with a fault and its line for each value that is not what was asked for.

The keys that were asked for are the table's keys: `end` finds every other one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from alliancelab.catalogue import near
from alliancelab.errors import Fault

MOST_HOURS = 100_000
_LONG_TEXT = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'', re.DOTALL)
_HEADER = re.compile(r"[ \t]*\[\[?[ \t]*([^\]\[]+?)[ \t]*\]\]?[ \t]*(?:#.*)?")
_KEY = re.compile(r"[ \t]*\"?([A-Za-z0-9_-]+)\"?[ \t]*=")


def blocks(text: str) -> list[tuple[str, int, dict[str, int]]]:
    """The tables of a TOML text as they stand: header ('' for what comes before the first), its line, the line of each key.

    >>> blocks('title = "x"\\n\\n[[cap]]\\nhours = 40\\n')
    [('', 1, {'title': 1}), ('cap', 3, {'hours': 4})]
    """
    found: list[tuple[str, int, dict[str, int]]] = [("", 1, {})]
    masked = _LONG_TEXT.sub(lambda long: '""' + "\n" * long[0].count("\n"), text)
    for number, line in enumerate(masked.split("\n"), start=1):
        if header := _HEADER.fullmatch(line):
            found.append((header[1], number, {}))
        elif key := _KEY.match(line):
            found[-1][2].setdefault(key[1], number)
    return found


@dataclass
class Table:
    """One table of the file at `path`; `name` is how a fault calls it, `faults` collects what is wrong."""

    path: str
    name: str
    values: Mapping[str, Any]
    line: int
    lines: Mapping[str, int]
    faults: list[Fault]
    asked: dict[str, None] = field(default_factory=dict)

    def fault(self, message: str, key: str = "") -> None:
        """Something is wrong, in the line of a key where it has one."""
        said = f"{self.name}: {message}" if self.name else message
        self.faults.append(Fault(self.path, self.lines.get(key, self.line), said))

    def has(self, key: str) -> bool:
        """Whether the key stands in it."""
        self.asked[key] = None
        return key in self.values

    def text(self, key: str, example: str = "", needed: bool = True) -> str:
        """A text that is not empty; '' where it is missing and may be."""
        if not self.has(key):
            if needed:
                self.fault(f"`{key}` is missing; write {example or 'it'}")
            return ""
        value = self.values[key]
        if not isinstance(value, str) or not value.strip():
            self.fault(f"`{key}` is no text; write {example or 'one'}", key)
            return ""
        return value.strip()

    def texts(self, key: str, example: str) -> tuple[str, ...]:
        """A list of texts; none where it is missing."""
        if not self.has(key):
            return ()
        value = self.values[key]
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.fault(f"`{key}` is no list of texts; write {key} = {example}", key)
            return ()
        return tuple(one.strip() for one in value)

    def words(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """A list of known words; at least one where the key stands."""
        found = self.texts(key, f'["{next(iter(known), "one")}"]')
        if self.values.get(key) == []:
            self.fault(f"`{key}` is empty; name one or more, or take it out", key)
        for word in found:
            if word not in known:
                self.fault(f"`{key}` has an unknown word '{word}'{near(word, list(known))}", key)
        return found

    def one_of(self, key: str, known: Collection[str], usual: str = "") -> str:
        """One of a few words; the usual one where it is missing."""
        if not self.has(key) and usual:
            return usual
        value = self.values.get(key)
        if not isinstance(value, str) or value not in known:
            said = "is missing" if key not in self.values else f"is {_shown(value)}"
            self.fault(f"`{key}` {said}; write one of: {', '.join(known)}", key)
            return usual or next(iter(known))
        return value

    def whole(self, key: str, low: int, high: int, usual: int | None = None) -> int:
        """A whole number in bounds."""
        if not self.has(key) and usual is not None:
            return usual
        value = self.values.get(key)
        if type(value) is not int or not low <= value <= high:
            said = "is missing" if key not in self.values else f"is {_shown(value)}"
            self.fault(f"`{key}` {said}; write {f'a whole number from {low} to {high:,}' if low < high else low}", key)
            return usual if usual is not None else low
        return value

    def yes(self, key: str) -> bool:
        """Whether it says true."""
        value = self.values[key] if self.has(key) else False
        if type(value) is not bool:
            self.fault(f"`{key}` is neither true nor false; write one of them", key)
        return value is True

    def day(self, key: str) -> date:
        """A day, written without quotation marks."""
        value = self.values[key] if self.has(key) else None
        if not isinstance(value, date) or isinstance(value, datetime):
            said = "is no day" if key in self.values else "is missing"
            self.fault(f"`{key}` {said}; write {key} = 2026-11-28 (without quotation marks)", key)
            return date.min
        return value

    def duration(self, before: str = "", usual: int | None = None) -> int:
        """Minutes, written as whole hours, whole minutes, or both: `hours = 37` and `minutes = 30`."""
        hours, minutes = f"{before}hours", f"{before}minutes"
        given = [key for key in (hours, minutes) if self.has(key)]
        if not given and usual is not None:
            return usual
        if not given:
            self.fault(f"`{hours}` is missing; write {hours} = 40, or {minutes} = 90, or both")
        least = 1 if len(given) < 2 else 0  # `hours = 1` and `minutes = 0` may stand together
        took = 60 * self.whole(hours, least, MOST_HOURS) if hours in given else 0
        took += self.whole(minutes, least, 60 * MOST_HOURS) if minutes in given else 0
        if len(given) == 2 and not took:
            self.fault(f"`{hours}` and `{minutes}` are both nothing; write a time", hours)
        return took

    def tables(self, key: str) -> list[Table]:
        """The tables of a list, or one inline table."""
        if not self.has(key):
            return []
        value = self.values[key]
        listed = value if isinstance(value, list) else [value]
        if not listed or not all(isinstance(one, dict) for one in listed):
            self.fault(f"`{key}` is no table; write {key} = {{...}}", key)
            return []
        name = f"{self.name} {key}".strip()
        line = self.lines.get(key, self.line)
        return [Table(self.path, name, one, line, {}, self.faults) for one in listed]

    def end(self) -> None:
        """Every key that nobody has asked for is a fault."""
        for key in self.values:
            if key not in self.asked:
                self.fault(f"unknown key '{key}'{near(key, list(self.asked))}", key)


def _shown(value: object) -> str:
    """A wrong value as a fault shows it; a number can have more digits than Python prints."""
    return "a number far too large" if isinstance(value, int) and value.bit_length() > 64 else repr(value)[:40]
