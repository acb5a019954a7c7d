"""Filters as expressions of the engine, with their values checked against what the column holds."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from backend.core.errors import UserError
from backend.lib.tables.columns import NUMERIC, Column
from backend.lib.tables.plan import Filter

if TYPE_CHECKING:
    import polars as pl

_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y年%m月%d日")
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_YES = {"yes", "true", "1", "y", "是"}
_NO = {"no", "false", "0", "n", "否"}


def filter_value(column: Column, text: str, field: str) -> Any:
    """The value of a filter in the column's own kind. Raises UserError at `field`."""
    text = text.strip()
    if not text:
        raise _wrong(field, f"Say what '{column.name}' is to be compared with.", "Fill in the value.")
    if column.kind in NUMERIC:
        value = _number(text)
        if value is None:
            raise _wrong(field, f"'{text}' is not a number, but '{column.name}' holds {column.words}.", "Write 1234.5.")
        return value
    if column.kind in ("date", "datetime"):
        for day, clock in ((day, clock) for clock in _TIMES for day in _DATES):
            try:
                moment = datetime.strptime(text, day + clock)  # noqa: DTZ007 - wall-clock time, as in the file
            except ValueError:
                continue
            return moment if clock and column.kind == "datetime" else moment.date()
        raise _wrong(field, f"'{text}' is not a date, but '{column.name}' holds {column.words}.", "Write 2026-03-31.")
    if column.kind == "time":
        for layout in ("%H:%M", "%H:%M:%S"):
            try:
                return datetime.strptime(text, layout).time()  # noqa: DTZ007
            except ValueError:
                continue
        raise _wrong(field, f"'{text}' is not a time, but '{column.name}' holds times.", "Write 17:30.")
    if column.kind == "yes-no":
        if text.lower() in _YES | _NO:
            return text.lower() in _YES
        raise _wrong(field, f"'{column.name}' holds yes or no.", "Write yes or no.")
    return text


def _wrong(field: str, message: str, hint: str) -> UserError:
    return UserError("filter.value", message, hint, fields={field: f"{message} {hint}"})


def _number(text: str) -> float | None:
    bare = text.replace("\u00a0", "").replace(" ", "")
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    elif "," in bare:
        bare = bare.replace(".", "").replace(",", ".")
    try:
        value = float(bare)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def condition(column: Column, wanted: Filter, field: str) -> pl.Expr:
    """The rows to keep. Texts are compared without regard to capitals. Raises UserError at `field` + `.value`."""
    import polars as pl

    cell = pl.col(column.name)
    if wanted.operator in ("empty", "filled"):
        empty = cell.is_null()
        if column.kind == "text":
            empty = empty | (cell.str.strip_chars() == "")
        return empty if wanted.operator == "empty" else ~empty
    if wanted.operator in ("contains", "contains_not", "starts_with"):
        if not wanted.value:
            raise _wrong(f"{field}.value", f"Say what '{column.name}' is to be compared with.", "Fill in the value.")
        text = cell.cast(pl.String).fill_null("").str.to_lowercase()
        part = wanted.value.lower()
        if wanted.operator == "starts_with":
            return text.str.starts_with(part)
        found = text.str.contains(part, literal=True)
        return found if wanted.operator == "contains" else ~found
    value = filter_value(column, wanted.value, f"{field}.value")
    if column.kind == "text":
        cell, value = cell.str.strip_chars().str.to_lowercase(), str(value).lower()
    if column.kind == "datetime" and not isinstance(value, datetime):
        cell = cell.dt.date()
    return _compared(cell, wanted.operator, pl.lit(value) if not isinstance(value, date | datetime | time) else value)


def _compared(cell: pl.Expr, operator: str, value: Any) -> pl.Expr:
    match operator:
        case "is":
            return cell == value
        case "is_not":
            return cell.ne_missing(value)
        case "more":
            return cell > value
        case "at_least":
            return cell >= value
        case "less":
            return cell < value
        case _:
            return cell <= value
