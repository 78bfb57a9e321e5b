"""A panel's key: reading raters' files, how far they agree, and what a rating inside their spread is worth."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliancelab import answers, catalogue, keys, marking, panel, questions
from alliancelab.errors import AllianceLabError, ContentError
from alliancelab.items import Code, Rate
from alliancelab.panel import Rater, Task

ROOM = Rate("room", "How much?", {"warmth": "Warmth", "room": "Room"})
ROOM_KEY = {"ratings": {"warmth": 9, "room": 2}, "why": {"warmth": "Nobody could complain.", "room": "None was left."}}
MOVES = Code(
    "moves",
    "Label.",
    [("You", "So it was that.", "that"), ("You", "Try tea.", "tea")],
    {"advice": "Advice", "reflection": "Reflection", "silence": "Silence"},
)
MOVES_KEY = {"labels": {"that": "reflection", "tea": "advice"}, "why": {"that": "Her meaning.", "tea": "A remedy."}}
ITEMS = {"room": Task(ROOM, ROOM_KEY), "moves": Task(MOVES, MOVES_KEY, graded=True)}


def rater(name: str, warmth: int, room: int, that: str, tea: str) -> Rater:
    """Somebody who has judged everything."""
    places = [("room", "warmth"), ("room", "room"), ("moves", "that"), ("moves", "tea")]
    return Rater(name, dict(zip(places, (warmth, room, that, tea), strict=True)))


FOUR = [
    rater("anna", 7, 2, "reflection", "advice"),
    rater("ben", 9, 3, "reflection", "advice"),
    rater("chi", 8, 2, "advice", "silence"),
    rater("dov", 4, 2, "reflection", "silence"),
]
people = st.builds(
    rater,
    st.text("abcdefgh", min_size=1, max_size=4),
    st.integers(0, 10),
    st.integers(0, 10),
    st.sampled_from(list(MOVES.labels)),
    st.sampled_from(list(MOVES.labels)),
)
panels = st.lists(people, min_size=3, max_size=7, unique_by=lambda one: one.name)


def keys_of(raters: list[Rater]) -> dict[str, marking.Key]:
    """The panel's keys, without the report."""
    return {name: panel.key(task.item, task.key, raters) for name, task in ITEMS.items()}


def csv(path: Path, *rows: str) -> Path:
    """A rater's file."""
    path.write_text("\n".join(("item,part,value", *rows)) + "\n", encoding="utf-8")
    return path


WHOLE = ("room,warmth,7", "room,room,2", "moves,that,reflection", "moves,tea,advice")


# -- the key ----------------------------------------------------------------------------------------------------------


def test_a_key_has_the_panels_middle_and_its_spread():
    """Ratings: the lower median, and from the lowest to the highest. Labels: the most frequent, others by their share."""
    made = panel.report(FOUR, ITEMS).keys
    assert made["room"]["ratings"] == {"warmth": 7, "room": 2}
    assert made["room"]["spread"] == {"warmth": [4, 9], "room": [2, 3]}
    assert made["moves"]["labels"] == {"that": "reflection", "tea": "advice"}
    assert made["moves"]["also"] == {"that": {"advice": 0.25}, "tea": {"silence": 1.0}}


@given(panels, st.data())
def test_what_the_panel_gave_is_never_marked_wrong(raters, data):
    """Each rater's own ratings, and all between them, earn every point; each label of theirs that a fifth chose earns some."""
    made = keys_of(raters)
    for one in raters:
        ratings = {aspect: one.given["room", aspect] for aspect in ROOM.aspects}
        assert marking.mark(ROOM, made["room"], ratings, 1).status == marking.RIGHT
        labels = {slug: one.given["moves", slug] for slug in MOVES.utterances}
        for slug, remark in zip(labels, marking.mark(MOVES, made["moves"], labels, 1).remarks, strict=True):
            votes = sum(other.given["moves", slug] == labels[slug] for other in raters)
            assert remark.share > 0 or votes < panel.CREDITED * len(raters)
    between = {a: data.draw(st.integers(*made["room"]["spread"][a])) for a in ROOM.aspects}
    assert marking.mark(ROOM, made["room"], between, 1).points == 1


