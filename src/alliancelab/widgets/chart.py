"""A chart of simulated ratings that is read by going from session to session."""

from __future__ import annotations

from typing import Any

from alliancelab import catalogue, render, simulated
from alliancelab.dialogue import FEATURES
from alliancelab.ratings import in_words, session_in_words, table
from alliancelab.widgets.base import BaseCard, saved


class ChartCard(BaseCard):
    """The chart of this name: nothing is asked, nothing is kept."""

    def __init__(self, name: str):
        self.name = name
        drawn = chart_face(name)
        face = {"kind": "chart", "name": f"{name}-chart", "title": drawn["title"], "chart": drawn}
        super().__init__(face, {"n": 0, "saved": saved(True, "")})

    def plain_html(self) -> str:
        """The picture, its words and its numbers."""
        return render.chart(self.name)


def chart_face(name: str) -> dict[str, Any]:
    """What the page draws a chart from: the numbers of each session and what is said of it, the band, the words, the table."""
    of = simulated.of_chart(catalogue.chart(name))
    title, rated, reliable = of["title"], of["rated"], of["reliable"]
    first = rated[0].mean
    band = None
    if reliable is not None and first is not None:
        band = [max(0, first - reliable), min(100, first + reliable), f"within {reliable} of session 1"]
    return {
        "title": title,
        "alt": in_words(title, rated, reliable),
        "lines": list(FEATURES),
        "band": band,
        "rows": [list(row) for row in table(rated)],
        "sessions": [
            {"session": one.session, "values": list(one.values), "mean": one.mean, "says": session_in_words(rated, n)}
            for n, one in enumerate(rated)
        ],
    }
