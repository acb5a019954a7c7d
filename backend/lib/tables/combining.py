"""Tasks of the child process: combines, cleans, converts and splits tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.errors import UserError
from backend.lib.tables.columns import Column
from backend.lib.tables.formats import shapes, shown
from backend.lib.tables.joining import Joined, at_file, join, kinds_of
from backend.lib.tables.source import Source, Where
from backend.lib.tables.steps import Step
from backend.lib.tables.telling import Teller

if TYPE_CHECKING:
    import polars as pl

    from backend.lib.tables.reader_main import Wire

LOOKED_ROWS = 1000
PREVIEW_ROWS = 12
MOST_PARTS = 500
READ_SECONDS_A_BYTE = 2e-8
WRITE_SECONDS_A_CELL = 3e-7


def _sources(request: Mapping[str, Any], tick: Teller | None = None) -> list[Source]:
    found: list[Source] = []
    for place, file in enumerate(request["files"]):
        scratch = Path(request["scratch"]) / str(place)
        scratch.mkdir(exist_ok=True)
        where = Where(Path(file), request["table"], request["encoding"], request["separator"])
        try:
            found.append(Source(where, scratch, tick.part) if tick else Source(where, scratch))
        except UserError as error:
            raise at_file(error, place) from error
    return found


def _steps(request: Mapping[str, Any]) -> list[Step]:
    return [Step(**each) for each in request["steps"]]


def columns_of(frame: pl.DataFrame) -> list[Column]:
    """The columns of a frame, with what each holds."""
    return [Column(name, kind) for name, kind in zip(frame.columns, kinds_of(frame), strict=True)]


def combined_columns(request: Mapping[str, Any], _wire: Wire) -> list[dict[str, Any]]:
    """The columns of all the files, with what each holds."""
    return [column.as_json() for column in columns_of(join(_sources(request), [], rows=LOOKED_ROWS).frame)]


def combined_look(request: Mapping[str, Any], _wire: Wire) -> dict[str, Any]:
    """What would come out of the first rows of each file."""
    sources = _sources(request)
    groups = [[each] for each in sources] if request["each"] else [sources]
    made = [join(group, _steps(request), request["columns"], rows=LOOKED_ROWS) for group in groups]
    frame = made[0].frame
    parts = [part for each in made for part in _parts(each.frame, request["split_by"])]
    texts = shown(frame.head(PREVIEW_ROWS), shapes(frame, columns_of(frame)))
    return {
        "names": frame.columns,
        "cells": [list(row) for row in zip(*texts, strict=True)],
        "rows_in": sum(each.rows_in for each in made),
        "rows_out": sum(each.frame.height for each in made),
        "files": len(parts),
        "warnings": [
            *(warning for source in sources for warning in source.warnings()),
            *(sentence for each in made for sentence in _sentences(each)),
        ],
        "how": [(source.where.path.name, source.how()) for source in sources],
    }


def combine(request: Mapping[str, Any], wire: Wire) -> dict[str, Any]:
    """Makes the files."""
    return _Combining(request, wire).run()


class _Combining(Teller):
    def __init__(self, request: Mapping[str, Any], wire: Wire) -> None:
        super().__init__(wire)
        self.request = request
        self.format: str = request["format"]
        self.written = 0

    def run(self) -> dict[str, Any]:
        self.phase("Looking at the files", 0.0, 0.03, 0.3)
        sources = _sources(self.request, self)
        groups = [[each] for each in sources] if self.request["each"] else [sources]
        rows_in = rows_out = 0
        for number, group in enumerate(groups):
            start = 0.03 + 0.97 * number / len(groups)
            title = group[0].where.path.stem if self.request["each"] else self.request["title"]
            made = self._join(group, title, start, start + 0.6 / len(groups))
            rows_in += made.rows_in
            rows_out += made.frame.height
            self._write(made.frame, title, start + 0.6 / len(groups), 0.03 + 0.97 * (number + 1) / len(groups))
        return {"files_in": len(sources), "rows_in": rows_in, "rows": rows_out, "files": self.written}

    def _join(self, group: Sequence[Source], title: str, start: float, end: float) -> Joined:
        seconds = sum(source.where.path.stat().st_size for source in group) * READ_SECONDS_A_BYTE
        self.phase(f"Reading {title}", start, end, seconds)
        made = join(group, _steps(self.request), self.request["columns"], at=self.part)
        for source in group:
            self.log(f"'{source.where.path.name}' was read.", how=source.how())
            for warning in source.warnings():
                self.warn(warning)
        for sentence in _sentences(made):
            self.warn(sentence)
        return made

    def _write(self, frame: pl.DataFrame, title: str, start: float, end: float) -> None:
        parts = _parts(frame, self.request["split_by"])
        for number, (value, part) in enumerate(parts):
            at = start + (end - start) * number / len(parts)
            name = f"{title} {value}" if value else title
            self.phase(
                f"Writing {name}",
                at,
                at + (end - start) / len(parts),
                part.height * part.width * WRITE_SECONDS_A_CELL,
            )
            self.file(self.format, name, lambda path, part=part: write_as(self.format, part, path, self))
            self.written += 1


def write_as(kind: str, frame: pl.DataFrame, path: Path, teller: Teller) -> None:
    """Writes a table as `csv`, `xlsx`, `ods` or `parquet`, and tells what had to give way."""
    if kind == "csv":
        from backend.lib.tables.csvout import write_csv

        teller.tell_defused(write_csv(frame, path))
    elif kind == "xlsx":
        from backend.lib.tables.xlsx import write_xlsx

        teller.tell_workbook(write_xlsx(frame, shapes(frame, columns_of(frame)), None, path))
    elif kind == "ods":
        from backend.lib.tables.ods import write_ods

        teller.tell_workbook(write_ods(frame, shapes(frame, columns_of(frame)), path), "LibreOffice")
    else:
        frame.write_parquet(path)


def _sentences(made: Joined) -> list[str]:
    found = [bad.sentence for bad in made.bad]
    if made.partial:
        names = ", ".join(f"'{name}'" for name in made.partial[:5])
        found.append(f"Not every file has the columns {names}; where one is missing, its cells are empty.")
    return found


def _parts(frame: pl.DataFrame, split_by: str) -> list[tuple[str, pl.DataFrame]]:
    """The frame, or a part for each value of the column, with the value as text."""
    from backend.lib.tables.problems import no_such_column

    if not split_by:
        return [("", frame)]
    if split_by not in frame.columns:
        raise no_such_column(split_by, "split_by", frame.columns)
    if (count := frame[split_by].n_unique()) > MOST_PARTS:
        message = f"'{split_by}' has {count:,} different values, and each would become a file."
        hint = f"Choose a column with at most {MOST_PARTS}."
        raise UserError("split.too_many", message, hint, fields={"split_by": f"{message} {hint}"})
    parts = frame.partition_by(split_by, maintain_order=True)
    return [("(empty)" if (value := part[split_by][0]) is None else str(value), part) for part in parts]