@given(panels)
def test_a_panels_key_is_one_that_the_linter_takes(raters):
    """Nothing is wrong with its shape, but where a spread is the whole scale and so takes everything."""
    made = keys_of(raters)
    assert keys.faults(MOVES, made["moves"]) == []
    for wrong in keys.faults(ROOM, made["room"]):
        assert "takes every rating" in wrong
        assert [0, 10] in made["room"]["spread"].values()


@settings(max_examples=8)  # each report draws its cases anew a thousand times for an interval
@given(panels, st.randoms())
def test_the_order_of_raters_and_of_items_makes_no_difference(raters, chance):
    """The same files in another order give the same agreement, the same disagreements and the same key."""
    shuffled, names = list(raters), list(ITEMS)
    chance.shuffle(shuffled)
    chance.shuffle(names)
    told, again = panel.report(raters, ITEMS), panel.report(shuffled, {name: ITEMS[name] for name in names})
    assert (told.raters, told.keys) == (again.raters, again.keys)
    assert set(told.apart) == set(again.apart)
    assert {group.what: (group.alpha, group.pairs) for group in told.groups} == {
        group.what: (group.alpha, group.pairs) for group in again.groups
    }


def test_a_reason_stays_only_where_the_key_does():
    """The old reason is kept for what the panel hears as the old key does; elsewhere one is still to be written."""
    why = panel.report([rater(name, 4, 2, "advice", "advice") for name in "abc"], ITEMS).keys
    assert why["room"]["why"] == {"warmth": "WRITE: the panel's reason.", "room": "None was left."}
    assert why["moves"]["why"] == {"that": "WRITE: the panel's reason.", "tea": "A remedy."}


def test_two_raters_are_compared_and_make_no_key():
    """A key takes three for every part of an item; who is left out is told with the reason."""
    told = panel.report(FOUR[:2], ITEMS)
    assert told.keys == {}
    assert told.without_key[0] == ("room", "'warmth' was judged by 2; a key takes 3 or more")
    part = Rater("eve", {("room", "warmth"): 5})
    told = panel.report([*FOUR[:2], part], ITEMS)
    assert told.without_key[0] == ("room", "'room' was judged by 2; a key takes 3 or more")


# -- agreement --------------------------------------------------------------------------------------------------------


def test_a_panel_of_one_mind_agrees_in_full():
    """Raters who gave the same have an alpha of 1 for each way of judging, and each two of them too."""
    told = panel.report([rater(name, 9, 2, "reflection", "advice") for name in "abc"], ITEMS)
    assert [(group.kind, group.alpha.value) for group in told.groups] == [("rating", 1), ("coding", 1)]
    assert [figure.value for *_, figure in told.groups[1].pairs] == pytest.approx([1] * 3)
    assert {figure.note for *_, figure in told.groups[0].pairs} == {"fewer than 5 ratings to compare"}
    assert told.apart == ()


def test_where_the_panel_does_not_agree_is_listed():
    """Ratings more than three steps of ten apart, and utterances without a label that more than half chose."""
    told = [(apart.item, apart.part, apart.said) for apart in panel.report(FOUR, ITEMS).apart]
    assert told == [("room", "warmth", "from 4 to 9"), ("moves", "tea", "Advice 2, Silence 2")]


