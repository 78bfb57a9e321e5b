"""Simulated ratings: the same seed gives the same series, each shape is what it is called, and every picture has its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliancelab import catalogue, plots, simulated
from alliancelab.dialogue import FEATURES, Alliance
from alliancelab.errors import AllianceLabError
from alliancelab.ratings import Rated, session_in_words

seeds = st.integers(0, 10_000)
RELIABLE = 12  # points of the mean, on the teaching scale


def mean(one: simulated.Rated) -> float:
    """The mean of the three ratings of a session."""
    assert one.mean is not None
    return one.mean


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


@given(st.integers(5, 40), seeds, st.data())
def test_a_v_is_lowest_at_its_rupture_and_comes_back(sessions: int, seed: int, data: st.DataObject) -> None:
    """The lowest mean is that of the rupture, reliably below the form before it, and the last is not reliably below the first."""
    at = data.draw(st.integers(2, sessions - simulated.LAST_AT["rupture and repair"]))
    rated = simulated.series("rupture and repair", sessions, seed, at)
    assert min(rated, key=mean).session == at
    assert mean(rated[at - 2]) - mean(rated[at - 1]) > RELIABLE
    assert mean(rated[-1]) >= mean(rated[0]) - RELIABLE


@given(st.integers(2, 40), seeds, st.data())
def test_an_unrepaired_drop_stays_reliably_down(sessions: int, seed: int, data: st.DataObject) -> None:
    """From the drop on every mean is reliably below every one before it."""
    at = data.draw(st.integers(2, sessions))
    rated = simulated.series("unrepaired drop", sessions, seed, at)
    assert min(map(mean, rated[: at - 1])) - max(map(mean, rated[at - 1 :])) > RELIABLE


@given(st.integers(2, 40), seeds, st.sampled_from(FEATURES), st.data())
def test_one_line_falls_by_itself(sessions: int, seed: int, line: str, data: st.DataObject) -> None:
    """The named line falls and stays down; of the others none moves by more than twice the noise; a stable series neither."""
    at = data.draw(st.integers(2, sessions))
    rated = simulated.series("one line falls", sessions, seed, at, line)
    stable = simulated.series("stable", sessions, seed, at)
    for feature in FEATURES:
        values = [getattr(one, feature) for one in rated]
        if feature == line:
            assert min(values[: at - 1]) - max(values[at - 1 :]) >= 15
        else:
            assert max(values) - min(values) <= 2 * simulated.NOISE
        still = [getattr(one, feature) for one in stable]
        assert max(still) - min(still) <= 2 * simulated.NOISE


@given(st.integers(3, 40), seeds)
def test_blanks_leave_both_ends(sessions: int, seed: int) -> None:
    """A form is blank as a whole, never the first or the last, and the others rise as they would without blanks."""
    holes = simulated.series("missing sessions", sessions, seed)
    assert None not in (*holes[0].values, *holes[-1].values)
    assert all(
        one == whole
        for one, whole in zip(holes, simulated.series("rising", sessions, seed), strict=True)
        if one.mean is not None
    )


CHARTS = {
    "reggie-six": "74 70 64, 69 69 64, 71 70 63, 73 67 64, 70 68 66, 52 47 44",
    "stefan-nine": "66 63 58, 68 65 59, 66 66 59, 65 61 60, 70 66 60, 69 64 59, 65 65 57, 69 65 61, 70 67 63",
    "jorunn-nine": "71 67 64, 71 69 59, 73 67 64, 70 64 62, 43 40 37, 64 56 56, 77 70 65, 74 70 71, 75 75 68",
    "rostam-eight": "67 65 61, 66 62 58, 69 62 60, 67 64 62, 65 63 58, 70 66 62, 71 66 59, 68 66 60",
    "noor-seven": "50 46 43, 55 53 52, 65 58 56, 67 63 59, 77 73 68, 79 77 74, 88 80 79",
    "bronwen-ten": "68 69 60, 68 64 65, 71 66 62, 68 68 60, 67 65 61, 45 40 37, 59 59 53, 75 73 68, 78 72 66, 79 72 66",
    "graca-first-eight": "50 50 46, 57 53 50, 59 55 56, 68 60 58, 70 70 66, 73 73 71, 79 77 70, 86 82 76",
    "every-third-week": "50 48 42, 55 51 47, -, 61 58 54, 68 65 60, -, 77 69 64, 81 74 70, -, 88 82 75",
    "matthias-eleven": "53 47 41, 53 49 46, 61 57 54, 64 59 57, -, 70 63 62, 72 66 66, -, -, -, 88 82 78",
    "kemal-twelve": "70 69 65, 70 70 66, 72 66 61, 73 65 66, 70 65 67, 74 69 61, 50 44 45, 46 46 38, 47 43 38, 44 39 40, "
    "46 38 39, 44 40 35",
    "dolores-six": ", ".join(["100 100 100"] * 6),
    "vusi-seven": "75 71 66, 74 72 68, 73 69 68, 73 47 67, 74 49 69, 72 46 69, 71 41 68",
}


def test_the_numbers_that_keys_and_lessons_speak_of_stay() -> None:
    """Each chart has the ratings that the texts beside it were written for, and says in its title that it is simulated."""
    for name, chart in catalogue.charts().items():
        made = simulated.of_chart(chart)
        rows = ("-" if one.mean is None else " ".join(map(str, one.values)) for one in made["rated"])
        assert (name, ", ".join(rows)) == (name, CHARTS[name])
        assert "simulated" in made["title"]


def test_what_is_read_off_a_session_compares_it_with_the_last_form() -> None:
    """A blank session is said to be one, and the session after it is compared with the form before."""
    rated = [Rated(1, 60, 60, 60), Rated(2, None, None, None), Rated(3, 37, 61, 60)]
    assert [session_in_words(rated, place) for place in range(3)] == [
        "Session 1: bond 60, goals 60, tasks 60; mean 60. The first form.",
        "Session 2: no form.",
        "Session 3: bond 37, goals 61, tasks 60; mean 53. Since session 1: bond fell by 23, goals rose by 1, tasks stayed.",
    ]


def test_an_unknown_line_is_told_with_those_there_are() -> None:
    """Somebody who writes another line is told which there are."""
    with pytest.raises(AllianceLabError, match="there is no line 'trust'; the lines are: bond, goals, tasks"):
        simulated.series("one line falls", 4, 1, line="trust")


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
