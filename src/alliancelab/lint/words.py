"""What the linters share: lists that may themselves be broken, and the tone of feedback."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from alliancelab.errors import ContentError

Known = TypeVar("Known", bound=Collection[str])

_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")


def known(of: Callable[[], Known]) -> Known | None:
    """One of the catalogue's lists, or None while its file is broken; `lists.check` says what is wrong with that."""
    try:
        return of()
    except (ContentError, AttributeError, LookupError, OSError, TypeError):
        return None


def tone(why: str) -> Iterator[str]:
    """What feedback must not hold.

    >>> list(tone("Well done!"))
    ['feedback has no exclamation marks; end the sentence with a full stop']
    """
    if "!" in why:
        yield "feedback has no exclamation marks; end the sentence with a full stop"
    if _EMOJI.search(why):
        yield "feedback has no emoji; say it in words"
