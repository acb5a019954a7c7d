"""The list of a mailing, read by the child process that reads tables; and what can be picked from it."""

import csv
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.core.clock import now
from backend.core.errors import UserError
from backend.core.views import Option
from backend.lib.tables.child import Message, work
from backend.lib.tables.plan import Plan

FIRST_ROW = 2
PATIENCE = 20.0


def _request(file: str, table: str, scratch: Path) -> dict[str, Any]:
    return {"file": file, "table": table, "encoding": "", "separator": "", "scratch": str(scratch)}


def read_rows(
    file: Path, table: str, scratch: Path, poll: Callable[[], None] = lambda: None
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The columns, and each row with its number in the file; all cells as text. Raises UserError."""
    target = scratch / "list.csv"

    def hear(message: Message) -> Message | None:
        if "open" in message:
            return {"path": str(target)}
        return {"closed": True} if "close" in message else None

    wanted = {"plan": Plan().as_json(), "title": "", "formats": ["csv"], "today": now().date().isoformat()}
    work("report", _request(str(file.absolute()), table, scratch) | wanted, file, on_message=hear, poll=poll)
    with target.open(encoding="utf-8-sig", newline="") as opened:
        rows = csv.reader(opened)
        columns = next(rows, [])
        found = [(number, [_bare(cell) for cell in row]) for number, row in enumerate(rows, FIRST_ROW)]
    target.unlink()
    return columns, found


def _bare(cell: str) -> str:
    """Without the apostrophe that keeps spreadsheets from taking a cell for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in {"=", "+", "-", "@"} else cell


def place_of(column: str, columns: Sequence[str], field: str) -> int:
    """Where a column stands. Raises UserError at the answer."""
    try:
        return list(columns).index(column)
    except ValueError:
        sentence = f"The list has no column '{column}'."
        raise UserError("mail.column", sentence, "Choose one of its columns.", fields={field: sentence}) from None


def options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    """The sheets, or the columns."""
    file, table = answers.get("file"), answers.get("table")
    if not isinstance(file, str) or not file:
        return []
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        request = _request(file, table if isinstance(table, str) else "", Path(scratch))
        if field == "table":
            found = work("tables", request, Path(file), time_limit=PATIENCE)
            return [Option(value=name, label=name, note=note) for name, note in found]
        columns = work("columns", request, Path(file), time_limit=PATIENCE)
        return [Option(value=each["name"], label=each["name"]) for each in columns]
