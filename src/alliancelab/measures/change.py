"""Change in a series of ratings: whether it is more than noise, where it fell, and whether it came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import stdev

from alliancelab.errors import AllianceLabError
from alliancelab.measures.quantiles import Z95
from alliancelab.measures.scoring import is_missing, is_number

Ratings = Sequence[float | None]

UP, DOWN, CANNOT_TELL = "reliably up", "reliably down", "can't tell"


@dataclass(frozen=True)
class ReliableChange:
    """A change in points, how many standard errors of a difference it is, the points it takes, and what may be said."""

    points: float
    index: float
    needed: float
    verdict: str


@dataclass(frozen=True)
class Drop:
    """A fall from one rated session to the next: the two sessions, numbered from 1, and by how many points."""

    since: int
    session: int
    points: float


@dataclass(frozen=True)
class Rupture:
    """A sequence of rupture and, perhaps, repair: the last session before the fall, the lowest, and the first that is back.

    `points` is how far it fell; `repaired` is None where it has not come back.
    """

    since: int
    lowest: int
    points: float
    repaired: int | None


def reliable_change(before: float, after: float, sd: float, reliability: float) -> ReliableChange:
    """Whether a change is larger than nearly all that noise alone would make.

    index = (after - before) / (sd * sqrt(2) * sqrt(1 - reliability)); reliable beyond 1.96 either way. `sd` is the
    standard deviation of the ratings before treatment in a group, `reliability` that of the form, from 0 to below 1.
    Jacobson & Truax (1991), 10.1037/0022-006X.59.1.12.

    Raises `AllianceLabError` for a standard deviation or reliability that cannot be one.

    The example of the lesson: standard deviation 10, reliability 0.84.

    >>> change = reliable_change(81, 66, sd=10, reliability=0.84)
    >>> round(change.index, 2), round(change.needed, 1), change.verdict
    (-2.65, 11.1, 'reliably down')
    >>> reliable_change(66, 70, sd=10, reliability=0.84).verdict
    "can't tell"
    """
    for name, value in (("before", before), ("after", after), ("sd", sd), ("reliability", reliability)):
        if not is_number(value):
            raise AllianceLabError(f"{name} is no number; write one, not {value!r}")
    if sd <= 0:
        raise AllianceLabError(f"a standard deviation is above 0, not {sd:g}; take it from the form's manual")
    if not 0 <= reliability < 1:
        raise AllianceLabError(
            f"a reliability is from 0 to below 1, not {reliability:g}; take it from the form's manual"
        )
    error = sd * sqrt(2) * sqrt(1 - reliability)
    points = after - before
    index = points / error
    verdict = UP if index > Z95 else DOWN if index < -Z95 else CANNOT_TELL
    return ReliableChange(points, index, Z95 * error, verdict)


def drop(ratings: Ratings, more_than: float = 0) -> tuple[Drop, ...]:
    """The falls from one rated session to the next of more than so many points, in order.

    A session without a rating (None) is passed over: it is neither low nor a fall. With `more_than` set to
    `reliable_change(...).needed` only reliable drops are left.

    Raises `AllianceLabError` for what is no rating.

    >>> drop([71, 70, None, 48, 60], more_than=12)
    (Drop(since=2, session=4, points=22),)
    """
    rated = _rated(ratings)
    return tuple(
        Drop(since, session, before - after)
        for (since, before), (session, after) in pairwise(rated)
        if before - after > more_than
    )


def ruptures(
    ratings: Ratings, threshold: float = 2, group_sd: float | None = None, regained: float = 0.5
) -> tuple[Rupture, ...]:
    """Rupture-and-repair sequences by the size of the fall: where the ratings went down, over one session or several in a
    row, by more than `threshold` standard deviations.

    Which standard deviation: this client's own over the sessions or, where `group_sd` gives that of a group of clients, the
    larger of the two, so that small waves in a quiet course and waves as large as ever in a restless one are not
    counted. Thresholds of two (strict) and of one (less strict) are both in use. Gumz, Brähler, Geyer & Erices
    (2012), 10.1186/1471-2288-12-10, propose this; they compare the criteria of Stiles et al. (2004),
    10.1037/0022-006X.72.1.81, and of Strauss et al. (2006).

    Read for this: the abstract of Gumz et al. and the part of their discussion on thresholds and standard deviations.
    It is not their whole algorithm, nor that of Stiles et al. or of a control chart. That a sequence counts as
    repaired in the first session that has regained half of the fall (`regained`), is a choice of ours.
    A fall in the marks is a place to ask; whether there was a rupture, the two who were there can say.

    Fewer than three ratings, or ratings that never differ, hold no sequence. Raises `AllianceLabError` for what is no rating and for a
    threshold or share that cannot be one.

    >>> ruptures([70, 71, 72, 48, 51, 69, 71, 70], threshold=2)
    (Rupture(since=3, lowest=4, points=24, repaired=6),)
    >>> ruptures([70, 71, 72, 60, 48, 49, 50, 48], threshold=2)
    (Rupture(since=3, lowest=5, points=24, repaired=None),)
    >>> ruptures([70, 71, 69, 70, 72], threshold=2, group_sd=10)
    ()
    """
    if not is_number(threshold) or threshold <= 0:
        raise AllianceLabError(
            f"a threshold is a number of standard deviations above 0, not {threshold!r}; write 1 or 2"
        )
    if not is_number(regained) or not 0 < regained <= 1:
        raise AllianceLabError(
            f"regained is a share above 0 and up to 1, not {regained!r}; write 0.5 for half of the fall"
        )
    if group_sd is not None and (not is_number(group_sd) or group_sd <= 0):
        raise AllianceLabError(f"the group's standard deviation is a number above 0, not {group_sd!r}; or leave it out")
    rated = _rated(ratings)
    if len(rated) < 3:
        return ()
    needed = threshold * max(stdev(value for _, value in rated), group_sd or 0)
    found, place = [], 0
    while place < len(rated) - 1:
        bottom = place
        while bottom + 1 < len(rated) and rated[bottom + 1][1] < rated[bottom][1]:
            bottom += 1
        (since, top), (lowest, low) = rated[place], rated[bottom]
        if needed > 0 and top - low > needed:
            back = low + regained * (top - low)
            repaired = next((session for session, value in rated[bottom + 1 :] if value >= back), None)
            found.append(Rupture(since, lowest, top - low, repaired))
        place = max(bottom, place + 1)
    return tuple(found)


def _rated(ratings: Ratings) -> list[tuple[int, float]]:
    """The sessions that were rated, numbered from 1."""
    for session, value in enumerate(ratings, start=1):
        if not is_missing(value) and not is_number(value):
            raise AllianceLabError(f"session {session} is rated {value!r}; write a number, or None where there is none")
    return [(session, value) for session, value in enumerate(ratings, start=1) if not is_missing(value)]
