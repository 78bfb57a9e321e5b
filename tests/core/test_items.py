"""The kinds of question: what counts as an answer, and what is wrong with a question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import ada, all_items, answers_to, json_values, keyed_items

from alliancelab.items import (
    MOST_CHARACTERS,
    MOST_STEPS,
    Choose,
    Code,
    Fill,
    Find,
    ItemError,
    NotAnAnswer,
    Order,
    Rate,
    Talk,
    Write,
    is_blank,
    plain_text,
)
from alliancelab.marking import model_answer

WHO = {"nobody": "Nobody.", "her-mother": "Her mother.", "the-team": "The team."}
ONE = Choose("who", "Who may be told?", WHO)
SEVERAL = Choose("who", "Who may be told?", WHO, several=True)
IN_ORDER = Order("first", "What comes first?", WHO)
RATED = Rate("warmth", "How warm?", {"voice": "The voice", "words": "The words"})
CODED = Code(
    "moves", "Which move?", [("Ada", "Hm."), ("You", "And?", "and")], {"silence": "Silence", "advice": "Advice"}
)
WRITTEN = Write("diary", "What would you say?")
TALK = Talk("ada", ada())


@given(keyed_items())
def test_the_model_answer_is_an_answer(pair: tuple) -> None:
    """Every item takes the answer that its own key makes, as it stands."""
    item, key = pair
    answer = model_answer(item, key)
    assert item.clean(answer) == (answer if not isinstance(item, Choose) else [s for s in item.options if s in answer])
    assert not is_blank(item, answer) or item.kind == "dialogue"


@given(st.data())
def test_an_answer_given_is_kept_as_given(data: st.DataObject) -> None:
    """What a trainee can click is taken, survives the journal's JSON, and cleaning it again changes nothing."""
    item = data.draw(all_items)
    given_answer = data.draw(answers_to(item))
    answer = item.clean(given_answer)
    assert item.clean(json.loads(json.dumps(answer))) == answer
    if not isinstance(item, Write | Fill):
        assert sorted(answer) == sorted(given_answer)


def _near(item: Any) -> st.SearchStrategy:
    """JSON made of an item's own words, which comes closer to an answer than any other."""
    parts = ("options", "steps", "aspects", "utterances", "labels")
    own = st.sampled_from(["other", *(slug for part in parts for slug in getattr(item, part, ()))])
    values = own | st.integers(-3, 3) | st.none() | st.booleans() | st.floats() | st.lists(own, max_size=2)
    return st.lists(values, max_size=4) | st.dictionaries(own, values, max_size=4)


@given(st.data())
def test_any_json_is_cleaned_or_refused(data: st.DataObject) -> None:
    """Whatever JSON comes, it is cleaned to an answer that stays as it is, or refused in a sentence; never thrown."""
    item = data.draw(all_items)
    value = data.draw(json_values | _near(item))
    try:
        answer = item.clean(value)
    except NotAnAnswer as error:
        told = str(error)
        assert 10 < len(told) < 400
    else:
        assert item.clean(answer) == answer
        assert isinstance(is_blank(item, answer), bool)


@given(st.text())
def test_plain_text_is_clean(text: str) -> None:
    """Kept words hold no control characters but line ends and tabs, and can be written as UTF-8."""
    kept = plain_text(text)
    assert plain_text(kept) == kept
    assert all(c in "\n\t" or c.isprintable() or ord(c) > 0x9F for c in kept)
    kept.encode("utf-8")
    assert plain_text("a\r\nb\rc\nd") == "a\nb\nc\nd"


@pytest.mark.parametrize(
    ("item", "value", "told"),
    [
        (ONE, ["nobody", "the-team"], "'who' takes one option, and 2 were chosen"),
        (ONE, ["his-mother"], "'his-mother' is not among the options"),
        (ONE, "nobody", "a list of options was expected, not 'nobody'"),
        (SEVERAL, ["nobody", "nobody"], "one of the options stands twice"),
        (IN_ORDER, ["nobody"], "'first' has 3 steps, and 1 were put in order"),
        (RATED, {"voice": 11}, "'warmth' takes whole numbers from 0 to 10, not 11 for 'voice'"),
        (RATED, {"voice": True}, "'warmth' takes whole numbers from 0 to 10, not True for 'voice'"),
        (RATED, {"voice": float("nan")}, "'warmth' takes whole numbers from 0 to 10, not nan for 'voice'"),
        (RATED, {"face": 1}, "'warmth' has no aspect 'face'"),
        (RATED, [1, 2], "'warmth' takes a number for each aspect, not a list"),
        (CODED, {"or": "silence"}, "'moves' has no utterance 'or'"),
        (CODED, {"and": "repair"}, "'moves' has no label 'repair'"),
        (CODED, {"and": ["silence"]}, "'moves' has no label a list"),
        (CODED, None, "'moves' takes a label for each utterance, not None"),
        (WRITTEN, 5, "'diary' takes words, not 5"),
        (
            WRITTEN,
            "x" * (MOST_CHARACTERS + 1),
            "'diary' takes at most 50,000 characters, and this text has 50,001",
        ),
        (TALK, ["outside"], "'ada' has no reply to 'outside' there"),
        (TALK, ["heard", "told"], "'ada' has no reply to 'told' there"),
        (TALK, [3], "'ada' takes a path of scenes, not a list"),
        (TALK, ["told"] * (MOST_STEPS + 1), "'ada' takes a path of at most 500 scenes, not 501"),
    ],
)
def test_what_is_no_answer_is_refused_in_a_sentence(item: Any, value: object, told: str) -> None:
    """A value of the wrong kind is refused with what the item takes and what came."""
    with pytest.raises(NotAnAnswer) as caught:
        item.clean(value)
    assert str(caught.value) == told


