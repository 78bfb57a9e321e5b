"""Files of submissions: read without following anything, written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

TIMESTAMP = "timestamp.txt"
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
