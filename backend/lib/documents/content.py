"""What stands in a report, as text and figures, before it becomes a page of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.lib.documents.chartdata import ChartData
from backend.lib.tables.formats import Shape


class Figure(NamedTuple):
    """A figure that is shown large at the top."""

    label: str
    value: str


class TableText(NamedTuple):
    """The table as texts, column by column, with an optional row of totals."""

    shapes: Sequence[Shape]
    columns: Sequence[Sequence[str]]
    totals: Sequence[str] = ()

    @property
    def names(self) -> list[str]:
        """The headings."""
        return [shape.column.name for shape in self.shapes]

    @property
    def rows(self) -> int:
        """How many rows there are, without the totals."""
        return len(self.columns[0]) if self.columns else 0

    def first(self, rows: int) -> TableText:
        """The first rows only, without totals."""
        return TableText(self.shapes, [column[:rows] for column in self.columns])


class Content(NamedTuple):
    """A report: title, where it comes from, figures, chart, table, and notes to be read with it."""

    title: str
    subtitle: str
    made: str
    conditions: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    chart: ChartData | None = None
    table: TableText = TableText((), ())
    notes: Sequence[str] = ()

    def texts(self) -> list[str]:
        """Every text in it, to look for letters that cannot be shown."""
        found = [self.title, self.subtitle, self.made, *self.conditions, *self.notes, *self.table.names]
        found += [part for figure in self.figures for part in (figure.label, figure.value)]
        if self.chart:
            found += [self.chart.title, *self.chart.labels]
        for column in self.table.columns:
            found.append("".join(column))
        return found
