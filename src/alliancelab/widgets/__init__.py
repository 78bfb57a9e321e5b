"""Anywidget views, thin: `card.js` shows what the kernel says and tells it what was clicked; the rules live below."""

from alliancelab.widgets.base import BaseCard, Still, someone_is_there
from alliancelab.widgets.card import Card
from alliancelab.widgets.desk import DeskCard
from alliancelab.widgets.finish import FinishCard
from alliancelab.widgets.practise import PractiseCard
from alliancelab.widgets.session import SeriesChartCard, SessionCard

__all__ = [
    "BaseCard",
    "Card",
    "DeskCard",
    "FinishCard",
    "PractiseCard",
    "SeriesChartCard",
    "SessionCard",
    "Still",
    "someone_is_there",
]
