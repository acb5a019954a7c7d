"""The report as PDF: a summary with a short table under it, or a summary and then pages of column blocks.

A table of Typst is laid out cell by cell; one block of lines per column and page is several times faster, and
in chunks of pages memory stays flat. The chunks are joined by pikepdf.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.lib.documents.charts import chart_svg
from backend.lib.documents.content import Content, TableText
from backend.lib.documents.fonts import FAMILIES, bold, regular
from backend.lib.documents.layout import BOTTOM, LONG_ROWS, PAD, PAGE, SIDE, SLACK, TOP, Layout, lay_out
from backend.lib.documents.typesetting import Typesetter

CHUNK_PAGES = 30
FIGURE_SIZES = (17.0, 14.0, 11.5, 9.5)
_PAGE_COUNT = re.compile(rb"/Type\s*/Pages\s*/Count\s+(\d+)")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass
class PdfMade:
    """How many pages, how many cells were shortened, how many columns found no room."""

    pages: int = 0
    shortened: int = 0
    left_out: int = 0


def make_pdf(
    content: Content, path: Path, scratch: Path, *, at: Callable[[int, int], None] = lambda _page, _pages: None
) -> PdfMade:
    """Writes the PDF to `path`; `at` hears which page of how many is done."""
    typesetter = Typesetter(scratch)
    layout = lay_out(content.table)
    made = PdfMade(left_out=layout.left_out)
    if content.table.rows <= LONG_ROWS:
        pdf = typesetter.pdf(_front(content, layout, with_table=True))
        path.write_bytes(pdf)
        made.pages = _pages(pdf)
        at(made.pages, made.pages)
        return made
    _make_long(content, layout, typesetter, path, scratch, made, at)
    return made


def first_page(content: Content, scratch: Path, ppi: float, *, with_table: bool, more: int) -> bytes:
    """The first page as PNG, with the table under the summary or not. `more`: how many pages follow those drawn."""
    layout = lay_out(content.table)
    return Typesetter(scratch).first_page(_front(content, layout, with_table=with_table, more=more), ppi)


def pages_of(content: Content, rows: int) -> int:
    """About how many pages a table of so many rows takes beside the summary."""
    layout = lay_out(content.table)
    return -(-rows // max(1, layout.rows_a_page))


def _make_long(
    content: Content,
    layout: Layout,
    typesetter: Typesetter,
    path: Path,
    scratch: Path,
    made: PdfMade,
    at: Callable[[int, int], None],
) -> None:
    import pikepdf

    parts = _parts(content.table, layout, made)
    front = scratch / "front.pdf"
    front.write_bytes(typesetter.pdf(_front(content, layout, with_table=False, more=len(parts))))
    with pikepdf.open(front) as whole:
        fronts = len(whole.pages)
        pages = fronts + len(parts)
        at(fronts, pages)
        chunks: list[Path] = []
        for start in range(0, len(parts), CHUNK_PAGES):
            chunk = scratch / f"pages-{start}.pdf"
            data = _base(content, layout) | {
                "mode": "pages",
                "offset": fronts + start,
                "pages": pages,
                "parts": parts[start : start + CHUNK_PAGES],
            }
            chunk.write_bytes(typesetter.pdf(data))
            chunks.append(chunk)
            at(min(pages, fronts + start + CHUNK_PAGES), pages)
        opened = [pikepdf.open(chunk) for chunk in chunks]
        for chunk_pdf in opened:
            whole.pages.extend(chunk_pdf.pages)
        # The version in Typst's metadata stays right. To look at it, pikepdf would load lxml, which is not shipped.
        whole.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate, fix_metadata_version=False)
        for chunk_pdf in opened:
            chunk_pdf.close()
    made.pages = pages


def _pages(pdf: bytes) -> int:
    """The count in the root of the page tree is the largest one (ISO 32000-1, 7.7.3.2)."""
    return max(map(int, _PAGE_COUNT.findall(pdf)), default=1)


def _parts(table: TableText, layout: Layout, made: PdfMade) -> list[dict[str, Any]]:
    """The pages, each with one text per column; texts that are too long for their column are shortened."""
    columns: list[list[str]] = []
    for column, width in zip(table.columns, layout.widths, strict=False):
        fitted, cut = _fitted(column, (width - 2 * PAD - SLACK / 2) / layout.size)
        made.shortened += cut
        columns.append(fitted)
    step = layout.rows_a_page - (1 if table.totals else 0)
    return [
        {
            "columns": ["\n".join(column[start : start + step]) for column in columns],
            "rows": min(step, table.rows - start),
            "closing": start + step >= table.rows,
        }
        for start in range(0, table.rows, step)
    ]


def _fitted(column: Sequence[str], width: float) -> tuple[list[str], int]:
    """Each text on one line and no wider than `width` ems; an empty one is a space, or its line would vanish."""
    safe = int(width / 1.0)
    font = regular()
    known: dict[str, str] = {}
    cut = 0
    result: list[str] = []
    for text in column:
        found = known.get(text)
        if found is None:
            found = text if text.isascii() and text.isprintable() else _UNSEEN.sub(" ", text)
            if len(found) > safe:
                found = font.fitted(found, width)
            found = found.strip() or "\u00a0"
            if len(known) < 200_000:
                known[text] = found
        if found.endswith("…") and not text.endswith("…"):
            cut += 1
        result.append(found)
    return result, cut


def _base(content: Content, layout: Layout) -> dict[str, Any]:
    width, height = (PAGE[1], PAGE[0]) if layout.across else PAGE
    count = len(layout.widths)
    heading = bold().fitted(_UNSEEN.sub(" ", content.title), (width - 2 * SIDE - 110) / 8)
    return {
        "mode": "front",
        "title": content.title,
        "heading": heading,
        "subtitle": content.subtitle,
        "made": content.made,
        "foot": regular().fitted(content.subtitle, (width - 2 * SIDE - 90) / 8),
        "conditions": list(content.conditions),
        "font": list(FAMILIES),
        "width": width,
        "height": height,
        "side": SIDE,
        "top": TOP,
        "bottom": BOTTOM,
        "pad": PAD,
        "size": layout.size,
        "pitch": layout.pitch,
        "header_height": layout.header_height,
        "widths": list(layout.widths),
        "names": content.table.names[:count],
        "aligns": [shape.align for shape in content.table.shapes[:count]],
        "totals": list(content.table.totals[:count]),
        "figures": [],
        "across": 1,
        "chart": "",
        "chart_note": "",
        "notes": [],
        "cells": [],
        "parts": [],
        "offset": 0,
        "pages": 0,
        "more": 0,
    }


def _front(content: Content, layout: Layout, *, with_table: bool, more: int = 0) -> dict[str, Any]:
    data = _base(content, layout)
    room = data["width"] - 2 * SIDE
    data["more"] = more
    data["notes"] = list(content.notes)
    count = _figures_across(len(content.figures))
    data["across"] = count
    size = _figure_size([figure.value for figure in content.figures], (room - 14 * (count - 1)) / count)
    data["figures"] = [{"label": figure.label, "value": figure.value, "size": size} for figure in content.figures]
    if content.chart:
        data["chart"] = chart_svg(content.chart, 720 if not layout.across else 960)
        data["chart_note"] = content.chart.note
    if with_table:
        shown = content.table.columns[: len(layout.widths)]
        data["cells"] = [[_UNSEEN.sub(" ", cell) for cell in row] for row in zip(*shown, strict=True)]
    return data


def _figures_across(count: int) -> int:
    return max(1, count if count <= 4 else 3 if count <= 6 else 4)


def _figure_size(values: Sequence[str], room: float) -> float:
    widest = max((bold().width(value) for value in values), default=0.0)
    return next((size for size in FIGURE_SIZES if widest * size <= room), FIGURE_SIZES[-1])
