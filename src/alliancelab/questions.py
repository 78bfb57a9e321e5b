"""A lesson's practice items as an author writes them: one TOML table each, with the key in the open.

The questions of an exercise stand in its notebook instead, because their keys must not travel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alliancelab.errors import ContentError, Fault
from alliancelab.items import QUESTIONS, Item, ItemError, Write

HINTS = 3

_OURS = ("kind", "key", "hints", "model")


@dataclass(frozen=True)
class Practice:
    """An item with what an author gives with it: the open key, three hints or none, a model answer for a written one."""

    item: Item
    key: Mapping[str, Any] | None = None
    hints: tuple[str, ...] = ()
    model: str = ""


def made(tables: Mapping[str, Any], text: str, path: str) -> dict[str, Practice]:
    """The items of a file, in order, from its tables; its text tells the lines.

    Raises `ContentError` with everything that is wrong.

    >>> tables = {"first": {"kind": "write", "ask": "What would you say?", "words": [10, 60]}}
    >>> made(tables, "[first]", "items.toml")["first"].item.words
    [10, 60]
    """
    faults: list[Fault] = []
    found: dict[str, Practice] = {}
    for name, table in tables.items():
        try:
            found[name] = _practice(name, table)
        except ItemError as error:
            faults.append(Fault(path, line_of(text, name), str(error)))
    if faults:
        raise ContentError(faults)
    return found


def line_of(text: str, name: str) -> int:
    """The line of a file in which the table of an item begins."""
    found = re.search(rf"^\[\"?{re.escape(name)}\"?[\].]", text, re.MULTILINE)
    return text[: found.start()].count("\n") + 1 if found else 1


def _practice(name: str, table: Any) -> Practice:
    if not isinstance(table, Mapping):
        raise ItemError(f"'{name}' is no item; write `[{name}]` and under it kind, ask and what belongs to the kind")
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in QUESTIONS:
        raise ItemError(f"'{name}' is of no known kind; write `kind` as one of: {', '.join(QUESTIONS)}")
    given = {key: value for key, value in table.items() if key not in _OURS}
    try:
        item = QUESTIONS[kind](name, given.pop("ask", None), **given)
    except TypeError:
        raise ItemError(f"'{name}' does not have what a {kind} item has; compare it with another of its kind") from None
    for wrong in _help_faults(item, table.get("hints", ()), table.get("model", "")):
        raise ItemError(f"'{name}': {wrong}")
    return Practice(item, table.get("key"), tuple(table.get("hints", ())), table.get("model", ""))


def _help_faults(item: Item, hints: Any, model: Any) -> Iterator[str]:
    yield from hint_faults(hints)
    if not isinstance(model, str):
        yield "the model answer is not a text; write one"
    elif model and not isinstance(item, Write):
        yield "only a written answer has a model; take it out, and write a key"


def hint_faults(hints: Any) -> Iterator[str]:
    """What is wrong with the hints of an item: there are three, or none."""
    if not isinstance(hints, list | tuple) or not all(isinstance(hint, str) and hint.strip() for hint in hints):
        yield "the hints are not texts; write three: where to look, what to notice, a near answer"
    elif len(hints) not in (0, HINTS):
        yield f"has {len(hints)} hints; write three: where to look, what to notice, a near answer"
