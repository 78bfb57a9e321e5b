"""The calls that stand in our notebooks: `lesson` or `exercise` first, then questions, conversations and marks.

Their arguments are plain values, so that `alliancelab.sheet` can read a notebook without running it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from alliancelab import answers, catalogue, marking, render, series, sheet
from alliancelab.calibration import is_judged
from alliancelab.errors import AllianceLabError
from alliancelab.items import Choose, Code, Fill, Find, Item, Order, Rate, Write
from alliancelab.marking import KEPT, Key, Result
from alliancelab.widgets import (
    BaseCard,
    CalibrationCard,
    Card,
    ChartCard,
    FinishCard,
    HoursLogCard,
    PractiseCard,
    ProgressCard,
    SeriesChartCard,
    SessionCard,
    Still,
    someone_is_there,
)

Hints = Sequence[str]
AnyCard = TypeVar("AnyCard", bound=BaseCard)

_items: dict[str, Item] = {}
_cards: list[BaseCard] = []
_module: list[str] = []


def lesson(module: str) -> None:
    """Begin a lesson: its answers go into `<module>.answers.jsonl` beside the notebook."""
    _close_cards()
    _items.clear()
    _module[:] = [module]


def exercise(module: str) -> None:
    """Begin an exercise: its answers go into `<module>.answers.jsonl` beside the notebook."""
    lesson(module)


def choose(*arguments: Any, key: Key | None = None, hints: Hints = (), **options: Any) -> Card | Still:
    """Ask to choose one option, or several; see `alliancelab.items.Choose`."""
    return _ask(Choose(*arguments, **options), key, hints)


def order(*arguments: Any, key: Key | None = None, hints: Hints = (), **options: Any) -> Card | Still:
    """Ask to put steps in order; see `alliancelab.items.Order`."""
    return _ask(Order(*arguments, **options), key, hints)


def rate(*arguments: Any, key: Key | None = None, hints: Hints = (), **options: Any) -> Card | Still:
    """Ask to rate on a scale; see `alliancelab.items.Rate`."""
    return _ask(Rate(*arguments, **options), key, hints)


def code(*arguments: Any, key: Key | None = None, hints: Hints = (), **options: Any) -> Card | Still:
    """Ask to label each reply of an exchange; see `alliancelab.items.Code`."""
    return _ask(Code(*arguments, **options), key, hints)


def write(*arguments: Any, **options: Any) -> Card | Still:
    """Ask for the trainee's own words; see `alliancelab.items.Write`."""
    return _ask(Write(*arguments, **options))


def fill(*arguments: Any, **options: Any) -> Card | Still:
    """Ask to fill in a page of short fields; see `alliancelab.items.Fill`."""
    return _ask(Fill(*arguments, **options))


def find(*arguments: Any, key: Key | None = None, hints: Hints = (), **options: Any) -> Card | Still:
    """Ask to find a session on a chart, or several; see `alliancelab.items.Find`."""
    return _ask(Find(*arguments, **options), key, hints)


def item(name: str) -> Card | Still:
    """Ask a practice item that stands in the lesson's file of items, with its open key."""
    practice = catalogue.practice_item(_open_module(), name)
    return _ask(practice.item, practice.key, practice.hints, practice.model)


def scale(name: str) -> Card | Still:
    """Fill in the scale of this name; see `alliancelab.scales`."""
    return _ask(sheet.form(name))


def play(name: str, hints: Hints = ()) -> Card | Still:
    """Play the dialogue of this name."""
    return _ask(sheet.talk(name), None, hints)


def session(name: str, number: int) -> SessionCard | Still:
    """Play a session of a series: the dialogue that follows from how the session before it ended."""
    for begun in sheet.beginnings(name, number):
        _items[begun.dialogue] = sheet.talk(begun.dialogue)
    if not someone_is_there():
        return Still(SessionCard.still(series.named(name), number, _journal()))
    return _kept(SessionCard(series.named(name), number, _journal(), _refresh))


def series_chart(name: str) -> SeriesChartCard | Still:
    """The alliance over the sessions of a series, as far as it has been played."""
    if not someone_is_there():
        return Still(SeriesChartCard.still(series.named(name), _journal()))
    return _kept(SeriesChartCard(series.named(name), _journal()))


def chart(name: str) -> ChartCard | Still:
    """A chart of simulated ratings, read by going from session to session; where nobody is there, a picture."""
    if not someone_is_there():
        return Still(render.chart(name))
    return _kept(ChartCard(name))


def calibration() -> CalibrationCard | Still:
    """How close the codings and ratings of a lesson and its exercise are to the key, drawn anew as they are answered."""
    if not someone_is_there():
        return Still(CalibrationCard.still(_open_module(), Path.cwd()))
    return _kept(CalibrationCard(_open_module(), Path.cwd()))


def practise() -> PractiseCard | Still:
    """Today's practice, from the lessons that are done in this folder; the page of its own that holds it has no other card."""
    _close_cards()
    if not someone_is_there():
        return Still(PractiseCard.still)
    return _kept(PractiseCard(Path.cwd()))


def finish() -> FinishCard | Still:
    """The last card of an exercise: check the work, hand it in."""
    if not someone_is_there():
        return Still(FinishCard.still)
    return _kept(FinishCard(_open_module(), Path.cwd()))


def progress() -> ProgressCard | Still:
    """What is done in this folder, what comes next, and how the skills grow."""
    if not someone_is_there():
        return Still(ProgressCard.still(Path.cwd()))
    _close(ProgressCard)
    return _kept(ProgressCard(Path.cwd()))


def hours_log() -> HoursLogCard | Still:
    """The supervised hours of whoever's folder it is: log, have them signed, see what counts; one line outside a lesson."""
    if not someone_is_there():
        return Still(HoursLogCard.still_of(Path.cwd()))
    _close(HoursLogCard)
    return _kept(HoursLogCard(Path.cwd(), short=not _module))


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


def _ask(item: Item, key: Key | None = None, hints: Hints = (), model: str = "") -> Card | Still:
    _items[item.name] = item
    if not someone_is_there():
        given = answers.good_answers(answers.read(_journal()), item)
        return Still(render.static(item, given[-1] if given else None))
    return _kept(Card(item, _journal(), key, hints, model, _recalibrate if is_judged(item) else None))


def _recalibrate() -> None:
    """Draw the calibration anew; no other card hangs on a coding or a rating."""
    for card in _cards:
        if isinstance(card, CalibrationCard):
            card.refresh()


def _close_cards() -> None:
    while _cards:
        _cards.pop().close()  # a page that runs again has new cards; what is said to an old one must not be kept unseen


def _close(kind: type[BaseCard]) -> None:
    """Close the cards of a kind: the page's cell runs again, and is not the page's first."""
    for card in [card for card in _cards if isinstance(card, kind)]:
        _cards.remove(card)
        card.close()


def _refresh(changed: BaseCard) -> None:
    """Draw anew what hangs on how an earlier session ended; the card itself draws once, with its acknowledgement."""
    for card in _cards:
        if card is not changed:
            card.refresh()


def _kept(card: AnyCard) -> AnyCard:
    _cards.append(card)
    return card


def _open_module() -> str:
    if not _module:
        raise AllianceLabError('the notebook does not say what it is; begin it with lesson("rapport")')
    return _module[0]


def _journal() -> Path:
    return sheet.journal_path(Path.cwd(), _open_module())
