"""Somebody who does not read earns little: over all graded dialogues and choices, and in the hard dialogues."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest
from making import ada

from alliancelab import catalogue, guessing, sheet
from alliancelab.errors import ContentError
from alliancelab.items import Choose, Talk
from alliancelab.play import replay


def test_those_who_do_not_read_stay_below_half() -> None:
    """Always the first, always the longest, any one: each earns less than half of the points on average."""
    rows = guessing.table()
    assert len(rows) >= 40
    for way in ("first", "longest", "random"):
        earned = mean(getattr(row, way) for row in rows)
        print(f"{way}: {earned:.2f} of the points over {len(rows)} graded dialogues and choices")
        assert earned < 0.5, way


def test_greed_does_not_win_all_the_hard_dialogues() -> None:
    """Always taking the reply with the best next change of the alliance wins less than half of the hard dialogues."""
    endings = guessing.greedy_endings()
    won = [name for name, end in endings.items() if end in ("repaired", "deepened")]
    print("\n".join(f"{name}: {end}" for name, end in endings.items()))
    assert len(endings) >= 8
    assert len(won) < len(endings) / 2, won


@pytest.mark.parametrize(
    ("pick", "path"), [(guessing.first, ["heard"]), (guessing.longest, ["told", "heard"]), (guessing.greedy, ["heard"])]
)
def test_each_way_of_guessing_picks_as_it_says(pick: guessing.Pick, path: list[str]) -> None:
    """In a small dialogue the ways are seen by eye."""
    dialogue = ada()
    found = guessing.played(dialogue, pick)
    assert found == path
    assert replay(dialogue, found).end == "deepened"


def test_a_choice_of_several_is_guessed_with_one() -> None:
    """Where several apply, a guess is one of them, and earns its share."""
    item = Choose("who", "Who?", {"a": "Short.", "b": "A longer one.", "c": "The longest of them."}, several=True)
    key = {"right": ["a", "c"], "why": {"a": "A.", "b": "B.", "c": "C."}}
    assert guessing.earned(item, key, guessing.first) == 0.5
    assert guessing.earned(item, key, guessing.longest) == 0.5
    assert 0 < mean(guessing.earned(item, key, guessing.random(seed)) for seed in range(100)) < 0.5
    talk = Talk("ada", ada())
    assert (
        guessing.earned(talk, {"endings": {"deepened": 1}, "why": {"deepened": "x", "lost": "y"}}, guessing.first) == 1
    )


def _right_options() -> list[tuple[float, float]]:
    """For every question with one right option: its place and its rank in length, each from 0 (first, shortest) to 1."""
    found = []
    for module in catalogue.modules():
        read = sheet.read(catalogue.exercise_source(module))
        keyed = [(read.items[name], graded.key) for name, graded in read.graded.items()]
        keyed += [(practice.item, practice.key) for practice in catalogue.practice(module).values()]
        for item, key in keyed:
            if isinstance(item, Choose) and not item.several:
                slugs = list(item.options)
                right = max(key["credit"], key=key["credit"].get)
                shorter = sum(len(text) < len(item.options[right]) for text in item.options.values())
                found.append((slugs.index(right) / (len(slugs) - 1), shorter / (len(slugs) - 1)))
    return found


def _best_replies() -> list[tuple[float, float]]:
    """The same for every scene of a dialogue in which one reply is better than all the others."""
    found = []
    for name in catalogue.dialogue_names():
        for scene in catalogue.dialogue(name).scenes:
            paid = [guessing.pays(choice) for choice in scene.choices]
            if len(paid) > 1 and paid.count(max(paid)) == 1:
                best = scene.choices[paid.index(max(paid))]
                shorter = sum(len(choice.says) < len(best.says) for choice in scene.choices)
                found.append((paid.index(max(paid)) / (len(paid) - 1), shorter / (len(paid) - 1)))
    return found


@pytest.mark.parametrize("of", [_right_options, _best_replies], ids=["items", "dialogues"])
def test_the_best_is_not_known_by_its_place_or_its_length(of) -> None:
    """Over the curriculum the best stands first, last and between, and is shortest, longest and between, about equally often."""
    found = of()
    assert len(found) > 60
    for what, values in (("place", [place for place, _ in found]), ("length", [length for _, length in found])):
        lowest = sum(value == 0 for value in values) / len(values)
        highest = sum(value == 1 for value in values) / len(values)
        print(f"{what}: {lowest:.0%} at the lower end, {highest:.0%} at the upper end, of {len(values)}")
        assert 0.1 < lowest < 0.45, what
        assert 0.1 < highest < 0.45, what


def test_nothing_is_guessed_in_an_exercise_that_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that cannot be used is a fault with its place, and not a crash."""
    source = catalogue.exercise_source("rapport")
    broken = tmp_path / "rapport.ipynb"
    broken.write_text(source.read_text("utf-8").replace('\\"credit\\"', '\\"credits\\"', 1), encoding="utf-8")
    monkeypatch.setattr(catalogue, "exercise_source", lambda module: broken if module == "rapport" else None)
    with pytest.raises(ContentError, match="the key has no 'credit'; add it"):
        guessing.table()
