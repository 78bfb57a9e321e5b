"""What can go wrong, said so that the reader can mend it.

An author's mistake is a `Fault`: data, collected, with path and line. A programmer's or a user's mistake is an
`AllianceLabError`: one sentence that says what is wrong, where, and what to do. A trainee's mistake is neither; it
is a `Result` (see `alliancelab.marking`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake in a file: where it is, and what to write instead.

    >>> print(Fault("maya.md", 12, "a reply has no reason; write `  > why` under it"))
    maya.md:12: a reply has no reason; write `  > why` under it
    """

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class AllianceLabError(Exception):
    """A mistake that the caller can mend; its text is for them to read."""


class ContentError(AllianceLabError):
    """Content that cannot be used, with every fault that was found in it."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class NotSaved(AllianceLabError):
    """An answer that did not reach the disk, with the reason."""
