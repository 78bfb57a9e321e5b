"""A whole nbgrader course: every nbgrader command works in this folder, or in a copy of it."""

from alliancelab.course import configure

c = get_config()  # noqa: F821 - nbgrader puts it here

configure(c)

# To hand out and collect over nbgrader's exchange (a folder that all of you can reach), say which course and where:
# c.CourseDirectory.course_id = "alliance-spring"
# c.Exchange.root = "/srv/nbgrader/exchange"
