"""How close a trainee is to the key: what counts, what the figures are, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import answers_to, codes, keyed_items, rates

from alliancelab import answers, calibration, catalogue, checking, marking, sheet
from alliancelab.answers import Entry, Reading
from alliancelab.items import Code, Item, Rate
from alliancelab.measures import cohen_kappa

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
LABELS = {"restatement": "Restatement", "reflection": "Reflection", "advice": "Advice", "silence": "Silence"}
NEAR = {"restatement": "reflection", "reflection": "restatement"}
MOVES = Code(
    "moves",
    "Label each reply.",
    [("You", "One.", "one"), ("You", "Two.", "two"), ("You", "Three.", "three"), ("You", "Four.", "four")],
    LABELS,
)
MOVES_KEY = {
    "labels": {"one": "restatement", "two": "advice", "three": "silence", "four": "reflection"},
    "also": {"two": {"silence": 0.5}, "three": {"advice": 1}},
    "why": {"one": "His words.", "two": "A remedy.", "three": "Left on purpose.", "four": "What it means."},
}
THREE = Rate("three-numbers", "How much of each?", {"bond": "Bond", "goals": "Goals", "tasks": "Tasks"})
THREE_KEY = {
    "ratings": {"bond": 3, "goals": 7, "tasks": 9},
    "within": 1,
    "why": {"bond": "Politeness.", "goals": "Both said it.", "tasks": "Done, with a reason."},
}


def reading(*lines: tuple[Item, Any, datetime]) -> Reading:
    """A journal that holds these answers."""
    return Reading(tuple(Entry(at.isoformat(), item.name, item.kind, answer) for item, answer, at in lines))


def judged(*lines: tuple[Item, Any, datetime], first: bool = False) -> list[calibration.Judged]:
    """What counts of these answers to the two items above."""
    return calibration.judged([(MOVES, MOVES_KEY), (THREE, THREE_KEY)], reading(*lines), NEAR, first)


def right(item: Item, key: Mapping[str, Any]) -> Any:
    """The answer that stands in the key."""
    return marking.model_answer(item, key)


@pytest.fixture(scope="module")
def everything() -> list[calibration.Keyed]:
    """Every coding and rating of the course, lessons and exercises, with its key."""
    found = []
    for module in catalogue.modules():
        for path in (catalogue.lesson(module), catalogue.exercise_source(module)):
            found += checking.keyed_in(sheet.read(path))
    return found


# -- what counts ------------------------------------------------------------------------------------------------------


def test_an_item_counts_once_it_is_answered_whole():
    """Until every part has an answer nothing is counted; what was corrected before that counts as corrected."""
    part = {"bond": 9}
    slip = {"bond": 3, "goals": 7}
    assert judged((THREE, part, MONDAY)) == []
    assert calibration.begun([MOVES, THREE], reading((THREE, part, MONDAY))) == 1
    found = judged((THREE, part, MONDAY), (THREE, slip, MONDAY), (THREE, {**slip, "tasks": 9}, MONDAY))
    assert [one.given for one in found] == [3, 7, 9]
    assert calibration.begun([THREE], reading((THREE, {**slip, "tasks": 9}, MONDAY))) == 0


def test_what_is_changed_after_a_look_at_the_key_does_not_count():
    """The first whole answer stands for a week; an answer given then or later is a new try, and the first stays the first."""
    wrong, now = dict.fromkeys(THREE.aspects, 5), right(THREE, THREE_KEY)
    soon, later = MONDAY + timedelta(days=6), MONDAY + timedelta(days=7)
    assert [one.given for one in judged((THREE, wrong, MONDAY), (THREE, now, soon))] == [5, 5, 5]
    lines = (THREE, wrong, MONDAY), (THREE, now, later)
    assert [one.given for one in judged(*lines)] == [3, 7, 9]
    assert [one.given for one in judged(*lines, first=True)] == [5, 5, 5]


def test_numbers_that_the_arrow_keys_pass_over_are_no_answer():
    """Who goes from 0 to 9 by keyboard has answered 9: answers within seconds of each other are one; a later one is not."""
    start = {"bond": 3, "goals": 7}
    passed = [(THREE, start | {"tasks": n}, MONDAY + timedelta(seconds=2 * n)) for n in range(10)]
    later = (THREE, start | {"tasks": 2}, MONDAY + timedelta(seconds=60))
    soon = (THREE, start | {"tasks": 1}, MONDAY + timedelta(seconds=61))
    assert [one.given for one in judged(*passed, later, soon)] == [3, 7, 9]
    assert judged(*passed)[0].at == MONDAY


def test_an_answer_that_cannot_be_one_is_passed_over():
    """A damaged line of a journal, or one of another kind, is no try and stops nothing."""
    bad = Entry(MONDAY.isoformat(), "three-numbers", "rate", {"bond": 99, "goals": 1, "tasks": 1})
    other = Entry(MONDAY.isoformat(), "three-numbers", "code", {"bond": "x"})
    good = Entry(MONDAY.isoformat(), "three-numbers", "rate", right(THREE, THREE_KEY))
    found = calibration.judged([(THREE, THREE_KEY)], Reading((bad, other, good)))
    assert [one.given for one in found] == [3, 7, 9]


def test_labels_that_the_key_accepts_count_as_the_keys_own():
    """One of a near pair, and one with full credit, agree with the key; one with half credit does not."""
    found = judged((MOVES, {"one": "reflection", "two": "silence", "three": "advice", "four": "reflection"}, MONDAY))
    assert [one.given == one.wanted for one in found] == [True, False, True, True]
    assert [one.share for one in found] == [1, 0.5, 1, 1]
    assert calibration.of(found).codings.value < 1


def test_differences_stand_from_the_largest_with_direction_and_reason():
    """First what earned nothing and lies furthest off, each with both answers, the direction and what to listen for."""
    answer = {"bond": 9, "goals": 9, "tasks": 8}
    found = calibration.of(judged((THREE, answer, MONDAY), (MOVES, dict.fromkeys(MOVES.utterances, "advice"), MONDAY)))
    told = [(one.part, one.yours, one.keys, one.direction, one.why) for one in found.differences]
    assert told[0] == ("bond", "9", "3", "you 6 higher than the key", "Politeness.")
    assert told[-1] == ("goals", "9", "7", "you 2 higher than the key", "Both said it.")  # one step outside: half
    assert ("one", "Advice", "Restatement", "you heard Advice; the key hears Restatement", "His words.") in told
    assert "tasks" not in [part for part, *_ in told]  # within the key's one step
    assert calibration.habits(found) == ["You heard “Advice” 2 times where the key hears something else."]


def test_a_panels_spread_is_no_distance():
    """Inside the spread a rating is compared with itself, outside with the nearest end of it."""
    key = {
        "ratings": THREE_KEY["ratings"],
        "spread": {"bond": [2, 6], "goals": [7, 7], "tasks": [6, 10]},
        "why": THREE_KEY["why"],
    }
    found = calibration.judged([(THREE, key)], reading((THREE, {"bond": 5, "goals": 9, "tasks": 4}, MONDAY)))
    assert [one.step for one in found] == [0, 2, -2]
    assert [one.share for one in found] == [1, 0, 0]
    assert found[0].keys == "3 (panel 2 to 6)"


# -- the figures ------------------------------------------------------------------------------------------------------


@given(keyed_items(rates | codes), st.data())
def test_who_answers_as_the_key_does_has_an_agreement_of_one(keyed, data):
    """Whatever the item and its key: nothing differs, and each figure is 1, or says why there is none."""
    item, key = keyed
    told = calibration.of(calibration.judged([keyed], reading((item, right(item, key), MONDAY))))
    assert told.differences == ()
    for figure in (told.codings, told.ratings, told.order):
        assert figure.value == pytest.approx(1) if figure.value is not None else figure.note
    assert told.bias.value in (0, None)


@given(keyed_items(rates | codes), st.data())
def test_every_figure_is_a_number_in_its_range_or_has_a_reason(keyed, data):
    """No answer gives a figure outside -1 to 1, one outside its own interval, or none without a reason."""
    item, key = keyed
    told = calibration.of(calibration.judged([keyed], reading((item, data.draw(answers_to(item)), MONDAY))))
    for figure in (told.codings, told.ratings, told.order):
        if figure.value is None:
            assert figure.note
            continue
        assert figure.value <= 1 + 1e-9
        if figure.low is not None:
            assert figure.low - 1e-9 <= figure.value <= figure.high + 1e-9
    assert not any("nan" in said for said in calibration.in_words(told))


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("abc"), st.sampled_from("abc"))), st.randoms())
def test_neither_the_order_of_cases_nor_who_is_named_first_matters_to_kappa(coded, chance):
    """Kappa and its interval stay the same when utterances are shuffled and when the two coders change places."""
    shuffled = [(scheme, other, one) for scheme, one, other in coded]
    chance.shuffle(shuffled)
    told, again = calibration.kappa(coded), calibration.kappa(shuffled)
    for end in ("value", "low", "high"):
        one, other = getattr(told, end), getattr(again, end)
        assert one == other or one == pytest.approx(other)
    assert (told.n, told.note) == (again.n, again.note)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2))
def test_with_one_set_of_labels_kappa_is_cohens(pairs):
    """The value is that of `measures.cohen_kappa`; only the interval is another."""
    one, other = zip(*pairs, strict=True)
    expected = cohen_kappa(one, other).value
    told = calibration.kappa([("A", *pair) for pair in pairs]).value
    assert told == pytest.approx(expected) if expected is not None else told is None


def test_full_agreement_on_few_utterances_is_not_passed_off_as_certain():
    """With six labels right of six the interval is wide, and narrows with more."""
    few, many = (calibration.kappa([("A", label, label) for label in "aabbcc" * times]) for times in (1, 10))
    assert few.value == many.value == 1
    assert few.low < 0.5 < many.low


def test_the_mean_difference_has_students_interval():
    """As in the table of t: with eight differences, 2.365 standard errors on either side."""
    told = calibration.mean_difference([1, 2, 0, 1, 2, 3, 1, 2])
    assert told.high - told.value == pytest.approx(2.365 * 0.926 / 8**0.5, abs=0.002)
    assert calibration.mean_difference([1, 2, 3]).low is None


def trainee(keyed: Iterable[calibration.Keyed], skill: float, chance: Random) -> dict[str, Any]:
    """Answers of somebody who hears a part as the key does with the probability `skill`, and otherwise guesses."""
    given = {}
    for item, key in keyed:
        wanted = right(item, key)
        guess = list(item.labels) if isinstance(item, Code) else range(item.scale[0], item.scale[1] + 1)
        given[item.name] = {p: v if chance.random() < skill else chance.choice(guess) for p, v in wanted.items()}
    return given


def test_one_who_guesses_is_near_nothing_with_the_interval_around_it(everything):
    """Over many guessers on all codings and ratings the figures lie around 0, and nineteen of twenty intervals hold it.

    Different sets of labels are no help: taken as one set, as they must not be, guesses would look like agreement.
    """
    rounds, figures = 60, {"codings": [], "ratings": []}
    pot = []
    for seed in range(rounds):
        made = trainee(everything, 0, Random(seed))
        lines = [(item, made[item.name], MONDAY) for item, _ in everything]
        told = calibration.of(calibration.judged(everything, reading(*lines), catalogue.near_moves()))
        for kind, found in figures.items():
            found.append(getattr(told, kind))
        coded = [(one.given, one.wanted) for one in told.judged if one.kind == "coding"]
        pot.append(cohen_kappa(*zip(*coded, strict=True)).value)
    for kind, found in figures.items():
        assert abs(sum(one.value for one in found) / rounds) < 0.05, kind
        assert sum(one.low <= 0 <= one.high for one in found) >= 0.9 * rounds, kind
    assert sum(pot) / rounds > 0.1


def test_a_trainee_whose_skill_grows_is_seen_to_rise_and_one_who_guesses_is_not(everything):
    """Over eight weeks of other items each, the line of the first climbs from end to end, that of the second stays about 0."""
    of_kind = [[keyed for keyed in everything if isinstance(keyed[0], kind)] for kind in (Code, Rate)]
    weekly = [[keyed for items in of_kind for keyed in items[week::8]] for week in range(8)]

    def line(skills: list[float], seed: int) -> dict[str, list[float]]:
        chance = Random(seed)
        lines = [
            (item, trainee([(item, key)], skill, chance)[item.name], MONDAY + timedelta(weeks=week))
            for week, (keyed, skill) in enumerate(zip(weekly, skills, strict=True))
            for item, key in keyed
        ]
        weeks = calibration.weeks(calibration.judged(everything, reading(*lines), catalogue.near_moves(), first=True))
        assert [week.monday for week in weeks] == [date(2026, 3, 2) + timedelta(weeks=n) for n in range(8)]
        return {kind: [week.calibration.of(kind).value for week in weeks] for kind in calibration.KINDS}

    for seed in range(5):
        grows = line([0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.9, 1], seed)
        guesses = line([0] * 8, seed)
        for kind in calibration.KINDS:
            early, late = sum(grows[kind][:3]) / 3, sum(grows[kind][-3:]) / 3
            assert late - early > 0.35, (kind, grows[kind])
            assert abs(sum(guesses[kind]) / 8) < 0.25, (kind, guesses[kind])
            assert abs(sum(guesses[kind][-3:]) - sum(guesses[kind][:3])) / 3 < 0.35


# -- in words ---------------------------------------------------------------------------------------------------------


def test_the_words_claim_no_more_than_few_answers_bear():
    """Few ratings are called far too few, a leaning that could be chance is called so, and its direction is named."""
    told = calibration.of(judged((THREE, {"bond": 6, "goals": 9, "tasks": 9}, MONDAY)))
    said = " ".join(calibration.in_words(told))
    assert "3 ratings: far too few for a firm figure" in said
    assert "On average you rate 1.67 higher than the key, from 0 to 10; 3 ratings are too few to say more." in said
    found = [one for one in told.judged for _ in range(2)]
    assert "1.67 higher than the key" in " ".join(calibration.in_words(calibration.of(found)))
    doubtful = calibration.of(
        [
            *judged((THREE, {"bond": 6, "goals": 7, "tasks": 9}, MONDAY)),
            *judged((THREE, {"bond": 3, "goals": 5, "tasks": 9}, MONDAY)),
        ]
    )
    assert "no leaning that could be told from chance" in " ".join(calibration.in_words(doubtful))


def test_one_impression_rated_three_times_is_named():
    """Numbers that lie close together where the key's do not are said to; numbers as far apart as the key's are not."""
    close = calibration.of(judged((THREE, {"bond": 6, "goals": 7, "tasks": 7}, MONDAY)))
    assert calibration.one_impression(close) == [
        "Within one task your numbers lie 1 apart, the key’s 6: perhaps one impression, rated several times."
    ]
    assert calibration.one_impression(calibration.of(judged((THREE, right(THREE, THREE_KEY), MONDAY)))) == []


def test_nothing_is_said_of_nothing():
    """Without an answer there is no sentence, and no figure without a reason."""
    told = calibration.of([])
    assert calibration.in_words(told) == []
    assert (told.codings.note, told.ratings.note) == ("nothing has been coded yet", "nothing has been rated yet")


def test_a_level_is_judged_on_enough_and_says_where_it_could_go_either_way():
    """Too few codings are "not enough yet"; then the figure decides, and an interval across the level is named."""
    assert calibration.reached({}, calibration.of([])) == []
    few = judged((MOVES, right(MOVES, MOVES_KEY), MONDAY))
    [standing] = calibration.reached({"coding": 0.6}, calibration.of(few))
    assert (standing.state, "Not enough yet: 4 of the 20 it takes." in standing.said) == ("not enough yet", True)
    [standing] = calibration.reached({"coding": 0.6}, calibration.of(few * 10))
    assert standing.state == "yes"
    assert "either" not in standing.said
    assert "other way" not in standing.said
    mixed = judged((MOVES, {"one": "advice", "two": "advice", "three": "silence", "four": "reflection"}, MONDAY))
    [standing] = calibration.reached({"coding": 0.7}, calibration.of(mixed * 6))
    assert standing.state == "no"
    assert "another day could have gone the other way" in standing.said
    assert "after 7 days" in standing.said


# -- in a folder ------------------------------------------------------------------------------------------------------


def test_a_lesson_and_its_exercise_are_taken_together(tmp_path: Path):
    """The lesson's answers count, and the exercise's where it lies in the folder and the keys are at hand."""
    tasks = checking.tasks("rapport", tmp_path)
    assert [task.journal.name for task in tasks] == ["rapport.answers.jsonl"]
    exercise = tmp_path / "exercises" / "rapport"
    exercise.mkdir(parents=True)
    tasks = checking.tasks("rapport", tmp_path)
    assert len(tasks) == 2
    for task in tasks:
        for item, key in task.keyed:
            answers.record(task.journal, item, right(item, key), at=lambda: MONDAY)
    told = calibration.of(checking.judged(tasks))
    assert (told.number_of("coding"), told.number_of("rating")) == (21, 11)
    assert told.codings.value == 1
    assert checking.practised(tmp_path) == tasks


def test_without_keys_nothing_of_an_exercise_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the sources are not at hand only the lesson is calibrated, and checking an exercise says nothing of it."""
    exercise = tmp_path / "exercises" / "rapport"
    exercise.mkdir(parents=True)
    monkeypatch.setattr(catalogue, "exercise_source", lambda module: None)
    assert [task.journal.parent for task in checking.tasks("rapport", tmp_path)] == [tmp_path]
    released = sheet.Sheet(
        "x", "exercise", "rapport", {"moves": sheet.Asked(MOVES, "c")}, {"moves": sheet.Graded("moves", "c", 1, "t")}
    )
    assert checking.closeness(released, reading((MOVES, right(MOVES, MOVES_KEY), MONDAY))) == []


