"""Marking: points and reasons from a key and an answer, and what is wrong with a key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from making import (
    ada,
    answers_to,
    choose_several,
    json_values,
    keyed_items,
    marked_items,
    orders,
    writes,
)
from markdown_it import MarkdownIt

from alliancelab import catalogue, keys
from alliancelab.items import Choose, Code, Find, Order, Rate, Talk, Write
from alliancelab.marking import (
    KEPT,
    NOT_ANSWERED,
    NOT_YET,
    PARTLY,
    RIGHT,
    WAITING,
    Result,
    literal,
    mark,
    model_answer,
    number,
)

points = st.integers(0, 400).map(lambda quarter: quarter / 4)

WHO = Choose("who", "Who?", {"nobody": "Nobody.", "her-mother": "Her mother.", "the-team": "The team."})
WHO_KEY = {
    "credit": {"the-team": 1, "nobody": 0.5},
    "why": {"nobody": "Too strict.", "her-mother": "Not agreed.", "the-team": "As agreed."},
    "source": "apa-ethics",
}
ALL = Choose("all", "Which?", {"a": "A.", "b": "B.", "c": "C.", "d": "D."}, several=True)
ALL_KEY = {"right": ["a", "b"], "either": ["d"], "why": {"a": "Yes a.", "b": "Yes b.", "c": "No c.", "d": "Both."}}
FELL = Find("fell", "When did it fall?", chart="reggie-six", sessions=6)
FELL_KEY = {"credit": {"6": 1}, "why": {"6": "By 21.", "other": "Within noise."}}
STEPS = Order("steps", "In what order?", {"c": "C", "a": "A", "b": "B", "d": "D"})
STEPS_KEY = {"order": ["a", ["b", "c"], "d"], "why": "First a."}
WARM = Rate("warm", "How warm?", {"voice": "Voice", "words": "Words"})
SPREAD = {"voice": [2, 4], "words": [8, 10]}
PANEL = {"ratings": {"voice": 3, "words": 8}, "spread": SPREAD, "why": {"voice": "Low.", "words": "High."}}
WARM_KEY = {"ratings": {"voice": 3, "words": 8}, "within": 1, "why": {"voice": "Low.", "words": "High."}}
MOVES = Code(
    "moves",
    "Which?",
    [("Ada", "Hm."), ("You", "And?", "and"), ("You", "You came early.", "early")],
    {
        "open-question": "Open question",
        "closed-question": "Closed question",
        "restatement": "Restatement",
        "advice": "Advice",
    },
)
MOVES_KEY = {
    "labels": {"and": "open-question", "early": "restatement"},
    "also": {"early": {"advice": 0.5}},
    "why": {"and": "It asks.", "early": "It says back."},
}
TALK = Talk("ada", ada())
TALK_KEY = {"endings": {"deepened": 1, "lost": 0.25}, "why": {"deepened": "She told you.", "lost": "She went."}}

# -- promises for every item and key -------------------------------------------------------------------------------


@given(st.data())
def test_points_lie_between_nothing_and_all(data: st.DataObject) -> None:
    """Whatever is answered, the points are from 0 to what the item is worth, and the status says the same."""
    item, key = data.draw(keyed_items())
    out_of = data.draw(points)
    result = mark(item, key, data.draw(answers_to(item) | json_values), out_of)
    assert 0 <= result.points <= out_of
    assert (result.status == RIGHT) <= (result.points == out_of)
    assert (result.status == NOT_ANSWERED) <= (result.points == 0 and not result.remarks)
    assert (result.status == NOT_YET) <= (result.points == 0 and bool(result.remarks))


@given(st.data())
def test_the_model_answer_earns_every_point(data: st.DataObject) -> None:
    """The answer that a key makes earns all points, or else the key is faulty."""
    item, key = data.draw(keyed_items())
    out_of = data.draw(points)
    assume(not isinstance(item, Talk) or model_answer(item, key))
    result = mark(item, key, model_answer(item, key), out_of)
    assert (result.status, result.points) == (RIGHT, out_of)


@given(st.data())
def test_a_blank_is_not_a_wrong_answer(data: st.DataObject) -> None:
    """What nobody answered is "not answered" and never "not yet"."""
    item, key = data.draw(keyed_items())
    for blank in (None, [], {}, "", " \n"):
        result = mark(item, key, blank, 2)
        assert (result.status, repr(result)) == (NOT_ANSWERED, "0")


@given(st.data())
def test_a_results_plain_text_is_the_points(data: st.DataObject) -> None:
    """nbgrader reads a score from the plain text: it is a number, the points to two decimals."""
    item, key = data.draw(keyed_items())
    result = mark(item, key, data.draw(answers_to(item)), data.draw(points))
    assert float(repr(result)) == pytest.approx(result.points, abs=0.005)


@given(st.data())
def test_marking_is_pure(data: st.DataObject) -> None:
    """The same item, key and answer give the same result, and the answer is left as it was."""
    item, key = data.draw(keyed_items())
    answer = data.draw(answers_to(item))
    before = repr((item, key, answer))
    assert mark(item, key, answer, 2) == mark(item, key, answer, 2)
    assert repr((item, key, answer)) == before


@given(st.data())
def test_without_a_key_nothing_is_judged(data: st.DataObject) -> None:
    """Without a key a result says whether there is an answer, earns nothing and remarks nothing."""
    item = data.draw(marked_items)
    result = mark(item, None, data.draw(answers_to(item)), 2)
    assert result.status in (KEPT, NOT_ANSWERED)
    assert (result.points, result.remarks) == (0, ())


@given(writes, st.text())
def test_words_wait_for_a_person(item: Write, text: str) -> None:
    """No machine gives points for words: an answered reflection waits, an unanswered one says so."""
    result = mark(item, None, text, 4)
    assert result.points == 0
    assert result.status in (WAITING, NOT_ANSWERED)
    assert mark(item, None, text + "x", 4).status == WAITING


@given(st.data())
def test_one_more_pair_in_order_never_costs(data: st.DataObject) -> None:
    """Swapping two neighbours into the key's order never lowers the points."""
    item, key = data.draw(keyed_items(orders))
    answer = data.draw(st.permutations(list(item.steps)))
    place = data.draw(st.integers(0, len(answer) - 2))
    right = model_answer(item, key)
    one, two = answer[place : place + 2]
    better = [*answer[:place], two, one, *answer[place + 2 :]] if right.index(two) < right.index(one) else answer
    assert mark(item, key, better, 10).points >= mark(item, key, answer, 10).points


