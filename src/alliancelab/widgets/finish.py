"""The last card of an exercise: check the work, hand it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alliancelab import answers, checking, handin, marking, render
from alliancelab.errors import AllianceLabError
from alliancelab.widgets.base import BaseCard, saved


class FinishCard(BaseCard):
    """Two buttons for the exercise of `module` in `folder`: "Check my work" and "Hand in"."""

    still = "<p><em>Open this exercise with AllianceLab to check your work and to hand it in.</em></p>"

    def __init__(self, module: str, folder: Path):
        self.module, self.folder = module, folder
        face = {
            "kind": "finish",
            "name": "finish",
            "title": "When you are done",
            "ask": "When you are done",
            "student": handin.former_student(folder, module) or "",
        }
        super().__init__(face, {"n": 0, "rows": [], "text": "", "close": [], "saved": saved(True, "")})

    def hear(self, said: dict[str, Any]) -> dict[str, Any]:
        """Check or hand in, and say what came of it; whatever goes wrong is a sentence."""
        try:
            value = said.get("value")
            if not isinstance(value, dict) or "student" not in value:
                return self._checked()
            student = str(value["student"]).strip() or None
            return self._said(handin.hand_in(self.folder, self.module, student, at=answers.now()).said)
        except AllianceLabError as error:
            return self._said(str(error))

    def plain_html(self) -> str:
        """Nothing can be done without a kernel; say so."""
        return self.still

    def _checked(self) -> dict[str, Any]:
        checked, reading, results = checking.check(self.module, self.folder)
        rows = [
            {
                "title": checked.title(name),
                "text": marking.HEADLINES[result.status],
                "points": f"{marking.number(result.points)} / {marking.number(result.out_of)}"
                if checked.has_keys and result.status != marking.WAITING
                else "",
                "remarks": [{"sign": marking.sign_of(r), "part": r.part, "why": r.why} for r in result.remarks],
                "model": render.paragraphs(checking.model_answer(checked, result)),
            }
            for name, result in results.items()
        ]
        return self._said(checking.summary(checked, results, reading), rows, checking.closeness(checked, reading))

    def _said(
        self, text: str, rows: list[dict[str, Any]] | None = None, close: list[str] | None = None
    ) -> dict[str, Any]:
        return {"n": 0, "rows": rows or [], "text": text, "close": close or [], "saved": saved(True, "")}
