"""Reading XLSX and ODS workbooks, which are zip archives of XML and may be built to do harm.

`check_workbook` looks at the archive without unpacking it; the rest belongs in the child process, since a
workbook that gets past the check may still abort the process or fill the memory.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backend.lib.tables import problems

if TYPE_CHECKING:
    import fastexcel
    import polars as pl

MOST_UNPACKED = 2_000_000_000
MOST_RATIO = 400
RATIO_FREE = 60_000_000
MOST_CELLS = 120_000_000
MOST_PARTS = 20_000
HEAD_BYTES = 16_384
TAIL_BYTES = 8_192
HEADER_ROWS = 15
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="([A-Z]{1,3})(\d+)(?::([A-Z]{1,3})(\d+))?"')
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d+)"')
_MIDNIGHT = re.compile(r"^(\d{4}-\d\d-\d\d)[ T]00:00:00(?:\.0+)?$")


@dataclass(frozen=True)
class WorkbookSize:
    """What the archive says of itself; bytes of XML when unpacked."""

    unpacked: int


def check_workbook(path: Path) -> WorkbookSize:
    """Raises UserError when the archive is damaged, or claims or hides more than a spreadsheet can reasonably hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            packed = sum(part.compress_size for part in parts) or 1
            if len(parts) > MOST_PARTS:
                raise problems.absurd(path, f"it consists of {len(parts):,} parts")
            if any(part.flag_bits & 1 for part in parts):
                raise problems.password(path)
            if unpacked > MOST_UNPACKED:
                raise problems.absurd(path, f"it would unpack to {unpacked / 1e9:,.1f} GB")
            if unpacked > RATIO_FREE and unpacked / packed > MOST_RATIO:
                raise problems.absurd(
                    path, f"it unpacks to {unpacked / packed:,.0f} times its size, as only files made to do harm do"
                )
            for part in parts:
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part.filename):
                    _check_extent(path, archive, part)
            _check_overlaps(path, parts)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise problems.broken(path, "an Excel or OpenDocument workbook") from error
    except OSError as error:
        raise problems.of_os_error(path, error) from error
    return WorkbookSize(unpacked)


