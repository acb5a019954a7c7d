"""Works a plan out: filter, group, total, sort; in one pass over the source, bad cells counted on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from backend.core.errors import UserError
from backend.lib.tables import problems
from backend.lib.tables.checking import check_plan
from backend.lib.tables.columns import DATED, Column
from backend.lib.tables.convert import RAW, Scan, bad_cell
from backend.lib.tables.filters import condition
from backend.lib.tables.plan import ROWS, BadCells, Plan, Total
from backend.lib.tables.source import Source

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = 3
EXACT_DIGITS = 14
EMPTY_WORDS = "(empty)"


class Result(NamedTuple):
    """What came out. `frame` is the table as it will stand in the report, `columns` describe it.

    `rows` is the number of source rows that passed the filters; `totals` are the figures over all of them.
    """

    frame: pl.DataFrame
    columns: tuple[Column, ...]
    rows: int
    totals: tuple[tuple[Total, Any], ...]
    bad: tuple[BadCells, ...] = ()
    grouped: tuple[str, ...] = ()
    sampled: int = 0
    source_columns: tuple[Column, ...] = ()
    period: tuple[str, Any, Any] | None = None

    def total(self, label: str) -> Any:
        """The overall figure with that label, or None."""
        return next((value for total, value in self.totals if total.label == label), None)


def compute(
    plan: Plan,
    source: Source,
    *,
    rows: int | None = None,
    at: Callable[[float], None] | None = None,
    narrow: bool = False,
) -> Result:
    """The result of the plan over the source, or over its first `rows` rows. `at` hears the part that is done.

    With `narrow`, columns that the plan does not need may be left unread; the result knows nothing of them then.
    Raises UserError, at the answer that is wrong.
    """
    import polars as pl

    while True:
        scan, full = _checked(plan, source, rows, plan.named if narrow else None)
        kept = _filtered(scan, full, at)
        try:
            return _grouped(full, scan, kept) if full.group_by else _listed(full, scan, kept)
        except _Untidy:
            scan = scan._replace(lazy=scan.lazy.filter(_not_blank(scan)))
            kept = _filtered(scan, full, at)
            return _grouped(full, scan, kept, tidy=True) if full.group_by else _listed(full, scan, kept, tidy=True)
        except pl.exceptions.PolarsError as error:
            if not source.give_way():
                raise problems.broken(source.where.path, "a table") from error


def _checked(plan: Plan, source: Source, rows: int | None, only: frozenset[str] | None) -> tuple[Scan, Plan]:
    scan = source.scan(rows, only)
    try:
        return scan, check_plan(plan, scan)
    except UserError:
        if only is not None:
            check_plan(plan, source.scan(rows))  # says what else could have been picked
        raise


class _Untidy(Exception):
    """Rows without any value in the columns in use, or groups with spaces around their names, were met.

    Both are rare, and looking for them in every row from the start would cost a fifth of the time.
    """


def _not_blank(scan: Scan) -> pl.Expr:
    import polars as pl

    return ~pl.all_horizontal(
        pl.col(RAW + column.name if column.name in scan.converted else column.name).is_null() for column in scan.columns
    )


def used_columns(plan: Plan, scan: Scan) -> list[str]:
    """The columns that the plan needs, in the source's order."""
    listed = plan.group_by or plan.columns or tuple(column.name for column in scan.columns)
    needed = {*listed, *(each.column for each in plan.filters), *(each.column for each in plan.totals)}
    if not plan.group_by:
        needed |= {each.column for each in plan.sort}
    return [column.name for column in scan.columns if column.name in needed]


def _filtered(scan: Scan, plan: Plan, at: Callable[[float], None] | None) -> pl.LazyFrame:

    used = used_columns(plan, scan)
    lazy = scan.lazy.select(*used, *(RAW + name for name in scan.converted if name in used))
    if at is not None:
        seen = 0

        def count(batch: pl.DataFrame) -> pl.DataFrame:
            nonlocal seen
            seen += batch.height
            at(min(1.0, seen / max(1.0, scan.rows_guess)))
            return batch

        lazy = lazy.map_batches(count, streamable=True, schema=None, validate_output_schema=False)
    for place, wanted in enumerate(plan.filters):
        column = scan.column(wanted.column)
        assert column is not None
        lazy = lazy.filter(condition(column, wanted, f"filters.{place}"))
    return lazy


