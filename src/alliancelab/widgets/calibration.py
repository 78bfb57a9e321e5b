"""The page at the end of coding and rating tasks: how close the answers are to the key, and what to listen for."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from alliancelab import calibration, catalogue, checking, plots, render
from alliancelab.calibration import CODING, RATING, Judged
from alliancelab.widgets.base import BaseCard, saved

TITLE = "How close you are to the key"
WEEKS = "Your agreement with the key, week by week, in all modules"
HEAD = ("What was said or rated", "You and the key", "What to listen for")
MOST_DIFFERENCES = 12
REST = 0.6  # s without another answer before it is drawn anew

_NOTHING = "Nothing to compare yet. Label every line of a task, or rate every aspect of one, and it is laid beside the key here."
_WHAT_COUNTS = (
    "Your first whole answers count, since later ones may have seen the key; what you take up again after a week counts anew. "
    "The key is its author’s judgement. Where you differ by much, read the passage again and decide who is right."
)


class CalibrationCard(BaseCard):
    """The calibration of `module`, whose lesson stands in `folder`: sentences, the differences as a table, and pictures."""

    def __init__(self, module: str, folder: Path):
        self.module, self.folder = module, folder
        self._waiting: asyncio.TimerHandle | None = None
        self.tasks = checking.tasks(module, folder)
        face = {"kind": "calibration", "name": "calibration", "title": TITLE, "head": list(HEAD)}
        super().__init__(face, self._view())

    @staticmethod
    def still(module: str, folder: Path) -> str:
        """The same where no page runs the cell."""
        return _as_html(_look(module, folder, checking.tasks(module, folder)))

    def refresh(self) -> None:
        """Draw anew once the answers have come to rest: pictures take longer than a click may, and far longer than a key."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # nobody clicks where no page is
            self._draw()
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = loop.call_later(REST, self._draw)

    def _draw(self) -> None:
        if self._counted() != self.shown:
            self.view = self._view()

    def plain_html(self) -> str:
        """The sentences, the table and the pictures."""
        return _as_html(self.view)

    def _counted(self) -> tuple[list[Judged], int]:
        return checking.judged(self.tasks), checking.begun(self.tasks)

    def _view(self) -> dict[str, Any]:
        self.shown = self._counted()
        return _look(self.module, self.folder, self.tasks)


def _look(module: str, folder: Path, tasks: list[checking.Tasks]) -> dict[str, Any]:
    """What is shown, as plain data."""
    told = calibration.of(checking.judged(tasks))
    said = calibration.in_words(told) or [_NOTHING]
    if in_part := checking.begun(tasks):
        said.append(
            f"{in_part} {'task is' if in_part == 1 else 'tasks are'} answered in part, and counted once every part has an answer."
        )
    apart = told.differences
    if told.judged and not apart:
        said.append("Nowhere do you differ from the key by more than it allows.")
    level = catalogue.course()[module].level
    return {
        "n": 0,
        "saved": saved(True, ""),
        "said": said,
        "level": [standing.said for standing in calibration.reached(level, told)],
        "caption": _caption(len(apart)) if apart else "",
        "rows": [_row(one) for one in apart[:MOST_DIFFERENCES]],
        "note": _WHAT_COUNTS if told.judged else "",
        "pictures": [_shown(picture) for picture in _pictures(told, folder)] if told.judged else [],
    }


def _caption(number: int) -> str:
    if number > MOST_DIFFERENCES:
        return f"Where you differ: the {MOST_DIFFERENCES} largest of {number} differences"
    return "Where you differ, the largest difference first"


def _row(one: Judged) -> dict[str, str]:
    words = f"“{one.passage}”" if one.kind == CODING else one.passage
    if one.kind == CODING:
        beside = f"You: {one.yours}. Key: {one.keys}."
    else:
        beside = f"You: {one.yours}. Key: {one.keys}. {one.direction.capitalize()}."
    return {
        "passage": render.inline(words),
        "ask": render.inline(one.ask),
        "beside": beside,
        "why": render.inline(one.why),
    }


def _pictures(told: calibration.Calibration, folder: Path) -> list[plots.Picture]:
    rated = [one for one in told.judged if one.kind == RATING]
    made = []
    if rated:
        often = Counter(one.passage for one in rated)
        rows = [
            (
                one.passage if often[one.passage] == 1 else f"{one.item.replace('-', ' ')}: {one.passage}",
                one.given,
                one.place,
                *one.accepted,
            )
            for one in rated
        ]
        made.append(plots.against_key(rows, "Your ratings and the key’s"))
    by_week = calibration.weeks(checking.judged(checking.practised(folder), first=True))
    line = [
        (week.monday, name, max(-1.0, now.value), now.n)
        for week in by_week
        for name, now in (("Codings (kappa)", week.calibration.codings), ("Ratings (ICC)", week.calibration.ratings))
        if now.value is not None
    ]
    if len({monday for monday, *_ in line}) > 1:
        made.append(plots.over_weeks(line, WEEKS, "Agreement (0 chance, 1 the key)"))
    return made


def _shown(picture: plots.Picture) -> dict[str, str]:
    return {
        "src": f"data:image/png;base64,{b64encode(picture.png).decode()}",
        "alt": picture.alt,
        "numbers": render.numbers(picture.rows),
    }


def _as_html(view: dict[str, Any]) -> str:
    parts = [f"<h4>{TITLE}</h4>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in (*view["said"], *view["level"])]
    if view["rows"]:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in HEAD)
        body = "".join(
            f"<tr><td>{row['passage']}<br><small>{row['ask']}</small></td><td>{escape(row['beside'])}</td><td>{row['why']}</td></tr>"
            for row in view["rows"]
        )
        caption = f"<caption>{escape(view['caption'])}</caption>"
        parts.append(f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    if view["note"]:
        parts.append(f"<p>{escape(view['note'])}</p>")
    for picture in view["pictures"]:
        image = f'<img src="{picture["src"]}" alt="{escape(picture["alt"])}" style="max-width: 100%">'
        parts.append(f'<figure class="alliancelab-figure" style="margin: 0">{image}{picture["numbers"]}</figure>')
    return f'<div class="alliancelab-static">{"".join(parts)}</div>'