def _check_overlaps(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    """Parts that share bytes are how a small archive claims to be large (Fifield, 2019)."""
    ends = 0
    for part in sorted(parts, key=lambda part: part.header_offset):
        if part.header_offset < ends:
            raise problems.absurd(path, "its parts overlap, as only files made to do harm do")
        ends = part.header_offset + 30 + part.compress_size


def _check_extent(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """The reader allots every cell of the rectangle between the first and the last cell that is used."""
    with archive.open(part) as file:
        head = file.read(HEAD_BYTES)
        widest = deepest = 0
        corners = [(found[2] or found[0], found[3] or found[1]) for found in _DIMENSION.findall(head)]
        corners += _CELL.findall(head)
        if part.file_size <= 4 * HEAD_BYTES:
            corners += _CELL.findall(head + file.read())
        for letters, row in corners:
            widest, deepest = max(widest, column_number(letters)), max(deepest, int(row))
    if widest * deepest > MOST_CELLS and widest * deepest > part.file_size:
        raise problems.absurd(
            path,
            f"a sheet in it reaches over {widest:,} columns and {deepest:,} rows, though hardly any cell is filled",
        )


def column_number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def sheet_names(path: Path) -> list[str]:
    """The sheets in their order. Call it in the child process only."""
    return _opened(path).sheet_names


def _opened(path: Path) -> fastexcel.ExcelReader:
    import fastexcel

    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        if "password" in str(error).lower():
            raise problems.password(path) from error
        if "cell limit" in str(error).lower():  # the reader's own bound on repeated cells and rows (OpenDocument)
            raise problems.absurd(path, "a sheet in it claims more cells than a computer can hold") from error
        raise problems.broken(path, "an Excel or OpenDocument workbook") from error


def read_sheet(path: Path, sheet: str = "", rows: int | None = None) -> pl.DataFrame:
    """One sheet (by default the first that has rows) with its header found. Call it in the child process only."""
    import fastexcel

    reader = _opened(path)
    names = [sheet] if sheet else reader.sheet_names
    if sheet and sheet not in reader.sheet_names:
        raise problems.no_such_table(path, sheet, reader.sheet_names)
    frame = None
    try:
        for name in names:
            frame = _load(reader, name, rows)
            if frame.height:
                return frame
    except fastexcel.FastExcelError as error:
        raise problems.broken(path, "an Excel or OpenDocument workbook") from error
    raise problems.empty(path) if frame is None or not frame.width else problems.no_rows(path)


def numbered_rows(path: Path, sheet: str = "") -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The columns of the sheet that `read_sheet` reads, and each row that is not blank as texts, with its number
    in the sheet. Raises UserError. Call it in the child process only.
    """
    import fastexcel

    from backend.lib.tables.columns import tidy_names

    reader = _opened(path)
    if sheet and sheet not in reader.sheet_names:
        raise problems.no_such_table(path, sheet, reader.sheet_names)
    try:
        for name in [sheet] if sheet else reader.sheet_names:
            grid = _texts(reader, name)
            filled = [index for index, row in enumerate(grid) if any(row)]
            if not filled:
                continue
            at = filled[0]
            width = len(grid[at])
            if width > 1 and grid[at].count("") * 2 > width:
                at = _header_row(reader, name) or at
            rows = [(index + 1, grid[index]) for index in filled if index > at]
            if rows:
                kept = [place for place in range(width) if grid[at][place] or any(row[place] for _, row in rows)]
                names = tidy_names(grid[at])
                return [names[place] for place in kept], [(n, [row[place] for place in kept]) for n, row in rows]
    except fastexcel.FastExcelError as error:
        raise problems.broken(path, "an Excel or OpenDocument workbook") from error
    raise problems.no_rows(path)


def _texts(reader: fastexcel.ExcelReader, name: str) -> list[list[str]]:
    """All cells of a sheet from its first row on; a day without a time is a date."""
    frame = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return [[_MIDNIGHT.sub(r"\1", (cell or "").strip()) for cell in row] for row in frame.iter_rows()]


def _load(reader: fastexcel.ExcelReader, name: str, rows: int | None) -> pl.DataFrame:
    """The header stands in the first row that fills most of the width; titles above it are passed over."""
    import polars as pl

    from backend.lib.tables.columns import tidy_names

    try:
        sheet = reader.load_sheet(name, header_row=0, schema_sample_rows=None, n_rows=rows)
    except Exception as error:
        if type(error).__name__ not in {"InvalidParametersError", "CannotRetrieveCellDataError"}:
            raise
        return pl.DataFrame()
    unnamed = sum(column.name.startswith("__UNNAMED__") for column in sheet.available_columns())
    if (sheet.width > 1 and unnamed * 2 > sheet.width) or (sheet.width == 1 and unnamed):
        at = _header_row(reader, name)
        if at:
            sheet = reader.load_sheet(name, header_row=at, schema_sample_rows=None, n_rows=rows)
    frame = sheet.to_polars()
    if not frame.width:
        return frame
    raw = ["" if column.startswith("__UNNAMED__") else column for column in frame.columns]
    frame.columns = tidy_names([_first_name(column, frame.columns) for column in raw])
    empty = [column for column in frame.columns if frame[column].null_count() == frame.height]
    nameless = [column for column in empty if column.startswith("Column ")]
    frame = frame.drop(nameless)
    return frame.filter(~pl.all_horizontal(pl.all().is_null())) if frame.width else frame


def _first_name(name: str, names: list[str]) -> str:
    """The reader names a second `Amount` `Amount_1`; here it is called `Amount (2)`."""
    base, mark, number = name.rpartition("_")
    return base if mark and number.isdigit() and base in names else name


def _header_row(reader: fastexcel.ExcelReader, name: str) -> int:
    top = reader.load_sheet(name, header_row=None, n_rows=HEADER_ROWS, dtypes="string", skip_rows=0).to_polars()
    filled = [sum(cell is not None and bool(str(cell).strip()) for cell in row) for row in top.iter_rows()]
    most = max(filled, default=0)
    return next((index for index, count in enumerate(filled) if count * 10 >= most * 6), 0)
