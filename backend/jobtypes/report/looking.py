"""What can be picked in the form, and what the report would be."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from backend.core.errors import UserError
from backend.core.views import Fact, Option, PreviewPicture, PreviewTable, Rehearsal
from backend.jobtypes.report.params import FORMAT_WORDS, ReportParams, function_label
from backend.lib.results import check_folder
from backend.lib.tables.child import TookTooLong, work
from backend.lib.tables.columns import NUMERIC, Column
from backend.lib.tables.plan import ROWS

PATIENCE = 6.0
OPTIONS_PATIENCE = 20.0


def options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    """The sheets or tables, or the columns with what they hold. Nothing while no file is picked."""
    file = answers.get("file")
    if not isinstance(file, str | Path) or not str(file):
        return []
    path = Path(file)
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        request = {
            "file": str(path),
            "table": _text(answers, "table"),
            "encoding": _text(answers, "encoding"),
            "separator": _text(answers, "separator"),
            "scratch": scratch,
        }
        try:
            if field == "table":
                found = work("tables", request, path, time_limit=OPTIONS_PATIENCE)
                return [Option(value=name, label=name, note=note) for name, note in found]
            columns = [Column.from_json(each) for each in work("columns", request, path, time_limit=OPTIONS_PATIENCE)]
        except TookTooLong:
            raise UserError(
                "file.slow",
                f"'{path.name}' takes too long to look into.",
                "Copy it to this computer, or write the name of the column.",
                fields={"file": f"'{path.name}' takes too long to look into."},
            ) from None
    if field == "sort.column" and (grouped := _sortable(answers, columns)):
        return grouped
    return [Option(value=column.name, label=column.name, note=column.words) for column in columns]


def _text(answers: Mapping[str, Any], name: str) -> str:
    value = answers.get(name)
    return value if isinstance(value, str) else ""


def _list(answers: Mapping[str, Any], name: str) -> list[Any]:
    value = answers.get(name)
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []


def _sortable(answers: Mapping[str, Any], columns: Sequence[Column]) -> list[Option]:
    """Groups are sorted by their own columns: the groups' names, and the figures."""
    groups = [name for name in _list(answers, "group_by") if isinstance(name, str)]
    if not groups:
        return []
    words = {column.name: column.words for column in columns}
    found = [Option(value=name, label=name, note=words.get(name, "")) for name in groups]
    found.append(Option(value=ROWS, label=ROWS, note="whole numbers"))
    totals = [
        function_label(each.get("function") or "sum", each["column"])
        for each in _list(answers, "totals")
        if isinstance(each, Mapping) and each.get("column")
    ]
    if not totals:
        from backend.lib.tables.checking import MOST_GUESSED, measures

        numbers = [column for column in columns if column.kind in NUMERIC]
        totals = [function_label("sum", column.name) for column in measures(numbers)[:MOST_GUESSED]]
    return found + [Option(value=label, label=label, note="figures") for label in totals]


def rehearse(params: ReportParams) -> Rehearsal:
    """What the report would be; large files are looked at in part, which the headline says."""
    check_folder(params.folder)
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        request = params.request(Path(scratch)) | {"sample": False}
        try:
            seen = work("rehearsal", request, params.file, time_limit=PATIENCE)
        except TookTooLong:
            try:
                seen = work("rehearsal", request | {"sample": True}, params.file, time_limit=2 * PATIENCE)
            except TookTooLong:
                return Rehearsal(
                    headline=f"A report of '{params.file.name}', which is too large to look into quickly.",
                    warnings=["The rows are only counted when the job runs."],
                )
    return _rehearsal(params, seen)


def _rehearsal(params: ReportParams, seen: Mapping[str, Any]) -> Rehearsal:
    files = [FORMAT_WORDS[each] for each in FORMAT_WORDS if each in params.formats]
    facts = [Fact(label=label, value=value) for label, value in seen["facts"]]
    facts.insert(0, Fact(label="Makes", value=f"{', '.join(files)} in {params.folder}"))
    shown = len(seen["cells"])
    note = f"The first {shown} of {seen['height']:,}" if shown < seen["height"] else ""
    return Rehearsal(
        headline=headline(seen),
        facts=facts,
        warnings=seen["warnings"],
        tables=[
            PreviewTable(
                title="Groups" if seen["by"] else "First rows", columns=seen["names"], rows=seen["cells"], note=note
            )
        ],
        pictures=[PreviewPicture(title="First page", data=seen["picture"])] if seen["picture"] else [],
    )


def headline(seen: Mapping[str, Any]) -> str:
    """One sentence: how many rows, in how many groups, and whether all of them were looked at."""
    rows = f"{seen['rows']:,} row{'' if seen['rows'] == 1 else 's'}"
    groups = f"{seen['groups']:,} group{'' if seen['groups'] == 1 else 's'} by {' and '.join(seen['by'])}"
    if seen["sampled"]:
        what = f" in {groups}" if seen["by"] else ""
        looked = f"the first {seen['sampled']:,} rows"
        return f"A report of at least {rows}{what}. Only {looked} were looked at; the job reads all of them."
    return f"A report of {rows} in {groups}." if seen["by"] else f"A report of {rows}."
