"""Figures: drawn on labelled Axes, told apart without colour, the same each time, with words that come from the data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alliancelab import plots
from alliancelab.dialogue import FEATURES, Alliance
from alliancelab.ratings import Rated, in_words
from alliancelab.simulated import series

RATED = series("one line falls", 7, seed=1029, at=4)
COMPARED = [("Warmth", 9, 6, 5, 7), ("Clear goals", 4, 4, 3, 5), ("Repair", 2, 7, 6, 8), ("Pace", None, 5, 4, 6)]
MONDAY = date(2026, 3, 2)
WEEKS = [
    (MONDAY + timedelta(weeks=week), skill, 0.3 + 0.1 * week + 0.05 * number, 6)
    for number, skill in enumerate(("affirmation", "repair", "naming the goal"))
    for week in (0, 1, 3)
]
PEOPLE = {"ann": {"rapport": 0.5, "stages": float("nan")}, "bo": {"rapport": 1.0, "stages": 0.25}}
REACHED = [
    ("Hours in all", 1.6, "160 h of 100 h", True, False),
    ("Direct hours", 0.999, "39 h 59 min of 40 h", False, False),
    ("First to last day", 0.5, "12 months of at most 24 months", True, True),
    ("Weeks in all", 1.5, "36 months of at most 24 months", False, True),
]
FIGURES: dict[str, tuple[Callable[..., Any], Callable[..., plots.Picture], tuple[Any, ...]]] = {
    "ratings": (plots.ratings_axes, plots.ratings, ("Ada (simulated)", RATED, 12)),
    "against_key": (plots.against_key_axes, plots.against_key, (COMPARED, "Session three")),
    "over_weeks": (plots.over_weeks_axes, plots.over_weeks, (WEEKS, "Your practice")),
    "people": (plots.people_by_modules_axes, plots.people_by_modules, (PEOPLE, {("ann", "rapport")})),
    "requirements": (plots.requirements_axes, plots.requirements, (REACHED, "Riverside, first $placement")),
    "group": (plots.group_axes, plots.group, ({"ann": {"a": 1}, "bo": {"a": 2}}, {"a": 2})),
}


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_is_axes_and_a_picture_of_them(name: str) -> None:
    """The Axes carry a title and words on both sides; the picture is the same each time and has its words."""
    on_axes, as_picture, arguments = FIGURES[name]
    axes = on_axes(*arguments)
    assert axes.get_title()
    assert axes.get_xlabel() or [tick.get_text() for tick in axes.get_xticklabels()]
    assert axes.get_ylabel() or [tick.get_text() for tick in axes.get_yticklabels()]
    first, again = as_picture(*arguments), as_picture(*arguments)
    assert first == again
    assert first.png.startswith(b"\x89PNG")
    assert len(first.alt) > 40


def test_the_figure_of_sessions_is_axes_too() -> None:
    """The alliance over the sessions of a series begins at 0."""
    axes = plots.sessions_axes("Two hours", [Alliance(40, 40, 40), Alliance(52, 44, 41)])
    assert list(axes.lines[0].get_xdata()) == [0, 1]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Session", "Rating (0 to 100)")


@pytest.mark.parametrize("name", ["ratings", "over_weeks"])
def test_lines_are_told_apart_without_their_colours(name: str) -> None:
    """No two lines share a marker, a dash or a colour."""
    on_axes, _, arguments = FIGURES[name]
    lines = [line for line in on_axes(*arguments).lines if line.get_marker() not in ("None", "", None)]
    assert len(lines) == 3
    for of in ("get_color", "get_marker"):
        assert len({getattr(line, of)() for line in lines}) == 3
    assert len({str(style) for _, _, style in plots.STYLES}) == len(plots.STYLES)
    assert len({marker for _, marker, _ in plots.STYLES}) == len(plots.STYLES)


def test_the_band_lies_around_the_first_session() -> None:
    """The reliable-change band is as wide as it says, and its mean line is there."""
    labels = plots.ratings_axes("Ada (simulated)", RATED, 12).get_legend_handles_labels()[1]
    assert labels == ["within 12 of session 1", "mean of the three", *FEATURES]
    assert "band" not in plots.ratings("Ada (simulated)", RATED).alt


def test_one_line_that_falls_is_said_by_itself() -> None:
    """The words name the line that falls and no other."""
    words = plots.ratings("Ada (simulated)", RATED, 12).alt
    assert "At session 4 goals fall from 69 to 47. The band" in words
    assert "bond fall" not in words


def test_against_the_key_the_direction_is_said_and_shown() -> None:
    """Who is higher, lower, within or silent is told in words, in rows, and by the form of the point."""
    made = plots.against_key(COMPARED, "Session three")
    assert made.alt == (
        "Session three. 1 of 4 within the spread of the key. Higher than the key: Warmth (9; key 6, from 5 to 7). "
        "Lower than the key: Repair (2; key 7, from 6 to 8). Nothing given: Pace."
    )
    assert [row[-1] for row in made.rows[1:]] == [
        "higher than the key",
        "within the spread",
        "lower than the key",
        "nothing given",
    ]
    points = [line for line in plots.against_key_axes(COMPARED, "x").lines if line.get_marker() in ("o", ">", "<")]
    assert {line.get_marker(): list(line.get_xdata()) for line in points} == {">": [9], "o": [4], "<": [2]}


def test_practice_over_weeks_keeps_its_gaps() -> None:
    """A week without practice is a longer way; each skill is told from its first to its last week."""
    axes = plots.over_weeks_axes(WEEKS, "Your practice")
    days = list(axes.lines[0].get_xdata())
    assert [day - days[0] for day in days] == [0, 7, 21]
    made = plots.over_weeks(WEEKS, "Your practice")
    assert (
        "affirmation: from 0.30 in the week of 2 March 2026 to 0.60 in the week of 23 March 2026; 3 weeks, 18 answers."
        in made.alt
    )
    assert made.rows[1] == ("2026-03-02", "affirmation", "0.30", "6")


def test_requirements_are_told_apart_without_their_colours() -> None:
    """What is met is full, what is missing hatched, a limit narrow, and crossed where it is passed; words say each."""
    axes = plots.requirements_axes(REACHED, "Riverside")
    bars = [(bar.get_y() + bar.get_height() / 2, bar.get_height(), bar.get_hatch()) for bar in axes.patches]
    assert [(round(y), hatch) for y, _, hatch in bars] == [(0, None), (1, None), (1, "////"), (2, None), (3, "xx")]
    heights = [height for _, height, _ in bars]
    assert max(heights[3:]) < min(heights[:3]) / 2
    ends = [round(bar.get_x() + bar.get_width(), 6) for bar in axes.patches]
    assert ends == [1.25, 0.999, 1, 0.5, 1.25]
    assert [text.get_text().splitlines()[1] for text in axes.texts] == ["met", "not met", "met", "not met"]


def test_requirements_in_words_are_those_of_the_data() -> None:
    """What is not all of it is never told as 100 per cent."""
    made = plots.requirements(REACHED, "Riverside")
    assert made.alt == (
        "Riverside. 2 of 4 requirements met. "
        "Not met: Direct hours (39 h 59 min of 40 h, 99%); Weeks in all (36 months of at most 24 months, 150%). "
        "Met: Hours in all (160 h of 100 h, 160%); First to last day (12 months of at most 24 months, 50%)."
    )
    assert made.rows[2] == ("Direct hours", "39 h 59 min of 40 h", "99%", "not met")


EMPTY = [plots.against_key([], "Nothing"), plots.over_weeks([], "Nothing"), plots.requirements([], "Nothing")]


@pytest.mark.parametrize("made", EMPTY)
def test_a_figure_of_nothing_says_so(made: plots.Picture) -> None:
    """Before the first answer there is an empty figure with words, and no failure."""
    assert made.alt.startswith("Nothing. ")
    assert len(made.rows) == 1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=90), st.integers(0, 10)), max_size=8))
def test_any_label_can_stand_beside_a_key(labels: list[tuple[str, int]]) -> None:
    """Whatever a question is called, it is drawn as text and told as it is."""
    rows = [(label, given, 5, 4, 6) for label, given in labels]
    made = plots.against_key(rows, "Session $three")
    assert made.png.startswith(b"\x89PNG")
    assert [row[0] for row in made.rows[1:]] == [label for label, _ in labels]


ratings = st.none() | st.tuples(*[st.integers(0, 100)] * 3)


@given(st.lists(ratings, min_size=1, max_size=12))
@example([(50, 50, 50), (50, 38, 62)])
@example([(50, 50, 50), None, (50, 39, 61)])
def test_the_words_of_a_chart_hold_for_any_ratings(given_: list[tuple[int, int, int] | None]) -> None:
    """Each large step, each blank and both ends are in the words, with their numbers; nothing else is claimed."""
    rated = [Rated(n, *(values or (None, None, None))) for n, values in enumerate(given_, start=1)]
    words = in_words("Any", rated, 12)
    blanks = [str(one.session) for one in rated if one.mean is None]
    assert (f"No form in session {', '.join(blanks)}." in words) == bool(blanks)
    whole = [one for one in rated if one.mean is not None]
    for before, after in pairwise(whole):
        steps = [abs(b - a) for a, b in zip(before.values, after.values, strict=True)]
        assert (f"At session {after.session} " in words) == (max(steps) >= 12)
