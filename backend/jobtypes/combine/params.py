"""The answers of the job for spreadsheets."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from backend.jobtypes import fields
from backend.jobtypes.contract import Params
from backend.lib.tables.steps import DayOrder, Do, Marks, Step

SUFFIXES = [".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".ods", ".parquet", ".sqlite", ".db", ".sqlite3"]
_ON_COLUMN: dict[str, list[Any]] = {"do": ["unique", "filled", "rename", "remove", "numbers", "dates"]}
FORMAT_WORDS = {"xlsx": "Excel", "ods": "OpenDocument", "csv": "CSV", "parquet": "Parquet"}


class StepRow(BaseModel):
    """One step."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: Do = fields.choice(
        "Step",
        labels={
            "trim": "Trim spaces",
            "unique": "No duplicates",
            "filled": "Filled in only",
            "rename": "Rename",
            "remove": "Leave out",
            "numbers": "Numbers",
            "dates": "Dates",
        },
        default="trim",
    )
    column: str = fields.column(
        "Column", depends_on=["files", "table"], default="", empty="All columns", when=_ON_COLUMN
    )
    name: str = fields.text("New name", default="", when={"do": ["rename"]}, max_length=200)
    marks: Marks = fields.choice(
        "Written as", labels={"comma": "1.234,56", "point": "1,234.56"}, default="comma", when={"do": ["numbers"]}
    )
    days: DayOrder = fields.choice(
        "Written as",
        labels={"day": "Day first", "month": "Month first", "year": "Year first"},
        default="day",
        when={"do": ["dates"]},
    )


class CombineParams(Params):
    """The files and the folder must be given; without steps the tables are put together as they are."""

    files: list[Path] = fields.files_in(
        "Tables",
        "CSV, Excel, OpenDocument, Parquet or SQLite files. Columns of the same name come under one another.",
        section="from",
        suffixes=SUFFIXES,
        min_length=1,
        max_length=1000,
    )
    table: str = fields.pick(
        "Sheet or table",
        "For workbooks and databases with several.",
        default="",
        section="from",
        depends_on=["files"],
        empty="The first one",
    )
    steps: list[StepRow] = fields.rows(
        "Steps",
        "Done one after the other, from the top. Numbers and dates say how a column is to be read.",
        default=[],
        add="Add a step",
        max_length=50,
    )
    columns: list[str] = fields.columns(
        "Columns",
        "Which columns are kept, in which order. Without, all of them.",
        default=[],
        depends_on=["files", "table", "steps"],
    )
    make: Literal["one", "each"] = fields.choice(
        "Make",
        labels={"one": "One table", "each": "One for each file"},
        default="one",
        section="to",
    )
    name: str = fields.text(
        "Name",
        "",
        default="",
        section="to",
        placeholder="the first file's name",
        max_length=150,
        when={"make": ["one"]},
    )
    format: Literal["xlsx", "ods", "csv", "parquet"] = fields.choice(
        "As", labels=FORMAT_WORDS, default="xlsx", section="to"
    )
    split_by: str = fields.column(
        "Split by",
        "A file for each different value of this column.",
        default="",
        section="to",
        depends_on=["files", "table", "steps"],
        empty="Do not split",
    )
    folder: Path = fields.folder_out("Folder", "Where the result is put.", section="to")

    @property
    def title(self) -> str:
        """The name of the result."""
        more = " and others" if len(self.files) > 1 else ""
        return self.name.strip() or f"{self.files[0].stem}{more}"

    def request(self, scratch: Path) -> dict[str, Any]:
        """The answers as JSON values for the child process."""
        return {
            "files": [str(path.absolute()) for path in self.files],
            "table": self.table,
            "encoding": "",
            "separator": "",
            "steps": [Step(**each.model_dump())._asdict() for each in self.steps],
            "columns": self.columns,
            "each": self.make == "each",
            "split_by": self.split_by,
            "format": self.format,
            "title": self.title,
            "scratch": str(scratch),
        }
