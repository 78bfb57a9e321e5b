"""A supervisor's wing: a course for nbgrader, graded from its own source and the trainees' journals.

`configure` is all that a course's nbgrader_config.py calls; `make_course` and `grade` do from Python what nbgrader's
commands do. A submission goes through `intake`, `seal` and `evaluate`, in this order; one to an exercise that the course
names as having code cells through `intake`, `code` and `cage`.
"""

from alliancelab.course.course import Row, assign, collect, grade, make_course
from alliancelab.course.settings import configure

__all__ = ["Row", "assign", "collect", "configure", "grade", "make_course"]
