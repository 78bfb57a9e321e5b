"""The journal: what was said to be saved is saved, and whatever a file holds, the good lines count."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import ada

import alliancelab
from alliancelab import answers
from alliancelab.errors import NotSaved
from alliancelab.items import Choose, NotAnAnswer, Talk, Write

HERE = Path(__file__).parent
NOBODY = 65_534
WHO = Choose("who", "Who?", {"nobody": "Nobody.", "the-team": "The team."})
TALK = Talk("ada", ada())


def _clock() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "rapport.answers.jsonl"


def _line(**fields: object) -> bytes:
    whole = {"v": 1, "at": "2026-03-02T09:30:00+00:00", "item": "who", "kind": "choose", "answer": ["nobody"], **fields}
    return json.dumps(whole).encode() + b"\n"


def _python(*arguments: str, **options: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(alliancelab.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


# -- writing ---------------------------------------------------------------------------------------------------------


def test_a_line_is_the_answer_with_its_time_in_utc(journal: Path) -> None:
    """One answer is one line of JSON with the five fields, its time in UTC whatever clock is passed in."""
    there = datetime(2026, 3, 2, 10, 30, tzinfo=datetime.strptime("+01:00", "%z").tzinfo)
    answers.append(journal, "who", "choose", ["nobody"], at=lambda: there)
    assert journal.read_bytes() == _line()


@given(st.lists(st.text(max_size=30), max_size=5))
def test_what_is_appended_is_read_back(texts: list[str]) -> None:
    """Every text comes back as it was kept, in the order in which it was given."""
    item = Write("diary", "What?")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.answers.jsonl"
        kept = [answers.record(path, item, text, at=_clock) for text in texts]
        reading = answers.read(path)
    assert [entry.answer for entry in reading.history("diary")] == kept
    assert (reading.faults, reading.torn) == ((), False)
    assert answers.answer_of(reading, item) == (kept[-1] if kept else None)


def test_what_cannot_be_an_answer_is_never_written(journal: Path) -> None:
    """A value that is no answer is refused before the journal is touched."""
    with pytest.raises(NotAnAnswer):
        answers.record(journal, WHO, ["everyone"])
    assert not journal.exists()


@pytest.mark.parametrize("value", [math.nan, [math.inf], {1, 2}, b"bytes"])
def test_what_is_no_plain_data_is_not_saved(journal: Path, value: object) -> None:
    """NaN and what JSON does not know are refused in a sentence, and the journal stays as it was."""
    answers.append(journal, "who", "choose", ["nobody"], at=_clock)
    with pytest.raises(NotSaved, match=r"^the answer to 'who' is not plain data: "):
        answers.append(journal, "who", "choose", value)
    assert journal.read_bytes() == _line()


def test_deep_nesting_is_not_saved(journal: Path) -> None:
    """An answer nested without end is refused in a sentence."""
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotSaved, match="is not plain data"):
        answers.append(journal, "who", "choose", deep)
    while deep:  # taken apart by hand: freeing it whole would go as deep
        deep = deep.pop()


def test_a_50_mb_answer_is_not_saved(journal: Path) -> None:
    """An answer too long to keep is told with its length."""
    with pytest.raises(NotSaved) as caught:
        answers.append(journal, "who", "write", "x" * 50_000_000, at=_clock)
    assert str(caught.value) == "the answer to 'who' is too long to keep (50,000,090 bytes); shorten it"
    assert not journal.exists()


# -- reading ---------------------------------------------------------------------------------------------------------


def test_a_missing_journal_is_an_empty_one(journal: Path) -> None:
    """Before the first answer there is nothing, and nothing is wrong."""
    assert answers.read(journal) == answers.Reading()


@pytest.mark.parametrize("cut", range(1, len(_line()) - 1, 7))
def test_a_torn_last_line_is_left_out_and_reported(journal: Path, cut: int) -> None:
    """A last line that breaks off anywhere is left out and reported, and all before it count."""
    journal.write_bytes(_line() + _line(answer=["the-team"])[:cut])
    reading = answers.read(journal)
    assert [entry.answer for entry in reading.entries] == [["nobody"]]
    assert (reading.torn, reading.faults) == (True, ())


def test_the_next_answer_closes_a_torn_line(journal: Path) -> None:
    """After a torn line the next answer starts a line of its own; the torn one is then a fault with its number."""
    journal.write_bytes(_line() + _line()[:40])
    answers.append(journal, "who", "choose", ["the-team"], at=_clock)
    reading = answers.read(journal)
    assert [entry.answer for entry in reading.entries] == [["nobody"], ["the-team"]]
    assert [str(fault) for fault in reading.faults] == [f"{journal}:2: is not JSON; this line is left out"]
    assert not reading.torn


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\x00\xff\xfe\x00\n", "is not text in UTF-8"),
        (b"not json\n", "is not JSON"),
        (b"[1, 2]\n", "is not an answer; it needs the fields v, at, item, kind, answer"),
        (b'{"v": 1}\n', "is not an answer; it needs the fields v, at, item, kind, answer"),
        (_line(answer=0).replace(b": 0}", b": NaN}"), "holds NaN, which is no number"),
        (_line(answer=0).replace(b": 0}", b": -Infinity}"), "holds -Infinity, which is no number"),
        (_line(answer=0).replace(b": 0}", b": " + b"[" * 100_000 + b"]" * 100_000 + b"}"), "is nested too deeply"),
        (_line(v=2), "was written by another version; update alliancelab"),
        (_line(item="a b"), "names no item"),
        (_line(item=["who"]), "names no item"),
        (_line(kind="guess"), "is of no known kind"),
        (_line(kind=["choose"]), "is of no known kind"),
        (_line(at="yesterday"), "has no time with an offset in 'at'"),
        (_line(at="2026-03-02T09:30:00"), "has no time with an offset in 'at'"),
        (_line(answer="x" * 1_000_000), "is 1,000,091 bytes long, more than an answer can be"),
        (_line(answer=0).replace(b": 0}", b": " + b"9" * 5_000 + b"}"), "holds a number too long to read"),
        (_line(answer=0).replace(b": 0}", b": 1e999}"), "holds a number too large to read"),
    ],
)
def test_a_bad_line_is_a_fault_with_its_number(journal: Path, raw: bytes, told: str) -> None:
    """A bad line is told with its number, and the good lines around it still count."""
    journal.write_bytes(_line() + b"\n" + raw + _line(answer=["the-team"]))
    reading = answers.read(journal)
    assert [str(fault) for fault in reading.faults] == [f"{journal}:3: {told}; this line is left out"]
    assert [entry.answer for entry in reading.entries] == [["nobody"], ["the-team"]]


def test_a_line_of_50_mb_harms_no_other(journal: Path) -> None:
    """One monstrous line is left out, and the rest is read."""
    journal.write_bytes(_line() + b"x" * 50_000_000 + b"\n" + _line(answer=["the-team"]))
    reading = answers.read(journal)
    assert len(reading.entries) == 2
    assert reading.faults[0].message.startswith("is 50,000,001 bytes long")


LIMITED = """
import resource, sys, time
from pathlib import Path
from alliancelab import answers
resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000))
began = time.process_time()
reading = answers.read(Path(sys.argv[1]))
print(len(reading.entries), reading.torn, time.process_time() - began < 20, *reading.faults, sep="\\n")
"""


def _read_with_little_memory(journal: Path) -> list[str]:
    """Read a journal in a process that gets 600 MB in all: entries, torn or not, whether it was quick, the faults."""
    out, err = _python("-c", LIMITED, str(journal)).communicate()
    assert err == ""
    return out.splitlines()


def test_a_line_of_200_mb_is_passed_over_in_pieces(journal: Path) -> None:
    """A line that is longer than any journal is one fault; it is never held whole, and what stands before it counts."""
    with journal.open("wb") as file:
        file.write(_line())
        file.truncate(200_000_000)
    told = "is more than a journal can hold; it is left out, with all that follows"
    assert _read_with_little_memory(journal) == ["1", "False", "True", f"{journal}:2: {told}"]


@pytest.mark.parametrize(
    ("line", "number", "kept"),
    [
        (_line(), 100_001, 100_000),
        (b"no answer\n", 100_001, 0),
        (b"\n", 100_001, 0),
        (_line(answer=[[]] * 200_000), 6, 5),
        (_line(answer="\U0001f600" * 80_000), 63, 62),
    ],
    ids=["answers", "no answers", "blank lines", "many small values", "long texts"],
)
def test_a_million_lines_are_read_as_far_as_a_journal_goes(journal: Path, line: bytes, number: int, kept: int) -> None:
    """A journal without end is read in bounded time and memory; one last fault says where the reading stopped."""
    with journal.open("wb") as file:
        for _ in range(100):
            file.write(line * min(10_000, 2_000_000 // len(line) + 1))
    entries, torn, quick, *faults = _read_with_little_memory(journal)
    assert (entries, torn, quick) == (str(kept), "False", "True")
    assert faults[-1] == f"{journal}:{number}: is more than a journal can hold; it is left out, with all that follows"


def test_what_would_not_be_read_is_not_said_to_be_saved(journal: Path) -> None:
    """An answer that no longer fits into what is read of a journal is refused when it is given."""
    with journal.open("wb") as file:
        file.truncate(answers.LONGEST_JOURNAL - 50)
    with pytest.raises(NotSaved, match=r"has grown to 59,999,950 bytes and takes no more; show it to your supervisor"):
        answers.append(journal, "who", "choose", ["nobody"], at=_clock)
    assert journal.stat().st_size == answers.LONGEST_JOURNAL - 50


def test_half_a_character_is_replaced(journal: Path) -> None:
    """Half of a character, which JSON can spell and no file can keep, is read as the sign for something unreadable."""
    journal.write_bytes(_line(kind="write", answer=["\ud83d", {"\udc00 half": "\U0001f600 whole"}]))
    assert answers.read(journal).entries[0].answer == ["\ufffd", {"\ufffd half": "\U0001f600 whole"}]


@given(
    st.lists(
        st.binary(max_size=40)
        | st.builds(
            lambda value: _line(answer=value),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
                lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=4), part, max_size=3),
            ),
        )
        | st.sampled_from([b"[" * 10_000, b'{"a":' * 10_000, b"9" * 10_000, b"\n", b"\r", b"\xff", b'"\\ud800"']),
        max_size=6,
    )
)
def test_bytes_in_hand_are_read_like_a_file(parts: list[bytes]) -> None:
    """Whatever the bytes are, `parse` raises nothing, keeps what can be written again, and `read` finds the same."""
    raw = b"".join(parts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.answers.jsonl"
        path.write_bytes(raw)
        reading = answers.read(path)
        assert answers.parse(io.BytesIO(raw), str(path)) == reading
    json.dumps([vars(entry) for entry in reading.entries], ensure_ascii=False, allow_nan=False).encode()


@given(st.lists(st.binary(max_size=30) | st.sampled_from([_line(), b"{", b'{"v": 1', b"\n"]), max_size=6))
def test_whatever_stands_in_a_journal_it_is_read(parts: list[bytes]) -> None:
    """Any bytes at all are read without an exception, and the next answer is found again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.answers.jsonl"
        path.write_bytes(b"".join(parts))
        before = answers.read(path)
        answers.append(path, "new", "write", "kept", at=_clock)
        reading = answers.read(path)
    assert reading.entries[-1].answer == "kept"
    assert reading.entries[:-1] == before.entries


