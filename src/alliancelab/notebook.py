"""The calls that stand in our notebooks: `lesson` or `exercise` first, then questions, conversations and marks.

Their arguments are plain values, so that `alliancelab.sheet` can read a notebook without running it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

from alliancelab import answers, catalogue, marking, render, sheet
from alliancelab.errors import AllianceLabError
from alliancelab.items import Choose, Code, Item, Order, Rate, Write
from alliancelab.marking import KEPT, Key, Result
from alliancelab.widgets import Card, FinishCard, Still, someone_is_there

AnyCard = TypeVar("AnyCard", Card, FinishCard)

_items: dict[str, Item] = {}
_cards: list[Card | FinishCard] = []
_module: list[str] = []


def lesson(module: str) -> None:
    """Begin a lesson: its answers go into `<module>.answers.jsonl` beside the notebook."""
    while _cards:
        _cards.pop().close()  # a page that runs again has new cards; what is said to an old one must not be kept unseen
    _items.clear()
    _module[:] = [module]


def exercise(module: str) -> None:
    """Begin an exercise: its answers go into `<module>.answers.jsonl` beside the notebook."""
    lesson(module)


def choose(*arguments: Any, key: Key | None = None, **options: Any) -> Card | Still:
    """Ask to choose one option, or several; see `alliancelab.items.Choose`."""
    return _ask(Choose(*arguments, **options), key)


def order(*arguments: Any, key: Key | None = None, **options: Any) -> Card | Still:
    """Ask to put steps in order; see `alliancelab.items.Order`."""
    return _ask(Order(*arguments, **options), key)


def rate(*arguments: Any, key: Key | None = None, **options: Any) -> Card | Still:
    """Ask to rate on a scale; see `alliancelab.items.Rate`."""
    return _ask(Rate(*arguments, **options), key)


def code(*arguments: Any, key: Key | None = None, **options: Any) -> Card | Still:
    """Ask to label each reply of an exchange; see `alliancelab.items.Code`."""
    return _ask(Code(*arguments, **options), key)


def write(*arguments: Any, **options: Any) -> Card | Still:
    """Ask for the trainee's own words; see `alliancelab.items.Write`."""
    return _ask(Write(*arguments, **options), None)


def play(name: str) -> Card | Still:
    """Play the dialogue of this name."""
    return _ask(sheet.talk(name), None)


def finish() -> FinishCard | Still:
    """The last card of an exercise: check the work, hand it in."""
    if not someone_is_there():
        return Still(FinishCard.still)
    return _kept(FinishCard(_open_module(), Path.cwd()))


def mark(name: str, points: float, key: Key | None = None) -> Result:
    """Mark an item. Without a key (a released exercise) nothing is judged and the points are 0.

    While `nbgrader validate` runs, the model answer made from the key stands in for a trainee's.
    """
    if key is None:
        return Result(name, KEPT, 0, points)
    if name not in _items:
        raise AllianceLabError(f"'{name}' is marked before it is asked; put its question above the mark")
    item = _items[name]
    if os.environ.get("NBGRADER_EXECUTION") == "validate":
        answer = marking.model_answer(item, key)
    else:
        answer = answers.answer_of(answers.read(_journal()), item)
    return marking.mark(item, key, answer, points, catalogue.near_moves())


def _ask(item: Item, key: Key | None) -> Card | Still:
    _items[item.name] = item
    if not someone_is_there():
        given = answers.good_answers(answers.read(_journal()), item)
        return Still(render.static(item, given[-1] if given else None))
    return _kept(Card(item, _journal(), key))


def _kept(card: AnyCard) -> AnyCard:
    _cards.append(card)
    return card


def _open_module() -> str:
    if not _module:
        raise AllianceLabError('the notebook does not say what it is; begin it with lesson("rapport")')
    return _module[0]


def _journal() -> Path:
    return sheet.journal_path(Path.cwd(), _open_module())
