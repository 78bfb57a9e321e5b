"""A series: the ending of one session decides the next, and the alliance goes with it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import TWO_SESSIONS, json_values, places, put

from alliancelab import answers, catalogue, series
from alliancelab.dialogue import OUTCOMES
from alliancelab.errors import ContentError
from alliancelab.items import Talk
from alliancelab.play import path_to, replay


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> series.Series:
    """A small series over dialogues that ship."""
    (tmp_path / "two-hours.toml").write_text(TWO_SESSIONS, encoding="utf-8")
    monkeypatch.setattr(series, "FOLDER", tmp_path)
    series.named.cache_clear()
    yield series.named("two-hours")
    series.named.cache_clear()


def keep(journal: Path, name: str, outcome: str) -> None:
    """Play a dialogue to an outcome, the shortest way."""
    path = path_to(catalogue.dialogue(name), [outcome])
    assert path
    answers.append(journal, name, "dialogue", list(path))


def test_nothing_played_yet_is_the_first_session(two: series.Series, tmp_path: Path) -> None:
    """With an empty journal the first session is next, with its own alliance."""
    [only] = series.played(two, answers.read(tmp_path / "x.answers.jsonl"))
    assert (only.session.number, only.run) == (1, None)
    assert only.talk.dialogue.alliance == catalogue.dialogue("tomasz-was-sent").alliance


@pytest.mark.parametrize(
    ("outcome", "follows"), [("deepened", "gordon-has-all-the-answers"), ("lost", "leila-and-her-mother")]
)
def test_the_ending_decides_what_follows_and_the_alliance_goes_with_it(
    two: series.Series, tmp_path: Path, outcome: str, follows: str
) -> None:
    """After each ending comes the dialogue that the file names, beginning with the alliance that was reached."""
    journal = tmp_path / "x.answers.jsonl"
    keep(journal, "tomasz-was-sent", outcome)
    first, second = series.played(two, answers.read(journal))
    assert (second.talk.name, second.run) == (follows, None)
    assert first.run is not None
    assert first.run.end == outcome
    assert second.talk.dialogue.alliance == first.run.alliance


def test_an_earlier_session_played_again_changes_the_later_one(two: series.Series, tmp_path: Path) -> None:
    """The last finished run of a session counts; one that is only begun again changes nothing yet."""
    journal = tmp_path / "x.answers.jsonl"
    keep(journal, "tomasz-was-sent", "deepened")
    keep(journal, "gordon-has-all-the-answers", "held")
    keep(journal, "tomasz-was-sent", "lost")
    answers.append(journal, "tomasz-was-sent", "dialogue", [])
    so_far = series.played(two, answers.read(journal))
    assert [one.talk.name for one in so_far] == ["tomasz-was-sent", "leila-and-her-mother"]
    assert len(series.alliances(so_far)) == 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('title = "Two hours"', "", "has no good `title`"),
        ("number = 1", 'number = "1"', "a session is not whole"),
        ('start = "tomasz-was-sent"', 'start = "leila-and-her-mother"', "which is not a session of number 1"),
        (', lost = "leila-and-her-mother"', "", "'tomasz-was-sent' can end as \"lost\", and `next` does not say"),
        ('held = "gordon', 'held = "gord', "which is not session 2"),
        ("next = {deepened", 'next = {repaired = "leila-and-her-mother", deepened', "never ends as repaired"),
        ('dialogue = "leila-and-her-mother"', 'dialogue = "leila-and-her-mothe"', "there is no dialogue"),
        ('dialogue = "leila-and-her-mother"', 'dialogue = "tomasz-was-sent"', "stands in two sessions"),
        ('held = "gordon-has-all-the-answers"', "held = [3]", "a session is not whole"),
        (
            'lost = "leila-and-her-mother"',
            'lost = "gordon-has-all-the-answers"',
            "no ending leads to 'leila-and-her-mother'",
        ),
        ('dialogue = "leila-and-her-mother"', f'dialogue = "{"a" * 300}"', "there is no dialogue 'aaa"),
    ],
)
def test_what_is_wrong_with_a_series_is_told(
    old: str, new: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each mistake in a series file is told, and the series is refused."""
    assert old in TWO_SESSIONS
    (tmp_path / "broken.toml").write_text(TWO_SESSIONS.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(series, "FOLDER", tmp_path)
    series.named.cache_clear()
    with pytest.raises(ContentError, match=told.replace("(", r"\(")):
        series.named("broken")


TABLES = tomllib.loads(TWO_SESSIONS)


@given(st.sampled_from(places(TABLES)[1:]), json_values)
def test_a_series_with_anything_anywhere_is_told(place: tuple, value: object) -> None:
    """Any value in any place gives messages, or nothing where it does no harm, and nothing else."""
    assert all(isinstance(message, str) for message in series.faults(put(TABLES, place, value)))


def test_an_unknown_series_is_told_with_those_there_are(two: series.Series) -> None:
    """A slip in the name gets the one that comes near."""
    with pytest.raises(catalogue.NotFound, match="there is no series 'two-hour'; did you mean 'two-hours'"):
        series.named("two-hour")


@pytest.mark.parametrize("name", series.names())
def test_every_way_through_a_series_that_ships_is_whole(name: str) -> None:
    """From the first session each kind of ending leads on, up to the last session, and the alliance is carried over."""
    of = series.named(name)
    waiting, seen = [(of.start,)], set()
    while waiting:
        way = waiting.pop()
        session = of.session(way[-1])
        seen.add(way[-1])
        dialogue = catalogue.dialogue(way[-1])
        ends = {scene.end for scene in dialogue.scenes if scene.end}
        assert session.number == len(way)
        for outcome in OUTCOMES:
            if outcome in ends and session.number < of.length:
                waiting.append((*way, session.next[outcome]))
            if outcome in ends:
                path = path_to(dialogue, [outcome])
                assert replay(Talk(way[-1], dialogue).dialogue, path or ()).end == outcome
        assert ends, way
    assert seen == {session.dialogue for session in of.sessions}
