"""Brings the record to the shape this program knows, after a copy of it was put aside."""

from pathlib import Path

import sqlalchemy as sa

from backend.core.errors import DeskhandError
from backend.store.copies import make_copy
from backend.store.record import Record

HEAD = "0007"


class NewerRecordError(DeskhandError):
    """The record was written by a newer Deskhand than this one."""

    status = 409


def current_revision(record: Record) -> str | None:
    """The revision the record is at; None for a new one."""
    with record.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def migrate(record: Record, copies: Path) -> None:
    """Applies the missing steps. Raises NewerRecordError when the record is ahead of this program."""
    current = current_revision(record)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise NewerRecordError(
            "record.newer",
            "This record was made by a newer version of Deskhand.",
            "Install that version again; this one leaves the record as it is.",
        )
    if current is not None and record.is_sqlite:
        make_copy(Path(sa.make_url(record.address).database or ""), copies, f"before-{HEAD}")
    upgrade(record)


def upgrade(record: Record, step: str = HEAD) -> None:
    """Applies the missing steps up to this one, without a copy."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with record.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, step)
