"""A question or a conversation as a card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from alliancelab import answers, catalogue, marking, render
from alliancelab.dialogue import FEATURES, Scene
from alliancelab.errors import NotSaved
from alliancelab.items import Choose, Code, Fill, Find, Form, Item, NotAnAnswer, Order, Rate, Talk, Write, is_blank
from alliancelab.marking import Key, Result
from alliancelab.play import Turn, replay
from alliancelab.widgets.base import BaseCard, not_saved, place, saved
from alliancelab.widgets.chart import chart_face

_ENDED = {
    "repaired": "The strain was repaired.",
    "deepened": "The contact deepened.",
    "held": "The contact held, and no more.",
    "lost": "The contact was lost.",
}


class Card(BaseCard):
    """One item of a notebook, with its answer kept in the journal at `journal`.

    With an open `key` (a lesson's practice) the card also says what the author thinks of the answer, with a `model`
    answer it shows that once something of the asked length is written. `hints` are given one by one, when asked for.
    `changed` is called after an answer has been acknowledged, for what hangs on it.
    """

    def __init__(
        self,
        item: Item,
        journal: Path,
        key: Key | None = None,
        hints: Sequence[str] = (),
        model: str = "",
        changed: Callable[[], None] | None = None,
    ):
        self.changed = changed
        self.item, self.journal, self.key, self.model_answer = item, journal, key, model
        reading = answers.read(journal)
        given = answers.good_answers(reading, item)
        self.answer = given[-1] if given else None
        self.compared = True
        compare = "Compare with the author’s view" if key is not None else ""
        compare = "Compare with a model answer" if model else compare
        super().__init__(
            question_face(item, journal, compare, hints), self._view(saved(True, _welcome(reading, given)))
        )

    def _heard(self, change: Any) -> None:
        super()._heard(change)
        if self.changed is not None:
            self.changed()

    def hear(self, said: dict[str, Any]) -> dict[str, Any]:
        """Keep the answer; "Saved." is said only once the journal has it."""
        self.compared = bool(said.get("compare"))
        if self.compared and self.answer is not None and said.get("value") == self.answer:
            return self._view(saved(True, "Saved." if self._may_see_model() else self._first_write()))
        try:
            if self.compared and is_blank(self.item, self.item.clean(said.get("value"))):
                return self._view(saved(True, "Answer first, then compare."))
            self.answer = answers.record(self.journal, self.item, said.get("value"))
        except NotAnAnswer as error:
            return self._view(saved(False, not_saved(error)))
        except NotSaved as error:
            return self._view(saved(False, not_saved(error), keep=True))
        return self._view(saved(True, "Saved." if self._may_see_model() else self._first_write()))

    def plain_html(self) -> str:
        """The question with the answer so far, or the transcript."""
        return render.static(self.item, self.answer)

    def _may_see_model(self) -> bool:
        """Whether there is nothing to wait for: a model answer is shown to those who have written their own."""
        if not (self.model_answer and self.compared and isinstance(self.item, Write)):
            return True
        return len((self.answer or "").split()) >= max(1, self.item.words[0])

    def _first_write(self) -> str:
        return f"Saved. Write about {self.item.words[0]} words first; then there is something to compare."

    def _view(self, acknowledgement: dict[str, Any]) -> dict[str, Any]:
        view = {"n": 0, "answer": self.answer, "saved": acknowledgement}
        if isinstance(self.item, Talk):
            view |= talk_view(self.item, self.answer or [])
        elif isinstance(self.item, Form):
            view["scores"] = render.scores(self.item.scale, self.answer or {})
        elif self.model_answer and self.compared and self._may_see_model():
            view["model"] = render.paragraphs(self.model_answer)
        elif self.key is not None and self.compared and not is_blank(self.item, self.answer):
            view["feedback"] = feedback_view(
                marking.mark(self.item, self.key, self.answer, 1, catalogue.near_moves()),
            )
        return view


def _welcome(reading: answers.Reading, given: list[Any]) -> str:
    if reading.faults:
        return "Some lines of your answers could not be read; the others are here."
    return "Saved. This is your answer from before." if given and given[-1] else ""


def question_face(item: Item, journal: Path, compare: str, hints: Sequence[str]) -> dict[str, Any]:
    """What a card shows of a question; `compare` is what its button says, nothing for none."""
    face: dict[str, Any] = {
        "kind": item.kind,
        "name": item.name,
        "title": item.ask,
        "ask": render.inline(item.ask),
        "compare": compare,
        "hints": [render.inline(hint) for hint in hints],
        "draft": place(journal, item.name),
    }
    match item:
        case Find():  # before the choice that it is, too
            face |= {"chart": chart_face(item.chart), "several": item.several}
        case Choose():
            face |= {"options": _pairs(item.options), "several": item.several}
        case Order():
            face |= {"steps": _pairs(item.steps)}
        case Rate():
            face |= {"aspects": _pairs(item.aspects), "scale": list(item.scale), "ends": list(item.ends)}
        case Form(scale=scale):
            face |= {"title": scale.title, "note": render.inline(scale.note), "scale": list(scale.range)}
            face |= {"aspects": _pairs(scale.items), "ends": list(scale.ends)}
        case Code():
            lines = [[line[0], render.inline(line[1]), line[2] if len(line) == 3 else None] for line in item.exchange]
            face |= {"lines": lines, "labels": [list(label) for label in item.labels.items()]}
        case Write():
            face |= {"words": list(item.words)}
        case Fill():
            face |= {"fields": _pairs(item.fields)}
    return face


def _pairs(texts: Any) -> list[list[str]]:
    return [[slug, render.inline(text)] for slug, text in texts.items()]


def talk_view(item: Talk, path: list[str]) -> dict[str, Any]:
    """A conversation as far as it has come, for the page to draw."""
    run = replay(item.dialogue, path)
    return {
        "title": item.dialogue.title,
        "intro": render.inline(item.dialogue.intro),
        "note": render.inline(item.dialogue.note),
        "path": path,
        "log": [*said_view(run.opening), *(entry for turn in run.turns for entry in turn_view(turn))],
        "replies": [[choice.to, render.inline(choice.says)] for choice in run.here.choices],
        "alliance": [[f.capitalize(), getattr(run.alliance, f), _step(run.turns, f)] for f in FEATURES],
        "end": _ENDED[run.end] if run.end else "",
    }


def _step(turns: tuple[Turn, ...], feature: str) -> int:
    return getattr(turns[-1].choice.change, feature) if turns else 0


def turn_view(turn: Turn) -> list[dict[str, Any]]:
    """A reply and the scene it led to, for the page to draw."""
    choice = turn.choice
    moves = ", ".join(catalogue.moves()[move]["name"] for move in choice.moves)
    you = {
        "who": "You",
        "html": render.inline(choice.says),
        "moves": moves,
        "change": str(choice.change),
        "why": render.inline(choice.why),
    }
    return [you, *said_view(turn.scene)]


def said_view(scene: Scene) -> list[dict[str, Any]]:
    """What is said and done in a scene, for the page to draw."""
    return [{"who": line.speaker or "", "html": render.inline(line.text)} for line in scene.lines]


def feedback_view(result: Result) -> dict[str, Any]:
    """What the author thinks of an answer, for the page to draw."""
    source = None
    if result.source:
        source = [catalogue.source_name(result.source), catalogue.source_link(result.source)]
    return {
        "status": result.status,
        "text": marking.HEADLINES[result.status],
        "remarks": [
            {"sign": marking.sign_of(remark), "part": render.inline(remark.part), "why": render.inline(remark.why)}
            for remark in result.remarks
        ],
        "source": source,
    }
