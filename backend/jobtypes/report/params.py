"""The answers of the report job, and how they are put to the engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from backend.jobtypes import fields
from backend.jobtypes.contract import Params
from backend.lib.tables.plan import FUNCTION_WORDS, OPERATOR_WORDS, Filter, Function, Operator, Plan, Sort, Total

SUFFIXES = [".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".ods", ".parquet", ".sqlite", ".db", ".sqlite3"]
Format = Literal["pdf", "xlsx", "html", "csv"]
Encoding = Literal["", "utf-8", "gb18030", "big5", "cp1252", "cp1250", "cp1251", "shift_jis", "utf-16"]
FORMAT_WORDS = {"pdf": "PDF", "xlsx": "Excel", "html": "Web page", "csv": "CSV"}
NEEDS_VALUE: list[Operator] = [each for each in OPERATOR_WORDS if each not in ("empty", "filled")]


class Row(BaseModel):
    """One small form in a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FilterRow(Row):
    """A condition that rows must meet."""

    column: str = fields.column("Column", depends_on=["file", "table"])
    operator: Operator = fields.choice(
        "Condition", labels={str(each): words for each, words in OPERATOR_WORDS.items()}, default="is"
    )
    value: str = fields.text(
        "Value", "Dates as 2026-03-31.", default="", when={"operator": NEEDS_VALUE}, placeholder="for example North"
    )


class TotalRow(Row):
    """A figure to be worked out."""

    column: str = fields.column("Column", depends_on=["file", "table"])
    function: Function = fields.choice(
        "Figure",
        labels={"sum": "Sum", "mean": "Average", "min": "Lowest", "max": "Highest", "count": "Count"},
        default="sum",
    )


class SortRow(Row):
    """A key of the order."""

    column: str = fields.column("Column", depends_on=["file", "table", "group_by", "totals"])
    order: Literal["ascending", "descending"] = fields.choice(
        "Order", labels={"ascending": "Smallest first", "descending": "Largest first"}, default="ascending"
    )


class ReportParams(Params):
    """Only the file and the folder must be given; all else has a sensible default."""

    file: Path = fields.file_in(
        "Table", "A CSV, Excel, OpenDocument, Parquet or SQLite file.", section="from", suffixes=SUFFIXES
    )
    table: str = fields.pick(
        "Sheet or table",
        "For workbooks and databases with several.",
        default="",
        section="from",
        depends_on=["file"],
        empty="The first one",
    )
    title: str = fields.text(
        "Title", "Stands large on the first page.", default="", placeholder="the file's name", max_length=200
    )
    group_by: list[str] = fields.columns(
        "Group by",
        "One row for each different value, such as each region. Without, all rows are listed.",
        default=[],
        depends_on=["file", "table"],
        max_length=3,
    )
    totals: list[TotalRow] = fields.rows(
        "Figures",
        "Worked out for each group and over all. Without, amounts and quantities are added up.",
        default=[],
        add="Add a figure",
        max_length=12,
    )
    filters: list[FilterRow] = fields.rows(
        "Only rows where", "All conditions must be met.", default=[], add="Add a condition", max_length=20
    )
    sort: list[SortRow] = fields.rows(
        "Sort by", "Without, the file's own order, or the groups' names.", default=[], add="Add a column", max_length=4
    )
    chart: Literal["auto", "none", "bar", "line", "pie"] = fields.choice(
        "Chart",
        labels={"auto": "The one that fits", "none": "None", "bar": "Bars", "line": "Line", "pie": "Pie"},
        default="auto",
    )
    folder: Path = fields.folder_out("Folder", "Where the report is put.", section="to")
    formats: list[Format] = fields.choices(
        "Make",
        "Each becomes a file of its own.",
        labels=FORMAT_WORDS,
        default=["pdf", "xlsx"],
        section="to",
        min_length=1,
    )
    columns: list[str] = fields.columns(
        "Columns",
        "Which columns are listed, in which order. Without, all of them.",
        default=[],
        section="options",
        depends_on=["file", "table"],
    )
    group_dates: Literal["day", "month", "quarter", "year"] = fields.choice(
        "Group dates by",
        "When grouping by a column of dates.",
        labels={"day": "Day", "month": "Month", "quarter": "Quarter", "year": "Year"},
        default="month",
        section="options",
    )
    encoding: Literal["", "utf-8", "gb18030", "big5", "cp1252", "cp1250", "cp1251", "shift_jis", "utf-16"] = (
        fields.choice(
            "Encoding",
            "For text files whose letters look wrong.",
            labels={
                "": "Find out",
                "utf-8": "UTF-8",
                "gb18030": "Simplified Chinese (GB18030, GBK)",
                "big5": "Traditional Chinese (Big5)",
                "cp1252": "Western (Windows 1252)",
                "cp1250": "Central European (Windows 1250)",
                "cp1251": "Cyrillic (Windows 1251)",
                "shift_jis": "Japanese (Shift JIS)",
                "utf-16": "UTF-16",
            },
            default="",
            section="options",
        )
    )
    separator: Literal["", ",", ";", "\t", "|"] = fields.choice(
        "Separator",
        "For text files that come out as a single column.",
        labels={"": "Find out", ",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"},
        default="",
        section="options",
    )

    @property
    def heading(self) -> str:
        """The title, or the file's name without its suffix."""
        return self.title.strip() or self.file.stem

    def plan(self) -> Plan:
        """What is to be done, for the engines."""
        return Plan(
            columns=tuple(self.columns),
            filters=tuple(Filter(each.column, each.operator, each.value) for each in self.filters),
            group_by=tuple(self.group_by),
            group_dates=self.group_dates,
            totals=tuple(Total(each.column, each.function) for each in self.totals),
            sort=tuple(Sort(each.column, each.order == "descending") for each in self.sort),
            chart=self.chart,
        )

    def request(self, scratch: Path) -> dict[str, Any]:
        """The answers as JSON values for the child process."""
        from backend.core.clock import now

        return {
            "file": str(self.file.absolute()),
            "table": self.table,
            "encoding": self.encoding,
            "separator": self.separator,
            "plan": self.plan().as_json(),
            "title": self.heading,
            "formats": [each for each in FORMAT_WORDS if each in self.formats],
            "today": now().astimezone().date().isoformat(),
            "scratch": str(scratch),
        }


def function_label(function: Function, column: str) -> str:
    """The name of the column of a figure."""
    return f"{FUNCTION_WORDS[function]} {column}"
