"""One door to every kind of table file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from backend.lib.tables import problems
from backend.lib.tables.columns import Column
from backend.lib.tables.convert import Scan, tidy
from backend.lib.tables.filekind import FileKind, file_kind

if TYPE_CHECKING:
    from backend.lib.tables.textfile import TextTable, Way

KIND_NAMES: dict[FileKind, str] = {
    "text": "Text table",
    "xlsx": "Excel workbook",
    "ods": "OpenDocument spreadsheet",
    "parquet": "Parquet file",
    "sqlite": "SQLite database",
}


class Where(NamedTuple):
    """Which table: the file, the sheet or table in it (empty: the first), and how its text is to be read if the
    user knows better than the sample (empty: find out)."""

    path: Path
    table: str = ""
    encoding: str = ""
    separator: str = ""


class Source:
    """An opened table. Use it in the child process only.

    `scan` gives the table in the quickest way that has not failed yet; `give_way` steps to the next one after the
    engine refused, and says whether there was one.
    """

    def __init__(self, where: Where, scratch: Path, tick: Callable[[float], None] = lambda _part: None) -> None:
        self.where = where
        self.kind: FileKind = file_kind(where.path)
        self.facts: list[tuple[str, str]] = []
        self._loaded: dict[tuple[int | None, frozenset[str] | None], Scan] = {}
        self._text: TextTable | None = None
        if self.kind == "text":
            from backend.lib.tables.textfile import TextTable
            from backend.lib.tables.textstyle import text_style

            style = text_style(where.path, encoding=where.encoding, separator=where.separator)
            self._text = TextTable(where.path, style, scratch, tick=tick)
            self._way: Way = self._text.first_way()
        elif self.kind in ("xlsx", "ods"):
            from backend.lib.tables.workbook import check_workbook

            check_workbook(where.path)

    def warnings(self) -> list[str]:
        """What about the reading deserves a doubt."""
        if self._text is None:
            return []
        style = self._text.style
        found: list[str] = []
        if not style.sure:
            found.append(
                f"The file does not say how its letters are encoded; it was read as {style.encoding.upper()}. "
                "If letters look wrong, set 'Encoding' by hand."
            )
        for name in style.ambiguous[:3]:
            found.append(f"Dates in '{name}' were read as day/month/year; the file fits month/day/year as well.")
        return found + list(self._text.notes)

    def how(self) -> str:
        """How the file was read, for people."""
        words = KIND_NAMES[self.kind]
        return f"{words}, {self._text.style.words}" if self._text else words

    def read_as_text(self, names: frozenset[str]) -> None:
        """Has these columns of a text file (names in lower case) read as they are written, whatever they hold."""
        if self._text is not None:
            style = self._text.style
            as_text = [Column(each.name) if each.name.casefold() in names else each for each in style.columns]
            self._text.style = style._replace(columns=tuple(as_text))

    def scan(self, rows: int | None = None, only: frozenset[str] | None = None) -> Scan:
        """The table, at most its first `rows` rows; `only` names columns that are enough, where that saves reading.

        Raises UserError.
        """
        if self._text is not None:
            return self._text.scan(self._way, rows)
        if (rows, only) not in self._loaded:
            self._loaded[rows, only] = self._load(rows, only)
        return self._loaded[rows, only]

    def give_way(self) -> bool:
        """Steps from trusting the sample to counting what does not fit, and from there to mending the file."""
        from backend.lib.tables.textfile import WAYS

        if self._text is None or self._way == WAYS[-1]:
            return False
        self._way = WAYS[WAYS.index(self._way) + 1]
        return True

    def _load(self, rows: int | None, only: frozenset[str] | None) -> Scan:
        from backend.lib.tables.sqlitefile import column_names, read_table, table_names
        from backend.lib.tables.workbook import read_sheet

        path = self.where.path
        if self.kind in ("xlsx", "ods"):
            return tidy(read_sheet(path, self.where.table, rows))
        if self.kind == "parquet":
            return self._parquet(rows, only)
        names = table_names(path)
        if self.where.table and self.where.table not in names:
            raise problems.no_such_table(path, self.where.table, names)
        if not names:
            raise problems.empty(path)
        table = self.where.table or names[0]
        return tidy(read_table(path, table, _narrowed(column_names(path, table), only), rows))

    def _parquet(self, rows: int | None, only: frozenset[str] | None) -> Scan:
        import polars as pl

        try:
            lazy = pl.scan_parquet(self.where.path, glob=False)
            lazy = lazy.select(_narrowed(lazy.collect_schema().names(), only))
            return tidy((lazy.head(rows) if rows else lazy).collect(engine="streaming"))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise problems.broken(self.where.path, "a Parquet file") from error


def _narrowed(names: list[str], only: frozenset[str] | None) -> list[str]:
    """The columns to read. All of them when one that is asked for is not there: the message about it lists them."""
    return [name for name in names if name in only] if only is not None and only <= set(names) else names


def tables_in(path: Path) -> list[tuple[str, str]]:
    """The sheets or tables of a file with a note each; none for a file that is one table. Child process only."""
    from backend.lib.tables.sqlitefile import row_count, table_names
    from backend.lib.tables.workbook import check_workbook, sheet_names

    kind = file_kind(path)
    if kind == "sqlite":
        return [(name, f"{row_count(path, name):,} rows") for name in table_names(path)]
    if kind in ("xlsx", "ods"):
        check_workbook(path)
        return [(name, "sheet") for name in sheet_names(path)]
    return []
