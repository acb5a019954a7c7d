"""A mailing's ledger as a file for people: CSV or an Excel workbook, all of it or what a filter shows."""

import csv
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from backend.core.errors import UserError
from backend.lib.mail.ledger_file import Entry, LedgerView, State
from backend.lib.mail.whole_file import harmless, whole

COLUMNS = ("Row", "Address", "Name", "State", "Tries", "Last change", "Answer of the server", "Message-ID")
WIDTHS = (7, 34, 26, 13, 7, 22, 70, 40)
MOST_ROWS = 1_048_575

Cells = tuple[int | str, ...]


def export(view: LedgerView, target: Path, *, search: str = "", states: Collection[State] = ()) -> int:
    """Writes the lines that fit to `target`, `.csv` or `.xlsx`; how many. The file is there whole or not at all.

    Raises UserError for another suffix, and where it cannot be written.
    """
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        sentence = f"“{target.name}” is neither CSV nor Excel."
        raise UserError("export.suffix", sentence, "Let its name end in .csv or .xlsx.")
    with whole(target) as part:
        return write(part, map(_cells, view.lines(search=search, states=states)))


def _cells(entry: Entry) -> Cells:
    when = datetime.fromtimestamp(entry.changed, UTC).astimezone().isoformat(" ", "seconds") if entry.changed else ""
    return (entry.row, entry.address, entry.name, entry.state, entry.tries, when, entry.words, entry.message_id)


def _write_csv(part: Path, rows: Iterator[Cells]) -> int:
    """UTF-8 with a mark, as spreadsheets want it; text that they would take for a formula gets an apostrophe."""
    count = 0
    with part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
            count += 1
    return count


def _write_xlsx(part: Path, rows: Iterator[Cells]) -> int:
    from xlsxwriter import Workbook

    count = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(part), options) as book:
        sheet = book.add_worksheet("Letters")
        bold = book.add_format({"bold": True})
        for column, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, bold)
        sheet.freeze_panes(1, 0)
        for count, row in enumerate(rows, 1):
            if count > MOST_ROWS:
                raise UserError("export.too_long", "Excel has no room for so many rows.", "Choose a CSV file.")
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(count, column, cell)
                else:
                    sheet.write_string(count, column, cell)
        sheet.autofilter(0, 0, count, len(COLUMNS) - 1)
    return count


_WRITERS: dict[str, Callable[[Path, Iterator[Cells]], int]] = {".csv": _write_csv, ".xlsx": _write_xlsx}


def export_ledger(ledger: str, target: str, search: str, states: list[State]) -> int:
    """The same by the paths of both files, as another process asks for it."""
    return export(LedgerView(Path(ledger)), Path(target), search=search, states=states)
