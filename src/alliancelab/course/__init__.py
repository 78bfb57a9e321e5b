"""A supervisor's wing: a course for nbgrader, graded from its own source and the trainees' journals.

`configure` is all that a course's nbgrader_config.py calls. A submission goes through `intake`, `seal` and `evaluate`, in
this order, whether nbgrader's own autograde grades it or `grading.grade`, which grades a whole group: `graded` is the
grade of one submission as a pure function, `workers` where it is computed, `gradebook` how it is written down. One to an
exercise that the course names as having code cells goes through `intake`, `code` and `cage`. `report` reads a course back
as tables, `export` writes grades for an LMS.
"""

from alliancelab.course.collect import Collected, collect
from alliancelab.course.course import Row, assign, make_course
from alliancelab.course.settings import configure

__all__ = ["Collected", "Row", "assign", "collect", "configure", "make_course"]