def test_the_chosen_stand_in_shown_order() -> None:
    """The order of clicking is no part of an answer."""
    assert SEVERAL.clean(["the-team", "nobody"]) == ["nobody", "the-team"]
    assert RATED.clean({"words": 2, "voice": 1}) == {"voice": 1, "words": 2}


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Choose("a b", "Who?", WHO), "'a b' cannot name an item; use letters, digits, hyphens, underscores"),
        (
            lambda: Choose(["who"], "Who?", WHO),
            "['who'] cannot name an item; use letters, digits, hyphens, underscores",
        ),
        (lambda: Choose("who", " ", WHO), "'who' asks nothing; write the question behind the name"),
        (
            lambda: Choose("who", "Who?", {"nobody": "Nobody."}),
            "'who' needs at least 2 options, each a slug and its text",
        ),
        (lambda: Choose("who", "Who?", ["a", "b"]), "'who' needs at least 2 options, each a slug and its text"),
        (
            lambda: Choose("who", "Who?", {"a b": "c", "d": "e"}),
            "'who': 'a b' is no slug; use letters, digits, hyphens",
        ),
        (lambda: Choose("who", "Who?", {"a": "", "d": "e"}), "'who': 'a' has no text; write it"),
        (
            lambda: Choose("who", "Who?", WHO, several="yes"),
            "'who': several is not a yes or no; write several=True, or leave it out",
        ),
        (lambda: Order("o", "?", {"a": "b", "c": "d"}), "'o' needs at least 3 steps, each a slug and its text"),
        (
            lambda: Rate("r", "?", {"a": "b"}, scale=(10, 0)),
            "'r': the scale is not two whole numbers; write scale=(0, 10)",
        ),
        (
            lambda: Rate("r", "?", {"a": "b"}, ends=("low",)),
            "'r': the ends are not two texts; write ends=('not at all', 'completely')",
        ),
        (
            lambda: Code("c", "?", ["Ada: Hm."], {"a": "b", "c": "d"}),
            "'c': a line of the exchange is (who, words) or (who, words, slug)",
        ),
        (
            lambda: Code("c", "?", [("You", "A", "x"), ("You", "B", "x")], {"a": "b", "c": "d"}),
            "'c': two lines of the exchange have one slug; rename one",
        ),
        (
            lambda: Code("c", "?", [("You", "A")], {"a": "b", "c": "d"}),
            "'c' needs at least 1 utterances, each a slug and its text",
        ),
        (
            lambda: Find("f", "?", chart="reggie six", sessions=6),
            "'f': the chart has no name; write chart= and the name of one in charts.toml",
        ),
        (
            lambda: Find("f", "?", chart="reggie-six", sessions=61),
            "'f': sessions is not a number from 2 to 60; write how many the chart has",
        ),
        (
            lambda: Write("w", "?", words=(300, 120)),
            "'w': the length is not two whole numbers; write words=(120, 300)",
        ),
    ],
)
def test_a_question_put_together_wrongly_says_what_to_write(make: Any, told: str) -> None:
    """An author's mistake in a question is told with what to write instead."""
    with pytest.raises(ItemError) as caught:
        make()
    assert str(caught.value) == told


@given(all_items)
def test_nothing_and_nothing_yet_are_blank(item: Any) -> None:
    """No answer, and an answer that holds nothing, say nothing yet."""
    empty = {"write": "", "rate": {}, "code": {}, "fill": {}}.get(item.kind, [])
    assert is_blank(item, None)
    assert is_blank(item, empty)
    if item.kind != "order":
        assert is_blank(item, item.clean(empty))
