"""Several tables as one: columns of the same name are brought to one type without losing a cell. Child process only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from backend.core.errors import UserError
from backend.lib.tables import problems
from backend.lib.tables.columns import DATED, KIND_WORDS, NUMERIC, ColumnKind
from backend.lib.tables.convert import RAW, Scan, bad_cell, dtype_of, kind_of, usual
from backend.lib.tables.plan import BadCells
from backend.lib.tables.source import Source
from backend.lib.tables.steps import Step, applied, names_after, readings, value_by

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = 3


class Joined(NamedTuple):
    """The table that came out, how many rows went in, the cells that a step could not read, and the columns that
    are not in every file."""

    frame: pl.DataFrame
    rows_in: int
    bad: tuple[BadCells, ...]
    partial: tuple[str, ...]


class _Tally:
    """Counts rows and cells that do not fit, as batches pass, in whatever threads the engine uses."""

    def __init__(self, at: Callable[[float], None], expected: float) -> None:
        self.at, self.expected = at, max(1.0, expected)
        self.rows = 0
        self.bad: dict[str, int] = {}
        self.such: dict[str, list[str]] = {}
        self.lock = threading.Lock()

    def watch(self, lazy: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
        """The same table, with the original texts of these columns looked at and then left behind."""

        def look(batch: pl.DataFrame) -> pl.DataFrame:
            for name in names:
                texts = batch.filter(bad_cell(name))[RAW + name]
                if texts.len():
                    with self.lock:
                        self.bad[name] = self.bad.get(name, 0) + texts.len()
                        such = self.such.setdefault(name, [])
                        such += [each.strip()[:24] for each in texts.head(EXAMPLES).to_list() if each not in such]
            with self.lock:
                self.rows += batch.height
            self.at(min(1.0, self.rows / self.expected))
            return batch

        return lazy.map_batches(look, streamable=True, schema=None, validate_output_schema=False)


def join(
    sources: Sequence[Source],
    steps: Sequence[Step],
    columns: Sequence[str] = (),
    *,
    rows: int | None = None,
    at: Callable[[float], None] = lambda _part: None,
) -> Joined:
    """The tables one below the other, then the steps, then only these columns. `rows`: so many of each at most.

    A column that holds numbers in one file and words in another is text; nothing is changed in reading unless a
    step says so. Raises UserError, at the answer that is wrong.
    """
    import polars as pl

    fixed = readings(steps)
    as_text: set[str] = set()
    while True:
        try:
            made, tally = _once(sources, steps, columns, fixed, frozenset(as_text), rows, at)
        except pl.exceptions.PolarsError as error:
            gave_way = [source.give_way() for source in sources]
            if not any(gave_way):
                raise problems.broken(sources[0].where.path, "a table") from error
            continue
        guessed = {name.casefold() for name in tally.bad} - set(fixed)
        if guessed <= as_text:
            return made
        as_text |= guessed


def _once(
    sources: Sequence[Source],
    steps: Sequence[Step],
    columns: Sequence[str],
    fixed: dict[str, Step],
    as_text: frozenset[str],
    rows: int | None,
    at: Callable[[float], None],
) -> tuple[Joined, _Tally]:
    import polars as pl

    scans = [_scan(source, place, rows, as_text | set(fixed)) for place, source in enumerate(sources)]
    kinds = _kinds(scans, fixed)
    mixed = {key for key, (_, kind, several) in kinds.items() if kind == "text" and several}
    if not mixed <= as_text:
        return _once(sources, steps, columns, fixed, as_text | mixed, rows, at)
    names = [name for name, _, _ in kinds.values()]
    there = names_after(steps, names)
    for name in columns:
        if name not in there:
            raise problems.no_such_column(name, "columns", there)
    tally = _Tally(at, sum(scan.rows_guess for scan in scans))
    parts = [_aligned(scan, kinds, fixed, as_text, tally) for scan in scans]
    lazy = applied(steps, pl.concat(parts, how="vertical"))
    frame = (lazy.select(columns) if columns else lazy).collect(engine="streaming")
    frame = frame.with_columns(usual(series) for series in frame.iter_columns() if series.dtype == pl.Float64)
    bad = tuple(
        BadCells(
            name,
            cells,
            KIND_WORDS["number" if fixed[key].do == "numbers" else "date"],
            tuple(tally.such[name][:EXAMPLES]),
        )
        for name, cells in tally.bad.items()
        if (key := name.casefold()) in fixed
    )
    keys = [{column.name.casefold() for column in scan.columns} for scan in scans]
    partial = tuple(name for key, (name, _, _) in kinds.items() if not all(key in each for each in keys))
    return Joined(frame, tally.rows, bad, partial), tally


def _scan(source: Source, place: int, rows: int | None, as_text: Iterable[str]) -> Scan:
    source.read_as_text(frozenset(as_text))
    try:
        return source.scan(rows)
    except UserError as error:
        raise at_file(error, place) from error


def at_file(error: UserError, place: int) -> UserError:
    """The same error, beside the file in the list that it is about."""
    fields = {f"files.{place}" if name == "file" else name: sentence for name, sentence in error.fields.items()}
    return UserError(error.code, error.message, error.hint, fields=fields)


def _kinds(scans: Sequence[Scan], fixed: dict[str, Step]) -> dict[str, tuple[str, ColumnKind, bool]]:
    """By name in lower case: the name as it is first written, the kind that fits all, and whether they differ."""
    found: dict[str, tuple[str, set[ColumnKind]]] = {}
    for scan in scans:
        for column in scan.columns:
            key = column.name.casefold()
            kind = column.kind
            if key in fixed and (kind == "text" or column.name in scan.converted):
                kind = "number" if fixed[key].do == "numbers" else "date"
            found.setdefault(key, (column.name, set()))[1].add(kind)
    return {key: (name, _common(kinds), len(kinds) > 1) for key, (name, kinds) in found.items()}


def _common(kinds: set[ColumnKind]) -> ColumnKind:
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds <= NUMERIC:
        return "number"
    return "datetime" if kinds <= DATED else "text"


def _aligned(
    scan: Scan,
    kinds: dict[str, tuple[str, ColumnKind, bool]],
    fixed: dict[str, Step],
    as_text: frozenset[str],
    tally: _Tally,
) -> pl.LazyFrame:
    import polars as pl

    lazy, watched = scan.lazy, list[str]()
    for column in scan.columns:
        name, key = column.name, column.name.casefold()
        converted = name in scan.converted
        if key in fixed and (converted or column.kind == "text"):
            if not converted:
                lazy = lazy.with_columns(pl.col(name).alias(RAW + name))
            lazy = lazy.with_columns(value_by(fixed[key], pl.col(RAW + name)).alias(name))
            watched.append(name)
        elif converted and key in as_text:
            lazy = lazy.with_columns(pl.col(RAW + name).alias(name))
        elif converted:
            watched.append(name)
    lazy = tally.watch(lazy, watched)
    own = {column.name.casefold(): column.name for column in scan.columns}
    return lazy.select(
        (pl.col(own[key]) if key in own else pl.lit(None)).cast(dtype_of(kind)).alias(name)
        for key, (name, kind, _) in kinds.items()
    )


def kinds_of(frame: pl.DataFrame) -> list[ColumnKind]:
    """What the columns of a frame hold."""
    return [kind_of(dtype) for dtype in frame.schema.dtypes()]
