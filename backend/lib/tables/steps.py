"""Steps that clean a table, one after the other. Plain data: they go to the child process as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from backend.core.errors import UserError
from backend.lib.tables import problems
from backend.lib.tables.columns import Column, Reading

if TYPE_CHECKING:
    import polars as pl

Do = Literal["trim", "unique", "filled", "rename", "remove", "numbers", "dates"]
Marks = Literal["comma", "point"]
DayOrder = Literal["day", "month", "year"]

LAYOUTS: dict[DayOrder, tuple[str, ...]] = {
    "day": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d"),
    "month": ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%Y-%m-%d"),
    "year": ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"),
}


class Step(NamedTuple):
    """One step. `column` is empty where all columns are meant, `name` the new name, `marks` and `days` say how
    numbers and dates are written."""

    do: Do
    column: str = ""
    name: str = ""
    marks: Marks = "point"
    days: DayOrder = "day"


def readings(steps: Sequence[Step]) -> dict[str, Step]:
    """The steps that say how a column is to be read, by the name that the column has in the files, in lower case."""
    found: dict[str, Step] = {}
    before: dict[str, str] = {}
    for step in steps:
        origin = before.get(step.column, step.column)
        if step.do == "rename":
            before[step.name.strip()] = origin
        elif step.do in ("numbers", "dates"):
            found[origin.casefold()] = step
    return found


def value_by(step: Step, source: pl.Expr) -> pl.Expr:
    """The values of a column of texts, read as the step says; null where a text does not fit."""
    import polars as pl

    from backend.lib.tables.convert import value_of

    if step.do == "numbers":
        decimal, group = (",", ".") if step.marks == "comma" else (".", ",")
        return value_of(Column("", "number", Reading(False, "", decimal, group, money=True)), source)
    text = source.str.strip_chars()
    return pl.coalesce(text.str.to_date(layout, strict=False) for layout in LAYOUTS[step.days])


def names_after(steps: Sequence[Step], names: Sequence[str]) -> list[str]:
    """The columns that are there after the steps. Raises UserError at the step that does not fit."""
    there = list(names)
    for place, step in enumerate(steps):
        if step.column and step.column not in there:
            raise problems.no_such_column(step.column, f"steps.{place}.column", there)
        if not step.column and step.do not in ("trim", "unique"):
            raise _wrong(f"steps.{place}.column", "This step needs a column.", "Choose one, or take the step out.")
        if step.do == "remove":
            there.remove(step.column)
            if not there:
                raise _wrong(f"steps.{place}.column", "No column would be left.", "Take this step out.")
        elif step.do == "rename":
            name = step.name.strip()
            if not name:
                raise _wrong(f"steps.{place}.name", "The new name is missing.", "Type one.")
            if name in there and name != step.column:
                raise _wrong(f"steps.{place}.name", f"There is a column '{name}' already.", "Choose another name.")
            there[there.index(step.column)] = name
    return there


def _wrong(field: str, message: str, hint: str) -> UserError:
    return UserError("steps.wrong", message, hint, fields={field: f"{message} {hint}"})


def applied(steps: Sequence[Step], lazy: pl.LazyFrame) -> pl.LazyFrame:
    """The table after the steps, which `names_after` has found to fit; `numbers` and `dates` are done in reading."""
    import polars as pl

    for step in steps:
        match step.do:
            case "trim":
                text = pl.col(pl.String).str.strip_chars().str.replace_all(r"\s{2,}|[^\S ]", " ")
                lazy = lazy.with_columns(pl.when(text != "").then(text))
            case "unique":
                lazy = lazy.unique(subset=[step.column] if step.column else None, keep="first", maintain_order=True)
            case "filled":
                lazy = lazy.filter(pl.col(step.column).cast(pl.String).str.strip_chars() != "")
            case "rename":
                lazy = lazy.rename({step.column: step.name.strip()})
            case "remove":
                lazy = lazy.drop(step.column)
            case "numbers" | "dates":
                continue
    return lazy
