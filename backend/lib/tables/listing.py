"""Task of the child process: a list of people, each row as the texts in its cells and with its number in the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.lib.tables import problems
from backend.lib.tables.filekind import file_kind
from backend.lib.tables.looking import where_of

if TYPE_CHECKING:
    from backend.lib.tables.reader_main import Wire


def listing(request: Mapping[str, Any], _wire: Wire) -> list[str]:
    """Writes `[row number, [cells]]` as JSON, one row a line, to the file `into`; returns the columns' names."""
    where = where_of(request)
    kind = file_kind(where.path)
    rows: Iterable[tuple[int, list[str]]]
    if kind == "text":
        from backend.lib.tables.textfile import TextTable
        from backend.lib.tables.textstyle import text_style

        style = text_style(where.path, encoding=where.encoding, separator=where.separator)
        names = [column.name for column in style.columns]
        rows = TextTable(where.path, style, Path(request["scratch"])).numbered()
    elif kind in ("xlsx", "ods"):
        from backend.lib.tables.workbook import check_workbook, numbered_rows

        check_workbook(where.path)
        names, rows = numbered_rows(where.path, where.table)
    else:
        raise problems.file_problem(
            "not_a_list", f"'{where.path.name}' is not a list that can be read.", "Pick a CSV, Excel or ODS file."
        )
    with Path(request["into"]).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return names