@given(keyed_items(orders))
def test_the_wrong_way_round_earns_nothing(pair: tuple) -> None:
    """The steps in the opposite order earn no point."""
    item, key = pair
    assert mark(item, key, model_answer(item, key)[::-1], 10).points == 0


@given(st.data())
def test_choosing_everything_earns_nothing_extra(data: st.DataObject) -> None:
    """One more wrong option never earns anything, so choosing all of them earns the right ones less the wrong."""
    item, key = data.draw(keyed_items(choose_several))
    answer = data.draw(answers_to(item))
    wrong = [slug for slug in item.options if slug not in key["right"] and slug not in key["either"]]
    for slug in wrong:
        if slug not in answer:
            assert mark(item, key, [*answer, slug], 12).points <= mark(item, key, answer, 12).points
    everything = mark(item, key, list(item.options), 12).points
    assert everything == pytest.approx(12 * max(0, 1 - len(wrong) / len(key["right"])), abs=0.01)


@given(keyed_items())
def test_keys_as_authors_write_them_have_no_faults(pair: tuple) -> None:
    """A key of the right shape passes, but for steps that are shown in the right order already."""
    item, key = pair
    shown = "the steps are shown in the right order already; show them in another"
    assert [fault for fault in keys.faults(item, key) if fault != shown] == []


@given(st.data())
def test_any_value_in_a_keys_place_is_told_and_not_thrown(data: st.DataObject) -> None:
    """Whatever stands where a key should, or in a part of one, `keys.faults` answers in sentences."""
    item, key = data.draw(keyed_items())
    part = data.draw(st.sampled_from([*key, "source", "other"]))
    broken = data.draw(json_values | json_values.map(lambda value: {**key, part: value}))
    for sources in (None, catalogue.sources()):
        faults = keys.faults(item, broken, sources)
        assert all(isinstance(fault, str) for fault in faults)
        if not faults:
            assert mark(item, broken, model_answer(item, broken), 4).status in (RIGHT, NOT_ANSWERED)


# -- feedback --------------------------------------------------------------------------------------------------------

HARMLESS = {"inline", "text", "paragraph_open", "paragraph_close", "strong_open", "strong_close", "softbreak"}


def _kinds(markdown: str) -> set[str]:
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(markdown)
    return {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}


