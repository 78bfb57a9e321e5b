"""From answers to scores: reversed items turned round, one mean for each subscale, nothing made up where answers are missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alliancelab.errors import AllianceLabError


@dataclass(frozen=True)
class Scale:
    """A scale: what belongs to which subscale, what is reversed, how far it runs, and its words where we may show them.

    `subscales` gives each subscale its items by number or slug, `range` the lowest and the highest answer, `least` how
    many items of a subscale must be answered before it has a score. `items` holds each item's text, or nothing where the
    words belong to somebody else; `note` is what has to be said wherever the scale is shown.
    """

    name: str
    range: tuple[float, float]
    subscales: Mapping[str, tuple[str, ...]]
    reversed: frozenset[str] = frozenset()
    least: int = 1
    title: str = ""
    ask: str = ""
    note: str = ""
    ends: tuple[str, str] = ("", "")
    items: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def numbers(self) -> list[str]:
        """Every item, by subscale."""
        return [item for items in self.subscales.values() for item in items]


def subscales(scale: Scale, responses: Mapping[str | int, float | None]) -> dict[str, float | None]:
    """The score of each subscale for one person at one time, on the scale's own range.

    A reversed item counts as lowest + highest - answer. A score is the mean of what was answered, and None where fewer
    than `scale.least` items of the subscale were; an answer of None, or an item that is not there, is missing.

    Raises `AllianceLabError` for an item the scale does not have, an answer out of range or no number, and a scale
    without items.

    >>> hour = Scale("hour", (1, 5), {"bond": ("1", "3"), "tasks": ("2", "4")}, frozenset({"4"}), least=2)
    >>> subscales(hour, {1: 5, 2: 4, 3: 4, 4: 1})
    {'bond': 4.5, 'tasks': 4.5}
    >>> subscales(hour, {1: 5, 2: 4, 4: 1})
    {'bond': None, 'tasks': 4.5}
    """
    known = set(scale.numbers)
    if not known:
        raise AllianceLabError(f"the scale '{scale.name}' has no items; name the items of each subscale")
    low, high = scale.range
    given: dict[str, float] = {}
    for key, answer in responses.items():
        item = str(key)
        if item not in known:
            raise AllianceLabError(
                f"'{scale.name}' has no item '{item}'; its items are: {', '.join(sorted(known, key=_in_order))}"
            )
        if is_missing(answer):
            continue
        if not is_number(answer) or not low <= answer <= high:
            raise AllianceLabError(
                f"item '{item}' of '{scale.name}' takes a number from {low:g} to {high:g}, not {answer!r}"
            )
        given[item] = low + high - answer if item in scale.reversed else answer
    return {
        name: mean_with_missing([given.get(item) for item in items], scale.least)
        for name, items in scale.subscales.items()
    }


def mean_with_missing(values: Sequence[float | None], least: int) -> float | None:
    """The mean of the values that are there, if at least `least` of them are; otherwise None.

    Nothing is filled in. A mean of the answered items is the same as putting the person's own mean in the place of a
    missing one (the person-mean rule; Downey & King 1998, 10.1080/00221309809595542), which is defensible only
    while few are missing: so `least` has no default, and a scale says its own.

    Raises `AllianceLabError` where `least` is below one or a value is no number.

    >>> mean_with_missing([4, None, 5, 3], least=3)
    4.0
    >>> mean_with_missing([4, None, None, 3], least=3) is None
    True
    """
    if least < 1:
        raise AllianceLabError(f"a mean needs at least one value; write least=1 or more, not {least}")
    there = [value for value in values if not is_missing(value)]
    for value in there:
        if not is_number(value):
            raise AllianceLabError(f"a mean takes numbers, and None for what is missing, not {value!r}")
    return math.fsum(there) / len(there) if len(there) >= least else None


def is_missing(value: object) -> bool:
    """Whether a value stands for no answer: None, or the NaN that tables use for it."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_number(value: object) -> bool:
    """Whether a value is a finite number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _in_order(item: str) -> tuple[int, str]:
    return (int(item), "") if item.isdigit() else (0, item)
