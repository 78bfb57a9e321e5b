"""Scales as data: what is wrong with a file, how answers are scored, what is shown, and what is never shown."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliancelab import answers, catalogue, lint, render, scales, sheet
from alliancelab.errors import AllianceLabError, ContentError
from alliancelab.items import Form, ItemError
from alliancelab.measures import subscales

GOOD = """format = 1
title = "Three lines"
ask = "How was the hour?"
note = "A teaching scale, not validated."
range = [1, 5]
ends = ["not at all", "entirely"]
reversed = [2]
least = 1

[subscales]
bond = [1, 2]
tasks = ["sense"]

[items]
1 = "I could be blunt."
2 = "I was on my guard."
sense = "It made sense."
"""

FAULTS = {
    "unknown key": ("least = 1", "least = 1\ncutoff = 3", 9, "has an unknown key 'cutoff'"),
    "two subscales": ('tasks = ["sense"]', 'tasks = ["sense", 1]', 12, "item 1 stands in bond and tasks"),
    "twice in one": ("bond = [1, 2]", "bond = [1, 2, 2]", 11, "item 2 stands in bond twice"),
    "reversed unknown": ("reversed = [2]", "reversed = [2, 7]", 7, "item 7 is reversed and in no subscale"),
    "upside down": ("range = [1, 5]", "range = [5, 1]", 5, "write range = [1, 5], the lower one first"),
    "no items": ('bond = [1, 2]\ntasks = ["sense"]', "", 10, "has no items; write `[subscales]`"),
    "one of them empty": ("bond = [1, 2]", "bond = []", 11, "the subscale 'bond' is no list of item numbers"),
    "least too high": ("least = 1", "least = 2", 8, "`least` is 2, and 'tasks' has 1 items; write 1 to 1"),
    "no range": ("range = [1, 5]\n", "", 1, "has no `range`"),
    "wrong kind": ("least = 1", 'least = "one"', 8, "`least` is not a whole number"),
    "format": ("format = 1", "format = 2", 1, "write format = 1"),
    "source": ("least = 1", 'least = 1\nsource = "nobody-1999"', 9, "'nobody-1999' is no known source"),
    "words of no item": ('1 = "I could', '9 = "Nothing."\n1 = "I could', 15, "item 9 has words and is in no subscale"),
    "words missing": ('1 = "I could be blunt."\n', "", 14, "1 have no words"),
    "words empty": ('"It made sense."', '" "', 17, "item sense has no words"),
    "no note": ('note = "A teaching scale, not validated."\n', "", 13, "is shown and has no `note`"),
    "no ends": ('ends = ["not at all", "entirely"]', 'ends = ["not at all"]', 6, "`ends` are not two texts"),
    "halves": ("range = [1, 5]", "range = [0.5, 5]", 5, "takes whole numbers"),
}


def write(folder: Path, text: str) -> Path:
    """A scale file where the linter looks for one."""
    (folder / "scales").mkdir(exist_ok=True)
    path = folder / "scales" / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_scale_has_no_fault(tmp_path):
    """What the faults below are made from is itself without one, and is read whole."""
    path = write(tmp_path, GOOD)
    assert lint.check([path]) == []
    scale = scales.read(path)
    assert scale.subscales == {"bond": ("1", "2"), "tasks": ("sense",)}
    assert (scale.reversed, scale.least, scale.range) == (frozenset({"2"}), 1, (1, 5))


@pytest.mark.parametrize(("good", "bad", "line", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_has_its_line_and_what_to_write(good, bad, line, message, tmp_path):
    """`content check` names each mistake in a scale with path and line, and the scale is not used."""
    assert good in GOOD
    path = write(tmp_path, GOOD.replace(good, bad, 1))
    found = lint.check([path])
    assert [(fault.path, fault.line) for fault in found if message in fault.message] == [(str(path), line)], found
    with pytest.raises(ContentError):
        scales.read(path)


@given(
    st.dictionaries(
        st.sampled_from(["format", "title", "range", "least", "subscales", "items", "reversed", "x"]),
        st.none()
        | st.integers(-2, 3)
        | st.text(max_size=3)
        | st.lists(st.integers(-1, 9) | st.text(max_size=2), max_size=3)
        | st.dictionaries(
            st.sampled_from(["bond", "1"]), st.lists(st.integers(0, 3), max_size=3) | st.text(max_size=2), max_size=2
        ),
    )
)
def test_no_table_breaks_the_check(tables):
    """Whatever a file holds, the check answers in faults and never with an exception."""
    assert all(fault.message for fault in scales.faults(tables, "", "x.toml"))


def test_ours_are_without_fault_and_what_is_not_ours_is_numbers_only():
    """Of a published form the package has the key and not one word; our own says that it is not validated."""
    assert lint.check([scales.FOLDER]) == []
    for name in scales.names():
        scale = scales.named(name)
        assert scale.items == {} or "not validated" in scale.note
        assert (scale.items == {}) == bool(scale.source)
    with pytest.raises(ItemError, match="has no words to show, only numbers"):
        sheet.form("wai-sr")


def test_the_teaching_scale_has_four_lines_for_each_feature():
    """Twelve lines: bond, goals and tasks have four each, and each has at least one that is reversed."""
    scale = scales.named("teaching-alliance")
    assert {name: len(items) for name, items in scale.subscales.items()} == {"bond": 4, "goals": 4, "tasks": 4}
    assert all(set(items) & scale.reversed for items in scale.subscales.values())
    everything_well = {item: 1 if item in scale.reversed else 5 for item in scale.items}
    assert subscales(scale, everything_well) == {"bond": 5, "goals": 5, "tasks": 5}


def test_the_published_key_is_the_one_we_read():
    """Bond 3, 5, 7, 9; goals 4, 6, 8, 11; tasks 1, 2, 10, 12; nothing reversed; 1 to 5; a reference that can be opened."""
    scale = scales.named("wai-sr")
    given = {str(item): 1 + item % 5 for item in range(1, 13)}
    assert subscales(scale, given) == {
        "bond": (4 + 1 + 3 + 5) / 4,
        "goals": (5 + 2 + 4 + 2) / 4,
        "tasks": (2 + 3 + 1 + 3) / 4,
    }
    assert catalogue.source_link(scale.source) == "https://doi.org/10.1080/10503300500352500"


def test_an_unknown_scale_is_told_with_one_that_comes_near():
    """A wrong name gets the near one."""
    with pytest.raises(catalogue.NotFound, match="did you mean 'teaching-alliance'"):
        scales.named("teaching-aliance")


# -- a file of answers -----------------------------------------------------------------------------------------------

ITEMS = [str(number) for number in range(1, 13)]


def table(folder: Path, text: str) -> Path:
    """A CSV file."""
    path = folder / "answers.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_rows_are_scored_and_bad_ones_named(sign, mark, tmp_path):
    """Each row has its scores, or its line and the reason; a bad row stops no other, whatever program wrote the file."""
    rows = [
        ["who", *ITEMS],
        ["ana", *"543454345435"],
        ["bo", *"5", "", *"3454345435"],
        ["cy", *"943454345435"],
        ["di", *"54345434543", "often"],
        ["ed", "5"],
        [""] * 13,
        ["flo", *"111111111111"],
    ]
    text = mark + "\n".join(sign.join(row) for row in rows) + "\n"
    scored = scales.score_file(table(tmp_path, text), scales.named("wai-sr"))
    assert [(row.number, row.about["who"]) for row in scored] == [
        (2, "ana"),
        (3, "bo"),
        (4, "cy"),
        (5, "di"),
        (6, "ed"),
        (8, "flo"),
    ]
    ana, bo, cy, di, ed, flo = scored
    assert ana.scores == {"bond": 4.0, "goals": 3.75, "tasks": 4.5}
    assert bo.scores == {"bond": 4.0, "goals": 3.75, "tasks": None}
    assert flo.scores == {"bond": 1, "goals": 1, "tasks": 1}
    assert cy.wrong == "item '1' of 'wai-sr' takes a number from 1 to 5, not 9"
    assert di.wrong == "item '12' is answered with 'often'; write a number, or leave it empty"
    assert ed.wrong == "has 2 cells, and there are 13 columns"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("who,1,2,3", "has no column for 4, 5, 6, 7, 8, 9, 10, 11, 12; the first line names the items of 'wai-sr'"),
        ("", "has no column for 1, 2"),
        (",".join([*ITEMS, "13"]), "'wai-sr' has no item 13; take the column out"),
        (",".join([*ITEMS, "3"]), "the column 3 stands twice"),
    ],
)
def test_columns_that_do_not_fit_are_told(head, told, tmp_path):
    """A file without the scale's columns, with one too many or one twice, is refused in a sentence."""
    with pytest.raises(AllianceLabError, match=re.escape(told)):
        scales.score_file(table(tmp_path, head + "\n"), scales.named("wai-sr"))