@given(keyed_items(rates), st.data())
def test_a_rating_inside_the_spread_is_never_marked_wrong(keyed, data):
    """Whatever spread a panel has, each whole number in it earns full credit, and one step outside earns half."""
    item, old = keyed
    low, high = item.scale
    ends = {aspect: sorted((data.draw(st.integers(low, high)), old["ratings"][aspect])) for aspect in item.aspects}
    key = {"ratings": old["ratings"], "spread": ends, "why": old["why"]}
    answer = {aspect: data.draw(st.integers(*ends[aspect])) for aspect in item.aspects}
    result = marking.mark(item, key, answer, 1)
    assert result.status == marking.RIGHT
    assert all(remark.share == 1 for remark in result.remarks)
    outside = {aspect: high + 1 for aspect, (_, high) in ends.items() if high < item.scale[1]}
    shares = [remark.share for remark in marking.mark(item, key, answer | outside, 1).remarks]
    assert shares == [0.5 if aspect in outside else 1 for aspect in item.aspects]


@given(keyed_items(rates), st.data())
def test_a_spread_as_narrow_as_within_marks_the_same(keyed, data):
    """A spread written out from `within` gives every answer the points that `within` gives it."""
    item, key = keyed
    spread = {aspect: list(marking.span(key, aspect)) for aspect in item.aspects}
    answer = data.draw(answers_to(item))
    same = marking.mark(item, {"ratings": key["ratings"], "spread": spread, "why": key["why"]}, answer, 3)
    assert same.points == marking.mark(item, key, answer, 3).points
