"""Excel and CSV: typed cells, nothing that runs, and nothing lost in silence."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from backend.lib.tables.columns import Column
from backend.lib.tables.convert import kind_of
from backend.lib.tables.csvout import write_csv
from backend.lib.tables.formats import Shape, decimals_of, shapes
from backend.lib.tables.xlsx import MOST_LETTERS, SheetChart, Summary, write_xlsx

MIDNIGHT = dt.datetime.fromisoformat("2026-03-01T00:00")
MOMENT = dt.datetime.fromisoformat("2026-03-01T10:05")
FRAME = pl.DataFrame(
    {
        "Order": ["00123", "=1+1", "+x", "@cmd"],
        "Amount": [1234.5, 0.25, None, -7.0],
        "Quantity": [1, 2_000_000, None, 3],
        "Account": [9_007_199_254_740_993, 1, 2, 3],
        "Day": [dt.date(2026, 3, 1), dt.date(1850, 1, 1), None, dt.date(2026, 12, 31)],
        "Moment": [MOMENT, None, None, None],
        "Time": [dt.time(10, 5), None, None, dt.time(23, 59, 59)],
        "Paid": [True, False, None, True],
        "客户": ["李雷", "Zoë", "a\nb", "😀"],
    }
)
CHART = SheetChart("bar", "Amount by Region", ["North", "=South"], [1.5, 2.0], "Region", "Amount")
ENGINES = ["xlsxturbo", "xlsxwriter"]


def shapes_of(frame: pl.DataFrame) -> list[Shape]:
    """The shapes of all columns."""
    return shapes(frame, [Column(name, kind_of(dtype)) for name, dtype in frame.schema.items()])


def read_back(path: Path) -> Any:
    """The workbook, by openpyxl."""
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("chart", [CHART, None])
def test_cells_come_back_in_their_types(tmp_path: Path, engine: str, chart: SheetChart | None) -> None:
    path = tmp_path / "a.xlsx"
    written = write_xlsx(FRAME, shapes_of(FRAME), Summary("Report", [("Rows", 4)], chart), path, engine=engine)
    sheet = read_back(path)["Table"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == FRAME.columns
    assert rows[1] == [
        "00123", 1234.5, 1, "9007199254740993", MIDNIGHT, MOMENT,
        dt.time(10, 5), True, "李雷",
    ]  # fmt: skip
    assert rows[2][0] == "=1+1"
    assert sheet["A3"].data_type == "s"
    assert [rows[2][4], rows[4][6]] == ["1850-01-01", dt.time(23, 59, 59)]
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet["E2"].number_format == "yyyy-mm-dd"
    assert written.as_text == ["Account"]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_table_has_filter_and_frozen_header_and_the_summary_a_chart(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(FRAME, shapes_of(FRAME), Summary("=Report", [("Rows", 4), ("Who", "=x")], CHART), path, engine=engine)
    book = read_back(path)
    assert book.sheetnames == ["Summary", "Table"]
    assert book["Table"].freeze_panes == "A2"
    assert book["Table"].auto_filter.ref == "A1:I5"
    assert len(book["Summary"]._charts) == 1
    assert [book["Summary"]["A1"].value, book["Summary"]["B4"].value] == ["=Report", "=x"]
    assert {cell.data_type for row in book["Summary"].iter_rows() for cell in row} <= {"s", "n"}


def test_no_cell_of_either_engine_is_a_formula(tmp_path: Path) -> None:
    import zipfile

    for engine in ENGINES:
        path = tmp_path / f"{engine}.xlsx"
        write_xlsx(FRAME, shapes_of(FRAME), Summary("t", [], CHART), path, engine=engine)
        with zipfile.ZipFile(path) as archive:
            sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in sheet for sheet in sheets)


def test_texts_that_excel_cannot_hold_are_shortened_and_counted(tmp_path: Path) -> None:
    frame = pl.DataFrame({"Note": ["x" * (MOST_LETTERS + 1), "😀" * 20_000, "y" * MOST_LETTERS, "short"]})
    written = write_xlsx(frame, shapes_of(frame), None, tmp_path / "a.xlsx")
    values = [row[0].value for row in read_back(tmp_path / "a.xlsx")["Table"].iter_rows(min_row=2)]
    assert written.shortened == 2
    assert values[0].endswith("…")
    assert values[1].endswith("…")
    assert values[2:] == ["y" * MOST_LETTERS, "short"]


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.lib.tables.xlsx.MOST_ROWS", 1000)
    frame = pl.DataFrame({"N": range(2500)})
    written = write_xlsx(frame, shapes_of(frame), None, tmp_path / "a.xlsx")
    book = read_back(tmp_path / "a.xlsx")
    assert written.sheets == 3
    assert book.sheetnames == ["Table", "Table (2)", "Table (3)"]
    assert book["Table (3)"]["A2"].value == 2000
    assert sum(sheet.max_row - 1 for sheet in book) == 2500


def test_a_column_named_with_a_star_does_not_format_the_others(tmp_path: Path) -> None:
    frame = pl.DataFrame({"*": [0.5], "Amount": [2], "Text": ["x"]})
    write_xlsx(frame, shapes_of(frame), None, tmp_path / "a.xlsx", engine="xlsxturbo")
    assert read_back(tmp_path / "a.xlsx")["Table"]["B2"].number_format == "#,##0"


def test_csv_opens_in_excel_and_cannot_run_anything(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    frame = pl.DataFrame({"=Name": ["=1+1", "@x", "-y", "\tz", "plain, with comma"], "N": [-1.5, 2.0, 3.0, None, 1e20]})
    assert write_csv(frame, path) == 4
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 6
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    assert rows[0] == ["'=Name", "N"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'@x", "'-y", "'\tz", "plain, with comma"]
    assert [row[1] for row in rows[1:]] == ["-1.5", "2", "3", "", "100000000000000000000"]


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([1.0, 2.0], 0), ([0.5, 1.25], 2), ([8906147999.09], 2), ([1 / 3, 5.0], 2), ([1 / 3000], 4), ([], 0), ([0.1], 1)],
)
def test_decimals_are_as_few_as_show_the_values(values: list[float], decimals: int) -> None:
    assert decimals_of(values) == decimals
