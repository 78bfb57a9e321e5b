"""Questions, answers and conversations as plain HTML, for places without a kernel: saved notebooks, formgrader, feedback.

Everything that comes from a trainee is escaped; content may carry `*emphasis*`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from alliancelab import catalogue, plots, simulated
from alliancelab.dialogue import FEATURES, Alliance, Scene
from alliancelab.items import Choose, Code, Fill, Find, Item, Order, Rate, Talk, Write, is_blank
from alliancelab.play import Transcript, replay

OUTCOMES_SAID = {
    "repaired": "Repaired",
    "deepened": "Deepened",
    "held": "Held",
    "lost": "Lost",
}


@cache
def _inline() -> MarkdownIt:
    return MarkdownIt("zero").enable("emphasis")


@lru_cache(maxsize=10_000)  # content's own texts are few and are shown again and again
def inline(text: str) -> str:
    """Content's own text as HTML: emphasis, nothing else.

    >>> inline("*She nods.* 1 < 2")
    '<em>She nods.</em> 1 &lt; 2'
    """
    return _inline().renderInline(text)


def words(text: str) -> str:
    """A trainee's words as they wrote them."""
    return f'<pre style="white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; font: inherit">{escape(text)}</pre>'


def static(item: Item, answer: Any, tries: int | None = None) -> str:
    """The question with the answer given so far (cleaned, or None). `tries` tells how often a dialogue was finished."""
    if isinstance(item, Talk):
        return transcript(replay(item.dialogue, answer or ()), tries)
    body = _BODIES[type(item)](item, answer)
    unanswered = "<p><em>Not answered.</em></p>" if is_blank(item, answer) else ""
    return f'<div class="alliancelab-static"><p><strong>{inline(item.ask)}</strong></p>{body}{unanswered}</div>'


def _choose(item: Choose, answer: Any) -> str:
    chosen = answer or ()
    return _list(
        "ul",
        (
            f"{'☑' if slug in chosen else '☐'} {inline(text)}"
            + (" <strong>(chosen)</strong>" if slug in chosen else "")
            for slug, text in item.options.items()
        ),
        plain=True,
    )


def _find(item: Find, answer: Any) -> str:
    said = f"<p>Marked: <strong>session {escape(', '.join(answer))}</strong></p>" if answer else ""
    return chart(item.chart) + said


def _order(item: Order, answer: Any) -> str:
    return _list("ol" if answer else "ul", (inline(item.steps[slug]) for slug in answer or item.steps))


def _rate(item: Rate, answer: Any) -> str:
    low, high = item.scale
    given = answer or {}
    scale = f"{low} {item.ends[0]}, {high} {item.ends[1]}"
    rows = (
        f"{inline(text)}: <strong>{escape(str(given.get(aspect, 'not rated')))}</strong>"
        for aspect, text in item.aspects.items()
    )
    return f"<p><small>{escape(scale)}</small></p>" + _list("ul", rows)


def _code(item: Code, answer: Any) -> str:
    rows = []
    for line in item.exchange:
        said = f"<strong>{escape(line[0])}:</strong> {inline(line[1])}"
        if len(line) == 3:
            label = (answer or {}).get(line[2])
            said += f" — <strong>{escape(item.labels[label]) if label else 'not labelled'}</strong>"
        rows.append(said)
    return _list("ul", rows, plain=True)


def _write(item: Write, answer: Any) -> str:
    return words(answer) if answer else ""


def _fill(item: Fill, answer: Any) -> str:
    given = answer or {}
    rows = (f"{inline(label)}: {words(given[slug]) if slug in given else ''}" for slug, label in item.fields.items())
    return _list("ul", rows)


_BODIES = {Choose: _choose, Find: _find, Order: _order, Rate: _rate, Code: _code, Write: _write, Fill: _fill}


def paragraphs(text: str) -> list[str]:
    """Content's own text of several paragraphs, one HTML line each.

    >>> paragraphs("One.\\n\\n*Two.*\\n")
    ['One.', '<em>Two.</em>']
    """
    return [inline(" ".join(part.split())) for part in text.split("\n\n") if part.strip()]


def chart(name: str) -> str:
    """A chart of simulated ratings as a picture, with its words and its numbers."""
    made = plots.ratings(**simulated.of_chart(catalogue.chart(name)))
    return picture(made.png, made.alt, made.rows)


def picture(png: bytes, alt: str, rows: Sequence[Sequence[str]] = ()) -> str:
    """A picture with its words for those who do not see it, and its numbers to unfold."""
    image = f'<img src="data:image/png;base64,{b64encode(png).decode()}" alt="{escape(alt)}" style="max-width: 100%">'
    return f'<figure class="alliancelab-figure" style="margin: 0">{image}{numbers(rows)}</figure>'


def numbers(rows: Sequence[Sequence[str]]) -> str:
    """A table to unfold, its first row the heading; nothing without rows."""
    if not rows:
        return ""
    head, *body = ["".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) for tag, row in _tagged(rows)]
    inside = f"<thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in body)}</tbody>"
    return f"<details><summary>The numbers</summary><table>{inside}</table></details>"


def _tagged(rows: Sequence[Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    return [("th" if number == 0 else "td", row) for number, row in enumerate(rows)]


def transcript(run: Transcript, tries: int | None = None) -> str:
    """A conversation as far as it has come, with the alliance after each reply and the reasons."""
    dialogue = run.dialogue
    rows = [*_scene(run.opening)]
    for turn in run.turns:
        change = str(turn.choice.change) or "no change"
        moves = ", ".join(catalogue.moves()[move]["name"] for move in turn.choice.moves)
        rows.append(
            f"<strong>You:</strong> {inline(turn.choice.says)}"
            f"<br><small>{escape(moves)}; {escape(change)}. {inline(turn.choice.why)}</small>"
        )
        rows += _scene(turn.scene)
    played = "" if tries is None else f" Played to an end {tries} {'time' if tries == 1 else 'times'}."
    state = f"{OUTCOMES_SAID[run.end]}." if run.end else ("Not ended yet." if run.turns else "Not played yet.")
    return (
        f'<div class="alliancelab-static"><p><strong>{escape(dialogue.title)}</strong></p>'
        f"<p>{inline(dialogue.intro)}</p>{_list('ul', rows, plain=True)}"
        f"<p><strong>{state}</strong> {alliance(run.alliance)}.{played}</p></div>"
    )


def alliance(now: Alliance) -> str:
    """The alliance in words.

    >>> alliance(Alliance(50, 40, 60))
    'Bond 50, goals 40, tasks 60'
    """
    return ", ".join(f"{feature} {getattr(now, feature)}" for feature in FEATURES).capitalize()


def _scene(scene: Scene) -> list[str]:
    return [
        f"<strong>{escape(line.speaker)}:</strong> {inline(line.text)}" if line.speaker else inline(line.text)
        for line in scene.lines
    ]


def _list(tag: str, rows: Any, plain: bool = False) -> str:
    style = ' style="list-style: none; padding-left: 0"' if plain else ""
    return f"<{tag}{style}>{''.join(f'<li>{row}</li>' for row in rows)}</{tag}>"
