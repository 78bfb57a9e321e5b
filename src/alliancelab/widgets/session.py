"""The cards of a series: one for each session, and the picture of the alliance over all of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alliancelab import answers, plots, render, series
from alliancelab.errors import NotSaved
from alliancelab.items import NotAnAnswer
from alliancelab.series import Played, Series
from alliancelab.widgets.base import BaseCard, not_saved, place, saved
from alliancelab.widgets.card import talk_view


class SessionCard(BaseCard):
    """Session `number` of a series: a conversation that begins where the session before it ended.

    `changed` is called with this card when an answer is kept, for the cards of the other sessions.
    """

    def __init__(self, of: Series, number: int, journal: Path, changed: Callable[[BaseCard], None]):
        self.series, self.number, self.journal, self.changed = of, number, journal, changed
        title = f"{of.title}, session {number}"
        face = {
            "kind": "dialogue",
            "name": f"{of.name}-{number}",
            "title": title,
            "heading": f"Session {number} of {of.length}",
            "hints": [],
            "draft": place(journal, f"{of.name}-{number}"),
        }
        super().__init__(face, self._view(saved(True, "")))

    @staticmethod
    def still(of: Series, number: int, journal: Path) -> str:
        """The session where no page runs the cell: its transcript, or what has to come first."""
        reading = answers.read(journal)
        now = _begun(of, number, reading)
        return f"<p><em>{_wait(of, reading)}</em></p>" if now is None else render.static(now.talk, _path(now, reading))

    def hear(self, said: dict[str, Any]) -> dict[str, Any]:
        """Keep the path; "Saved." is said only once the journal has it."""
        now = _begun(self.series, self.number, answers.read(self.journal))
        if now is None:
            return self._view(saved(False, "Not saved: the session before this one has not come to an end."))
        try:
            answers.record(self.journal, now.talk, said.get("value"))
        except NotAnAnswer as error:
            return self._view(saved(False, not_saved(error)))
        except NotSaved as error:
            return self._view(saved(False, not_saved(error), keep=True))
        self.changed(self)
        return self._view(saved(True, "Saved."))

    def refresh(self) -> None:
        """Draw anew: the session before this one may have ended otherwise."""
        self.view = self._view(saved(True, ""))

    def plain_html(self) -> str:
        """The transcript so far."""
        return self.still(self.series, self.number, self.journal)

    def _view(self, acknowledgement: dict[str, Any]) -> dict[str, Any]:
        reading = answers.read(self.journal)
        now = _begun(self.series, self.number, reading)
        view: dict[str, Any] = {"n": 0, "saved": acknowledgement}
        if now is None:
            return view | {"wait": _wait(self.series, reading)}
        return view | talk_view(now.talk, _path(now, reading))


class SeriesChartCard(BaseCard):
    """The alliance over the sessions of a series, drawn anew whenever a session ends."""

    def __init__(self, of: Series, journal: Path):
        self.series, self.journal = of, journal
        face = {"kind": "picture", "name": f"{of.name}-chart", "title": f"{of.title}: the alliance"}
        super().__init__(face, self._view())

    @staticmethod
    def still(of: Series, journal: Path) -> str:
        """The picture where no page runs the cell."""
        made = _picture(of, series.played(of, answers.read(journal)))
        return render.picture(made.png, made.alt, made.rows)

    def refresh(self) -> None:
        """Draw anew, if a session has ended since; a picture takes longer than a reply may."""
        if series.alliances(series.played(self.series, answers.read(self.journal))) != self.shown:
            self.view = self._view()

    def plain_html(self) -> str:
        """The picture and its words."""
        return self.still(self.series, self.journal)

    def _view(self) -> dict[str, Any]:
        so_far = series.played(self.series, answers.read(self.journal))
        self.shown = series.alliances(so_far)
        picture = _picture(self.series, so_far)
        return {
            "n": 0,
            "saved": saved(True, ""),
            "src": f"data:image/png;base64,{b64encode(picture.png).decode()}",
            "alt": picture.alt,
            "numbers": render.numbers(picture.rows),
        }


def _begun(of: Series, number: int, reading: answers.Reading) -> Played | None:
    so_far = series.played(of, reading)
    return so_far[number - 1] if number <= len(so_far) else None


def _path(now: Played, reading: answers.Reading) -> list[str]:
    given = answers.good_answers(reading, now.talk)
    return given[-1] if given else []


def _wait(of: Series, reading: answers.Reading) -> str:
    return f"Play session {len(series.played(of, reading))} to its end first; this one begins where it leaves you."


def _picture(of: Series, so_far: list[Played]) -> plots.Picture:
    return plots.sessions(of.title, series.alliances(so_far), series.in_words(so_far))
