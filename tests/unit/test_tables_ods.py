"""OpenDocument spreadsheets: typed cells that come back as they were, and an archive as the standard wants it."""

import datetime as dt
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from backend.lib.tables.columns import Column
from backend.lib.tables.convert import kind_of, tidy
from backend.lib.tables.formats import shapes
from backend.lib.tables.ods import write_ods
from backend.lib.tables.workbook import check_workbook, read_sheet, sheet_names
from backend.lib.tables.xlsx import Written

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
FRAME = pl.DataFrame(
    {
        "Code": ["00123", "=1+1", None, "<b>&\"'", "2026"],
        "客户 & <b>": ["李雷", "韩梅梅 😀", "a\nb\n\nc", "  x   y ", "x" * 100_000],
        "Amount": [1234.5, 0.1, -7.25, None, 1e-7],
        "Whole": [1, 2_000_000, None, -3, 0],
        "Day": [dt.date(2026, 3, 1), dt.date(1850, 1, 2), None, dt.date(2024, 2, 29), dt.date(9999, 12, 31)],
        "Moment": [dt.datetime.fromisoformat(f"2026-03-0{day}T10:05:07") for day in range(1, 5)] + [None],
        "Time": [dt.time(10, 5), None, dt.time(23, 59, 59), dt.time(0), dt.time(7, 8, 9)],
        "Paid": [True, False, None, True, False],
    }
)


def write(frame: pl.DataFrame, path: Path) -> Written:
    """The frame as a spreadsheet."""
    columns = [Column(name, kind_of(dtype)) for name, dtype in frame.schema.items()]
    return write_ods(frame, shapes(frame, columns), path)


def test_values_come_back_in_their_types(tmp_path: Path) -> None:
    write(FRAME, tmp_path / "a.ods")
    made = tidy(read_sheet(tmp_path / "a.ods")).lazy.select(FRAME.columns).collect()
    assert made.schema == FRAME.schema
    assert made.to_dicts() == FRAME.to_dicts()


def test_the_archive_says_first_and_plainly_what_it_is(tmp_path: Path) -> None:
    write(FRAME, tmp_path / "a.ods")
    assert (tmp_path / "a.ods").read_bytes()[30:84] == b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(tmp_path / "a.ods") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["mimetype", "META-INF/manifest.xml", "content.xml"]
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        rows = ElementTree.fromstring(archive.read("content.xml")).findall(f".//{TABLE}table-row")
    assert [len(row) for row in rows] == [FRAME.width] * 6
    assert not any(TABLE + "formula" in cell.attrib for row in rows for cell in row)


def test_what_xml_or_a_spreadsheet_cannot_hold_gives_way(tmp_path: Path) -> None:
    frame = pl.DataFrame({"Text": ["a\x00\x0b\x1fb\uffff", "c"], "Account": [9_007_199_254_740_993, 1]})
    assert write(frame, tmp_path / "a.ods").as_text == ["Account"]
    assert read_sheet(tmp_path / "a.ods").rows() == [("ab", "9007199254740993"), ("c", "1")]


def test_too_many_rows_are_spread_over_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.lib.tables.xlsx.MOST_ROWS", 1000)
    path = tmp_path / "a.ods"
    assert write(pl.DataFrame({"N": range(2500)}), path).sheets == 3
    check_workbook(path)
    assert [read_sheet(path, name).height for name in sheet_names(path)] == [1000, 1000, 500]
