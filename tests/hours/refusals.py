"""What is refused: by which rule, with which sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alliancelab.hours.record.records import Refused


def refused(rule: str, do: Callable[[], object]) -> str:
    """The sentence with which something is refused; by this rule, and no other."""
    with pytest.raises(Refused) as told:
        do()
    assert (told.value.rule, str(told.value)) == (rule, str(told.value))
    return str(told.value)
