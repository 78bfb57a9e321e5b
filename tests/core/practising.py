"""A simulated trainee who goes through the whole course, one module a week, with a skill that may change on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from alliancelab import answers, catalogue, release, sheet
from alliancelab.course import simulate
from alliancelab.items import Fill
from alliancelab.sheet import Sheet

FIRST_MONDAY = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)


def growing(week: int, of: int) -> float:
    """Nearly none at first, nearly all in the end."""
    return 0.1 + 0.85 * week / (of - 1)


def guessing(week: int, of: int) -> float:
    """No skill, from the first week to the last."""
    return 0.0


def work(
    folder: Path, skill: Callable[[int, int], float], seed: int = 1, modules: int = 8, again: bool = False
) -> None:
    """Answer the lesson and the exercise of a module each week; with `again`, then each item rightly, the same evening."""
    random = Random(seed)
    slugs = list(catalogue.modules())[:modules]
    for week, slug in enumerate(slugs):
        at = FIRST_MONDAY + timedelta(weeks=week)
        here = folder / "exercises" / slug
        here.mkdir(parents=True)
        (here / f"{slug}.ipynb").write_text(release.of_module(slug), encoding="utf-8")
        for read, home in (
            (sheet.read(catalogue.lesson(slug)), folder),
            (sheet.read(catalogue.exercise_source(slug)), here),
        ):
            at = _evening(read, sheet.journal_path(home, slug), skill(week, len(slugs)), random, at)
            if again:
                _evening(read, sheet.journal_path(home, slug), 1.0, Random(seed), at + timedelta(hours=1))


def _evening(read: Sheet, journal: Path, skill: float, random: Random, at: datetime) -> datetime:
    for name, asked in read.asked.items():
        at += timedelta(minutes=2)
        key = read.graded[name].key if name in read.graded else asked.key
        if isinstance(asked.item, Fill):
            answer = dict.fromkeys(asked.item.fields, "Somebody, by telephone.")
        else:
            answer = simulate.answer(asked.item, key, skill, random)
            answer = answer or [next(iter(asked.item.options))]  # of a choice of several a guess may be none
        answers.record(journal, asked.item, answer, at=lambda at=at: at)
    return at
