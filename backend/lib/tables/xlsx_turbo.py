"""The workbook by xlsxturbo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.lib.tables.formats import Shape
from backend.lib.tables.xlsx import (
    ACCENT,
    CHART_TYPES,
    HEADER_FILL,
    RULE,
    SheetChart,
    Summary,
    sheet_titles,
)

if TYPE_CHECKING:
    import polars as pl

CHART_ROW = 3


def write_turbo(
    parts: Sequence[pl.DataFrame],
    shapes: Sequence[Shape],
    wide: Sequence[float],
    summary: Summary | None,
    path: Path,
    *,
    constant: bool,
) -> None:
    """Writes the sheets, columns as `wide` as said; `constant` keeps memory flat and has no chart."""
    import xlsxturbo

    sheets: list[Any] = []
    if summary is not None:
        sheets.append(_plain_summary(summary) if constant else _summary(summary))
    header = {
        "bold": True,
        "bg_color": HEADER_FILL,
        "border_bottom": "thin",
        "border_color": RULE,
        "align_vertical": "center",
    }
    for part, title in zip(parts, sheet_titles(len(parts)), strict=True):
        # Names are matched as patterns with stars, the first match wins: names with a star come last.
        formats = {
            shape.column.name: {"num_format": shape.excel}
            for shape in sorted(shapes, key=lambda shape: "*" in shape.column.name)
            if shape.excel and str(part.schema[shape.column.name]) != "String"
        }
        options: dict[str, Any] = {
            "freeze_panes": True,
            "autofilter": part.height > 0,
            "header_format": header,
            "column_widths": dict(enumerate(wide)),
            "column_formats": formats or None,
        }
        sheets.append((part, title, options))
    xlsxturbo.dfs_to_xlsx(sheets, path, constant_memory=constant, compression_level=6)


def _plain_summary(summary: Summary) -> tuple[Any, str, dict[str, Any]]:
    """In constant memory there are only rows: the title is the header."""
    import polars as pl

    rows = pl.DataFrame(
        {
            summary.title: [label for label, _ in summary.lines],
            " ": [str(value) for _, value in summary.lines],
        }
    )
    header = {"bold": True, "font_size": 14, "font_color": ACCENT}
    return rows, "Summary", {"header_format": header, "column_widths": {0: 26.0, 1: 60.0}}


def _summary(summary: Summary) -> tuple[Any, str, dict[str, Any]]:
    import polars as pl

    cells: dict[str, Any] = {
        "A1": {"value": summary.title, "format": {"bold": True, "font_size": 16, "font_color": ACCENT}}
    }
    for row, (label, value) in enumerate(summary.lines, start=CHART_ROW):
        cells[f"A{row}"] = {"value": label, "format": {"font_color": "#5B6B7A"}}
        cells[f"B{row}"] = {"value": value, "format": {"align_horizontal": "left"}}
    options: dict[str, Any] = {"header": False, "column_widths": {0: 26.0, 1: 42.0, 2: 3.0}}
    chart = summary.chart
    if chart is not None:
        start = CHART_ROW + len(summary.lines) + 1
        cells |= _chart_cells(chart, start)
        options["charts"] = {f"D{CHART_ROW}": _chart(chart, start)}
    options["cells"] = cells
    return pl.DataFrame({"": [""]}).clear(), "Summary", options


def _chart_cells(chart: SheetChart, start: int) -> dict[str, Any]:
    head = {"bold": True, "bg_color": HEADER_FILL, "border_bottom": "thin", "border_color": RULE}
    cells: dict[str, Any] = {
        f"A{start}": {"value": chart.label_name, "format": head},
        f"B{start}": {"value": chart.value_name, "format": {**head, "align_horizontal": "right"}},
    }
    for row, (label, value) in enumerate(zip(chart.labels, chart.values, strict=True), start=start + 1):
        cells[f"A{row}"] = {"value": label}
        cells[f"B{row}"] = {"value": value, "num_format": chart.value_format}
    return cells


def _chart(chart: SheetChart, start: int) -> dict[str, Any]:
    last = start + len(chart.labels)
    options: dict[str, Any] = {
        "type": CHART_TYPES[chart.kind],
        "title": chart.title,
        "series": [
            {
                "values": f"Summary!$B${start + 1}:$B${last}",
                "categories": f"Summary!$A${start + 1}:$A${last}",
                "name": chart.value_name,
            }
        ],
        "width": 760,
        "height": 380,
        "show_legend": chart.kind == "pie",
    }
    if chart.kind != "pie":
        options |= {"x_axis_name": chart.label_name, "y_axis_name": chart.value_name}
    return options
