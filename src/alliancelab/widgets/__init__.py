"""Anywidget views, thin: `card.js` and `chart.js` show what the kernel says and tell it what was clicked; the rules live below."""

from alliancelab.widgets.base import BaseCard, Still, someone_is_there
from alliancelab.widgets.calibration import CalibrationCard
from alliancelab.widgets.card import Card
from alliancelab.widgets.chart import ChartCard
from alliancelab.widgets.desk import DeskCard
from alliancelab.widgets.finish import FinishCard
from alliancelab.widgets.hours_desk import HoursDeskCard
from alliancelab.widgets.hours_log import HoursLogCard
from alliancelab.widgets.practise import PractiseCard
from alliancelab.widgets.progress import ProgressCard
from alliancelab.widgets.session import SeriesChartCard, SessionCard

__all__ = [
    "BaseCard",
    "CalibrationCard",
    "Card",
    "ChartCard",
    "DeskCard",
    "FinishCard",
    "HoursDeskCard",
    "HoursLogCard",
    "PractiseCard",
    "ProgressCard",
    "SeriesChartCard",
    "SessionCard",
    "Still",
    "someone_is_there",
]
