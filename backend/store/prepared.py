"""Statements that are put together once, for the few that every job passes through.

On SQLite they go to the driver itself: SQLAlchemy's own part takes five times as long as SQLite's (60 to 140 us against
12). What they mean stands in SQLAlchemy's words all the same, and PostgreSQL is asked through it.
"""

import sqlite3
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.dml import UpdateBase

Lane = sa.Connection | sqlite3.Connection
"""A transaction that prepared statements may use: SQLAlchemy's, or the driver's own (see `Record.lean`)."""

_DIALECT = SQLiteDialect_pysqlite()
_Converts = Callable[[Any], Any]
_Convert = _Converts | None


def one_of(column: sa.Column[Any], values: Iterable[str]) -> sa.ColumnElement[bool]:
    """`IN` with values that are the same every time: SQLAlchemy's own is put together at each execution."""
    return column.in_([sa.literal(value) for value in sorted(values)])


class Prepared:
    """One statement. Its parameters are `bindparam`s; what it returns are its rows by column name."""

    def __init__(self, statement: sa.Select[*tuple[Any, ...]] | UpdateBase) -> None:
        self._statement = statement

    @cached_property
    def _sqlite(self) -> tuple[str, Sequence[tuple[str, Any, _Convert]], Sequence[str], Mapping[str, _Converts]]:
        """The text; name, usual value and conversion of each parameter; the columns, and which are converted how."""
        compiled = self._statement.compile(dialect=_DIALECT)
        kinds = {name: bind.type for name, bind in compiled.binds.items()}
        given = compiled.params
        taken = [
            (
                name,
                given.get(name),
                kinds[name].dialect_impl(_DIALECT).bind_processor(_DIALECT) if name in kinds else None,
            )
            for name in compiled.positiontup or ()
        ]
        columns = {
            column.key or "": column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
            for column in self._statement.exported_columns
        }
        converted = {name: convert for name, convert in columns.items() if convert is not None}
        return str(compiled), taken, list(columns), converted

    def each(self, lane: Lane, values: Mapping[str, Any] | None = None) -> Generator[dict[str, Any]]:
        """What it selects or returns, one after the other; close it when the rest is not wanted."""
        driver = _driver(lane)
        if driver is None:
            assert isinstance(lane, sa.Connection)
            with lane.execute(self._statement, values or {}) as found:
                for row in found.mappings():
                    yield dict(row)
            return
        with closing(self._executed(driver, values)) as cursor:
            for found in cursor:
                yield self._row(found)

    def rows(self, lane: Lane, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """All of it."""
        driver = _driver(lane)
        if driver is None:
            return list(self.each(lane, values))
        return [self._row(found) for found in self._executed(driver, values).fetchall()]

    def _row(self, found: Sequence[Any]) -> dict[str, Any]:
        _, _, columns, converted = self._sqlite
        row = dict(zip(columns, found, strict=True))
        for name, convert in converted.items():
            row[name] = convert(row[name])
        return row

    def first(self, lane: Lane, values: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The first of them; None where there is none."""
        found = self.rows(lane, values)
        return found[0] if found else None

    def changed(self, lane: Lane, values: Mapping[str, Any] | None = None) -> int:
        """Carries it out; returns how many rows it changed."""
        driver = _driver(lane)
        if driver is None:
            assert isinstance(lane, sa.Connection)
            return lane.execute(self._statement, values or {}).rowcount
        return self._executed(driver, values).rowcount

    def _executed(self, driver: sqlite3.Connection, values: Mapping[str, Any] | None) -> sqlite3.Cursor:
        text, taken, _, _ = self._sqlite
        given = values or {}
        return driver.execute(
            text,
            [
                given.get(name, usual) if convert is None else convert(given.get(name, usual))
                for name, usual, convert in taken
            ],
        )


def _driver(lane: Lane) -> sqlite3.Connection | None:
    if isinstance(lane, sqlite3.Connection):
        return lane
    driver = lane.connection.driver_connection
    return driver if isinstance(driver, sqlite3.Connection) else None
