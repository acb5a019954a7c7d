"""What a mailing's list is found to lack: rows without a letter, by their reason, and cells that are empty."""

from collections import Counter, defaultdict
from typing import Final

from backend.core.views import PreviewTable
from backend.jobtypes.mailing.preparing import Prepared
from backend.lib.mail.addresses import Kind
from backend.lib.mail.letters import CompiledLetter

SHOWN: Final = 10
_REASONS: Final[dict[Kind, str]] = {
    "empty": "without an address",
    "bad": "with a wrong address",
    "duplicate": "with the address of another row",
    "suppressed": "with an address on the list of those who get no mail",
}


def warnings_of(found: Prepared) -> list[str]:
    """How many rows get no letter, and why."""
    if not found.findings:
        return []
    counts = Counter(one.kind for one in found.findings)
    parts = [f"{counts[kind]:,} {words}" for kind, words in _REASONS.items() if counts[kind]]
    rows = "1 row gets" if len(found.findings) == 1 else f"{len(found.findings):,} rows get"
    return [f"{rows} no letter: {', '.join(parts)}."]


def tables_of(found: Prepared) -> list[PreviewTable]:
    """The rows that get no letter, and what is empty in the others of what the letter uses."""
    tables: list[PreviewTable] = []
    if found.findings:
        rows = [[str(one.row), one.address, one.sentence] for one in found.findings[:SHOWN]]
        note = f"The first {SHOWN} of {len(found.findings):,}" if len(found.findings) > SHOWN else ""
        columns = ["Row", "Address", "Why"]
        tables.append(PreviewTable(title="Rows that get no letter", columns=columns, rows=rows, note=note))
    if empty := _empty_cells(found):
        shown = [[column, f"{len(rows):,}", _few(rows)] for column, rows in empty.items()]
        columns = ["Column", "Empty in", "Rows"]
        tables.append(PreviewTable(title="Empty cells that the letter uses", columns=columns, rows=shown))
    return tables


def _empty_cells(found: Prepared) -> dict[str, list[int]]:
    letter = CompiledLetter(found.letter, found.names)
    empty: defaultdict[str, list[int]] = defaultdict(list)
    for one in found.recipients:
        for column in letter.empty_cells(one.cells):
            empty[column].append(one.row)
    return empty


def _few(rows: list[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:SHOWN])
    return shown if len(rows) <= SHOWN else f"{shown}, ..."
