"""What can be picked in the form, and what would come out."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from backend.core.errors import UserError
from backend.core.views import Fact, Option, PreviewTable, Rehearsal
from backend.jobtypes.combine.params import FORMAT_WORDS, CombineParams
from backend.lib.results import check_folder
from backend.lib.tables.child import TookTooLong, work
from backend.lib.tables.columns import Column
from backend.lib.words import counted

PATIENCE = 20.0
LOOKED_FILES = 10


def options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    """The sheets of the first file, or the columns of the first files, with the names that steps give."""
    files = _list(answers, "files")
    if not files:
        return []
    table = answers.get("table")
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        request = {
            "file": str(files[0]),
            "files": [str(each) for each in files[:LOOKED_FILES]],
            "table": table if isinstance(table, str) else "",
            "encoding": "",
            "separator": "",
            "scratch": scratch,
        }
        try:
            if field == "table":
                found = work("tables", request, Path(files[0]), time_limit=PATIENCE)
                return [Option(value=name, label=name, note=note) for name, note in found]
            read = work("combined_columns", request, Path(files[0]), time_limit=PATIENCE)
        except TookTooLong:
            message = "These files take too long to look into."
            raise UserError(
                "file.slow", message, "Copy them to this computer, or type the names.", fields={"files": message}
            ) from None
    columns = [Column.from_json(each) for each in read]
    given = [Option(value=column.name, label=column.name, note=column.words) for column in columns]
    renamed = [
        Option(value=name, label=name, note="renamed")
        for step in _list(answers, "steps")
        if isinstance(step, Mapping) and step.get("do") == "rename" and (name := str(step.get("name") or "").strip())
    ]
    return given + renamed


def _list(answers: Mapping[str, Any], name: str) -> list[Any]:
    value = answers.get(name)
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []


def rehearse(params: CombineParams) -> Rehearsal:
    """What the first rows of each file would become."""
    check_folder(params.folder)
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        try:
            seen = work("combined_look", params.request(Path(scratch)), params.files[0], time_limit=PATIENCE)
        except TookTooLong:
            return Rehearsal(
                headline="These files are too large to look into quickly.",
                warnings=["The rows are only counted when the job runs."],
            )
    facts = [
        Fact(
            label="Makes", value=f"{counted(seen['files'], 'file')} ({FORMAT_WORDS[params.format]}) in {params.folder}"
        )
    ]
    facts += [Fact(label=name, value=how) for name, how in seen["how"][:LOOKED_FILES]]
    return Rehearsal(
        headline=f"{counted(len(params.files), 'table')}: of the first {counted(seen['rows_in'], 'row')}, "
        f"{seen['rows_out']:,} stay.",
        facts=facts,
        warnings=seen["warnings"],
        tables=[
            PreviewTable(
                title="First rows",
                columns=seen["names"],
                rows=seen["cells"],
                note="Worked out from the first 1,000 rows of each file",
            )
        ],
    )