def test_a_journal_that_is_a_folder_is_a_fault(tmp_path: Path) -> None:
    """A folder where the journal should be is told, on reading and on writing."""
    reading = answers.read(tmp_path)
    assert [str(fault) for fault in reading.faults] == [f"{tmp_path}:1: cannot be read: Is a directory"]
    with pytest.raises(NotSaved, match="cannot be made; is its folder gone or renamed"):
        answers.append(tmp_path, "who", "choose", ["nobody"])


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """An answer given after the folder was deleted is not said to be saved."""
    path = tmp_path / "gone" / "rapport.answers.jsonl"
    with pytest.raises(NotSaved) as caught:
        answers.append(path, "who", "choose", ["nobody"])
    assert str(caught.value) == f"{path} cannot be made; is its folder gone or renamed?"


# -- which answer counts ---------------------------------------------------------------------------------------------


def test_the_last_answer_counts_and_the_earlier_ones_are_history(journal: Path) -> None:
    """Changing one's mind keeps both answers, the last one being the answer."""
    times = iter(_clock() + timedelta(minutes=n) for n in range(3))
    for answer in (["nobody"], ["the-team"], ["nobody"]):
        answers.append(journal, "who", "choose", answer, at=lambda: next(times))
    reading = answers.read(journal)
    assert answers.answer_of(reading, WHO) == ["nobody"]
    assert [entry.at[14:16] for entry in reading.history("who")] == ["30", "31", "32"]