def _bad_counts(scan: Scan, used: Sequence[str]) -> list[pl.Expr]:
    import polars as pl

    counts: list[pl.Expr] = []
    for name in scan.converted:
        if name in used:
            counts.append(bad_cell(name).sum().alias(f"\x00bad:{name}"))
            text = pl.col(RAW + name).filter(bad_cell(name)).unique(maintain_order=True)
            counts.append(text.head(EXAMPLES).alias(f"\x00such:{name}"))
    return counts


def _bad_cells(scan: Scan, counted: pl.DataFrame, used: Sequence[str]) -> tuple[BadCells, ...]:
    found: list[BadCells] = []
    for name in scan.converted:
        if name not in used:
            continue
        count = int(counted[f"\x00bad:{name}"].sum())
        if count:
            such = counted[f"\x00such:{name}"].explode().drop_nulls().unique(maintain_order=True)
            column = scan.column(name)
            words = column.words if column else "values"
            found.append(BadCells(name, count, words, tuple(text.strip()[:24] for text in such.head(EXAMPLES))))
    return tuple(found)


def _figure(total: Total, scan: Scan) -> pl.Expr:
    import polars as pl

    cell = pl.col(total.column)
    column = scan.column(total.column)
    decimal = column is not None and column.kind == "number"
    match total.function:
        case "sum":
            # Fourteen digits: what follows them is the noise of adding binary fractions, as in 0.30000000000000004.
            return cell.sum().round_sig_figs(EXACT_DIGITS) if decimal else cell.sum()
        case "mean":
            return cell.mean()
        case "min":
            return cell.min()
        case "max":
            return cell.max()
        case "count":
            return cell.is_not_null().sum().cast(pl.Int64)


def _group_keys(plan: Plan, scan: Scan, tidy: bool) -> list[pl.Expr]:
    import polars as pl

    keys: list[pl.Expr] = []
    for name in plan.group_by:
        column, cell = scan.column(name), pl.col(name)
        if column is not None and column.kind in DATED:
            match plan.group_dates:
                case "day":
                    cell = cell.dt.strftime("%Y-%m-%d")
                case "month":
                    cell = cell.dt.strftime("%Y-%m")
                case "quarter":
                    cell = pl.format("{} Q{}", cell.dt.year(), cell.dt.quarter())
                case "year":
                    cell = cell.dt.strftime("%Y")
        elif tidy and column is not None and column.kind == "text":
            cell = cell.str.strip_chars().replace("", None)
        keys.append(cell.alias(name))
    return keys


def _grouped(plan: Plan, scan: Scan, kept: pl.LazyFrame, *, tidy: bool = False) -> Result:
    import polars as pl

    used = used_columns(plan, scan)
    hidden: list[pl.Expr] = []
    for place, total in enumerate(plan.totals):
        if total.function == "mean":
            hidden += [
                pl.col(total.column).sum().alias(f"\x00sum:{place}"),
                pl.col(total.column).is_not_null().sum().alias(f"\x00n:{place}"),
            ]
    nothing = pl.all_horizontal(pl.col(RAW + name if name in scan.converted else name).is_null() for name in used)
    frame = (
        kept.group_by(_group_keys(plan, scan, tidy))
        .agg(
            pl.len().cast(pl.Int64).alias(ROWS),
            *(_figure(total, scan).alias(total.label) for total in plan.totals),
            *hidden,
            *_bad_counts(scan, used),
            nothing.sum().alias("\x00blank"),
        )
        .collect(engine="streaming")
    )
    if not tidy and (frame["\x00blank"].sum() or _padded(frame, plan.group_by)):
        raise _Untidy
    rows = int(frame[ROWS].sum())
    totals = tuple((total, _over_all(frame, total, place)) for place, total in enumerate(plan.totals))
    bad = _bad_cells(scan, frame, used)
    frame = frame.select(*plan.group_by, ROWS, *(total.label for total in plan.totals))
    order = [key.column for key in plan.sort] or list(plan.group_by)
    frame = frame.sort(order, descending=[key.descending for key in plan.sort] or False, nulls_last=True)
    frame = frame.with_columns(
        pl.col(name).fill_null(EMPTY_WORDS) for name in plan.group_by if frame.schema[name] == pl.String
    )
    return Result(frame, _described(frame, scan), rows, totals, bad, plan.group_by, 0, scan.columns)


