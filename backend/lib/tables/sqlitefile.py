"""Reading SQLite databases: read-only, and only the columns that are needed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from backend.lib.tables import problems

if TYPE_CHECKING:
    import polars as pl


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _address(path: Path) -> str:
    return f"file:{quote(str(path.resolve()))}?mode=ro"


@contextlib.contextmanager
def opened(path: Path) -> Generator[sqlite3.Connection]:
    """A read-only connection. Raises UserError for what is damaged, in use or encrypted."""
    connection = None
    try:
        connection = sqlite3.connect(_address(path), uri=True, timeout=3)
        yield connection
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "unable to open" in str(error):
            raise problems.locked(path) from error
        raise problems.broken(path, "an SQLite database") from error
    except sqlite3.DatabaseError as error:
        raise problems.broken(path, "an SQLite database") from error
    finally:
        if connection is not None:
            connection.close()


def table_names(path: Path) -> list[str]:
    """The tables, then the views."""
    with opened(path) as connection:
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            " ORDER BY type, name"
        ).fetchall()
    return [name for (name,) in found]


def column_names(path: Path, table: str) -> list[str]:
    """The columns of a table."""
    with opened(path) as connection:
        return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]


def row_count(path: Path, table: str) -> int:
    """How many rows a table has."""
    with opened(path) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0])


def read_table(path: Path, table: str, columns: Sequence[str] | None = None, rows: int | None = None) -> pl.DataFrame:
    """The rows of a table or view; columns that hold several types come as text, so that nothing is lost."""
    import polars as pl
    from adbc_driver_sqlite import dbapi

    wanted = list(columns or column_names(path, table))
    mixed = mixed_columns(path, table, wanted)
    chosen = ", ".join(
        f"CAST({quoted(name)} AS TEXT) AS {quoted(name)}" if name in mixed else quoted(name) for name in wanted
    )
    limit = f" LIMIT {int(rows)}" if rows else ""
    with dbapi.connect(_address(path)) as connection, connection.cursor() as cursor:
        # The types are inferred from the first batch alone: a single batch is the only safe size.
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(max(1, row_count(path, table)))})
        cursor.execute(f"SELECT {chosen} FROM {quoted(table)}{limit}")
        return pl.DataFrame(cast("Any", cursor.fetch_arrow()))


def mixed_columns(path: Path, table: str, columns: Sequence[str]) -> set[str]:
    """The columns that hold more than one type of value, by SQLite's own count of types."""
    if not columns:
        return set()
    with opened(path) as connection:
        kinds = ", ".join(
            f"count(DISTINCT CASE typeof({quoted(name)}) WHEN 'null' THEN NULL WHEN 'integer' THEN 'real' "
            f"ELSE typeof({quoted(name)}) END)"
            for name in columns
        )
        counts = connection.execute(f"SELECT {kinds} FROM {quoted(table)}").fetchone()
    return {name for name, count in zip(columns, counts, strict=True) if count > 1}
