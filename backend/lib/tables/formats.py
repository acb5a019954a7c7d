"""How values are shown to people: thousands apart, decimals alike down a column, dates that no one can misread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from backend.lib.tables.columns import NUMERIC, Column

if TYPE_CHECKING:
    import polars as pl

SAMPLED = 2000
MOST_DECIMALS = 4
_IDENTIFIER = re.compile(
    r"(^|[\s_(-])(id|ids|no|nr|num|number|code|year|zip|postcode|plz|phone|tel|account|invoice|reference|ref)\.?($|[\s_)-])"
    r"|编号|号码|邮编|年份|电话",
    re.IGNORECASE,
)


class Shape(NamedTuple):
    """How the values of a column look: `decimals` behind the point, and `grouped` in thousands."""

    column: Column
    decimals: int = 0
    grouped: bool = True

    @property
    def align(self) -> Literal["left", "right", "center"]:
        """Numbers stand right, so that their digits line up."""
        return "right" if self.column.kind in NUMERIC else "left"

    @property
    def excel(self) -> str:
        """The number format for a spreadsheet, or '' for general."""
        match self.column.kind:
            case "whole":
                return "#,##0" if self.grouped else "0"
            case "number":
                return ("#,##0" if self.grouped else "0") + ("." + "0" * self.decimals if self.decimals else "")
            case "date":
                return "yyyy-mm-dd"
            case "datetime":
                return "yyyy-mm-dd hh:mm:ss"
            case "time":
                return "hh:mm:ss"
            case _:
                return ""

    def show(self, value: Any) -> str:
        """One value as text; '' for none."""
        if value is None:
            return ""
        match self.column.kind:
            case "whole" | "number":
                return f"{value:{',' if self.grouped else ''}.{self.decimals}f}"
            case "datetime":
                return f"{value:%Y-%m-%d %H:%M}" if value.second == 0 else f"{value:%Y-%m-%d %H:%M:%S}"
            case "time":
                return f"{value:%H:%M}" if value.second == 0 else f"{value:%H:%M:%S}"
            case "yes-no":
                return "Yes" if value else "No"
            case _:
                return str(value)


def shapes(frame: pl.DataFrame, columns: Sequence[Column]) -> list[Shape]:
    """The shape of each column of the frame."""
    return [shape_of(frame[column.name], column) for column in columns]


def shape_of(series: pl.Series, column: Column) -> Shape:
    """The shape of one column."""
    if column.kind not in NUMERIC:
        return Shape(column)
    grouped = not _IDENTIFIER.search(column.name)
    if column.kind == "whole":
        return Shape(column, 0, grouped)
    filled = series.drop_nulls()
    values = [float(value) for value in filled.gather_every(max(1, filled.len() // SAMPLED)).to_list()]
    return Shape(column, decimals_of(values), grouped)


def decimals_of(values: Sequence[float]) -> int:
    """The fewest decimals, up to four, that show every value whole; else two, or more for values below one."""
    for decimals in range(MOST_DECIMALS + 1):
        if all(abs(round(value, decimals) - value) <= 1e-9 + 1e-13 * abs(value) for value in values):
            return 2 if decimals == 1 and _is_money(values) else decimals
    return 2 if max((abs(value) for value in values), default=0) >= 1 else MOST_DECIMALS


def _is_money(values: Sequence[float]) -> bool:
    return max((abs(value) for value in values), default=0) >= 1000


def shown(frame: pl.DataFrame, shapes: Sequence[Shape]) -> list[list[str]]:
    """The columns of the frame as texts."""
    return [_shown(frame[shape.column.name], shape) for shape in shapes]


def _shown(series: pl.Series, shape: Shape) -> list[str]:
    import polars as pl

    if series.dtype == pl.String or series.dtype == pl.Date:
        texts: list[str] = series.cast(pl.String).fill_null("").to_list()
        return texts
    if shape.column.kind in NUMERIC:
        # A format that is bound once is twice as fast as calling `show` a million times.
        template = f"{{:{',' if shape.grouped else ''}.{shape.decimals}f}}".format
        return ["" if value is None else template(value) for value in series.to_list()]
    return [shape.show(value) for value in series.to_list()]
