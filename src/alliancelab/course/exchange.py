"""nbgrader's exchange: whether a course has one."""

from __future__ import annotations

from typing import Any

from alliancelab.errors import AllianceLabError


def has_exchange(api: Any) -> bool:
    """Whether the course's settings name an exchange and the course in it; one without the other is a mistake."""
    root, course = api.config.Exchange.get("root"), api.config.CourseDirectory.get("course_id")
    if root and not course:
        raise AllianceLabError(
            "nbgrader_config.py names an exchange but no course; add the line c.CourseDirectory.course_id = 'your-course'"
        )
    return bool(root)