def test_sets_of_labels_are_counted_apart():
    """Two items with other labels are two groups: mixing them up would look like agreement."""
    other = Code("other", "Label.", [("You", "One.", "one")], {"a": "A", "b": "B"})
    given = [Rater(one.name, {**one.given, ("other", "one"): "a"}) for one in FOUR]
    told = panel.report(given, ITEMS | {"other": Task(other)})
    assert [group.items for group in told.groups] == [("room",), ("moves",), ("other",)]
    assert told.groups[2].alpha.value is None
    assert told.groups[2].alpha.note


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_journal_and_a_csv_file_say_the_same(tmp_path: Path):
    """What was answered in a lesson and what was typed into a table are read alike; of a journal the last answer counts."""
    journal = tmp_path / "ben.answers.jsonl"
    answers.record(journal, ROOM, {"warmth": 1})
    answers.record(journal, ROOM, {"warmth": 7, "room": 2})
    answers.record(journal, MOVES, {"that": "reflection", "tea": "advice"})
    answers.append(journal, "elsewhere", "choose", ["x"])
    one, other = panel.read([csv(tmp_path / "anna.csv", *WHOLE), journal], ITEMS)
    assert (one.name, other.name) == ("anna", "ben")
    assert one.given == other.given


def test_a_spreadsheets_csv_is_read(tmp_path: Path):
    """A byte order mark, semicolons, other order of columns, blanks and empty lines are as spreadsheets write them."""
    path = tmp_path / "anna.csv"
    path.write_bytes("\ufeffValue;Item;Part\r\n7;room;warmth\r\n\r\n;;\r\n 2 ;room; room\r\n".encode())
    [one, _] = panel.read([path, csv(tmp_path / "b.csv", *WHOLE)], ITEMS)
    assert one.given == {("room", "warmth"): 7, ("room", "room"): 2}


BAD = {
    "no such item": ("rooom,warmth,7", "there is no coding or rating 'rooom'; did you mean 'room'?"),
    "no such part": ("room,cold,7", "'room' has no aspect 'cold'"),
    "off the scale": ("room,warmth,11", "'room' takes whole numbers from 0 to 10, not 11 for 'warmth'"),
    "no number": ("room,warmth,much", "'much' is no whole number; write one from the scale"),
    "a superscript": ("room,warmth,²", "'²' is no whole number; write one from the scale"),
    "a very long number": ("room,warmth," + "9" * 5000, "is no whole number; write one from the scale"),
    "no such label": ("moves,tea,coffee", "'moves' has no label 'coffee'"),
    "twice": ("room,room,3", "'room' of 'room' stands twice; keep one"),
    "too many cells": ("room,room,3,4", "has 4 cells; write item, part, value"),
}


@pytest.mark.parametrize("case", BAD)
def test_each_bad_row_is_told_by_file_and_line(tmp_path: Path, case: str):
    """What cannot be used is named with the file, the line and what to write, and the others are not made a panel of."""
    row, said = BAD[case]
    bad = csv(tmp_path / "bad.csv", "room,room,2", row, "moves,tea,advice")
    with pytest.raises(ContentError) as raised:
        panel.read([csv(tmp_path / "anna.csv", *WHOLE), bad], ITEMS)
    [fault] = raised.value.faults
    assert (fault.path, fault.line) == (str(bad), 3)
    assert said in fault.message


def test_every_bad_line_of_every_file_is_told_at_once(tmp_path: Path):
    """A bad journal line, an answer that cannot be one, other columns, a file that is not there or empty: all in one go."""
    journal = tmp_path / "ben.answers.jsonl"
    answers.record(journal, ROOM, {"warmth": 7})
    answers.append(journal, "room", "rate", {"warmth": 70})
    torn = tmp_path / "torn.answers.jsonl"
    torn.write_text("no journal\n", encoding="utf-8")
    heads = tmp_path / "heads.csv"
    heads.write_text("question,part,value\n", encoding="utf-8")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ContentError) as raised:
        panel.read(
            [journal, torn, heads, binary, tmp_path / "gone.csv", tmp_path / "gone.jsonl", csv(tmp_path / "e.csv")],
            ITEMS,
        )
    told = {(Path(fault.path).name, fault.line): fault.message for fault in raised.value.faults}
    assert "takes whole numbers" in told.pop(("ben.answers.jsonl", 2))
    assert told.pop(("heads.csv", 1)) == "has other columns; write item,part,value in the first line"
    assert "holds no coding and no rating of these items" in told.pop(("e.csv", 1))
    assert {name for name, _ in told} == {"torn.answers.jsonl", "binary.csv", "gone.csv", "gone.jsonl"}