def test_an_entry_that_is_no_answer_to_the_item_is_passed_over(journal: Path) -> None:
    """An entry of another kind, or with an option that is gone, does not hide the good answer before it."""
    journal.write_bytes(_line() + _line(answer=["everyone"]) + _line(kind="order", answer=["the-team"]))
    assert answers.answer_of(answers.read(journal), WHO) == ["nobody"]


def test_of_a_dialogue_the_last_finished_path_counts(journal: Path) -> None:
    """A conversation begun again does not take away the one that was finished, and finished ones are counted."""
    for path in (["told"], ["told", "outside"], ["heard"], ["told"]):
        answers.append(journal, "ada", "dialogue", path, at=_clock)
    reading = answers.read(journal)
    assert answers.answer_of(reading, TALK) == ["heard"]
    assert answers.tries(reading, TALK) == 2


def test_of_an_unfinished_dialogue_the_last_path_counts(journal: Path) -> None:
    """While no conversation was finished, the last one goes on where it stopped."""
    for path in (["told"], []):
        answers.append(journal, "ada", "dialogue", path, at=_clock)
    reading = answers.read(journal)
    assert (answers.answer_of(reading, TALK), answers.tries(reading, TALK)) == ([], 0)


# -- two at once, and the worst that can happen ----------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from alliancelab import answers
for number in range(200):
    answers.append(Path(sys.argv[1]), f"{sys.argv[2]}-{number}", "write", "x" * 100)
