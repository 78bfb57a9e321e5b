"""Simulated alliance ratings, session by session: no real client stands behind any of them.

Wherever they are shown, they are called simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from alliancelab.dialogue import FEATURES
from alliancelab.errors import AllianceLabError
from alliancelab.ratings import Rated

NOISE = 3  # points on the scale of 0 to 100 by which a rating strays up or down from one session to the next
MOST_SESSIONS = 60  # more than a picture shows
SPREAD = {"bond": 4, "goals": 0, "tasks": -4}  # how the three lie to one another in people who are alike in the rest


def _stable(session: int, sessions: int, at: int) -> float:
    """The same level throughout."""
    return 64


def _rising(session: int, sessions: int, at: int) -> float:
    """From 48 in the first session to 82 in the last, in equal steps."""
    return 48 + 34 * (session - 1) / max(1, sessions - 1)


def _repaired(session: int, sessions: int, at: int) -> float:
    """A V: 24 points down in one session, most of it back in the next, and a little higher than before afterwards."""
    return 66 - 24 * (session == at) - 8 * (session == at + 1) + 6 * (session > at + 1)


def _dropped(session: int, sessions: int, at: int) -> float:
    """22 points down in one session, and a little lower in each one after it."""
    return 68 - _fall(session, at)


def _held(session: int, sessions: int, at: int) -> float:
    """The level of the lines that hold while one falls."""
    return 70


def _ceiling(session: int, sessions: int, at: int) -> float:
    """So far above the end of the line that every cross stands at 100."""
    return 120


def _fall(session: int, at: int) -> float:
    return (22 + 1.5 * (session - at)) * (session >= at)


SHAPES: dict[str, Callable[[int, int, int], float]] = {
    "stable": _stable,
    "rising": _rising,
    "rupture and repair": _repaired,
    "unrepaired drop": _dropped,
    "one line falls": _held,
    "missing sessions": _rising,
    "ceiling": _ceiling,
}
LAST_AT = {"rupture and repair": 2, "unrepaired drop": 0, "one line falls": 0}  # sessions there must be after `at`


def series(shape: str, sessions: int, seed: int, at: int = 6, line: str = "goals") -> tuple[Rated, ...]:
    """Ratings of `sessions` sessions in one of the `SHAPES`; the same arguments always give the same ratings.

    Each shape gives the three lines a level for each session. The bond lies 4 points above it and the tasks 4 below, and
    every cross strays by up to 3 points. `at` is the session of the rupture or of the drop. In "one line falls" that is
    `line`, as in "unrepaired drop", while the others hold. In "missing sessions" about every third form is blank, the
    first and the last never. Raises `AllianceLabError` for a shape or a line that there is not.

    >>> [rated.bond for rated in series("unrepaired drop", 8, seed=1, at=6)]
    [70, 72, 70, 74, 70, 47, 47, 47]
    >>> [rated.values for rated in series("one line falls", 3, seed=1, at=3, line="tasks")]
    [(72, 72, 68), (74, 70, 67), (72, 67, 46)]
    >>> [rated.bond for rated in series("ceiling", 4, seed=1)]
    [100, 100, 100, 100]
    """
    if shape not in SHAPES:
        raise AllianceLabError(f"there is no shape '{shape}'; the shapes are: {', '.join(SHAPES)}")
    if line not in FEATURES:
        raise AllianceLabError(f"there is no line '{line}'; the lines are: {', '.join(FEATURES)}")
    chance = Random(seed)
    rated = []
    for session in range(1, sessions + 1):
        levels = dict.fromkeys(FEATURES, SHAPES[shape](session, sessions, at))
        if shape == "one line falls":
            levels[line] -= _fall(session, at)
        values = [_within(levels[f] + SPREAD[f] + chance.uniform(-NOISE, NOISE)) for f in FEATURES]
        blank = chance.random() < 0.35 and 1 < session < sessions
        if shape == "missing sessions" and blank:
            rated.append(Rated(session, None, None, None))
        else:
            rated.append(Rated(session, *values))
    return tuple(rated)


def of_chart(chart: Mapping[str, Any]) -> dict[str, Any]:
    """What a figure of ratings needs, from a table of `content/charts.toml`: title, ratings, the reliable change."""
    rated = series(chart["shape"], chart["sessions"], chart["seed"], chart.get("at", 6), chart.get("line", "goals"))
    return {"title": chart["title"], "rated": rated, "reliable": chart.get("reliable")}


def _within(value: float) -> int:
    return max(0, min(100, round(value)))
