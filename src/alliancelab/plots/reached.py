"""How far each requirement of a policy is reached."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten, wrap
from typing import TYPE_CHECKING

from alliancelab.plots.drawing import HATCHED, LONGEST_LABEL, Picture, new_axes, plain, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A requirement: its title, the share reached of what is needed (1: all of it) or allowed, that in words, whether it is
# met, and whether it is a limit from above.
Reached = tuple[str, float, str, bool, bool]
WIDEST = 1.25  # what is more is drawn as much; the words say how much it is


def requirements(rows: Sequence[Reached], title: str) -> Picture:
    """What a log has of each thing that a policy asks for, beside what is needed.

    >>> made = requirements([("Direct hours", 0.5, "20 h of 40 h", False, False)], "CACREP practicum")
    >>> made.alt
    'CACREP practicum. 0 of 1 requirements met. Not met: Direct hours (20 h of 40 h, 50%).'
    """
    head = ("Required", "Have", "Share", "")
    body = [(label, told, _percent(share), "met" if met else "not met") for label, share, told, met, _ in rows]
    return Picture(png(requirements_axes(rows, title)), _in_words(rows, title), (head, *body))


def requirements_axes(rows: Sequence[Reached], title: str) -> Axes:
    """The Axes of `requirements`: a bar for each, full where it is met, with the missing part hatched.

    A limit from above is a narrow bar; it ends before the line as long as it is kept.
    """
    labels = ["\n".join(wrap(shorten(row[0], 2 * LONGEST_LABEL, placeholder=" …"), LONGEST_LABEL + 4)) for row in rows]
    axes = new_axes(8.2, 1.7 + 0.52 * max(len(rows), 1))
    named: set[str] = set()

    def bar(y: int, until: float, name: str, **style: object) -> None:
        axes.barh(y, until, label=None if name in named else name, **style)
        named.add(name)

    for y, (_, share, told, met, at_most) in enumerate(rows):
        drawn = min(share, WIDEST)
        if at_most:
            style = {"color": "#303030"} if met else {"color": "#b45309", "hatch": "xx", "edgecolor": "white"}
            bar(y, drawn, "a limit, kept" if met else "a limit, passed", height=0.22, **style)
        elif met:
            bar(y, drawn, "met", height=0.62, color="#1b5e87")
        else:
            bar(y, drawn, "not met yet", height=0.62, color="#8fbcdb")
            bar(y, 1 - drawn, "missing", height=0.62, left=drawn, **HATCHED)
        axes.text(WIDEST + 0.04, y, f"{told}\n{'met' if met else 'not met'}", va="center", size=9, parse_math=False)
    axes.axvline(1, color="#b45309", linestyle="--", label="needed, or allowed")
    axes.set_yticks(range(len(rows)), labels, parse_math=False)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axes.set_xlim(0, WIDEST + 0.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_title(title, parse_math=False)
    axes.set(xlabel=f"Share of what is needed, or at most allowed (drawn up to {WIDEST:.0%})", ylabel="")
    plain(axes, grid="x")
    return axes


def _percent(share: float) -> str:
    """A share in per cent, cut off: what is not all of it is never told as 100."""
    return f"{int(100 * share + 1e-9)}%"


def _in_words(rows: Sequence[Reached], title: str) -> str:
    said = [f"{title}. {sum(row[3] for row in rows)} of {len(rows)} requirements met."]
    for kind, met in (("Not met", False), ("Met", True)):
        told = [f"{label} ({told}, {_percent(share)})" for label, share, told, is_met, _ in rows if is_met is met]
        said += [f"{kind}: {'; '.join(told)}."] if told else []
    return " ".join(said)
