"""Files of submissions: read without following anything, written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path

TIMESTAMP = "timestamp.txt"
LONGEST_TIMESTAMP = 200
SECRET = "submission_secret.txt"  # what nbgrader's exchange knows a submission by


def read_plain(path: Path) -> bytes | None:
    """The bytes of a plain file, or None where there is none; a link is not followed, a device is not opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path.name} is no file")
        return file.read()


def below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """`folder` and everything in it, however deep, with what the system tells of each; links are not followed."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        about = path.lstat()
        yield path, about
        if stat.S_ISDIR(about.st_mode):
            waiting += sorted(path.iterdir(), reverse=True)


def time_of(raw: bytes | None) -> datetime | None:
    """What nbgrader reads from a timestamp.txt, in UTC without an offset, or None; raises `ValueError` for what is no time."""
    from nbgrader.utils import parse_utc

    try:
        text = (raw or b"")[: LONGEST_TIMESTAMP + 1].decode().strip()
        if len(text) > LONGEST_TIMESTAMP:
            raise ValueError("is too long for a time")
        with suppress(ValueError):  # what we write ourselves, read many times as quickly as any other form
            return datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC")
        return parse_utc(text) if text else None
    except (OverflowError, TypeError, AttributeError) as error:
        raise ValueError(f"is no time: {error}") from None


def write_whole(path: Path, raw: bytes, permissions: int) -> None:
    """Write a whole file or nothing; what a run that was cut short left of it is written over."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with open(new, "wb") as file:
        file.write(raw)
        new.chmod(permissions)
    new.replace(path)


def portions(values: Sequence[str], size: int) -> Iterator[list[str]]:
    """The values, `size` at a time.

    >>> list(portions("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
