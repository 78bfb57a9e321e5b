"""Playing a dialogue: a pure replay of a path."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import ada, answers_to, dialogues

from alliancelab import catalogue
from alliancelab.dialogue import FEATURES, OUTCOMES, Alliance, Change
from alliancelab.items import Talk
from alliancelab.play import PathError, path_to, replay

PLAYS = {
    f"{path.name.removesuffix('.plays.toml')}-{number}": (path.name.removesuffix(".plays.toml"), play)
    for path in sorted((catalogue.CONTENT / "dialogues").glob("*.plays.toml"))
    for number, play in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["play"], start=1)
}

alliances = st.builds(Alliance, *[st.integers(0, 100)] * 3)
changes = st.builds(Change, *[st.integers(-15, 15)] * 3)


@given(alliances, changes)
def test_the_alliance_stays_within_its_scale(alliance: Alliance, change: Change) -> None:
    """Each feature is what it was plus the change, never under 0 and never over 100."""
    after = alliance.after(change)
    for feature in FEATURES:
        wanted = getattr(alliance, feature) + getattr(change, feature)
        assert getattr(after, feature) == sorted((0, wanted, 100))[1]


def test_clamping_happens_after_every_turn() -> None:
    """What went over the top is lost: 98 + 5 - 6 is 94."""
    assert Alliance(98, 3, 50).after(Change(bond=5, goals=-4)).after(Change(bond=-6, goals=1)) == Alliance(94, 1, 50)


@given(st.data())
def test_replaying_is_pure(data: st.DataObject) -> None:
    """The same path gives the same transcript, which tells its path; each turn follows from the one before."""
    dialogue = data.draw(dialogues())
    path = data.draw(answers_to(Talk("made", dialogue)))
    run = replay(dialogue, path)
    assert run == replay(dialogue, path)
    assert list(run.path) == path
    now = dialogue.alliance
    for turn, name in zip(run.turns, path, strict=True):
        now = now.after(turn.choice.change)
        assert (turn.scene.name, turn.alliance) == (name, now)
    assert run.end == run.here.end


@given(dialogues())
def test_every_outcome_there_is_can_be_reached(dialogue: object) -> None:
    """`path_to` finds a path to every kind of ending in a dialogue, and none to the others."""
    for outcome in OUTCOMES:
        path = path_to(dialogue, [outcome])
        if any(scene.end == outcome for scene in dialogue.scenes):
            assert replay(dialogue, path).end == outcome
        else:
            assert path is None


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (["shouted"], "step 1: 'shouted' is no reply in the scene 'opening'; choose one of: heard, told"),
        (["told", "told"], "step 2: 'told' is no reply in the scene 'told'; choose one of: heard, outside"),
        (
            ["heard", "told"],
            "step 2: 'told' is no reply in the scene 'heard'; choose one of: nothing, the conversation has ended here",
        ),
        ([7], "step 1: 7 is no reply in the scene 'opening'; choose one of: heard, told"),
        ("heard", "step 1: 'h' is no reply in the scene 'opening'; choose one of: heard, told"),
    ],
)
def test_a_path_that_is_none_is_told_with_what_could_be_chosen(path: object, told: str) -> None:
    """A wrong step names itself, where it was taken, and the replies there are."""
    with pytest.raises(PathError) as caught:
        replay(ada(), path)
    assert str(caught.value) == told


def test_an_empty_path_is_the_beginning() -> None:
    """Before the first reply the conversation is in its opening, with the alliance it begins with."""
    run = replay(ada(), [])
    assert (run.here.name, run.end, run.alliance) == ("opening", None, Alliance(50, 50, 50))
    assert str(run).endswith("[bond 50, goals 50, tasks 50; not ended yet]")


@pytest.mark.parametrize("name", PLAYS)
def test_shipped_plays_play_as_they_say(name: str) -> None:
    """Each transcript that ships with a dialogue ends as it says, with the alliance that it says."""
    dialogue, play = PLAYS[name]
    run = replay(catalogue.dialogue(dialogue), play["path"])
    assert (run.end, run.alliance) == (play["end"], Alliance(**play["alliance"]))
    for turn in run.turns:
        assert f"You: {turn.choice.says}" in str(run)


def test_every_shipped_dialogue_has_a_play_for_each_of_its_outcomes() -> None:
    """No dialogue ships without having been played to each kind of ending it has."""
    for name in catalogue.dialogue_names():
        there = {scene.end for scene in catalogue.dialogue(name).scenes if scene.end}
        assert there == {play["end"] for dialogue, play in PLAYS.values() if dialogue == name}, name
