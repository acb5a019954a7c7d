"""Writing Excel workbooks: a summary with a native chart, and the rows as typed cells with filter and frozen header.

xlsxturbo writes; where it cannot be loaded on a machine, xlsxwriter does the same more slowly. Large tables are
written row by row in constant memory, which has no room for a chart.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.lib.tables.formats import Shape

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 1_048_575
MOST_COLUMNS = 16_384
MOST_LETTERS = 32_767
MOST_CHART_CELLS = 2_600_000
NANOSECONDS_A_DAY = 86_400e9
EXACT_WHOLE = 1 << 53
ACCENT, HEADER_FILL, RULE = "#1F5F8B", "#E8EFF5", "#9DB2C4"
CHART_TYPES = {"bar": "column", "line": "line", "pie": "pie"}


@dataclass(frozen=True)
class SheetChart:
    """A native chart of a few points: `labels` against `values`."""

    kind: str
    title: str
    labels: Sequence[str]
    values: Sequence[float]
    label_name: str
    value_name: str
    value_format: str = "#,##0"


@dataclass(frozen=True)
class Summary:
    """The first sheet: a title, lines of label and value, and the chart."""

    title: str
    lines: Sequence[tuple[str, Any]]
    chart: SheetChart | None = None


@dataclass
class Written:
    """What had to give way: texts that were shortened, numbers kept as text, sheets, and whether the chart fitted."""

    shortened: int = 0
    as_text: list[str] = field(default_factory=list[str])
    sheets: int = 1
    chart: bool = True
    left_columns: int = 0


def write_xlsx(
    frame: pl.DataFrame, shapes: Sequence[Shape], summary: Summary | None, path: Path, *, engine: str = ""
) -> Written:
    """Writes the workbook. `engine`: 'xlsxturbo' or 'xlsxwriter'; by default the first that can be loaded."""
    written = Written()
    if frame.width > MOST_COLUMNS:
        written.left_columns = frame.width - MOST_COLUMNS
        frame, shapes = frame[:, :MOST_COLUMNS], shapes[:MOST_COLUMNS]
    wide = widths(frame, shapes)
    frame = _fitted(frame, shapes, written)
    large = frame.height * max(1, frame.width) > MOST_CHART_CELLS
    if large and summary is not None and summary.chart is not None:
        written.chart = False
        summary = Summary(summary.title, summary.lines)
    parts = sheets_of(frame)
    written.sheets = len(parts)
    engine = engine or _engine()
    if engine == "xlsxturbo":
        from backend.lib.tables.xlsx_turbo import write_turbo

        constant = summary is None or summary.chart is None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            write_turbo(parts, shapes, wide, summary, path, constant=constant)
    else:
        from backend.lib.tables.xlsx_writer import write_writer

        write_writer(parts, shapes, wide, summary, path)
    return written


def _engine() -> str:
    try:
        import xlsxturbo
    except ImportError:
        return "xlsxwriter"
    return xlsxturbo.__name__


def _fitted(frame: pl.DataFrame, shapes: Sequence[Shape], written: Written) -> pl.DataFrame:
    """What Excel cannot hold is made to fit, and counted."""
    import polars as pl

    changes: list[pl.Expr] = []
    for shape in shapes:
        name = shape.column.name
        series = frame[name]
        cell = pl.col(name)
        if isinstance(series.dtype, pl.Decimal):
            changes.append(cell.cast(pl.Float64))
        elif series.dtype == pl.Time:
            changes.append(cell.cast(pl.Int64) / NANOSECONDS_A_DAY)
        elif inexact(series):
            changes.append(cell.cast(pl.String))
            written.as_text.append(name)
        # UTF-8 bytes never undercount letters, so one quick look at the longest settles most columns.
        elif series.dtype == pl.String and int(series.str.len_bytes().max() or 0) > MOST_LETTERS:  # pyright: ignore[reportArgumentType]
            long = _utf16_length(cell) > MOST_LETTERS
            written.shortened += int(frame.select(long.sum()).item())
            changes.append(pl.when(long).then(cell.str.head(MOST_LETTERS // 2 - 1) + "…").otherwise(cell))
    return frame.with_columns(changes) if changes else frame


def inexact(series: pl.Series) -> bool:
    """Whether the series has whole numbers that a spreadsheet, which counts in floats, would round."""
    import polars as pl

    if series.dtype != pl.Int64:
        return False
    return max(abs(int(series.min() or 0)), abs(int(series.max() or 0))) > EXACT_WHOLE  # pyright: ignore[reportArgumentType]


def sheets_of(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows of each sheet, without the header; Excel's and LibreOffice's hold as many."""
    return [frame.slice(at, MOST_ROWS) for at in range(0, max(1, frame.height), MOST_ROWS)]


def _utf16_length(cell: pl.Expr) -> pl.Expr:
    """Excel counts UTF-16 units: letters beyond the basic plane count twice."""
    return cell.str.len_chars() + cell.str.count_matches(r"[\x{10000}-\x{10FFFF}]")


def widths(frame: pl.DataFrame, shapes: Sequence[Shape]) -> list[float]:
    """Column widths in Excel's unit, from a sample of what stands in them."""
    sample = frame.head(200)
    found: list[float] = []
    for shape in shapes:
        longest = max((_columns(shape.show(value)) for value in sample[shape.column.name].to_list()), default=0)
        found.append(min(48.0, max(longest + 1.5, _columns(shape.column.name) + 4.0, 8.0)))
    return found


def _columns(text: str) -> int:
    """Letters of East Asian scripts take two columns."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def sheet_titles(count: int) -> list[str]:
    """The names of the sheets of rows."""
    return ["Table", *(f"Table ({number})" for number in range(2, count + 1))]
