"""Ratings of the alliance, session by session, put in words: what can be read off a chart, and nothing that can't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from alliancelab.dialogue import FEATURES

TOLD = 12  # points: a line that moves by so many from one form to the next is told where the picture can't be seen


@dataclass(frozen=True)
class Rated:
    """One session's ratings, 0 to 100 each; None where no form was filled in."""

    session: int
    bond: int | None
    goals: int | None
    tasks: int | None

    @property
    def values(self) -> tuple[int | None, ...]:
        """Bond, goals and tasks, in this order."""
        return (self.bond, self.goals, self.tasks)

    @property
    def mean(self) -> float | None:
        """The mean of the three; None where one is missing.

        >>> Rated(1, 70, 66, 62).mean
        66.0
        """
        given = [value for value in self.values if value is not None]
        return sum(given) / len(given) if len(given) == len(FEATURES) else None


def session_in_words(rated: Sequence[Rated], place: int) -> str:
    """The numbers of the session at `place` (from 0), and what changed since the last form before it.

    Whether a change is beyond noise is not said; that is for the reader.

    >>> five, six = Rated(5, 71, 69, 71), Rated(6, 48, 70, 71)
    >>> session_in_words([five, six], 1)
    'Session 6: bond 48, goals 70, tasks 71; mean 63. Since session 5: bond fell by 23, goals rose by 1, tasks stayed.'
    >>> session_in_words([five, Rated(6, None, None, None)], 1)
    'Session 6: no form.'
    """
    here = rated[place]
    if here.mean is None:
        return f"Session {here.session}: no form."
    numbers = ", ".join(f"{feature} {getattr(here, feature)}" for feature in FEATURES)
    said = f"Session {here.session}: {numbers}; mean {here.mean:.0f}."
    before = next((one for one in reversed(rated[:place]) if one.mean is not None), None)
    if before is None:
        return f"{said} The first form."
    changes = ", ".join(_moved(f, getattr(here, f) - getattr(before, f)) for f in FEATURES)
    return f"{said} Since session {before.session}: {changes}."


def in_words(title: str, rated: Sequence[Rated], reliable: int | None = None) -> str:
    """A chart of ratings for those who do not see it: from where to where, each large step, the blanks, the band.

    >>> in_words("Ada (simulated)", [Rated(1, 71, 69, 71), Rated(2, 48, 70, 71)]).split(". ")[-1]
    'At session 2 bond falls from 71 to 48.'
    """
    given = [one for one in rated if one.mean is not None]
    said = [f"{title}."]
    if given:
        first, last = given[0], given[-1]
        told = ", ".join(f"{f} from {getattr(first, f)} to {getattr(last, f)}" for f in FEATURES)
        said.append(f"From session {first.session} to session {last.session}: {told}.")
    for before, after in pairwise(given):
        steps = {f: getattr(after, f) - getattr(before, f) for f in FEATURES}
        for verb, way in (("fall", -1), ("rise", 1)):
            if moved := [f for f in FEATURES if way * steps[f] >= TOLD]:
                span, *more = (f"from {getattr(before, f)} to {getattr(after, f)}" for f in moved)
                verb_said = f"{verb}s" if moved[0] == "bond" else verb  # goals and tasks are many
                told = [f"{moved[0]} {verb_said} {span}", *(f"{f} {n}" for f, n in zip(moved[1:], more, strict=True))]
                said.append(f"At session {after.session} {', '.join(told)}.")
    if blank := [str(one.session) for one in rated if one.mean is None]:
        said.append(f"No form in session {', '.join(blank)}.")
    if reliable is not None:
        said.append(f"The band shows a difference of up to {reliable} from the mean of session 1.")
    return " ".join(said)


def table(rated: Sequence[Rated]) -> tuple[tuple[str, ...], ...]:
    """The numbers as rows of text, a heading row first; a blank form says "blank".

    >>> table([Rated(1, 70, 66, 62), Rated(2, None, None, None)])[1:]
    (('1', '70', '66', '62', '66'), ('2', 'blank', 'blank', 'blank', 'blank'))
    """
    rows = [("Session", *FEATURES, "mean")]
    for one in rated:
        numbers = [*one.values, one.mean]
        rows.append((str(one.session), *("blank" if n is None else f"{n:.0f}" for n in numbers)))
    return tuple(rows)


def _moved(feature: str, by: int) -> str:
    return f"{feature} {'fell' if by < 0 else 'rose'} by {abs(by)}" if by else f"{feature} stayed"
