"""Writing OpenDocument spreadsheets (OASIS, OpenDocument 1.3, parts 2 and 3), some rows at a time.

The libraries there are build the document in memory, or know no times, empty cells and column formats.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backend.lib.tables.formats import Shape
from backend.lib.tables.odsparts import BODY_END, MANIFEST, MIMETYPE, content_start, table_start
from backend.lib.tables.xlsx import MOST_COLUMNS, Written, inexact, sheet_titles, sheets_of, widths

if TYPE_CHECKING:
    import polars as pl

CELLS_AT_ONCE = 100_000
MOST_BYTES_A_CELL = 160
MOST_ESCAPED = 6
SMALL_ARCHIVE = (1 << 31) - 1
NOT_IN_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"
_MARKS = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\n": "</text:p><text:p>",
    "\t": "<text:tab/>",
    "  ": "<text:s/><text:s/>",
}


def write_ods(frame: pl.DataFrame, shapes: Sequence[Shape], path: Path) -> Written:
    """Writes the rows as typed cells; texts stay texts, whatever they begin with.

    Control characters, for which XML has no place, are left out; numbers that a spreadsheet would round become text.
    """
    import polars as pl

    written = Written()
    if frame.width > MOST_COLUMNS:
        written.left_columns = frame.width - MOST_COLUMNS
        frame, shapes = frame[:, :MOST_COLUMNS], shapes[:MOST_COLUMNS]
    wide = widths(frame, shapes)
    written.as_text = [series.name for series in frame.iter_columns() if inexact(series)]
    frame = frame.with_columns(pl.col(written.as_text).cast(pl.String)) if written.as_text else frame
    parts = sheets_of(frame)
    written.sheets = len(parts)
    large = frame.height * frame.width * MOST_BYTES_A_CELL + MOST_ESCAPED * frame.estimated_size() > SMALL_ARCHIVE
    at_once = max(1, CELLS_AT_ONCE // max(1, frame.width))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        with archive.open("content.xml", "w", force_zip64=large) as file:
            file.write(content_start(shapes, wide).encode())
            for part, title in zip(parts, sheet_titles(len(parts)), strict=True):
                file.write(table_start(title, frame.width).encode())
                names = pl.DataFrame([frame.columns], orient="row", schema=dict.fromkeys(frame.columns, pl.String))
                file.write(_rows(names, ' table:style-name="header"'))
                for rows in part.iter_slices(at_once):
                    file.write(_rows(rows))
                file.write(b"</table:table>")
            file.write(BODY_END.encode())
    return written


def _rows(frame: pl.DataFrame, style: str = "") -> bytes:
    import polars as pl

    cells = [_cell(series, style).fill_null("<table:table-cell/>") for series in frame.iter_columns()]
    row = pl.concat_str([pl.lit("<table:table-row>"), *cells, pl.lit("</table:table-row>")])
    return "".join(frame.select(row.alias("row"))["row"]).encode()


def _cell(series: pl.Series, style: str) -> pl.Expr:
    """A column as XML; null where the cell is empty."""
    import polars as pl

    cell, dtype = pl.col(series.name), series.dtype
    if dtype == pl.Date:
        return _typed("date", "date-value", cell.dt.strftime("%Y-%m-%d"))
    if isinstance(dtype, pl.Datetime):
        return _typed("date", "date-value", cell.dt.strftime("%Y-%m-%dT%H:%M:%S") + _fraction(cell))
    if dtype == pl.Time:
        return _typed("time", "time-value", cell.dt.strftime("PT%HH%MM%S") + _fraction(cell) + "S")
    if dtype == pl.Boolean:
        return _typed("boolean", "boolean-value", cell.cast(pl.String))
    if dtype.is_numeric():
        finite = pl.when(cell.is_finite()).then(cell) if dtype.is_float() else cell
        return _typed("float", "value", finite.cast(pl.String))
    return _text(cell.cast(pl.String), style)


def _typed(kind: str, attribute: str, value: pl.Expr) -> pl.Expr:
    import polars as pl

    before = f'<table:table-cell office:value-type="{kind}" office:{attribute}="'
    return pl.concat_str([pl.lit(before), value, pl.lit('"/>')])


def _fraction(cell: pl.Expr) -> pl.Expr:
    import polars as pl

    digits = cell.dt.strftime("%.6f")
    return pl.when(digits == ".000000").then(pl.lit("")).otherwise(digits)


def _text(cell: pl.Expr, style: str) -> pl.Expr:
    """A paragraph for each line; spaces that XML would run together are elements (OpenDocument 1.3, part 3, 6.1.2)."""
    import polars as pl

    before = f'<table:table-cell{style} office:value-type="string">'
    lines = cell.str.replace_all(NOT_IN_XML, "").str.replace_all(r"\r\n?", "\n").str.replace_many(_MARKS)
    text = pl.concat_str([pl.lit("<text:p>"), lines, pl.lit("</text:p>")])
    text = text.str.replace_many({"<text:p> ": "<text:p><text:s/>", " </text:p>": "<text:s/></text:p>"})
    return pl.when(cell != "").then(pl.concat_str([pl.lit(before), text, pl.lit("</table:table-cell>")]))
