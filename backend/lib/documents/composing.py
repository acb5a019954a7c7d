"""From a result of the tables to the content of a report: its words, figures and rows of totals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from backend.lib.documents.chartdata import ChartData
from backend.lib.documents.content import Content, Figure, TableText
from backend.lib.tables.columns import Column
from backend.lib.tables.formats import Shape, shape_of, shown
from backend.lib.tables.plan import ROWS, Plan
from backend.lib.tables.query import Result

MOST_FIGURES = 4
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def day_in_words(day: date) -> str:
    """4 March 2026, whatever the language of the system."""
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    return f"{day.day} {months[day.month - 1]} {day.year}"


def counted(number: int, one: str, many: str) -> str:
    """1 row, 1,204 rows."""
    return f"{number:,} {one if number == 1 else many}"


def subtitle(result: Result, file_name: str, table: str) -> str:
    """How many rows from where, in how many groups."""
    rows = counted(result.rows, "row", "rows")
    place = f"{file_name}, {table}" if table else file_name
    if result.grouped:
        groups = counted(result.frame.height, "group", "groups")
        return f"{rows} from {place}, in {groups} by {' and '.join(result.grouped)}"
    return f"{rows} from {place}"


def overall(result: Result) -> list[tuple[str, Any, Shape]]:
    """The figures over all rows: label, value, and how it is shown."""
    import polars as pl

    found: list[tuple[str, Any, Shape]] = []
    for total, value in result.totals:
        shape = shape_of(pl.Series("", [value], strict=False), Column(total.label, _kind(value)))
        if result.grouped:
            column = next(column for column in result.columns if column.name == total.label)
            of_groups = shape_of(result.frame[total.label], column)
            shape = Shape(shape.column, max(shape.decimals, of_groups.decimals), of_groups.grouped)
        elif total.function in ("min", "max") and total.column in result.frame.columns:
            source = next(column for column in result.columns if column.name == total.column)
            shape = Shape(shape.column, shape.decimals, shape_of(result.frame[total.column], source).grouped)
        found.append((total.label, value, shape))
    return found


def _kind(value: Any) -> Any:
    import polars as pl

    from backend.lib.tables.convert import kind_of

    return kind_of(pl.Series([value], strict=False).dtype)


def figures(result: Result) -> list[Figure]:
    """What stands large at the top."""
    found = [Figure(ROWS, f"{result.rows:,}")]
    if result.grouped:
        found.append(Figure("Groups", f"{result.frame.height:,}"))
    found += [Figure(label, shape.show(value) or "–") for label, value, shape in overall(result)]
    if len(found) < MOST_FIGURES and result.period:
        name, first, last = result.period
        days = f"{first:%Y-%m-%d} – {last:%Y-%m-%d}" if first != last else f"{first:%Y-%m-%d}"
        found.append(Figure(name, days))
    return found


def table_text(result: Result, shapes: Sequence[Shape], most: int | None = None) -> TableText:
    """The table as texts, at most its first `most` rows, with its row of totals."""
    frame = result.frame if most is None else result.frame.head(most)
    return TableText(shapes, shown(frame, shapes), totals_row(result, shapes))


def totals_row(result: Result, shapes: Sequence[Shape]) -> list[str]:
    """The row under the table. Under listed rows it has the sums of their columns; empty when there are none."""
    row = ["" for _ in shapes]
    values = {label: (value, shape) for label, value, shape in overall(result)}
    for place, shape in enumerate(shapes):
        name = shape.column.name
        if result.grouped and name == ROWS:
            row[place] = f"{result.rows:,}"
        label = name if result.grouped else f"Sum of {name}"
        if label in values and values[label][0] is not None:
            row[place] = values[label][1].show(values[label][0])
    if not any(row):
        return []
    if not row[0]:
        row[0] = "All" if result.grouped else "Total"
    return row


def compose(
    plan: Plan,
    result: Result,
    table: TableText,
    chart: ChartData | None,
    *,
    title: str,
    file_name: str,
    sheet: str,
    today: date,
    notes: Sequence[str] = (),
) -> Content:
    """The content of a report."""
    return Content(
        title=title,
        subtitle=subtitle(result, file_name, sheet),
        made=day_in_words(today),
        conditions=[f"{each.words}" for each in plan.filters],
        figures=figures(result),
        chart=chart,
        table=table,
        notes=notes,
    )
