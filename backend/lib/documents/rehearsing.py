"""Task of the child process: what a report would be, with its first rows and a picture of its first page."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.lib.documents.chartdata import chart_data
from backend.lib.documents.composing import compose, counted, overall, table_text
from backend.lib.documents.content import Content
from backend.lib.documents.making import MOST_PDF_ROWS
from backend.lib.tables.formats import shapes
from backend.lib.tables.looking import where_of
from backend.lib.tables.plan import Plan
from backend.lib.tables.query import Result, compute, no_rows_left
from backend.lib.tables.source import Source

if TYPE_CHECKING:
    from backend.lib.tables.reader_main import Wire

PREVIEW_ROWS = 12
PICTURE_ROWS = 60
PICTURE_PPI = 80.0
SAMPLE_ROWS = {"text": 300_000, "xlsx": 20_000, "ods": 10_000, "parquet": 300_000, "sqlite": 100_000}
WHOLE_BYTES = {"text": 250e6, "xlsx": 6e6, "ods": 1.5e6, "parquet": 60e6, "sqlite": 60e6}
LISTED_BYTES = 40e6


def rehearsal(request: Mapping[str, Any], _wire: Wire) -> dict[str, Any]:
    """The rehearsal as JSON. Large files are looked at in part; `sampled` is then the number of rows."""
    plan = Plan.from_json(request["plan"])
    where, scratch = where_of(request), Path(request["scratch"])
    source = Source(where, scratch)
    size = where.path.stat().st_size
    whole = WHOLE_BYTES[source.kind] if plan.group_by else min(WHOLE_BYTES[source.kind], LISTED_BYTES)
    rows = SAMPLE_ROWS[source.kind] if request["sample"] or size > whole else None
    result = compute(plan, source, rows=rows)
    if not result.rows and rows is None:
        raise no_rows_left(plan)
    shape_list = shapes(result.frame, result.columns)
    chart, why = chart_data(result, plan.chart)
    texts = table_text(result, shape_list, PICTURE_ROWS)
    sampled = rows if rows is not None and _is_cut(source, rows) else None
    notes = [f"Worked out from the first {sampled:,} rows; the report will have them all."] if sampled else []
    content = compose(
        plan,
        result,
        texts,
        chart,
        title=request["title"],
        file_name=where.path.name,
        sheet=where.table,
        today=date.fromisoformat(request["today"]),
        notes=notes,
    )
    picture = ""
    if "pdf" in request["formats"]:
        picture = base64.b64encode(_first_page(content, result.frame.height, scratch)).decode("ascii")
    warnings = [*source.warnings(), *(bad.sentence for bad in result.bad), *([why] if why else [])]
    if result.frame.height > MOST_PDF_ROWS and "pdf" in request["formats"]:
        warnings.append(f"The PDF will have the first {MOST_PDF_ROWS:,} rows only; Excel and CSV have them all.")
    facts = [("Read as", source.how()), ("Columns", _columns(result))]
    facts += [(label, shape.show(value)) for label, value, shape in overall(result)]
    return {
        "rows": result.rows,
        "groups": result.frame.height if result.grouped else 0,
        "by": list(result.grouped),
        "sampled": sampled,
        "facts": facts,
        "warnings": warnings,
        "names": texts.names,
        "cells": [list(row) for row in zip(*(column[:PREVIEW_ROWS] for column in texts.columns), strict=True)],
        "height": result.frame.height,
        "picture": picture,
    }


def _columns(result: Result) -> str:
    kinds = [f"{column.name} ({column.words})" for column in result.source_columns[:8]]
    more = len(result.source_columns) - len(kinds)
    return ", ".join(kinds) + (f", and {counted(more, 'more', 'more')}" if more > 0 else "")


def _is_cut(source: Source, rows: int) -> bool:
    import polars as pl

    return int(source.scan(rows).lazy.select(pl.len()).collect(engine="streaming").item()) >= rows


def _first_page(content: Content, height: int, scratch: Path) -> bytes:
    from backend.lib.documents.layout import LONG_ROWS
    from backend.lib.documents.pdf import first_page, pages_of

    long = height > LONG_ROWS
    left = height if long else max(0, height - content.table.rows)
    return first_page(content, scratch, PICTURE_PPI, with_table=not long, more=pages_of(content, left))