"""


def test_two_processes_lose_nothing(journal: Path) -> None:
    """Two programs that write 200 answers each into one journal at once leave 400 whole lines, each in its order."""
    writers = [_python("-c", WRITER, str(journal), name) for name in ("left", "right")]
    for writer in writers:
        assert writer.communicate()[1] == ""
    reading = answers.read(journal)
    assert (reading.faults, reading.torn) == ((), False)
    for name in ("left", "right"):
        found = [entry.item for entry in reading.entries if entry.item.startswith(name)]
        assert found == [f"{name}-{number}" for number in range(200)]


def test_a_killed_writer_loses_no_acknowledged_answer(tmp_path: Path) -> None:
    """Of 100 writers killed at random instants, no answer said to be saved is lost, and the journal stays readable."""
    run = _python(str(HERE / "kill_writers.py"), str(tmp_path), "100", "20260302")
    out, err = run.communicate()
    assert err == ""
    result = json.loads(out)
    assert (result["kills"], result["lost"]) == (100, [])
    assert result["told"] > 100


def _fill_up(journal: Path) -> str:
    """Answer in a child until it is refused; returns what was told."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom alliancelab import answers, errors\n"
        "try:\n    while True:\n        answers.append(Path(sys.argv[1]), 'diary', 'write', 'x' * 3_000)\n"
        "except errors.NotSaved as error:\n    print(error, end='')\n"
    )
    child = _python("-c", code, str(journal), preexec_fn=_limit_files)
    out, err = child.communicate()
    assert err == ""
    return out


