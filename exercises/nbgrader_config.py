"""A whole nbgrader course: every nbgrader command works in this folder, or in a copy of it."""

from alliancelab.course import configure

c = get_config()  # noqa: F821 - nbgrader puts it here

configure(c)

# To run an exercise of your own in which trainees write code, in a cage; all others stay sealed:
# configure(c, code=["our-exercise"], cell_seconds=30, total_seconds=300, memory=2048)

# To hand out and collect over nbgrader's exchange (a folder that all of you can reach), say which course and where:
# c.CourseDirectory.course_id = "alliance-spring"
# c.Exchange.root = "/srv/nbgrader/exchange"
