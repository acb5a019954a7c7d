"""Writing CSV that opens right in a spreadsheet and cannot run anything there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

FORMULA_START = r"^[=+\-@\t\r\n\x00-\x1f]"


def write_csv(frame: pl.DataFrame, path: Path) -> int:
    """Writes UTF-8 with a byte order mark, as Excel wants it, and CRLF (RFC 4180); how many cells were defused.

    A text that begins like a formula gets an apostrophe before it (OWASP, CSV injection).
    """
    import polars as pl

    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    starts = frame.select(pl.col(name).str.contains(FORMULA_START).sum() for name in texts) if texts else None
    defused = [name for name in texts if starts is not None and starts[name][0]]
    safe = frame.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA_START)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in defused
    )
    headers = {name: "'" + name for name in frame.columns if name[:1] in "=+-@"}
    safe.rename(headers).write_csv(
        path, include_bom=True, line_terminator="\r\n", datetime_format="%Y-%m-%d %H:%M:%S", float_scientific=False
    )
    return sum(int(starts[name][0]) for name in defused) if starts is not None else 0
