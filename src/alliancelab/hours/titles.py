"""What the categories, phases and flags of a log are called on a page, and which of them are shared by several people."""

from __future__ import annotations

from collections.abc import Mapping

GROUPS: Mapping[str, Mapping[str, str]] = {
    "With clients": {
        "client.individual": "One client",
        "client.couple": "A couple",
        "client.family": "A family",
        "client.relational": "Other relational work",
        "client.child": "A child",
        "client.group": "A group of clients",
        "client.assessment": "Assessment",
        "client.helpline": "Helpline",
        "client.skills": "Skills work",
        "client": "With clients, of no sort named here",
    },
    "Supervision": {
        "supervision.individual": "Supervision, on your own",
        "supervision.triadic": "Supervision, two of you",
        "supervision.group": "Supervision in a group",
        "supervision": "Supervision, of no sort named here",
    },
    "Around it": {
        "indirect.notes": "Notes and records",
        "indirect": "Other work without clients",
        "observation": "Observing others at work",
        "workshop": "Workshop or training day",
        "study": "Study",
    },
}
TITLES: Mapping[str, str] = {name: title for group in GROUPS.values() for name, title in group.items()}
SHARED = ("client.group", "supervision.group", "supervision.triadic")  # where the number of people is asked for
PHASES: Mapping[str, str] = {"practicum": "before the degree", "associate": "after the degree"}
FLAGS: Mapping[str, str] = {"observable": "With observable data: a recording, or seen live"}
OBSERVED = "supervision"  # where that flag makes sense


def of(category: str) -> str:
    """A category in words; one of a programme's own as it is written.

    >>> of("client.individual"), of("client.by-letter")
    ('One client', 'client.by-letter')
    """
    return TITLES.get(category, category)
