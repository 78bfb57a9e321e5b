"""Anywidget views, thin: `card.js` shows what the kernel says and tells it what was clicked; the rules live below."""

from alliancelab.widgets.base import Still, someone_is_there
from alliancelab.widgets.card import Card
from alliancelab.widgets.finish import FinishCard

__all__ = ["Card", "FinishCard", "Still", "someone_is_there"]
