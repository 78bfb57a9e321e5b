"""What a course's gradebook remembers besides nbgrader's own rows: in the same database, so that it is written with them."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

TABLES = MetaData()

# Which answer each grade was last given for.
ANSWERS = Table(
    "alliancelab_answers",
    TABLES,
    Column("grade_id", String(32), primary_key=True),
    Column("answer", String(64), nullable=False),
)

# What each submission was when `alliancelab course grade` last graded it, and the size of the files written then.
GRADED = Table(
    "alliancelab_graded",
    TABLES,
    Column("submission_id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("size", Integer, nullable=False),
)