@given(st.text() | st.text(st.sampled_from("<>&[]()!`*_#|~-+=:/.\\\n\"' abcjsxh1")))
def test_stored_answers_cannot_write_markup_into_feedback(words: str) -> None:
    """What stands in a journal is shown as it stands: no link, no image, no tag, no table comes of it."""
    for answer in (words, [words], {words: 1}):
        shown = mark(WHO, WHO_KEY, answer, 2)._repr_markdown_()
        assert _kinds(shown) <= HARMLESS, shown


@pytest.mark.parametrize(
    "words",
    ["[x](javascript:alert(1))", "<script>alert(1)</script>", "![x](https://example.org/x.png)", "$$\\href{x}{y}$$"],
)
def test_known_attacks_are_shown_as_text(words: str) -> None:
    """The words of an attack reach the reader as words."""
    shown = mark(WHO, WHO_KEY, [words], 2)._repr_markdown_()
    assert words not in shown
    assert words[:50] in MarkdownIt("commonmark").render(literal(words)).replace("&lt;", "<").replace("&gt;", ">")
    assert not set("<>[]`$") & set(literal(words))


def test_feedback_reads_as_sentences() -> None:
    """A result shows a headline, the points, each reason with a sign, and the source."""
    assert mark(WHO, WHO_KEY, ["nobody"], 2)._repr_markdown_() == (
        "**Partly.** 1 of 2 points.\n\n- ◐ **Nobody.** Too strict.\n\n"
        "Source: [American Psychological Association (2017)](https://www.apa.org/ethics/code)"
    )
    assert mark(WHO, WHO_KEY, None, 2)._repr_markdown_() == "**Not answered.** 0 of 2 points."
    assert mark(WHO, None, ["nobody"], 2)._repr_markdown_().endswith("check your work.** 2 points.")
    assert mark(WHO, None, ["nobody"], 1)._repr_markdown_().endswith("** 1 point.")


def test_content_with_signs_of_html_is_escaped() -> None:
    """An option's own words are text, too."""
    who = Choose("who", "Who?", {"a": "x < y & <b>z</b>", "b": "B"})
    shown = mark(who, {"credit": {"a": 1}, "why": {"a": "<i>no</i>", "b": "b"}}, ["a"], 1)._repr_markdown_()
    assert "x &lt; y &amp; &lt;b&gt;z&lt;/b&gt;** &lt;i&gt;no&lt;/i&gt;" in shown


# -- examples of every kind ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "key", "answer", "status", "earned"),
    [
        (WHO, WHO_KEY, ["the-team"], RIGHT, 12),
        (WHO, WHO_KEY, ["nobody"], PARTLY, 6),
        (WHO, WHO_KEY, ["her-mother"], NOT_YET, 0),
        (ALL, ALL_KEY, ["a", "b"], RIGHT, 12),
        (ALL, ALL_KEY, ["a", "b", "d"], RIGHT, 12),
        (ALL, ALL_KEY, ["a"], PARTLY, 6),
        (ALL, ALL_KEY, ["a", "b", "c"], PARTLY, 6),
        (ALL, ALL_KEY, ["c"], NOT_YET, 0),
        (ALL, ALL_KEY, ["d"], NOT_YET, 0),
        (FELL, FELL_KEY, ["6"], RIGHT, 12),
        (FELL, FELL_KEY, ["2"], NOT_YET, 0),
        (STEPS, STEPS_KEY, ["a", "b", "c", "d"], RIGHT, 12),
        (STEPS, STEPS_KEY, ["a", "c", "b", "d"], RIGHT, 12),
        (STEPS, STEPS_KEY, ["b", "a", "c", "d"], PARTLY, 7.2),
        (STEPS, STEPS_KEY, ["d", "c", "b", "a"], NOT_YET, 0),
        (WARM, WARM_KEY, {"voice": 4, "words": 7}, RIGHT, 12),
        (WARM, WARM_KEY, {"voice": 5, "words": 8}, PARTLY, 9),
        (WARM, WARM_KEY, {"voice": 3}, PARTLY, 6),
        (WARM, WARM_KEY, {"voice": 6, "words": 0}, NOT_YET, 0),
        (MOVES, MOVES_KEY, {"and": "open-question", "early": "restatement"}, RIGHT, 12),
        (MOVES, MOVES_KEY, {"and": "closed-question", "early": "restatement"}, RIGHT, 12),
        (MOVES, MOVES_KEY, {"and": "open-question", "early": "advice"}, PARTLY, 9),
        (MOVES, MOVES_KEY, {"and": "advice"}, NOT_YET, 0),
        (TALK, TALK_KEY, ["heard"], RIGHT, 12),
        (TALK, TALK_KEY, ["told", "outside"], PARTLY, 3),
    ],
)
def test_each_kind_is_marked_as_its_docstring_says(
    item: Any, key: dict, answer: Any, status: str, earned: float
) -> None:
    """Right, partly right and wrong answers of every kind earn what the key gives."""
    result = mark(item, key, answer, 12, catalogue.near_moves())
    assert (result.status, result.points) == (status, earned)
    assert result.remarks


