"""The few points a chart shows, taken from a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from backend.lib.tables.columns import DATED
from backend.lib.tables.formats import Shape, shape_of
from backend.lib.tables.plan import ROWS, ChartKind, Total

if TYPE_CHECKING:
    import polars as pl

    from backend.lib.tables.query import Result

MOST_POINTS: dict[str, int] = {"bar": 24, "pie": 8, "line": 400}
FEWEST, MOST_CATEGORIES = 2, 12
LOOKED_ROWS = 50_000
OTHERS = "Others"


class ChartData(NamedTuple):
    """Points with their names, in the order they are drawn."""

    kind: Literal["bar", "line", "pie"]
    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    label_name: str
    value_name: str
    shape: Shape
    note: str = ""


def chart_data(result: Result, wanted: ChartKind) -> tuple[ChartData | None, str]:
    """The chart and, if it is not what was asked for, a sentence why."""
    if wanted == "none" or not result.frame.height:
        return None, ""
    points = _of_groups(result) if result.grouped else _of_rows(result)
    if points is None:
        why = (
            "No chart was drawn: the table has no column with a few different values to compare. Group it by a column."
        )
        return None, why if wanted != "auto" else ""
    labels, values, name, value_name, dated = points
    if len(labels) < FEWEST and wanted == "auto":
        return None, ""
    kind: Literal["bar", "line", "pie"] = ("line" if dated else "bar") if wanted == "auto" else wanted
    additive = value_name.startswith(("Sum of", "Count of")) or value_name == ROWS
    note = ""
    if kind == "pie" and not additive:
        kind, note = "bar", "Bars were drawn instead of a pie, since a pie shows parts of a whole and these are none."
    elif kind == "pie" and (min(values, default=0) < 0 or sum(values) <= 0):
        kind, note = "bar", "Bars were drawn instead of a pie, since a pie cannot show negative amounts."
    if wanted == "auto" and kind == "line" and len(labels) < 3:
        kind = "bar"
    labels, values, cut = _cut(labels, values, MOST_POINTS[kind], kind, additive)
    shown = result.frame[value_name] if result.grouped else _series(values)
    from backend.lib.tables.columns import Column
    from backend.lib.tables.convert import kind_of

    shape = shape_of(shown, Column(value_name, kind_of(shown.dtype)))
    title = f"{value_name} by {name}"
    return ChartData(kind, title, tuple(labels), tuple(values), name, value_name, shape, cut), note


def _series(values: list[float]) -> pl.Series:
    import polars as pl

    whole = all(float(value).is_integer() for value in values)
    return pl.Series("", values, dtype=pl.Int64 if whole else pl.Float64, strict=False)


Points = tuple[list[str], list[float], str, str, bool]


def _of_groups(result: Result) -> Points | None:
    frame = result.frame
    numbers = [total.label for total, _ in result.totals if frame.schema[total.label].is_numeric()]
    value = numbers[0] if numbers else ROWS
    rows = frame.drop_nulls(value)
    shapes = {column.name: shape_of(rows[column.name], column) for column in result.columns}
    keys = [[shapes[name].show(value) for value in rows[name].to_list()] for name in result.grouped]
    labels = [" · ".join(key) for key in zip(*keys, strict=True)]
    dated = any(column.name == result.grouped[0] and column.kind in DATED for column in result.source_columns)
    values = [float(each) for each in rows[value].to_list()]
    if dated and len(result.grouped) == 1:
        pairs = sorted(pair for pair in zip(labels, values, strict=True) if not pair[0].startswith("("))
        labels, values = [label for label, _ in pairs], [each for _, each in pairs]
    return labels, values, " and ".join(result.grouped), value, dated and len(result.grouped) == 1


def _of_rows(result: Result) -> Points | None:
    import polars as pl

    frame = result.frame
    total = next((total for total, _ in result.totals if _plottable(frame, total)), None)
    value_name = total.label if total else ROWS
    figure = _figure(total)
    column = _category(result)
    if column:
        cell = pl.col(column).cast(pl.String).str.strip_chars()
        grouped = (
            frame.lazy()
            .group_by(cell.alias("k"))
            .agg(figure.alias("v"))
            .drop_nulls()
            .collect()
            .sort(["v", "k"], descending=[True, False])
        )
        labels = ["Yes" if label == "true" else "No" if label == "false" else label for label in grouped["k"]]
        return labels, [float(each) for each in grouped["v"]], column, value_name, False
    if result.period and result.period[0] in frame.columns:
        name, first, last = result.period
        days = (last - first).days
        step = "%Y-%m-%d" if days <= 45 else "%Y-%m" if days <= 1500 else "%Y"
        if days < 1:
            return None
        when = pl.col(name).dt.strftime(step).alias("k")
        grouped = frame.lazy().group_by(when).agg(figure.alias("v")).drop_nulls().collect().sort("k")
        return grouped["k"].to_list(), [float(each) for each in grouped["v"]], name, value_name, True
    return None


def _plottable(frame: pl.DataFrame, total: Total) -> bool:
    return total.column in frame.columns and (total.function == "count" or frame.schema[total.column].is_numeric())


def _figure(total: Total | None) -> Any:
    import polars as pl

    if total is None:
        return pl.len()
    cell = pl.col(total.column)
    figures = {"sum": cell.sum, "mean": cell.mean, "min": cell.min, "max": cell.max, "count": cell.count}
    return figures[total.function]()


def _category(result: Result) -> str:
    """The column of text with the fewest different values, but enough to compare; the leftmost of equals."""
    head = result.frame.head(LOOKED_ROWS)
    best, fewest = "", MOST_CATEGORIES + 1
    for column in result.columns:
        if column.kind not in ("text", "yes-no"):
            continue
        series = head[column.name].drop_nulls()
        count = series.n_unique()
        least = 3 if column.kind == "yes-no" else FEWEST
        if least <= count < fewest and count * 2 <= series.len():
            best, fewest = column.name, count
    if best and result.frame[best].n_unique() > MOST_CATEGORIES * 2:
        return ""
    return best


def _cut(
    labels: list[str], values: list[float], most: int, kind: str, additive: bool
) -> tuple[list[str], list[float], str]:
    """No more points than can be read: the largest stay, the rest is put together if it may be added up."""
    if len(labels) <= most:
        return labels, values, ""
    if kind == "line":
        return labels[-most:], values[-most:], f"The last {most} of {len(labels):,} are shown."
    order = sorted(range(len(values)), key=lambda place: -values[place])
    kept = order[: most - 1] if additive else order[:most]
    rest = [values[place] for place in order[len(kept) :]]
    shown = [labels[place] for place in kept], [values[place] for place in kept]
    if not additive:
        return *shown, f"The {most} largest of {len(labels):,} are shown."
    name = f"{OTHERS} ({len(rest):,})"
    return [*shown[0], name], [*shown[1], sum(rest)], f"The {most - 1} largest of {len(labels):,}, and all others."
