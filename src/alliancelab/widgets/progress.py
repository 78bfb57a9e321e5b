"""The start page's card: what is done, what comes next, how the skills grow."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from alliancelab import plots, progress
from alliancelab.errors import AllianceLabError
from alliancelab.progress import Module, Progress
from alliancelab.widgets.base import BaseCard

_HERE = Path(__file__).parent
FIGURE = "Practice over weeks: first tries"
TITLE = "Your progress"


class ProgressCard(BaseCard):
    """The progress in `folder`. It is read anew when the page comes back into view; the picture is drawn when asked for."""

    _esm: ClassVar = _HERE / "progress.js"
    _css: ClassVar = (_HERE / "card.css").read_text("utf-8") + (_HERE / "progress.css").read_text("utf-8")

    def __init__(self, folder: Path):
        self.folder = folder
        super().__init__({"kind": "progress", "name": "progress", "title": TITLE}, self._view())

    def hear(self, said: dict[str, Any]) -> dict[str, Any]:
        """Read anew, and draw the picture if it is asked for."""
        return self._view(picture=said.get("value") == "picture")

    def plain_html(self) -> str:
        """The same as it stood when the page was last open."""
        return self.still(self.folder)

    @staticmethod
    def still(folder: Path) -> str:
        """The progress where no page runs the cell."""
        return _html(_shown(folder))

    def _view(self, picture: bool = False) -> dict[str, Any]:
        view = {"n": 0, **_shown(self.folder)}
        if picture and (found := progress.lines(progress.of(self.folder))):
            rows = [(week.start, name, week.share, week.tries) for name, weeks in found.items() for week in weeks]
            made = plots.over_weeks(rows, FIGURE, "Share of the credit of first tries")
            src = f"data:image/png;base64,{b64encode(made.png).decode()}"
            view["picture"] = {"src": src, "alt": made.alt, "rows": [list(row) for row in made.rows]}
        return view


def _shown(folder: Path) -> dict[str, Any]:
    """What the card says, as plain data; whatever goes wrong is a sentence."""
    try:
        found = progress.of(folder)
    except AllianceLabError as error:
        return {"lead": f"Your progress cannot be read: {error}.", "modules": [], "rest": [], "skills": []}
    return {
        "lead": _lead(found),
        "next": None if found.next is None else _next(found),
        "modules": [_module(module) for module in found.modules if module.begun],
        "rest": [module.title for module in found.modules if not module.begun] if found.begun else [],
        "skills": [
            {
                "name": skill.name,
                "said": skill.said,
                "weeks": [[(week.start - skill.weeks[0].start).days // 7, week.share] for week in skill.weeks],
            }
            for skill in found.skills
        ],
        "about": [progress.FIRST_TRIES, progress.HOW],
        "drawn": bool(progress.lines(found)),
        "unread": found.unread,
        "private": progress.PRIVATE,
    }


def _lead(found: Progress) -> str:
    if not found.begun:
        return progress.NOTHING_YET
    return progress.ALL_DONE if found.next is None else ""


def _next(found: Progress) -> dict[str, str]:
    step = found.next
    assert step is not None
    word = "Next" if found.begun else "Begin with"
    return {"word": word, "title": step.title, "link": step.link, "said": step.said}


def _module(module: Module) -> dict[str, Any]:
    parts = [("Lesson", progress.lesson_link(module.slug), module.lesson, module.lesson_said)]
    if module.exercise is not None:
        parts.append(("Exercise", progress.exercise_link(module.slug), module.exercise, module.exercise_said))
    return {
        "title": module.title,
        "parts": [
            {"name": name, "link": link, "done": count.done, "of": count.of, "said": said}
            for name, link, count, said in parts
        ],
    }


def _html(shown: dict[str, Any]) -> str:
    def link(to: dict[str, str], text: str) -> str:
        return f'<a href="{escape(to["link"])}">{escape(text)}</a>'

    said = [f"<p><strong>{TITLE}</strong></p>"]
    if shown["lead"]:
        said.append(f"<p>{escape(shown['lead'])}</p>")
    if step := shown.get("next"):
        said.append(f"<p>{step['word']}: {link(step, step['title'])} ({escape(step['said'])})</p>")
    rows = []
    for module in shown["modules"]:
        parts = "; ".join(f"{link(part, part['name'])} {escape(part['said'])}" for part in module["parts"])
        rows.append(f"<li><strong>{escape(module['title'])}</strong>: {parts}</li>")
    if rows:
        said.append(f"<ul>{''.join(rows)}</ul>")
    if shown["rest"]:
        said.append(f"<p>Not begun yet: {escape(', '.join(shown['rest']))}.</p>")
    if shown["skills"]:
        skills = "".join(f"<li>{escape(skill['name'])}: {escape(skill['said'])}</li>" for skill in shown["skills"])
        said.append(
            f"<p><strong>How your skills grow</strong></p><ul>{skills}</ul><p>{escape(' '.join(shown['about']))}</p>"
        )
    said += [f"<p>{escape(shown[key])}</p>" for key in ("unread", "private") if shown.get(key)]
    return f'<div class="alliancelab-static">{"".join(said)}</div>'