def test_a_conversation_that_has_not_ended_is_not_answered() -> None:
    """Half a conversation is no answer yet, and says why."""
    result = mark(TALK, TALK_KEY, ["told"], 4)
    assert (result.status, result.note) == (NOT_ANSWERED, "The conversation has not come to an end.")


def test_an_answer_that_cannot_be_one_is_not_answered() -> None:
    """An answer of the wrong kind in a journal earns nothing, and the reason is said."""
    result = mark(WHO, WHO_KEY, {"who": "nobody"}, 2)
    assert result.status == NOT_ANSWERED
    assert result.note == "The answer kept for it cannot be used: a list of options was expected, not a dict."


def test_each_option_chosen_or_missed_has_its_reason() -> None:
    """Feedback speaks of what was chosen and of what should have been."""
    result = mark(ALL, ALL_KEY, ["a", "c", "d"], 2)
    assert [(remark.part, remark.share, remark.why) for remark in result.remarks] == [
        ("A.", 1.0, "Yes a."),
        ("B. (not chosen)", 0.0, "Yes b."),
        ("C.", 0.0, "No c."),
        ("D.", None, "Both."),
    ]


def test_points_are_written_as_people_write_them() -> None:
    """At most two decimals, and none where none are needed."""
    assert [number(n) for n in (0, 2.0, 0.5, 4 / 3, 100, 0.1 + 0.2)] == ["0", "2", "0.5", "1.33", "100", "0.3"]
    assert repr(Result("who", RIGHT, 2.0, 2)) == "2"


