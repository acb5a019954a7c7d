"""Saved jobs in the record: a form's answers under a name."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backend.core.errors import NotFoundError
from backend.store.schema import saved_jobs

Row = Mapping[str, Any]


def _plain(row: Mapping[Any, Any]) -> Row:
    return {str(key): value for key, value in row.items()}


def all_saved(connection: sa.Connection) -> list[Row]:
    """All, by name."""
    found = connection.execute(sa.select(saved_jobs).order_by(sa.func.lower(saved_jobs.c.name), saved_jobs.c.id))
    return [_plain(row) for row in found.mappings()]


def get_saved(connection: sa.Connection, saved_id: int) -> Row:
    """One. Raises NotFoundError."""
    row = connection.execute(sa.select(saved_jobs).where(saved_jobs.c.id == saved_id)).mappings().first()
    if row is None:
        raise NotFoundError("saved.unknown", "This saved job is not there any more.", "Look at the list of saved jobs.")
    return _plain(row)


def named(connection: sa.Connection, name: str) -> int | None:
    """The saved job of that name, whatever its case."""
    return connection.scalar(sa.select(saved_jobs.c.id).where(sa.func.lower(saved_jobs.c.name) == name.lower()))


def free_name(connection: sa.Connection, name: str) -> str:
    """The name itself or, where it is taken, with ` (2)`, ` (3)`, ... added."""
    tried, number = name, 1
    while named(connection, tried) is not None:
        number += 1
        tried = f"{name} ({number})"
    return tried


def insert_saved(connection: sa.Connection, values: Row) -> int:
    """Adds one and returns its number."""
    return connection.execute(sa.insert(saved_jobs).values(**values).returning(saved_jobs.c.id)).scalar_one()


def update_saved(connection: sa.Connection, saved_id: int, values: Row) -> None:
    """Changes one. Raises NotFoundError."""
    if not connection.execute(sa.update(saved_jobs).where(saved_jobs.c.id == saved_id).values(**values)).rowcount:
        get_saved(connection, saved_id)


def delete_saved(connection: sa.Connection, saved_id: int) -> None:
    """Removes one and its schedules; the jobs it queued stay. Raises NotFoundError."""
    get_saved(connection, saved_id)
    connection.execute(sa.delete(saved_jobs).where(saved_jobs.c.id == saved_id))
