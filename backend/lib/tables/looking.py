"""Tasks of the child process that only look: which sheets, which columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.lib.tables.reader_main import Wire
    from backend.lib.tables.source import Where

LOOKED_ROWS = 1000


def where_of(request: Mapping[str, Any]) -> Where:
    """The table that a request is about."""
    from backend.lib.tables.source import Where

    return Where(Path(request["file"]), request["table"], request["encoding"], request["separator"])


def tables(request: Mapping[str, Any], _wire: Wire) -> list[tuple[str, str]]:
    """The sheets or tables, with a note each."""
    from backend.lib.tables.source import tables_in

    return tables_in(Path(request["file"]))


def columns(request: Mapping[str, Any], _wire: Wire) -> list[dict[str, Any]]:
    """The columns, with what each holds; judged by all rows if `whole` is set, else by the first."""
    from backend.lib.tables.source import Source

    source = Source(where_of(request), Path(request["scratch"]))
    rows = None if request.get("whole") else LOOKED_ROWS
    return [column.as_json() for column in source.scan(rows).columns]