@pytest.mark.parametrize(
    ("item", "key", "told"),
    [
        (FELL, {**FELL_KEY, "why": {"6": "By 21."}}, "'1' has no reason; write one in 'why'"),
        (
            FELL,
            {**FELL_KEY, "why": {"7": "No."}},
            "'why' speaks of '7', which is no session of the chart; write its number, or other",
        ),
        (FELL, {**FELL_KEY, "credit": {"7": 1}}, "'7' is not among the options"),
        (
            Find("f", "?", chart="reggie-six", sessions=5),
            FELL_KEY,
            "the chart 'reggie-six' has 6 sessions; write sessions=6",
        ),
        (
            Find("f", "?", chart="reggie-sx", sessions=6),
            FELL_KEY,
            "there is no chart 'reggie-sx' in charts.toml; did you mean 'reggie-six'?",
        ),
        (WHO, ["the-team"], "the key is not a dictionary; write key={...}"),
        (WHO, {"why": {}}, "the key has no 'credit'; add it"),
        (WHO, {**WHO_KEY, "hint": "x"}, "the key has an unknown part 'hint'; take it out"),
        (
            WHO,
            {**WHO_KEY, "source": "nobody-2020"},
            "'nobody-2020' is no known source; name one that stands in sources.toml",
        ),
        (WHO, {**WHO_KEY, "source": ["a"]}, "'source' is not a name; write one that stands in sources.toml"),
        (
            WHO,
            {**WHO_KEY, "credit": {"the-team": 0.5}},
            "nothing earns full credit; give one of the options a credit of 1",
        ),
        (WHO, {**WHO_KEY, "credit": {"the-team": 1, "nobody": 2}}, "the credit of 'nobody' is not between 0 and 1"),
        (WHO, {**WHO_KEY, "credit": {"the-team": 1, "all": 0}}, "'all' is not among the options"),
        (
            WHO,
            {**WHO_KEY, "credit": ["the-team"]},
            "the key does not have the shape of its kind; compare it with another item of that kind",
        ),
        (WHO, {**WHO_KEY, "why": {**WHO_KEY["why"], "nobody": " "}}, "'nobody' has no reason; write one in 'why'"),
        (
            WHO,
            {**WHO_KEY, "why": {**WHO_KEY["why"], "all": "x"}},
            "'why' speaks of 'all', which is not among the options",
        ),
        (WHO, {**WHO_KEY, "why": "x"}, "'why' is not a dictionary; write a reason for each of the options"),
        (ALL, {**ALL_KEY, "right": []}, "no option is right; name at least one in 'right'"),
        (ALL, {**ALL_KEY, "right": ["a", "e"]}, "'e' is not among the options"),
        (ALL, {**ALL_KEY, "right": ["a", "d"]}, "an option stands twice in 'right' and 'either'; keep one"),
        (
            STEPS,
            {**STEPS_KEY, "order": ["a", "b", "c"]},
            "'order' does not name each step once; write every slug, in order",
        ),
        (STEPS, {**STEPS_KEY, "order": [["a", "b", "c", "d"]]}, "'order' orders nothing; write at least two groups"),
        (
            STEPS,
            {**STEPS_KEY, "order": ["c", "a", "b", "d"]},
            "the steps are shown in the right order already; show them in another",
        ),
        (STEPS, {**STEPS_KEY, "why": ""}, "'why' has no text; write the reason"),
        (
            WARM,
            {**WARM_KEY, "ratings": {"voice": 3}},
            "'ratings' does not rate each aspect once; write a number for each",
        ),
        (
            WARM,
            {**WARM_KEY, "ratings": {"voice": 3, "words": 11}},
            "'warm' takes whole numbers from 0 to 10, not 11 for 'words'",
        ),
        (WARM, {**WARM_KEY, "within": 5}, "'within' is not a small whole number; write 0, 1 or 2"),
        (WARM, {**WARM_KEY, "spread": SPREAD}, "'within' and 'spread' stand side by side; keep one"),
        (
            WARM,
            {**PANEL, "spread": {"voice": [2, 4]}},
            "'spread' does not name each aspect once; write [lowest, highest] for each",
        ),
        (
            WARM,
            {**PANEL, "spread": {**SPREAD, "voice": [2]}},
            "the spread of 'voice' is not two whole numbers on the scale; write [lowest, highest]",
        ),
        (
            WARM,
            {**PANEL, "spread": {**SPREAD, "voice": [2, 11]}},
            "the spread of 'voice' is not two whole numbers on the scale; write [lowest, highest]",
        ),
        (
            WARM,
            {**PANEL, "spread": {**SPREAD, "voice": [4, 5]}},
            "the spread of 'voice' leaves out its rating; write the lowest first, and the rating between",
        ),
        (
            WARM,
            {**PANEL, "spread": {**SPREAD, "voice": [4, 2]}},
            "the spread of 'voice' leaves out its rating; write the lowest first, and the rating between",
        ),
        (
            WARM,
            {**PANEL, "spread": {**SPREAD, "voice": [0, 10]}},
            "the spread of 'voice' takes every rating; settle it with the panel, or leave the aspect out",
        ),
        (
            WARM,
            {**PANEL, "spread": 3},
            "the key does not have the shape of its kind; compare it with another item of that kind",
        ),
        (
            MOVES,
            {**MOVES_KEY, "labels": {"and": "advice"}},
            "'labels' does not label each utterance once; write a label for each",
        ),
        (MOVES, {**MOVES_KEY, "labels": {"and": "advice", "early": "silence"}}, "'silence' is not among the labels"),
        (MOVES, {**MOVES_KEY, "also": {"hm": {}}}, "'also' speaks of 'hm', which is not among the utterances"),
        (MOVES, {**MOVES_KEY, "also": {"and": {"advice": 2}}}, "'also' for 'and' gives no credit between 0 and 1"),
        (TALK, {**TALK_KEY, "endings": {"held": 1}}, "'held' is not among the endings"),
        (TALK, {**TALK_KEY, "why": {"deepened": "x"}}, "'lost' has no reason; write one in 'why'"),
        (Write("w", "?"), {}, "a written answer has no key; take it out"),
    ],
)
def test_what_is_wrong_with_a_key_is_said(item: Any, key: Any, told: str) -> None:
    """A broken key is told in a sentence that says what to write."""
    assert told in keys.faults(item, key, catalogue.sources())


@pytest.mark.parametrize(
    ("item", "key"),
    [(WHO, WHO_KEY), (ALL, ALL_KEY), (STEPS, STEPS_KEY), (WARM, WARM_KEY), (MOVES, MOVES_KEY), (TALK, TALK_KEY)],
)
def test_the_examples_have_clean_keys(item: Any, key: dict) -> None:
    """The keys that the tests above break one part of are sound."""
    assert keys.faults(item, key, catalogue.sources()) == []
