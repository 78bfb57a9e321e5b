"""What a lesson's file of items must be: readable, with a reason for everything, and a model for what is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alliancelab import catalogue, keys, questions, script
from alliancelab.errors import ContentError, Fault
from alliancelab.items import Fill, Item, Write
from alliancelab.lint.words import known, tone


def check(path: Path) -> Iterator[Fault]:
    """What is wrong with a file of items."""
    modules = known(catalogue.modules)
    if modules is not None and path.stem not in modules:
        yield Fault(str(path), 1, f"there is no module '{path.stem}'; call the file after one of: {', '.join(modules)}")
    try:
        text = script.read_text(path)
        made = questions.made(catalogue.load_toml(path), text, str(path))
    except ContentError as error:
        yield from error.faults
        return
    for name, practice in made.items():
        for message in _wrong(practice):
            yield Fault(str(path), questions.line_of(text, name), f"'{name}': {message}")


def _wrong(practice: questions.Practice) -> Iterator[str]:
    if isinstance(practice.item, Write | Fill):
        if isinstance(practice.item, Write) and not practice.model:
            yield "has no model answer; write `model`, one good answer among many"
        if practice.key is not None:
            yield "a written answer has no key; take it out"
    else:
        yield from key(practice.item, practice.key)
    yield from (message for text in (*practice.hints, practice.model) for message in tone(text))


def key(item: Item, given: Any) -> Iterator[str]:
    """What is wrong with a key: its shape, its sources, the tone of its reasons."""
    yield from keys.faults(item, given, known(catalogue.sources))
    for reason in reasons(given):
        yield from tone(reason)


def reasons(given: Any) -> list[str]:
    """The reasons that a key gives."""
    why = given.get("why") if isinstance(given, Mapping) else None
    return [reason for reason in (why.values() if isinstance(why, Mapping) else [why]) if isinstance(reason, str)]
