"""The hours that wait for a supervisor's signature, as a view. What stands behind it is given by the caller."""

from __future__ import annotations

from typing import ClassVar

from alliancelab.widgets.acting import ActingCard, drawn_by, drawn_with


class HoursDeskCard(ActingCard):
    """The page on which a supervisor looks, decides and signs."""

    _esm: ClassVar = drawn_by("hours_desk.js")
    _css: ClassVar = drawn_with("hours.css")
    still = "<p><em>Signing hours needs AllianceLab: type <code>alliancelab hours desk</code>.</em></p>"
