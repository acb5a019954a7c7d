"""Task of the child process: makes a report in all the formats that are wanted.

It tells the parent its phases (`phase`: words, from which to which part of the whole, how long it may take), how far
it is in one (`part`), what deserves a warning (`warn`) or a line in the log (`log`), and asks it for a path for every
file (`open`), which the parent puts in place when it is done (`close`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.lib.documents.chartdata import ChartData, chart_data
from backend.lib.documents.composing import compose, overall, table_text
from backend.lib.documents.content import Content, TableText
from backend.lib.tables.formats import Shape, shapes
from backend.lib.tables.looking import where_of
from backend.lib.tables.plan import Plan
from backend.lib.tables.query import Result, compute, no_rows_left
from backend.lib.tables.source import Source
from backend.lib.tables.telling import Teller

if TYPE_CHECKING:
    from backend.lib.tables.reader_main import Wire

MOST_PDF_ROWS = 100_000
MOST_WEB_ROWS = 100_000
# Seconds a million cells take, roughly, on an ordinary computer: they only shape the bar.
READ_SECONDS_A_BYTE = {"text": 8e-9, "xlsx": 9e-8, "ods": 3e-7, "parquet": 2e-8, "sqlite": 2e-8}
WRITE_SECONDS_A_CELL = {"pdf": 12e-6, "xlsx": 1.1e-6, "html": 0.5e-6, "csv": 0.1e-6}
LEAST_SECONDS = 0.15


class Making(Teller):
    """One report in the making."""

    def __init__(self, request: Mapping[str, Any], wire: Wire) -> None:
        super().__init__(wire)
        self.request = request
        self.plan = Plan.from_json(request["plan"])
        self.where = where_of(request)
        self.scratch = Path(request["scratch"])
        self.formats: list[str] = list(request["formats"])

    def run(self) -> dict[str, Any]:
        """Reads, works out, writes."""
        name = self.where.path.name
        self.phase(f"Reading {name}", 0.0, 0.05, 0.2)
        source = Source(self.where, self.scratch, tick=self.part)
        seconds = LEAST_SECONDS + self.where.path.stat().st_size * READ_SECONDS_A_BYTE[source.kind]
        reading = self._share_of_reading(seconds)
        self.phase(f"Reading {name}", 0.05, reading, seconds)
        result = compute(self.plan, source, at=self.part, narrow=True)
        for warning in [*source.warnings(), *(bad.sentence for bad in result.bad)]:
            self.warn(warning)
        if not result.rows:
            raise no_rows_left(self.plan)
        self.log(f"{result.rows:,} rows were read.", how=source.how())
        shape_list = shapes(result.frame, result.columns)
        chart, why = chart_data(result, self.plan.chart)
        if why:
            self.warn(why)
        made = self._write_all(result, shape_list, chart, reading)
        return {"rows": result.rows, "groups": result.frame.height if result.grouped else 0, "files": made}

    def _share_of_reading(self, seconds: float) -> float:
        """The part of the bar for reading: all of it but what the files will take, guessed from the file's size."""
        cells = self.where.path.stat().st_size / 8 if not self.plan.group_by else 2000
        writing = sum(LEAST_SECONDS + cells * WRITE_SECONDS_A_CELL[format] for format in self.formats)
        return min(0.8, max(0.15, seconds / (seconds + writing)))

    def _write_all(
        self, result: Result, shape_list: list[Shape], chart: ChartData | None, start: float
    ) -> list[dict[str, Any]]:
        cells = result.frame.height * max(1, result.frame.width)
        weights = {each: LEAST_SECONDS + cells * WRITE_SECONDS_A_CELL[each] for each in self.formats}
        content = self._content(result, shape_list, chart)
        writers: dict[str, Callable[[Path], int]] = {
            "pdf": lambda path: self._pdf(result, content, path),
            "xlsx": lambda path: self._xlsx(result, shape_list, chart, path),
            "html": lambda path: self._web(result, content, path),
            "csv": lambda path: self._csv(result, path),
        }
        titles = {"pdf": "PDF", "xlsx": "Excel workbook", "html": "Web page", "csv": "CSV"}
        at, made = start, list[dict[str, Any]]()
        for each in self.formats:
            until = at + (1.0 - start) * weights[each] / sum(weights.values())
            self.phase(f"Writing the {titles[each]}", at, until, weights[each])
            count = self.file(each, titles[each], writers[each])
            made.append({"format": each, "title": titles[each], "pages" if each == "pdf" else "rows": count})
            at = until
        return made

    def _content(self, result: Result, shape_list: list[Shape], chart: ChartData | None) -> Content:
        most = max((MOST_PDF_ROWS if "pdf" in self.formats else 0), (MOST_WEB_ROWS if "html" in self.formats else 0))
        table = table_text(result, shape_list, most) if most else TableText((), ())
        return compose(
            self.plan,
            result,
            table,
            chart,
            title=self.request["title"],
            file_name=self.where.path.name,
            sheet=self.where.table,
            today=date.fromisoformat(self.request["today"]),
        )

    def _pdf(self, result: Result, content: Content, path: Path) -> int:
        from backend.lib.documents.fonts import missing_letters
        from backend.lib.documents.pdf import make_pdf

        def at(page: int, pages: int) -> None:
            self.part(page / pages, f"Writing the PDF: page {page:,} of {pages:,}")

        if result.frame.height > MOST_PDF_ROWS:
            self.warn(
                f"The PDF has the first {MOST_PDF_ROWS:,} of {result.frame.height:,} rows; "
                "choose Excel or CSV to have them all, or group them."
            )
        made = make_pdf(content, path, self.scratch, at=at)
        if missing := missing_letters(content.texts()):
            shown = ", ".join(f"'{letter}'" for letter in missing[:8])
            self.warn(
                f"{len(missing)} characters (such as {shown}) are not in the fonts of the PDF and show as empty boxes "
                "there. In Excel, the web page and CSV they are right."
            )
        if made.shortened:
            self.warn(f"{made.shortened:,} texts were too long for their column in the PDF and end there with '…'.")
        if made.left_out:
            self.warn(
                f"The PDF has no room for the last {made.left_out} columns. Choose fewer columns, or use Excel for all."
            )
        return made.pages

    def _xlsx(self, result: Result, shape_list: list[Shape], chart: ChartData | None, path: Path) -> int:
        from backend.lib.tables.xlsx import SheetChart, Summary, write_xlsx

        lines: list[tuple[str, Any]] = [("Source", self.where.path.name)]
        if self.where.table:
            lines.append(("Sheet or table", self.where.table))
        lines += [("Made", self.request["today"]), ("Rows", result.rows)]
        lines += [("Only where", each.words) for each in self.plan.filters]
        lines += [(label, shape.show(value)) for label, value, shape in overall(result)]
        drawn = None
        if chart:
            drawn = SheetChart(
                chart.kind,
                chart.title,
                chart.labels,
                chart.values,
                chart.label_name,
                chart.value_name,
                chart.shape.excel,
            )
        written = write_xlsx(result.frame, shape_list, Summary(self.request["title"], lines, drawn), path)
        self.tell_workbook(written)
        return result.frame.height

    def _web(self, result: Result, content: Content, path: Path) -> int:
        from backend.lib.documents.web import make_web

        if result.frame.height > MOST_WEB_ROWS:
            self.warn(
                f"The web page has the first {MOST_WEB_ROWS:,} of {result.frame.height:,} rows; "
                "choose Excel or CSV to have them all, or group them."
            )
        make_web(content, path, at=lambda row, rows: self.part(row / rows))
        return content.table.rows

    def _csv(self, result: Result, path: Path) -> int:
        from backend.lib.tables.csvout import write_csv

        self.tell_defused(write_csv(result.frame, path))
        return result.frame.height


def report(request: Mapping[str, Any], wire: Wire) -> dict[str, Any]:
    """The task."""
    return Making(request, wire).run()
