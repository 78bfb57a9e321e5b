"""The journal: every answer a trainee gives, one JSON object a line, beside the notebook.

`append` returns only once the line is on the disk; `read` never raises for what stands in the file. The last line for
an item is its answer, the earlier ones are its history.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

import portalocker

from alliancelab.errors import Fault, NotSaved
from alliancelab.items import KINDS, NAME, Item, NotAnAnswer, Talk
from alliancelab.play import replay

VERSION = 1
SUFFIX = ".answers.jsonl"
# What a journal may hold, in bytes, lines, and values inside its answers: far more than a person can write, and so little
# that any file at all is read in bounded memory.
LONGEST_JOURNAL = 60_000_000
LONGEST_LINE = 1_000_000
MOST_LINES = 100_000
MOST_VALUES = 1_000_000
LONGEST_NUMBER = 1_000
LOCK_SECONDS = 10

_FIELDS = ("v", "at", "item", "kind", "answer")
_SURROGATE = re.compile("[\ud800-\udfff]")


def now() -> datetime:
    """The clock that answers are stamped with where none is passed in: UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Entry:
    """One line of a journal: when (UTC, ISO), which item, its kind, and the answer as plain JSON."""

    at: str
    item: str
    kind: str
    answer: Any


@dataclass(frozen=True)
class Reading:
    """A journal as far as it could be read: the good entries in order, and what could not be used."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()
    torn: bool = False

    def history(self, item: str) -> list[Entry]:
        """Every entry for an item, oldest first."""
        return [entry for entry in self.entries if entry.item == item]


def append(path: Path, item: str, kind: str, answer: Any, at: Callable[[], datetime] = now) -> Entry:
    """Add one answer; when this returns, it is on the disk. Raises `NotSaved` with the reason otherwise.

    Two processes may append to one file: an exclusive lock is held meanwhile. A line that an earlier process left torn
    is closed first, so that it harms no other.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rapport.answers.jsonl"
    >>> _ = append(path, "who", "choose", ["nobody"], at=lambda: datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    >>> print(path.read_text(), end="")
    {"v": 1, "at": "2026-03-02T09:30:00+00:00", "item": "who", "kind": "choose", "answer": ["nobody"]}
    """
    entry = Entry(at().astimezone(UTC).isoformat(), item, kind, answer)
    try:
        line = json.dumps({"v": VERSION, **vars(entry)}, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise NotSaved(f"the answer to '{item}' is not plain data: {error}") from None
    raw = _SURROGATE.sub("\ufffd", line).encode() + b"\n"
    if len(raw) > LONGEST_LINE:
        raise NotSaved(f"the answer to '{item}' is too long to keep ({len(raw):,} bytes); shorten it")
    try:
        with portalocker.Lock(
            path,
            "a+b",
            buffering=0,
            timeout=LOCK_SECONDS,
            check_interval=0.005,
            flags=portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING,
        ) as file:
            size = os.fstat(file.fileno()).st_size
            if size + len(raw) > LONGEST_JOURNAL:  # it would be saved, and never read
                raise NotSaved(f"{path.name} has grown to {size:,} bytes and takes no more; show it to your supervisor")
            _write_line(file.fileno(), raw)
            if not size:
                _keep_name(path)
    except portalocker.LockException:
        raise NotSaved(f"{path.name} is held by another program; close it there and answer again") from None
    except OSError as error:
        raise NotSaved(_reason(error, path)) from None
    return entry


def record(path: Path, item: Item, value: object, at: Callable[[], datetime] = now) -> Any:
    """Keep what a trainee answered to an item, and return the answer as it is kept.

    Raises `NotAnAnswer` where the value cannot be an answer, and `NotSaved` where it did not reach the disk.
    """
    answer = item.clean(value)
    append(path, item.name, item.kind, answer, at)
    return answer


def _write_line(descriptor: int, raw: bytes) -> None:
    size = os.fstat(descriptor).st_size
    if size and not _ends_line(descriptor):
        raw = b"\n" + raw
    try:
        rest = memoryview(raw)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)  # what was not acknowledged must not stay half written
        raise


def _keep_name(path: Path) -> None:
    """Put a new file's name on the disk, too; a system that cannot do that keeps it in its own time."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _ends_line(descriptor: int) -> bool:
    os.lseek(descriptor, -1, os.SEEK_END)  # through the locked file itself: a second one could lose the lock
    return os.read(descriptor, 1) == b"\n"


def _reason(error: OSError, path: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk is full; make room, then answer again ({path.name})"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path} may not be written; allow writing in this folder, then answer again"
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR):
        return f"{path} cannot be made; is its folder gone or renamed?"
    return f"{path}: {error.strerror or error}"


def read(path: Path) -> Reading:
    """Read a journal. A missing file is an empty journal; a bad line is a fault, and the good ones still count.

    A last line that breaks off is torn: an answer that was being written when the machine stopped. It is left out and
    reported apart, since nobody was told that it was saved. Of a journal that is too long only the beginning is read.
    """
    try:
        with open(path, "rb") as file:
            return parse(file, str(path))
    except FileNotFoundError:
        return Reading()
    except OSError as error:
        return Reading(faults=(Fault(str(path), 1, f"cannot be read: {error.strerror or error}"),))


def parse(file: BinaryIO, name: str) -> Reading:
    """Read a journal from a binary file that is open; `name` is what its faults call it. See `read`.

    >>> from io import BytesIO
    >>> print(*parse(BytesIO(b"Dear diary\\n"), "rapport.answers.jsonl").faults)
    rapport.answers.jsonl:1: is not JSON; this line is left out
    """
    entries: list[Entry] = []
    faults: list[Fault] = []
    torn = False
    length = values = 0
    for number in count(1):
        # One byte more than a line may have tells a long one; the rest of it is passed over in pieces.
        raw = file.readline(LONGEST_LINE + 1)
        if not raw:
            break
        size, ends = len(raw), raw.endswith(b"\n")
        while len(raw) == LONGEST_LINE + 1 and not ends and length + size <= LONGEST_JOURNAL:
            piece = file.readline(LONGEST_LINE)
            size, ends = size + len(piece), piece.endswith(b"\n")
            if not piece:
                break
        length += size
        if length > LONGEST_JOURNAL or number > MOST_LINES or values > MOST_VALUES:
            faults.append(Fault(name, number, "is more than a journal can hold; it is left out, with all that follows"))
            break
        try:
            entry = _entry(raw, size)
        except ValueError as error:
            torn = not ends
            if not torn:
                faults.append(Fault(name, number, f"{error}; this line is left out"))
        else:
            if entry is not None:
                entries.append(entry)
                values += _values(entry.answer)
    return Reading(tuple(entries), tuple(faults), torn)


def _values(answer: Any) -> int:
    """How many values an answer is made of, keys included."""
    found, waiting = 0, [answer]
    while waiting:
        value = waiting.pop()
        found += 1
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
    return found


def _entry(raw: bytes, size: int) -> Entry | None:
    if not raw.strip():
        return None
    if size > LONGEST_LINE:
        raise ValueError(f"is {size:,} bytes long, more than an answer can be")
    try:
        text = raw.decode("utf-8")
        line = json.loads(text, parse_constant=_no_constant, parse_int=_whole, parse_float=_finite)
        if "\\u" in text:  # half a character can be written so, and nothing could keep or show it
            line = json.loads(_SURROGATE.sub("\ufffd", json.dumps(line, ensure_ascii=False)))
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    except json.JSONDecodeError:
        raise ValueError("is not JSON") from None
    if not isinstance(line, dict) or any(field not in line for field in _FIELDS):
        raise ValueError(f"is not an answer; it needs the fields {', '.join(_FIELDS)}")
    if line["v"] != VERSION:
        raise ValueError("was written by another version; update alliancelab")
    if not isinstance(line["item"], str) or not NAME.fullmatch(line["item"]):
        raise ValueError("names no item")
    if line["kind"] not in KINDS:
        raise ValueError("is of no known kind")
    if not isinstance(line["at"], str) or not _is_instant(line["at"]):
        raise ValueError("has no time with an offset in 'at'")
    return Entry(line["at"], line["item"], line["kind"], line["answer"])


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("holds a number too long to read")
    return int(digits)


def _finite(digits: str) -> float:
    if not isfinite(number := float(digits)):
        raise ValueError("holds a number too large to read")
    return number


def _no_constant(name: str) -> None:
    raise ValueError(f"holds {name}, which is no number")


def answer_of(reading: Reading, item: Item) -> Any:
    """The answer that counts for an item, or None: the last one that can be an answer to it.

    Of a dialogue the last finished path counts; while none is finished, the last one.
    """
    answers = good_answers(reading, item)
    if isinstance(item, Talk):
        finished = [path for path in answers if replay(item.dialogue, path).end]
        return (finished or answers or [None])[-1]
    return answers[-1] if answers else None


def tries(reading: Reading, item: Talk) -> int:
    """How often the conversation was played to an end."""
    return sum(1 for path in good_answers(reading, item) if replay(item.dialogue, path).end)


def good_answers(reading: Reading, item: Item) -> list[Any]:
    """Every entry for the item that can be an answer to it, cleaned, oldest first."""
    answers = []
    for entry in reading.history(item.name):
        if entry.kind != item.kind:
            continue
        try:
            answers.append(item.clean(entry.answer))
        except NotAnAnswer:
            continue
    return answers
