"""Simulated trainees: answers drawn at random, of a given skill, through the functions that the cards call.

They show how a group's results look. They are no model of how people learn, and everything made from them says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from alliancelab import answers, marking
from alliancelab.dialogue import FEATURES, Choice
from alliancelab.items import Choose, Code, Fill, Form, Item, Order, Rate, Talk, Write
from alliancelab.marking import Key
from alliancelab.play import replay
from alliancelab.sheet import Sheet, journal_path

WRITTEN = "This text was made by a program, for a demonstration. It stands where a trainee's reflection would stand."
FIRST_EVENING = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Trainee:
    """A simulated trainee: `skill` is the chance of a good answer to each part, `diligence` that of answering at all."""

    name: str
    skill: float
    diligence: float


def trainees(number: int, seed: int = 1) -> list[Trainee]:
    """`number` trainees of different skill; the same seed gives the same ones.

    >>> [trainee.name for trainee in trainees(2)]
    ['simulated-01', 'simulated-02']
    """
    random = Random(seed)
    return [
        Trainee(f"simulated-{n:02}", round(random.uniform(0.25, 0.98), 2), round(random.uniform(0.8, 1.0), 2))
        for n in range(1, number + 1)
    ]


def answer(item: Item, key: Key | None, skill: float, random: Random) -> Any:
    """An answer that is right in each of its parts with the chance `skill`, else drawn at random."""
    if isinstance(item, Write):
        return WRITTEN
    if isinstance(item, Talk):
        return _play(item, skill, random)
    if isinstance(item, Fill):
        return dict.fromkeys(item.fields, WRITTEN)
    if isinstance(item, Form):
        return {number: random.randint(*item.scale.range) for number in item.scale.items}
    best = marking.model_answer(item, key)
    good = lambda: random.random() < skill  # noqa: E731 - a word for a coin
    if isinstance(item, Choose) and item.several:
        return [slug for slug in item.options if (slug in best) == good()]
    if isinstance(item, Choose):
        return best if good() else [random.choice(list(item.options))]
    if isinstance(item, Order):
        order = list(best)
        for place in range(len(order) - 1):
            if not good():
                order[place], order[place + 1] = order[place + 1], order[place]
        return order
    if isinstance(item, Rate):
        low, high = item.scale
        return {aspect: number if good() else random.randint(low, high) for aspect, number in best.items()}
    assert isinstance(item, Code)
    return {slug: label if good() else random.choice(list(item.labels)) for slug, label in best.items()}


def _play(item: Talk, skill: float, random: Random) -> list[str]:
    path: list[str] = []
    while choices := replay(item.dialogue, path).here.choices:
        choice = max(choices, key=_gain) if random.random() < skill else random.choice(choices)
        path.append(choice.to)
    return path


def _gain(choice: Choice) -> int:
    return sum(getattr(choice.change, feature) for feature in FEATURES)


def work(trainee: Trainee, source: Sheet, folder: Path, seed: int = 1) -> Path:
    """Let a trainee answer the items of `source`, keeping each answer in the journal in `folder`, as the cards do."""
    random = Random(f"{seed} {trainee.name}")
    journal, clock = journal_path(folder, source.module), _clock(random)
    for name, item in source.items.items():
        if random.random() < trainee.diligence:
            key = source.graded[name].key if name in source.graded else None
            answers.record(journal, item, answer(item, key, trainee.skill, random), at=lambda: next(clock))
    return journal


def _clock(random: Random) -> Iterator[datetime]:
    at = FIRST_EVENING
    while True:
        at += timedelta(seconds=random.randint(20, 180))
        yield at
