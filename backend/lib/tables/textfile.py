"""Scanning a text table of any size: as it lies when it is clean, else by the next more patient way.

`typed` trusts the sample and lets the scanner parse; `tolerant` reads texts and casts them, so that cells that do
not fit can be counted; `mended` first rewrites the file: one encoding, one kind of line end, one width.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from backend.lib.tables import problems
from backend.lib.tables.columns import Column
from backend.lib.tables.convert import Scan, convert, dtype_of
from backend.lib.tables.textstyle import BROKEN_FIELD, TextStyle

if TYPE_CHECKING:
    pass

TICK_ROWS = 20_000
Way = Literal["typed", "tolerant", "mended"]
WAYS: tuple[Way, ...] = ("typed", "tolerant", "mended")


@dataclass
class TextTable:
    """A text table and its style; `scratch` is a folder for a mended copy."""

    path: Path
    style: TextStyle
    scratch: Path
    mended: Path | None = None
    notes: tuple[str, ...] = ()
    tick: Callable[[float], None] = lambda _part: None

    def first_way(self) -> Way:
        """The quickest way that the sample allows."""
        return "typed" if self.style.plain else "mended"

    def scan(self, way: Way, rows: int | None = None) -> Scan:
        """The table by that way; at most the first `rows` rows. Raises UserError."""
        import polars as pl

        style = self.style
        if way == "mended" and self.mended is None:
            self.mend()
        as_text = [
            column
            for column in style.columns
            if column.kind != "text" and (way != "typed" or not column.reading.direct)
        ]
        names = {column.name for column in as_text}
        columns = [
            Column(column.name, "number", column.reading, column.dirty)
            if column.name in names and column.kind == "whole"
            else column
            for column in style.columns
        ]
        lazy = pl.scan_csv(
            self.mended or self.path,
            separator="," if self.mended else style.separator,
            has_header=False,
            skip_lines=0 if self.mended else style.skip + (1 if style.has_header else 0),
            schema={column.name: pl.String() if column.name in names else dtype_of(column.kind) for column in columns},
            n_rows=rows,
            glob=False,
        )
        lazy = lazy.with_columns(
            pl.when(pl.col(column.name).is_finite()).then(pl.col(column.name))
            for column in columns
            if column.kind == "number" and column.name not in names
        )
        size = (self.mended or self.path).stat().st_size
        expected = min(size / style.row_bytes, rows or float("inf"))
        return convert(lazy, columns, sorted(names), rows=expected, notes=self.notes)

    def mend(self) -> None:
        """Writes a copy in UTF-8 with commas, one line end and one width, and notes what had to give way."""
        style = self.style
        target = self.scratch / "mended.csv"
        width = len(style.columns)
        long_rows = wrong_letters = 0
        expected = max(1.0, self.path.stat().st_size / style.row_bytes)
        with self._rows() as rows, target.open("w", encoding="utf-8", newline="") as sink:
            writer = csv.writer(sink, lineterminator="\n")
            for number, row in enumerate(rows):
                if number % TICK_ROWS == 0:
                    self.tick(min(1.0, number / expected))
                if not any(row):
                    continue
                long_rows += any(cell.strip() for cell in row[width:])
                row = fitted(row, width)
                wrong_letters += sum("\ufffd" in cell for cell in row)
                writer.writerow(row)
        notes: list[str] = []
        if long_rows:
            notes.append(f"{long_rows:,} rows have more cells than the header has columns; those cells were left out.")
        if wrong_letters:
            notes.append(
                f"{wrong_letters:,} cells hold letters that are not {style.encoding.upper()}; they show as '\ufffd'. "
                "Set 'Encoding' by hand if that is wrong."
            )
        self.notes = tuple(notes)
        self.mended = target

    def numbered(self) -> Generator[tuple[int, list[str]], None, None]:
        """Each row that is not blank as the texts it holds, with its number in the file as a spreadsheet counts.

        Raises UserError.
        """
        first = self.style.skip + (2 if self.style.has_header else 1)
        with self._rows() as rows:
            for number, row in enumerate(rows, first):
                if any(cell.strip() for cell in row):
                    yield number, fitted(row, len(self.style.columns))

    @contextmanager
    def _rows(self) -> Generator[Iterator[list[str]], None, None]:
        """The rows below the header, one that never ends found out at the last. Raises UserError."""
        style = self.style
        csv.field_size_limit(BROKEN_FIELD)
        encoding = "utf-8-sig" if style.encoding == "utf-8" else style.encoding
        try:
            with self.path.open(encoding=encoding, errors="replace", newline=None) as source:
                for _ in range(style.skip):
                    source.readline()
                yield _closed(_Lines(source), style)
        except csv.Error as error:
            raise problems.broken(self.path, "a table (a quotation mark is opened and never closed)") from error
        except OSError as error:
            raise problems.of_os_error(self.path, error) from error


def fitted(row: list[str], width: int) -> list[str]:
    """The row with as many cells as there are columns."""
    return row[:width] + [""] * (width - len(row))


def _closed(lines: _Lines, style: TextStyle) -> Iterator[list[str]]:
    rows = csv.reader(lines, delimiter=style.separator)
    if style.has_header:
        next(rows, None)
    row: list[str] = []
    for row in rows:
        yield row
    if lines.quotes % 2 and any("\n" in cell for cell in row):
        raise csv.Error("the last quotation mark is never closed")


class _Lines:
    """The lines of a file for the reader of CSV, without zero bytes; counts the quotation marks that pass."""

    def __init__(self, source: Iterable[str]) -> None:
        self.source = iter(source)
        self.quotes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.source).replace("\x00", "")
        self.quotes += line.count('"')
        return line