def _limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))


def _holds_only_whole_answers(journal: Path) -> None:
    reading = answers.read(journal)
    assert len(reading.entries) > 5
    assert (reading.faults, reading.torn) == ((), False)
    assert journal.read_bytes().endswith(b"\n")


def test_a_file_that_may_not_grow_is_told(journal: Path) -> None:
    """At a limit on the size of files an answer is "not saved", with what to do; what was saved stays whole."""
    assert _fill_up(journal) == "the disk is full; make room, then answer again (rapport.answers.jsonl)"
    _holds_only_whole_answers(journal)


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 32 kB where we may mount one, else the folder itself."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", folder], capture_output=True, check=False
    )
    try:
        yield folder
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    """On a full disk an answer is "not saved", with the reason; what was saved stays, and with room it goes on."""
    with _small_disk(tmp_path / "disk") as disk:
        journal = disk / "rapport.answers.jsonl"
        assert _fill_up(journal) == "the disk is full; make room, then answer again (rapport.answers.jsonl)"
        _holds_only_whole_answers(journal)
        whole = journal.read_bytes()
        journal.write_bytes(whole[: len(whole) // 2])  # room is made, if not in the kindest way
        answers.append(journal, "after", "write", "kept", at=_clock)
        assert answers.read(journal).entries[-1].answer == "kept"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "the disk is full; make room, then answer again (j)"),
        (errno.EDQUOT, "the disk is full; make room, then answer again (j)"),
        (errno.EROFS, "j may not be written; allow writing in this folder, then answer again"),
        (errno.EIO, "j: Input/output error"),
    ],
)
def test_each_reason_of_the_system_is_said_in_words(number: int, told: str) -> None:
    """What the system reports becomes a sentence that says what to do."""
    assert answers._reason(OSError(number, os.strerror(number)), Path("j")) == told


AS_NOBODY = """
import os, sys
from pathlib import Path
from alliancelab import answers, errors
if os.geteuid() == 0:
    os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
path = Path(sys.argv[1])
try:
    answers.append(path, "who", "choose", ["nobody"])
except errors.NotSaved as error:
    print(error)
print(*answers.read(path).faults)
"""


@pytest.fixture
def others_folder() -> Iterator[Path]:
    """A folder that anyone may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _as_nobody(path: Path) -> list[str]:
    out, err = _python("-c", AS_NOBODY.format(nobody=NOBODY), str(path)).communicate()
    assert err == ""
    return out.splitlines()


def test_a_read_only_folder_is_told(others_folder: Path) -> None:
    """In a folder that may not be written an answer is "not saved", with the reason and what to do."""
    others_folder.chmod(0o555)
    path = others_folder / "rapport.answers.jsonl"
    assert _as_nobody(path) == [f"{path} may not be written; allow writing in this folder, then answer again", ""]


def test_a_journal_that_may_not_be_read_is_told(others_folder: Path) -> None:
    """A journal that may be neither written nor read is told both times, and is left as it is."""
    path = others_folder / "rapport.answers.jsonl"
    path.write_bytes(_line())
    path.chmod(0)
    assert _as_nobody(path) == [
        f"{path} may not be written; allow writing in this folder, then answer again",
        f"{path}:1: cannot be read: Permission denied",
    ]
    path.chmod(0o600)
    assert path.read_bytes() == _line()


def test_a_journal_held_by_another_program_is_told(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are written under a lock of their own; one that cannot be had is told instead of waited for."""
    import portalocker

    monkeypatch.setattr(answers, "LOCK_SECONDS", 0.2)
    with portalocker.Lock(journal, "ab", flags=portalocker.LockFlags.SHARED), pytest.raises(NotSaved) as caught:
        answers.append(journal, "who", "choose", ["nobody"])
    assert str(caught.value) == f"{journal.name} is held by another program; close it there and answer again"
    assert journal.read_bytes() == b""