def _padded(frame: pl.DataFrame, names: Sequence[str]) -> bool:
    """Whether a group's name has spaces around it, or is empty."""
    import polars as pl

    texts = [frame[name].drop_nulls() for name in names if frame.schema[name] == pl.String]
    return any(bool(((text.str.strip_chars() != text) | (text == "")).any()) for text in texts)


def _over_all(frame: pl.DataFrame, total: Total, place: int) -> Any:
    match total.function:
        case "sum" | "count":
            return frame[total.label].sum()
        case "min":
            return frame[total.label].min()
        case "max":
            return frame[total.label].max()
        case "mean":
            count = int(frame[f"\x00n:{place}"].sum())
            return float(frame[f"\x00sum:{place}"].sum()) / count if count else None


def _listed(plan: Plan, scan: Scan, kept: pl.LazyFrame, *, tidy: bool = False) -> Result:
    import polars as pl

    used = used_columns(plan, scan)
    frame = kept.collect(engine="streaming")
    if not tidy and frame.height:
        raw = [RAW + name if name in scan.converted else name for name in used]
        if frame.select(pl.all_horizontal(pl.col(name).is_null() for name in raw).any()).item():
            raise _Untidy
    counts = _bad_counts(scan, used)
    bad: tuple[BadCells, ...] = ()
    if counts and frame.height:
        bad = _bad_cells(scan, frame.select(each.implode() if "such" in str(each) else each for each in counts), used)
    totals = tuple((total, frame.select(_figure(total, scan)).item()) for total in plan.totals)
    if plan.sort:
        keys = [key.column for key in plan.sort]
        frame = frame.sort(keys, descending=[key.descending for key in plan.sort], nulls_last=True, maintain_order=True)
    listed = list(plan.columns) or [column.name for column in scan.columns]
    frame = frame.select(listed)
    frame = frame.with_columns(_whole(frame[name]) for name in frame.columns if frame.schema[name] == pl.Float64)
    return Result(frame, _described(frame, scan), frame.height, totals, bad, (), 0, scan.columns, _period(frame))


def _whole(series: pl.Series) -> pl.Series:
    """Whole numbers that were read as texts come as decimals; here they become whole again."""
    import polars as pl

    largest = series.abs().max()
    if isinstance(largest, float) and largest < 1e15 and (series.round() == series).all():
        return series.cast(pl.Int64)
    return series


def _period(frame: pl.DataFrame) -> tuple[str, Any, Any] | None:
    import polars as pl

    for name, dtype in frame.schema.items():
        if dtype == pl.Date or dtype == pl.Datetime:
            first, last = frame[name].min(), frame[name].max()
            if first is not None:
                return name, first, last
    return None


def _described(frame: pl.DataFrame, scan: Scan) -> tuple[Column, ...]:
    from backend.lib.tables.convert import kind_of

    columns: list[Column] = []
    for name, dtype in frame.schema.items():
        known = scan.column(name)
        columns.append(Column(name, kind_of(dtype), known.reading if known else Column(name).reading))
    return tuple(columns)


def no_rows_left(plan: Plan) -> UserError:
    """Nothing passed the filters."""
    words = " and ".join(f"'{each.words}'" for each in plan.filters)
    message = f"No row is left where {words}."
    return UserError(
        "filter.nothing_left",
        message,
        "Loosen or remove a filter.",
        fields={"filters": f"{message} Loosen or remove a filter."},
    )
