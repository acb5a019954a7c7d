"""What a restore would bring, before it is started."""

import shutil
from pathlib import Path

from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes.restore.choosing import tasks
from backend.jobtypes.restore.params import RestoreParams
from backend.lib.restic import words
from backend.lib.restic.access import opened
from backend.lib.restic.restore import measure

_MOST_ROWS = 50
_RULES = {"keep_both": "kept, the restored ones get another name", "replace": "replaced", "skip": "left as they are"}


def rehearse(params: RestoreParams) -> Rehearsal:
    """What would be restored to where, and what is there already. Changes nothing."""
    rows: list[list[str]] = []
    files = total = there = 0
    with opened(params.backup) as repository:
        for snapshot, paths in tasks(params, repository):
            target = Path() if params.to == "archive" else params.target
            count, size, existing = measure(repository, snapshot, target, paths)
            files, total, there = files + count, total + size, there + existing
            rows.extend([words.version(snapshot), f"/{path.decode('utf-8', 'replace')}"] for path in paths)
    facts = [Fact(label="To", value=_place(params))]
    if params.to != "archive":
        facts.append(Fact(label="There already", value=_there(params, there)))
    note = f"and {len(rows) - _MOST_ROWS:,} more" if len(rows) > _MOST_ROWS else ""
    return Rehearsal(
        headline=f"{words.counted(files, 'file')}, {words.size(total)}",
        facts=facts,
        warnings=_warnings(params, total, there),
        tables=[PreviewTable(title="Restores", columns=["Version", "What"], rows=rows[:_MOST_ROWS], note=note)],
    )


def _place(params: RestoreParams) -> str:
    if params.target is None or params.to == "original":
        return "where it came from"
    return f"an archive in {params.target}" if params.to == "archive" else str(params.target)


def _there(params: RestoreParams, there: int) -> str:
    return f"{words.counted(there, 'file')}: {_RULES[params.existing]}" if there else "none of them"


def _warnings(params: RestoreParams, total: int, there: int) -> list[str]:
    warnings: list[str] = []
    if there and params.existing == "replace" and params.to != "archive":
        warnings.append(f"{words.counted(there, 'file')} would be replaced. What is in them now is lost.")
    if params.to != "original" and params.target is not None and params.target.is_dir():
        free = shutil.disk_usage(params.target).free
        if total > free:
            warnings.append(f"There may be too little space: {words.size(free)} are free in {params.target}.")
    if params.to == "archive":
        warnings.append("The archive is not encrypted: whoever has it can read it.")
    return warnings
