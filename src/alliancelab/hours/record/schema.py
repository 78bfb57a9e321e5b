"""The ledger's tables, and their migrations with alembic, which stand in `migrations/`."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from alliancelab.errors import AllianceLabError

VERSION_TABLE = "alliancelab_hours_version"
# Alembic's newest revision, and those before it: opening a ledger need not import alembic.
FORMAT: str = "first"
OLDER: tuple[str, ...] = ()
metadata = sa.MetaData()

ledgers = sa.Table("alliancelab_hours_ledger", metadata, sa.Column("id", sa.String(32), primary_key=True))
events = sa.Table(
    "alliancelab_hours_event",
    metadata,
    sa.Column("chain", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("register", sa.Integer, nullable=False),
    sa.Column("at", sa.String(27), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("signer", sa.String(64), nullable=False),
    sa.Column("signature", sa.String(128), nullable=False),
    sa.Column("commitment", sa.String(64), nullable=False, unique=True),
    sa.Column("before", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
bodies = sa.Table(
    "alliancelab_hours_body",
    metadata,
    sa.Column("commitment", sa.String(64), primary_key=True),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)


def make(engine: sa.Engine) -> None:
    """Make the tables in the form of today where there are none, and leave those of an older form as they are.

    Alembic's migrations make the same, as a test holds, and take ten times as long.
    """
    with engine.begin() as connection:
        if sa.inspect(connection).has_table(VERSION_TABLE):
            return
        metadata.create_all(connection)
        version = sa.Table(VERSION_TABLE, sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))
        version.create(connection)
        connection.execute(version.insert().values(version_num=FORMAT))


def upgrade(engine: sa.Engine) -> None:
    """Bring the tables to the form of today."""
    from alembic import command

    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")


def form_of(connection: sa.Connection) -> str:
    """Which form a ledger's tables are in: today's, or an older one that can be migrated; else raises `AllianceLabError`."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        raise AllianceLabError("there is no ledger in this database; open one with `alliancelab hours open`")
    there = connection.execute(sa.text(f"select version_num from {VERSION_TABLE}")).scalars().all()
    if len(there) != 1 or there[0] not in (FORMAT, *OLDER):
        raise AllianceLabError("the ledger was made by a newer version of AllianceLab; install that version")
    return there[0]


def refuse_other_format(connection: sa.Connection) -> None:
    """Raise `AllianceLabError` where the tables are not in the form of today."""
    if form_of(connection) != FORMAT:
        raise AllianceLabError(
            "the ledger was made by an older version of AllianceLab; make a copy of the database, then type "
            "`alliancelab hours migrate`"
        )


def _config(connection: sa.Connection | None):  # type: ignore[no-untyped-def]
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