def test_one_file_is_no_panel_and_one_named_twice_is_no_two(tmp_path: Path):
    """A rater counts once."""
    one = csv(tmp_path / "anna.csv", *WHOLE)
    with pytest.raises(AllianceLabError, match="has 2 raters or more"):
        panel.read([one], ITEMS)
    with pytest.raises(AllianceLabError, match="is named twice"):
        panel.read([one, tmp_path / "." / "anna.csv"], ITEMS)


def test_raters_of_one_files_name_are_told_apart_by_their_folders(tmp_path: Path):
    """Everybody's journal has the same name, in a folder that is theirs."""
    for name in ("anna", "ben"):
        (tmp_path / name).mkdir()
    files = [csv(tmp_path / name / "rapport.csv", *WHOLE) for name in ("anna", "ben")]
    assert [one.name for one in panel.read(files, ITEMS)] == ["anna/rapport", "ben/rapport"]


# -- as data ----------------------------------------------------------------------------------------------------------


def test_the_written_key_is_the_key(tmp_path: Path):
    """Its tables read back as the key; a graded item's comment, too; and what the panel does not agree on is named above it."""
    told = panel.report(FOUR, ITEMS)
    text = panel.as_toml(told)
    assert {name: table["key"] for name, table in tomllib.loads(text).items()} == told.keys
    [comment] = [line for line in text.splitlines() if line.startswith("# key=")]
    assert ast.literal_eval(comment.removeprefix("# key=")) == told.keys["moves"]
    assert "# No agreement on 'warmth': from 4 to 9." in text
    path = tmp_path / "key.toml"
    panel.write(path, text)
    assert path.read_text(encoding="utf-8") == text
    with pytest.raises(AllianceLabError, match="is there already; name a new file"):
        panel.write(path, "")
    with pytest.raises(AllianceLabError, match="cannot be written"):
        panel.write(tmp_path / "gone" / "key.toml", "")


def test_a_programme_can_put_it_into_its_own_items_file(tmp_path: Path):
    """A lesson's item with the panel's table in place of its key is read, and a rating inside the spread is right."""
    items = panel.items_of("rapport")
    task = items["rate-the-colleague"]
    raters = [
        Rater(name, {("rate-the-colleague", part): number + step for part, number in task.key["ratings"].items()})
        for name, step in (("a", 0), ("b", 1), ("c", -1))
    ]
    made = tomllib.loads(panel.as_toml(panel.report(raters, {"rate-the-colleague": task})))
    item = {"kind": "rate", "ask": task.item.ask, "aspects": dict(task.item.aspects), **made["rate-the-colleague"]}
    practice = questions.made({"rate-the-colleague": item}, "", "items.toml")["rate-the-colleague"]
    assert keys.faults(practice.item, practice.key) == []
    lowest = {part: low for part, (low, _) in practice.key["spread"].items()}
    result = marking.mark(practice.item, practice.key, lowest, 1)
    assert result.status == marking.RIGHT
    assert "(you 8, key 9, panel 8 to 10)" in result.remarks[0].part


def test_the_items_are_those_of_the_module_or_of_a_named_notebook():
    """Without a notebook the lesson's and the exercise's codings and ratings; with one, its own."""
    both, one = panel.items_of("rapport"), panel.items_of("rapport", catalogue.exercise_source("rapport"))
    assert "rate-the-colleague" in both
    assert set(one) < set(both)
    assert all(task.graded and task.key for task in one.values())
    with pytest.raises(AllianceLabError, match="asks for no coding and no rating"):
        panel.items_of("rapport", catalogue.lessons_home() / "00_start_here.ipynb")
