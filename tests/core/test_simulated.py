"""Simulated ratings: the same seed gives the same series, each shape is what it is called, and every picture has its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliancelab import plots, simulated
from alliancelab.dialogue import FEATURES, Alliance
from alliancelab.errors import AllianceLabError

seeds = st.integers(0, 10_000)


def mean(one: simulated.Rated) -> float:
    """The mean of the three ratings of a session."""
    return sum(getattr(one, feature) for feature in FEATURES) / 3


@given(st.sampled_from(list(simulated.SHAPES)), st.integers(1, 40), seeds, st.integers(1, 40))
def test_every_series_is_whole_and_always_the_same(shape: str, sessions: int, seed: int, at: int) -> None:
    """As many sessions as asked for, numbered, each rating from 0 to 100 or the whole form blank; twice the same."""
    rated = simulated.series(shape, sessions, seed, at)
    assert [one.session for one in rated] == list(range(1, sessions + 1))
    for one in rated:
        values = [getattr(one, feature) for feature in FEATURES]
        assert values == [None] * 3 or all(type(v) is int and 0 <= v <= 100 for v in values)
    assert rated == simulated.series(shape, sessions, seed, at)


@given(seeds)
def test_the_shapes_are_what_they_are_called(seed: int) -> None:
    """A drop stays down, a rupture that is repaired comes back, a rise rises, blanks are not at the ends, the top is the top."""
    drop = simulated.series("unrepaired drop", 12, seed, at=6)
    assert min(map(mean, drop[:5])) > max(map(mean, drop[5:])) + 10
    back = simulated.series("rupture and repair", 12, seed, at=6)
    assert mean(back[5]) < min(mean(one) for one in back if one.session != 6)
    assert mean(back[8]) > mean(back[5]) + 15
    rise = simulated.series("rising", 12, seed)
    assert mean(rise[11]) > mean(rise[0]) + 20
    assert max(abs(mean(a) - mean(b)) for a in simulated.series("stable", 12, seed) for b in (drop[0],)) < 15
    holes = simulated.series("missing sessions", 12, seed)
    assert holes[0].bond is not None
    assert holes[11].bond is not None
    assert {mean(one) for one in simulated.series("ceiling", 12, seed)} == {100}


def test_an_unknown_shape_is_told_with_those_there_are() -> None:
    """Somebody who writes another shape is told which there are."""
    with pytest.raises(AllianceLabError, match="there is no shape 'wavy'; the shapes are: stable, rising"):
        simulated.series("wavy", 4, 1)


def test_a_picture_of_ratings_says_what_it_shows() -> None:
    """The text alternative names each large step, the blank sessions and the band; the numbers stand in rows."""
    drop = plots.ratings("Ada (simulated)", simulated.series("unrepaired drop", 8, seed=1, at=6), reliable=12)
    assert drop.png.startswith(b"\x89PNG")
    assert drop.alt == (
        "Ada (simulated). From session 1 to session 8: bond from 70 to 47, goals from 70 to 43, tasks from 66 to 37. "
        "At session 6 bond falls from 70 to 47, goals from 71 to 46, tasks from 66 to 45. "
        "The band shows a difference of up to 12 from the mean of session 1."
    )
    assert drop.rows[0] == ("Session", "bond", "goals", "tasks", "mean")
    assert len(drop.rows) == 9
    holes = plots.ratings("Ada (simulated)", simulated.series("missing sessions", 12, 6))
    assert "No form in session 5, 6, 8." in holes.alt
    assert holes.rows[5] == ("5", "blank", "blank", "blank", "blank")


def test_a_picture_of_sessions_counts_from_the_beginning() -> None:
    """The alliance before the first session is 0; each session adds a row."""
    made = plots.sessions("Eight sessions", [Alliance(40, 40, 40), Alliance(52, 44, 41)], "After 1 session: more.")
    assert made.alt == "Eight sessions. After 1 session: more."
    assert made.rows == (("After session", "bond", "goals", "tasks"), ("0", "40", "40", "40"), ("1", "52", "44", "41"))
