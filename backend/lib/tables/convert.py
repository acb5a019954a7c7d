"""From the text of cells to values, with what does not fit counted, and from odd engine types to the usual ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from backend.lib.tables.columns import Column, ColumnKind
from backend.lib.tables.profile import profile

if TYPE_CHECKING:
    import polars as pl

RAW = "\x00raw:"
SAMPLED = 2000
_MONEY_MARKS = "$€£¥￥元"


class Scan(NamedTuple):
    """A table, not yet computed: `converted` are the columns whose original text lies beside them, as `RAW + name`."""

    lazy: pl.LazyFrame
    columns: tuple[Column, ...]
    converted: tuple[str, ...] = ()
    rows_guess: float = 0.0
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)


def value_of(column: Column, source: pl.Expr) -> pl.Expr:
    """The values of a column of texts; null where a text does not fit."""
    import polars as pl

    text = source.str.strip_chars()
    reading = column.reading
    match column.kind:
        case "whole" | "number":
            if reading.money:
                text = text.str.replace_all(f"[{_MONEY_MARKS}]", "").str.strip_chars()
            if reading.group:
                marks = {" ": "[ \u00a0\u202f]", "'": "['’]", ".": r"\.", ",": ","}
                text = text.str.replace_all(marks[reading.group], "")
            if reading.decimal == ",":
                text = text.str.replace(",", ".", literal=True)
            value = text.cast(pl.Float64, strict=False)
            return pl.when(value.is_finite()).then(value)
        case "date":
            return text.str.to_date(reading.layout, strict=False)
        case "datetime":
            return text.str.to_datetime(reading.layout, strict=False, time_unit="us", time_zone=None)
        case "time":
            return text.str.to_time(reading.layout, strict=False)
        case "yes-no":
            low = text.str.to_lowercase()
            return pl.when(low == "true").then(True).when(low == "false").then(False)
        case "text":
            return source


def dtype_of(kind: ColumnKind) -> pl.DataType:
    """The engine's type for a kind."""
    import polars as pl

    return {
        "text": pl.String(),
        "whole": pl.Int64(),
        "number": pl.Float64(),
        "date": pl.Date(),
        "datetime": pl.Datetime("us"),
        "time": pl.Time(),
        "yes-no": pl.Boolean(),
    }[kind]


def tidy(frame: pl.DataFrame) -> Scan:
    """A frame from a workbook, database or Parquet file as a scan: usual types only, and texts read as values."""
    frame = frame.select(usual(series) for series in frame.iter_columns())
    columns: list[Column] = []
    converted: list[str] = []
    for series in list(frame.iter_columns()):
        column = _judge(series)
        columns.append(column)
        if str(series.dtype) == "String" and column.kind != "text":
            converted.append(column.name)
    return convert(frame.lazy(), columns, converted, rows=frame.height)


def convert(
    lazy: pl.LazyFrame, columns: Sequence[Column], converted: Sequence[str], *, rows: float, notes: Sequence[str] = ()
) -> Scan:
    """Adds the values of the columns of texts that are named in `converted`, and keeps the texts beside them."""
    import polars as pl

    if converted:
        by_name = {column.name: column for column in columns}
        lazy = lazy.with_columns(pl.col(name).alias(RAW + name) for name in converted).with_columns(
            value_of(by_name[name], pl.col(RAW + name)).alias(name) for name in converted
        )
    return Scan(lazy, tuple(columns), tuple(converted), rows, tuple(notes))


def bad_cell(name: str) -> pl.Expr:
    """Whether a cell of a converted column has a text that did not fit."""
    import polars as pl

    return pl.col(name).is_null() & (pl.col(RAW + name).str.strip_chars() != "")


def _judge(series: pl.Series) -> Column:
    import polars as pl

    dtype = series.dtype
    if dtype == pl.String:
        filled = series.drop_nulls()
        step = max(1, filled.len() // SAMPLED)
        sample: list[str] = filled.head(SAMPLED // 2).to_list() + filled.gather_every(step).to_list()
        column = profile(series.name, sample)
        if column.kind == "whole" or column.kind == "number":
            late = filled.str.contains(r"^\s*[+-]?(?:0\d+|\d{16,})\s*$").any()
            return Column(series.name) if late else column
        return column
    return Column(series.name, kind_of(dtype))


def kind_of(dtype: pl.DataType) -> ColumnKind:
    """The kind of column that a type of the engine makes."""
    import polars as pl

    if dtype.is_integer():
        return "whole"
    if dtype.is_numeric():
        return "number"
    kinds: dict[Any, ColumnKind] = {pl.Date: "date", pl.Datetime: "datetime", pl.Time: "time", pl.Boolean: "yes-no"}
    return kinds.get(dtype.base_type(), "text")


def usual(series: pl.Series) -> pl.Series:
    """The series in one of the types that a table has here; nothing is left out, odd types become their text."""
    import polars as pl

    dtype = series.dtype
    base: Any = dtype.base_type()
    if base in (pl.String, pl.Boolean, pl.Date, pl.Time, pl.Int64):
        return series
    if base in (pl.Null, pl.Categorical, pl.Enum):
        return series.cast(pl.String)
    if dtype.is_float():
        return _whole_if_it_is(series.cast(pl.Float64))
    if isinstance(dtype, pl.Decimal):
        return series
    if base in (pl.UInt64, pl.Int128, pl.UInt128):
        large = series.abs().max()
        fits = not isinstance(large, int) or large < 1 << 63
        return series.cast(pl.Int64) if fits else series.cast(pl.String)
    if dtype.is_integer():
        return series.cast(pl.Int64)
    if isinstance(dtype, pl.Datetime):
        local = series.dt.replace_time_zone(None).dt.cast_time_unit("us")
        return local.dt.date() if local.len() and (local.dt.truncate("1d") == local).all() else local
    if dtype == pl.Binary:
        return pl.Series(series.name, [None if cell is None else f"({len(cell)} bytes)" for cell in series], pl.String)
    return pl.Series(series.name, [None if cell is None else str(cell) for cell in series], pl.String)


def _whole_if_it_is(series: pl.Series) -> pl.Series:
    import polars as pl

    finite = series.set(~series.is_finite(), None)
    largest = finite.abs().max()
    if isinstance(largest, float) and largest < 1e15 and (finite.round() == finite).all():
        return finite.cast(pl.Int64)
    return finite
