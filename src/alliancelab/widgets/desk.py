"""The supervisor's desk as a view: tables, buttons and a progress bar. What stands behind them is given by the caller."""

from __future__ import annotations

from typing import ClassVar

from alliancelab.widgets.acting import ActingCard, drawn_by, drawn_with


class DeskCard(ActingCard):
    """The desk of a course."""

    _esm: ClassVar = drawn_by("desk.js")
    _css: ClassVar = drawn_with()
    still = "<p><em>The desk needs AllianceLab: type <code>alliancelab desk</code> in the course's folder.</em></p>"
