"""The daily practice: one card at a time, the author's view after each, and at the end what comes tomorrow."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from alliancelab import answers, catalogue, plots, practice, render
from alliancelab.errors import NotSaved
from alliancelab.items import NotAnAnswer
from alliancelab.practice import PracticeCard
from alliancelab.widgets.base import BaseCard, not_saved, place, saved
from alliancelab.widgets.card import feedback_view, question_face, said_view, turn_view


class PractiseCard(BaseCard):
    """Today's practice for the trainee's `folder`; `now` is the clock, in the time zone whose days count."""

    still = "<p><em>Open this page with AllianceLab to practise.</em></p>"

    def __init__(self, folder: Path, now: Callable[[], datetime] = practice.local_now):
        self.journal, self.now = practice.journal(folder), now
        self.cards = practice.deck(folder)
        self.answer: Any = None
        self.asked = self._first()
        face = {"kind": "practise", "name": "practise", "title": "Today’s practice"}
        super().__init__(face, self._view(saved(True, "")))

    def hear(self, said: dict[str, Any]) -> dict[str, Any]:
        """Keep a review, go on to the next card, or draw the picture at the end. "Saved." is said once the journal has it."""
        if said.get("next"):
            self.asked, self.answer = self._first(), None
            return self._view(saved(True, ""))
        if said.get("picture"):
            return self._view(saved(True, "")) | self._picture()
        if self.asked is None or self.answer is not None or said.get("card") != self.asked.name:
            return self._view(saved(True, ""))
        if self.asked.name not in {card.name for card in self._due()}:
            self.asked = self._first()
            return self._view(saved(True, "That one was answered elsewhere meanwhile; this is the next."))
        try:
            self.answer = practice.record(self.journal, self.asked, said.get("value"), at=self.now)
        except NotAnAnswer as error:
            return self._view(saved(False, not_saved(error)))
        except NotSaved as error:
            return self._view(saved(False, not_saved(error), keep=True))
        return self._view(saved(True, "Saved."))

    def plain_html(self) -> str:
        """Nothing can be practised without a kernel; say so."""
        return self.still

    def _due(self) -> list[PracticeCard]:
        return practice.due(self.cards, answers.read(self.journal), self.now())

    def _first(self) -> PracticeCard | None:
        """The card to ask now, as hard as it has become; a session goes on where the journal says it was."""
        waiting = self._due()
        if not waiting:
            return None
        reading, now = answers.read(self.journal), self.now()
        return practice.variant(waiting[0], practice.stability(waiting[0], self.cards, reading, now))

    def _view(self, acknowledgement: dict[str, Any]) -> dict[str, Any]:
        view: dict[str, Any] = {"n": 0, "saved": acknowledgement, "answer": self.answer}
        reading, now = answers.read(self.journal), self.now()
        given = practice.reviews(self.cards, reading, now)
        today = sum(review.day == now.date() for review in given)
        if self.asked is None:
            return view | {
                "heading": "Practice",
                "end": practice.in_words(self.cards, reading, now),
                "picture": given != [],
            }
        number = today + (self.answer is None)
        of = today + len(practice.due(self.cards, reading, now))
        title = catalogue.modules()[self.asked.module]
        before = sum(review.card.name == self.asked.name for review in given) - (self.answer is not None)
        view["heading"] = f"{number} of {of}, from: {title}"
        view["face"] = question_face(self.asked.item, self.journal, "Answer", self.asked.hints) | {
            "once": True,
            "draft": place(self.journal, f"{self.asked.name}:{before}"),  # an answer left over is for this review alone
        }
        view["before"] = _before(self.asked)
        if self.answer is not None:
            view["feedback"] = feedback_view(practice.feedback(self.asked, self.answer))
            view["last"] = number == of
        return view

    def _picture(self) -> dict[str, Any]:
        recalls = practice.recalls(practice.reviews(self.cards, answers.read(self.journal), self.now()))
        made = plots.retention(recalls, practice.SCHEDULER.desired_retention)
        return {
            "src": f"data:image/png;base64,{b64encode(made.png).decode()}",
            "alt": made.alt,
            "numbers": render.numbers(made.rows),
        }


def _before(card: PracticeCard) -> list[dict[str, Any]]:
    """The conversation up to a scene: who it is with, and the last turn."""
    run = card.before
    if run is None:
        return []
    intro = {"who": "", "html": render.inline(run.dialogue.intro)}
    return [intro, *(turn_view(run.turns[-1]) if run.turns else said_view(run.opening))]
