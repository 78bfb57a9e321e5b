"""Dialogues as text: what is wrong is said with path and line, and what is written reads back."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import ADA, ada, dialogues

from alliancelab import catalogue, script
from alliancelab.dialogue import Dialogue
from alliancelab.errors import ContentError


def _faults(text: str, moves: object = None) -> list[str]:
    with pytest.raises(ContentError) as caught:
        script.parse(text, "ada", "ada.md", moves)
    return [str(fault) for fault in caught.value.faults]


def _edited(old: str, new: str) -> str:
    assert ADA.count(old) == 1, old
    return ADA.replace(old, new)


BROKEN = {
    "no target": (
        "-> outside [",
        "-> outsied [",
        [
            "ada.md:36: `-> outsied` names no scene; write `## outsied` or name another scene",
            "ada.md:39: no reply leads to the scene 'outside'; write `-> outside` in a reply, or take it out",
        ],
    ),
    "unreachable scene": (
        "## outside",
        "## nowhere\n\n*Rain.*\n\nend: held\n\n## outside",
        ["ada.md:39: no reply leads to the scene 'nowhere'; write `-> nowhere` in a reply, or take it out"],
    ),
    "loose end": (
        "\nend: lost\n",
        "",
        ["ada.md:39: a loose end: the scene 'outside' has neither replies nor an end; write replies or `end: held`"],
    ),
    "two choices to one scene": (
        "-> told [",
        "-> heard [",
        [
            "ada.md:21: two replies of the scene 'opening' lead to 'heard', and a path could not tell them apart; "
            "give one a scene of its own",
            "ada.md:30: no reply leads to the scene 'told'; write `-> told` in a reply, or take it out",
            "ada.md:39: no reply leads to the scene 'outside'; write `-> outside` in a reply, or take it out",
        ],
    ),
    "missing reason": (
        "  > Owns the haste.\n",
        "",
        ["ada.md:34: a reply has no reason; write `  > why, and what it costs` under it"],
    ),
    "empty reason": (
        "  > Owns the haste.\n",
        "  >\n",
        ["ada.md:34: a reply has no reason; write `  > why, and what it costs` under it"],
    ),
    "a word beside the reason": (
        "  > Owns the haste.\n",
        "  > Owns the haste.\n\n  And more.\n\n",
        ["ada.md:34: a reply is one line with its reason under it; take out what stands beside them"],
    ),
    "a loop with no way out": (
        "\nend: lost\n",
        "\n- I'm still here. -> corridor [bond +1; silence]\n  > Round.\n\n## corridor\n\n*Dark.*\n\n"
        "- And here. -> outside [bond +1; silence]\n  > And round.\n",
        [
            "ada.md:39: a loop without a way out: from 'outside' no ending can be reached; "
            "let a reply lead to a scene with `end: ...`",
            "ada.md:46: a loop without a way out: from 'corridor' no ending can be reached; "
            "let a reply lead to a scene with `end: ...`",
        ],
    ),
    "unknown key": (
        "level: easy",
        "level: easy\nmood: grey",
        [
            "ada.md:6: unknown key 'mood'; the keys are: format, title, module, level, start, alliance, sources, note",
        ],
    ),
    "a key twice": ("level: easy", "level: easy\nlevel: hard", ["ada.md:6: `level:` stands twice; keep one"]),
    "a merged key": (
        "level: easy",
        "<<: {level: easy}",
        ["ada.md:5: unknown key '<<'; the keys are: format, title, module, level, start, alliance, sources, note"],
    ),
    "an alias": (
        "level: easy",
        "level: &level easy\nnote: *level",
        ["ada.md:6: the front matter is plain; write no `*alias`, no `!tag`, no list in a list"],
    ),
    "a tag": (
        "level: easy",
        "level: !!timestamp easy",
        ["ada.md:5: the front matter is plain; write no `*alias`, no `!tag`, no list in a list"],
    ),
    "a list in a list": (
        "[elliott-2018]",
        "[[elliott-2018]]",
        ["ada.md:8: the front matter is plain; write no `*alias`, no `!tag`, no list in a list"],
    ),
    "a missing key": ("level: easy\n", "", ["ada.md:1: the front matter has no `level:`; add it"]),
    "an unknown level": (
        "level: easy",
        "level: [hard]",
        ["ada.md:5: `level: ...` is not known; write one of: easy, hard, tempting"],
    ),
    "an unknown format": ("format: 1", "format: 2", ["ada.md:2: `format: 2` is not known; write `format: 1`"]),
    "a title that is no text": (
        "title: Ada is early",
        "title: 3",
        ["ada.md:3: `title:` is not a text; write it in words"],
    ),
    "sources that are no list": (
        "[elliott-2018]",
        "elliott-2018",
        ["ada.md:8: `sources:` is not a list of names; write `sources: [elliott-2018]`"],
    ),
    "half an alliance": (
        "goals: 50, ",
        "",
        ["ada.md:7: `alliance:` is not whole; write `alliance: {bond: 50, goals: 50, tasks: 50}`, each 0 to 100"],
    ),
    "a start that is no scene": (
        "start: opening",
        "start: begin",
        ["ada.md:1: `start: begin` names no scene; write `## begin` or name another"],
    ),
    "a change of nothing": (
        "[bond +5;",
        "[trust +5;",
        ["ada.md:19: 'trust +5' changes no alliance; write `bond +3`, `goals -2` or `tasks +1`"],
    ),
    "a change without a sign": (
        "[bond +5;",
        "[bond 5;",
        ["ada.md:19: 'bond 5' changes no alliance; write `bond +3`, `goals -2` or `tasks +1`"],
    ),
    "too large a change": (
        "[bond +5;",
        "[bond +16;",
        ["ada.md:19: 'bond +16' is too large a step; write a change of at most 15"],
    ),
    "two changes of one feature": (
        "[bond +5;",
        "[bond +5, bond -1;",
        ["ada.md:19: bond changes twice in one reply; write one number"],
    ),
    "no move": (
        "[bond +5; restatement]",
        "[bond +5]",
        ["ada.md:19: a reply names no move; write one behind a semicolon: `[bond +3; open question]`"],
    ),
    "a reply that leads nowhere": (
        "- See you at ten. -> outside [bond -6; information]",
        "- See you at ten.",
        [
            "ada.md:36: a reply leads nowhere; write `- What you say. -> scene [bond +2; open question]`",
            "ada.md:39: no reply leads to the scene 'outside'; write `-> outside` in a reply, or take it out",
        ],
    ),
    "duplicate scene": (
        "## outside",
        "## heard\n\n*Again.*\n\nend: held\n\n## outside",
        ["ada.md:39: the scene 'heard' stands twice (first in line 24); rename one of them"],
    ),
    "a scene with a bad name": (
        "## outside",
        "## Out side",
        [
            "ada.md:36: `-> outside` names no scene; write `## outside` or name another scene",
            "ada.md:39: 'Out side' cannot name a scene; write `## like-this` (small letters, digits, hyphens)",
            "ada.md:39: no reply leads to the scene 'Out side'; write `-> Out side` in a reply, or take it out",
        ],
    ),
    "an unknown outcome": (
        "end: lost",
        "end: won",
        ["ada.md:39: `end: won` is not an outcome; write one of: repaired, deepened, held, lost"],
    ),
    "replies and an end": (
        "  > It closes the door.\n",
        "  > It closes the door.\n\nend: held\n",
        ["ada.md:30: the scene 'told' has replies and an end; keep one of the two"],
    ),
    "words without a speaker": (
        "**Ada:** Of course.",
        "Of course.",
        [
            "ada.md:30: in the scene 'told' nothing is said or done; write `**Name:** words` or `*what happens*`",
            "ada.md:32: nobody says this; write `**Name:** words`, or `*what happens*`",
        ],
    ),
    "a line that Markdown would take for a link's address": (
        "**Ada:** Of course.",
        "**Ada:** Of course.\n\n[Ada]: nothing",
        ["ada.md:34: nobody says this; write `**Name:** words`, or `*what happens*`"],
    ),
    "code in a scene": (
        "**Ada:** Of course.",
        "**Ada:** Of course.\n\n```\nx\n```",
        [
            "ada.md:34: only `**Name:** words`, `*what happens*`, replies (`- ...`) and `end: ...` stand in a scene",
        ],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_each_fault_names_path_line_and_remedy(case: str) -> None:
    """A broken dialogue gives exactly the faults it has, each with path, line and what to write."""
    old, new, told = BROKEN[case]
    assert _faults(_edited(old, new)) == told


def test_missing_front_matter_is_said() -> None:
    """Without front matter the author is told how to begin the file."""
    told = "ada.md:1: has no front matter; begin the file with `---`, the keys, and `---`"
    assert told in _faults(ADA.split("---\n", 2)[2])
    assert _faults("") == [told]


def test_an_unknown_move_is_told_with_the_known_ones() -> None:
    """A move that is not in the list of moves is a fault, with the moves to choose from."""
    [told] = _faults(_edited("; repair]", "; repare]"), catalogue.moves())
    assert told.startswith("ada.md:34: 'repare' is no move; choose from: advice, affirmation,")


def test_all_faults_come_at_once() -> None:
    """Mistakes are collected, not thrown one at a time, and come in the order of the file."""
    text = _edited("end: lost", "end: won").replace("bond +5", "trust +5").replace("  > Owns the haste.\n", "")
    assert [told.split(": ")[0] for told in _faults(text)] == ["ada.md:19", "ada.md:34", "ada.md:38"]


def test_wrong_encoding_is_a_fault_with_its_line(tmp_path: Path) -> None:
    """A file that is not UTF-8 is a fault at the line of the first strange byte."""
    path = tmp_path / "ada.md"
    path.write_bytes(ADA.replace("Ada is 52", "Adé is 52").encode("latin-1"))
    with pytest.raises(ContentError) as caught:
        script.read(path)
    assert str(caught.value) == f"{path}:11: is not written in UTF-8; save the file as UTF-8"


def test_what_is_no_readable_file_is_a_fault(tmp_path: Path) -> None:
    """A missing file, a folder, a pipe and a file of 50 MB are faults in a sentence; nothing waits or is read whole."""
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    with (tmp_path / "large.md").open("wb") as file:
        file.truncate(50_000_000)
    told = {}
    for name in ("missing", "folder", "pipe", "large"):
        with pytest.raises(ContentError) as caught:
            script.read(tmp_path / f"{name}.md")
        [fault] = caught.value.faults
        told[name] = fault.message
    assert told == {
        "missing": "cannot be read: No such file or directory",
        "folder": "cannot be read: it is no file",
        "pipe": "cannot be read: it is no file",
        "large": "is 50,000,000 bytes long; a file has at most 1,000,000",
    }


def test_line_ends_of_other_systems_and_a_mark_at_the_start_are_read(tmp_path: Path) -> None:
    """A file saved by an editor that writes CRLF and a byte order mark is the same dialogue."""
    path = tmp_path / "ada.md"
    path.write_bytes(b"\xef\xbb\xbf" + ADA.replace("\n", "\r\n").encode())
    assert script.read(path) == ada()


@given(dialogues())
def test_what_is_written_reads_back(dialogue: object) -> None:
    """`parse(write(d)) == d` for every dialogue without a fault."""
    assert script.parse(script.write(dialogue), dialogue.name) == dialogue


@pytest.mark.parametrize("name", catalogue.dialogue_names())
def test_shipped_dialogues_read_back(name: str) -> None:
    """The dialogues that ship survive being written and read."""
    dialogue = catalogue.dialogue(name)
    assert script.parse(script.write(dialogue), name, moves=catalogue.moves()) == dialogue


def _ends_well(parse: Callable[[], Dialogue]) -> bool:
    """Whether parsing gave a dialogue or faults; any other exception goes through."""
    try:
        return isinstance(parse(), Dialogue)
    except ContentError as error:
        return len(error.faults) > 0


@given(st.text())
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    """Whatever stands in a text, parsing ends in a dialogue or in faults."""
    assert _ends_well(lambda: script.parse(text, "any"))


@given(st.text(st.sampled_from("-:\n #>*[]{}&!<?|'\"\\%@`0afo,.;+=~"), max_size=40), st.integers(0, len(ADA)))
def test_text_broken_anywhere_raises_nothing_else(rubbish: str, place: int) -> None:
    """A dialogue with anything written into it anywhere, front matter included, ends in faults at worst."""
    assert _ends_well(lambda: script.parse(ADA[:place] + rubbish + ADA[place:], "any"))


@given(st.binary(max_size=60), st.integers(0, len(ADA.encode())))
def test_arbitrary_bytes_raise_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, rubbish: bytes, place: int
) -> None:
    """Whatever bytes stand in a file, reading ends in a dialogue or in faults."""
    path = tmp_path_factory.getbasetemp() / "any.md"
    raw = ADA.encode()
    for content in (rubbish, raw[:place] + rubbish + raw[place:], raw[:place]):
        path.write_bytes(content)
        assert _ends_well(lambda: script.read(path))


HOSTILE = {
    "a number with 5,000 digits": ("format: 1", "format: 0x" + "f" * 5000),
    "a change with 5,000 digits": ("[bond +5;", "[bond +" + "5" * 5000 + ";"),
    "a date that is none": ("title: Ada is early", "title: 2026-99-99"),
    "very deep front matter": ("title: Ada is early", "title: " + "[" * 4_000),
    "very long front matter": ("title: Ada is early", "title: " + "Ada, " * 4_000),
    "very many brackets": ("**Ada:** Of course.", "[" * 400_000),
    "very many stars": ("**Ada:** Of course.", "*_" * 200_000),
    "very deep quotes": ("**Ada:** Of course.", ">" * 20_000 + " x"),
    "aliases that would fill the memory": (
        "format: 1",
        "title: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"k{n}: &{b} [{', '.join([f'*{a}'] * 10)}]\n"
            for n, (a, b) in enumerate(zip("abcdefghi", "bcdefghij", strict=True))
        )
        + "format: *j",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text_is_a_fault(case: str) -> None:
    """What is made to break a parser is a fault like any other."""
    assert _faults(_edited(*HOSTILE[case]))


def test_a_reply_with_very_many_blanks_is_read_at_once() -> None:
    """The time to read a reply grows with its length and not with its square."""
    begun = time.process_time()
    _faults(_edited("You came early. -> heard", "You came" + " " * 100_000 + "early. >- heard"))
    assert time.process_time() - begun < 3


def test_lines_are_no_part_of_what_a_dialogue_is() -> None:
    """Two dialogues that say the same are equal, wherever their scenes stand in a file."""
    assert script.parse(ADA.replace("## heard", "\n\n## heard"), "ada") == ada()
    assert dataclasses.replace(ada(), title="Ada") != ada()
