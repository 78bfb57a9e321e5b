"""A lesson's file of items: read as an author writes it, with every mistake told at its line."""

from __future__ import annotations

import contextlib
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import json_values, places, put

from alliancelab import catalogue, keys, questions, skeleton_texts
from alliancelab.errors import ContentError
from alliancelab.items import QUESTIONS, Choose, Code, Fill, Write

ITEMS = """# Correct a line, save.

[who-may-know]
kind = "choose"
ask = "Who may know?"
hints = ["The second sentence.", "What was agreed.", "Somebody who was named."]

[who-may-know.options]
nobody = "Nobody."
the-team = "The team."

[who-may-know.key]
credit = {the-team = 1}

[who-may-know.key.why]
nobody = "Stricter than agreed."
the-team = "As agreed."

[in-your-words]
kind = "write"
ask = "What do you say?"
words = [10, 60]
model = "I would wait."

[my-page]
kind = "fill"
ask = "Where you work."

[my-page.fields]
by-night = "Whom you ring by night"

[moves]
kind = "code"
ask = "Label."
exchange = [["Ada", "I came."], ["You", "You came.", "came"]]

[moves.labels]
restatement = "Restatement"
advice = "Advice"

[moves.key.labels]
came = "restatement"

[moves.key.why]
came = "Her words."
"""


def made(text: str) -> dict[str, questions.Practice]:
    """The items of a text."""
    return questions.made(tomllib.loads(text), text, "items.toml")


def test_items_are_read_with_key_hints_and_model() -> None:
    """Each table becomes an item of its kind, and what helps with it stands beside it."""
    found = made(ITEMS)
    assert [type(practice.item) for practice in found.values()] == [Choose, Write, Fill, Code]
    assert found["who-may-know"].key == {
        "credit": {"the-team": 1},
        "why": {"nobody": "Stricter than agreed.", "the-team": "As agreed."},
    }
    assert len(found["who-may-know"].hints) == 3
    assert found["in-your-words"].model == "I would wait."
    assert found["my-page"].item.fields == {"by-night": "Whom you ring by night"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "write"', 'kind = "speak"', "items.toml:19: 'in-your-words' is of no known kind"),
        ("words = [10, 60]", "words = [60, 10]", "items.toml:19: 'in-your-words': the length is not two whole numbers"),
        ("words = [10, 60]", "wordz = [10, 60]", "items.toml:19: 'in-your-words' does not have what a write item has"),
        ('ask = "Who may know?"', "", "items.toml:3: 'who-may-know' asks nothing; write the question"),
        ('"Somebody who was named."]', "]", "items.toml:3: 'who-may-know': has 2 hints; write three"),
        ('"Somebody who was named."]', "3]", "items.toml:3: 'who-may-know': the hints are not texts"),
        (
            'ask = "Where you work."',
            'ask = "Where."\nmodel = "x"',
            "items.toml:25: 'my-page': only a written answer has",
        ),
        ("[my-page.fields]", "[my-page.field]", "items.toml:25: 'my-page' does not have what a fill item has"),
        ('kind = "code"', "kind = 3", "items.toml:32: 'moves' is of no known kind"),
        ('kind = "code"', 'kind = ["code"]', "items.toml:32: 'moves' is of no known kind"),
        ('kind = "code"', 'kind = "code"\nhints = 3', "items.toml:32: 'moves': the hints are not texts"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, told: str) -> None:
    """What is wrong with an item is a fault at the line where its table begins."""
    assert old in ITEMS
    with pytest.raises(ContentError) as caught:
        made(ITEMS.replace(old, new, 1))
    assert [str(fault)[: len(told)] for fault in caught.value.faults] == [told]


def test_a_text_that_is_no_item_is_told() -> None:
    """A bare value at the top of the file is a fault, and not a crash."""
    with pytest.raises(ContentError, match="'note' is no item"):
        made('note = "later"')


TABLES = tomllib.loads(ITEMS)


@given(st.sampled_from(places(TABLES)[1:]), json_values)
def test_a_file_of_items_with_anything_anywhere_is_read_or_told(place: tuple, value: object) -> None:
    """Any value in any place gives items, or a `ContentError`, and nothing else."""
    with contextlib.suppress(ContentError):
        for found in questions.made(put(TABLES, place, value), ITEMS, "items.toml").values():
            if found.key is not None:
                assert isinstance(keys.faults(found.item, found.key), list)


def test_item_names_are_those_of_one_curriculum() -> None:
    """No two lessons or exercises have an item of the same name: practice across modules keeps one journal."""
    names = [name for module in catalogue.modules() for name in catalogue.practice(module)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", QUESTIONS)
def test_the_skeleton_of_each_kind_is_a_whole_item(kind: str) -> None:
    """What `content new item` writes is an item of that kind whose key, where it has one, has the right shape."""
    text = skeleton_texts.PRACTICE[kind].format(name="new", mark=skeleton_texts.MARK)
    found = questions.made(tomllib.loads(text), text, "items.toml")["new"]
    assert found.item.kind == kind
    if kind not in ("write", "fill"):
        assert keys.faults(found.item, found.key) == []
