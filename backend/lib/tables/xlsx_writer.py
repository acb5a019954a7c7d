"""The workbook by xlsxwriter: the same sheets, for machines on which xlsxturbo cannot be loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.lib.tables.formats import Shape
from backend.lib.tables.xlsx import ACCENT, CHART_TYPES, HEADER_FILL, RULE, Summary, sheet_titles

if TYPE_CHECKING:
    import polars as pl

FIRST_EXCEL_DAY = (1900, 3, 1)


def write_writer(
    parts: Sequence[pl.DataFrame],
    shapes: Sequence[Shape],
    wide: Sequence[float],
    summary: Summary | None,
    path: Path,
) -> None:
    """Writes the sheets, in constant memory; texts stay texts, whatever they begin with."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        if summary is not None:
            _summary(book, summary)
        header = book.add_format({"bold": True, "bg_color": HEADER_FILL, "bottom": 1, "bottom_color": RULE})
        formats = [book.add_format({"num_format": shape.excel}) if shape.excel else None for shape in shapes]
        for part, title in zip(parts, sheet_titles(len(parts)), strict=True):
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            for place, width in enumerate(wide):
                sheet.set_column(place, place, width)
            for place, name in enumerate(part.columns):
                sheet.write_string(0, place, name, header)
            for number, row in enumerate(part.iter_rows(), start=1):
                for place, value in enumerate(row):
                    _cell(sheet, number, place, value, formats[place])
            if part.height:
                sheet.autofilter(0, 0, part.height, part.width - 1)


def _cell(sheet: Any, row: int, place: int, value: Any, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, place, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value, style)
    elif hasattr(value, "year") and (value.year, value.month, value.day) < FIRST_EXCEL_DAY:
        sheet.write_string(row, place, str(value))
    else:
        sheet.write_datetime(row, place, value, style)


def _summary(book: Any, summary: Summary) -> None:
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 42)
    sheet.write_string(0, 0, summary.title, book.add_format({"bold": True, "font_size": 16, "font_color": ACCENT}))
    row = 2
    left = book.add_format({"align": "left"})
    for label, value in summary.lines:
        sheet.write_string(row, 0, label, book.add_format({"font_color": "#5B6B7A"}))
        _summary_cell(sheet, row, value, left)
        row += 1
    chart = summary.chart
    if chart is None:
        return
    row += 1
    head = book.add_format({"bold": True, "bg_color": HEADER_FILL})
    sheet.write_string(row, 0, chart.label_name, head)
    sheet.write_string(row, 1, chart.value_name, head)
    style = book.add_format({"num_format": chart.value_format})
    for label, value in zip(chart.labels, chart.values, strict=True):
        row += 1
        sheet.write_string(row, 0, label)
        sheet.write_number(row, 1, value, style)
    first = row - len(chart.labels) + 1
    drawn = book.add_chart({"type": CHART_TYPES[chart.kind]})
    drawn.add_series(
        {"name": chart.value_name, "categories": ["Summary", first, 0, row, 0], "values": ["Summary", first, 1, row, 1]}
    )
    drawn.set_title({"name": chart.title})
    if chart.kind != "pie":
        drawn.set_legend({"none": True})
        drawn.set_x_axis({"name": chart.label_name})
        drawn.set_y_axis({"name": chart.value_name})
    drawn.set_size({"width": 760, "height": 380})
    sheet.insert_chart(2, 3, drawn)


def _summary_cell(sheet: Any, row: int, value: Any, style: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, 1, value, style)
    else:
        sheet.write_string(row, 1, str(value), style)