def test_written_scores_are_a_table_again(tmp_path):
    """`write_scores` keeps the other columns and leaves a score that is not there empty."""
    scale = scales.named("wai-sr")
    text = "\n".join(
        [",".join(["who", *ITEMS]), "ana," + ",".join("543454345435"), "bo," + ",".join(["", *"43454345435"])]
    )
    out = tmp_path / "scores.csv"
    scales.write_scores(out, scales.score_file(table(tmp_path, text), scale), scale)
    assert list(csv.reader(io.StringIO(out.read_text()))) == [
        ["row", "who", "bond", "goals", "tasks"],
        ["2", "ana", "4.0", "3.75", "4.5"],
        ["3", "bo", "4.0", "3.75", ""],
    ]


# -- as an item of a notebook ----------------------------------------------------------------------------------------


def test_a_notebook_with_a_scale_is_read_as_data(tmp_path):
    """The lesson asks the scale by a call with a plain name, and its answer is read back from the journal."""
    asked = sheet.read(catalogue.lesson("measuring")).asked["teaching-alliance"]
    assert isinstance(asked.item, Form)
    journal = tmp_path / "measuring.answers.jsonl"
    answers.record(journal, asked.item, {"1": 4, "12": 2})
    assert answers.answer_of(answers.read(journal), asked.item) == {"1": 4, "12": 2}


def test_a_saved_page_shows_answers_scores_and_that_it_is_not_validated():
    """Without a kernel the scale stands there with each answer, the scores so far, and what has to be said about it."""
    html = render.static(sheet.form("teaching-alliance"), {"1": 5, "4": 1, "7": 3, "2": 4})
    assert "A teaching scale, not validated." in html
    assert html.count("not rated") == 8
    assert "Bond: 4.3, from 1 to 5 (3 of 4 lines answered)" in html
    assert "Goals: not yet: 1 of 4 lines answered, 3 needed" in html
    assert "not validated" in render.static(sheet.form("teaching-alliance"), None)
