"""Records in JSON, as web services answer them, as a table: nested fields become columns `customer.name`.

What finds the records is plain Python, for any process; what makes the table is a task of the child process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from backend.core.errors import UserError
from backend.lib.tables.columns import tidy_names
from backend.lib.tables.telling import Teller

if TYPE_CHECKING:
    import polars as pl

    from backend.lib.tables.reader_main import Wire

DEEPEST = 8
MOST_COLUMNS = 2000
LARGEST_WHOLE = (1 << 63) - 1
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def parsed(content: bytes, host: str) -> Any:
    """The JSON, or the JSON of each line as a list. Raises UserError where it is neither."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        lines = content.splitlines()
    try:
        if len(lines) > 1:
            return [json.loads(line) for line in lines if line.strip()]
    except (ValueError, RecursionError):
        lines = []
    message = f"What {host} answers is no JSON, so no table can be made of it."
    raise UserError("web.no_json", message, "Keep it as it comes, and look at it.", fields={"make": message})


def at_path(data: Any, path: str) -> Any:
    """What is at a field, dotted where it lies within another; None where there is none.

    A name that has dots itself (`@odata.nextLink`) is found, too.
    """
    if not path:
        return data
    if not isinstance(data, Mapping):
        return None
    found = cast("Mapping[str, Any]", data)
    if path in found:
        return found[path]
    for at, sign in enumerate(path):
        if sign == "." and path[:at] in found:
            inner = at_path(found[path[:at]], path[at + 1 :])
            if inner is not None:
                return inner
    return None


def records_in(data: Any, path: str) -> list[Any] | None:
    """The records of one answer: at the field that is named, or else where a list of them is found by itself.

    A single object counts as one record where a field is named or nothing better is there. None: no records.
    """
    found = at_path(data, path)
    if path:
        if found is None:
            return None
        return cast("list[Any]", found) if isinstance(found, list) else [found]
    if isinstance(data, list):
        return cast("list[Any]", data)
    return _longest(data, 3) if isinstance(data, Mapping) else None


def _longest(data: Any, depth: int) -> list[Any] | None:
    best: list[Any] | None = None
    for value in cast("Mapping[str, Any]", data).values():
        within: list[Any] | None = None
        if isinstance(value, list):
            several = cast("list[Any]", value)
            within = several if all(isinstance(each, Mapping) for each in several) else None
        elif isinstance(value, Mapping) and depth > 1:
            within = _longest(value, depth - 1)
        if within is not None and (best is None or len(within) > len(best)):
            best = within
    return best


def flat(record: Any) -> dict[str, Any]:
    """One record as cells: fields within fields under dotted names, lists of plain values as one text."""
    cells: dict[str, Any] = {}
    _flatten(record, "", DEEPEST, cells)
    return cells


def _flatten(value: Any, name: str, depth: int, cells: dict[str, Any]) -> None:
    if isinstance(value, Mapping) and value and depth:
        for key, inner in cast("Mapping[str, Any]", value).items():
            _flatten(inner, f"{name}.{key}" if name else str(key), depth - 1, cells)
    elif isinstance(value, list):
        several = cast("list[Any]", value)
        plain = not any(isinstance(each, list | Mapping) for each in several)
        cells[name or "value"] = ", ".join(_text(each) for each in several) if plain else _text(several)
    else:
        cells[name or "value"] = _text(cast("Any", value)) if isinstance(value, Mapping) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def records(request: Mapping[str, Any], wire: Wire) -> dict[str, Any]:
    """Task of the child: the records of all `pages` as one table in the `format`."""
    teller = Teller(wire)
    pages: list[str] = request["pages"]
    teller.phase("Reading the records", 0.5, 0.7, len(pages) * 0.2)
    rows: list[dict[str, Any]] = []
    for number, page in enumerate(pages, start=1):
        found = records_in(parsed(Path(page).read_bytes(), request["host"]), request["path"])
        if found is None and number == 1:
            raise _no_records(request["path"], request["host"])
        rows += [flat(each) for each in found or []]
        teller.part(number / len(pages))
    frame = framed(rows)
    teller.phase("Writing the table", 0.7, 1.0, frame.height * frame.width * 1e-6)

    from backend.lib.tables.combining import write_as

    kind: str = request["format"]
    teller.file(kind, request["title"], lambda path: write_as(kind, frame, path, teller))
    return {"rows": frame.height, "columns": frame.width, "pages": len(pages)}


def _no_records(path: str, host: str) -> UserError:
    if path:
        message = f"The answer of {host} has no field '{path}'."
        return UserError("web.no_records", message, "Look at the answer as it comes.", fields={"records": message})
    message = f"No list of records was found in the answer of {host}."
    hint = "Name the field that holds them, or keep the answer as it comes."
    return UserError("web.no_records", message, hint, fields={"records": f"{message} {hint}"})


def framed(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The rows as a table, with the columns in the order in which they first come. Raises UserError for too many."""
    import polars as pl

    keys = list(dict.fromkeys(key for row in rows for key in row))
    if len(keys) > MOST_COLUMNS:
        message = f"The records have {len(keys):,} different fields; a table holds {MOST_COLUMNS:,} at most."
        raise UserError("web.too_wide", message, "Name a field further within.", fields={"records": message})
    names = tidy_names(keys)
    return pl.DataFrame([_series(name, [row.get(key) for row in rows]) for key, name in zip(keys, names, strict=True)])


def _series(name: str, values: list[Any]) -> pl.Series:
    """Numbers where all are numbers, days where all are days, else text; nothing is changed in reading."""
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pl.Series(name, values, pl.Boolean)
    if kinds == {int} and all(value is None or abs(value) <= LARGEST_WHOLE for value in values):
        return pl.Series(name, values, pl.Int64)
    if kinds and kinds <= {int, float} and all(value is None or abs(value) < 1 << 53 for value in values):
        return pl.Series(name, [None if value is None else float(value) for value in values], pl.Float64)
    texts = [None if value is None else _text(value) for value in values]
    series = pl.Series(name, texts, pl.String)
    if kinds == {str} and all(text is None or _DAY.fullmatch(text) for text in texts):
        days = series.str.to_date("%Y-%m-%d", strict=False)
        return days if days.null_count() == series.null_count() else series
    return series
