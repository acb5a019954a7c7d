"""Brings the record to the shape this program knows, after a copy of it was put aside."""

import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from backend.core.errors import DeskhandError
from backend.store.record import Record

log = logging.getLogger(__name__)
HEAD = "0005"


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
        put_aside(record, copies, f"before-{HEAD}")
    _upgrade(record)


def put_aside(record: Record, copies: Path, why: str) -> Path:
    """Makes a consistent copy of an SQLite record and returns where it is."""
    copies.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = copies / f"deskhand-{stamp}-{why}.sqlite3"
    part = target.with_suffix(".part")
    database = sa.make_url(record.address).database
    assert database
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    part.replace(target)
    log.info("a copy of the record was put aside: %s", target)
    return target


def _upgrade(record: Record) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with record.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
