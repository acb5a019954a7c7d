"""What a backup would do, before it is started."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes.backup.params import BackupParams
from backend.lib.restic import telling, words
from backend.lib.restic.access import backup_of, check_new
from backend.lib.restic.comparing import Comparison, compare
from backend.lib.restic.prune import preview
from backend.lib.results import check_folder

if TYPE_CHECKING:
    from backend.lib.restic.repository import Repository

_MOST_ROWS = 50


def rehearse(params: BackupParams) -> Rehearsal:
    """What would be read, what has changed, what is left out, and which versions would go. Changes nothing."""
    backup = backup_of(params.backup)
    if backup.is_made:
        repository = backup.open()
        try:
            return _rehearsed(params, backup.folder, repository)
        finally:
            repository.close()
    check_new(backup.folder)
    check_folder(params.sheet_folder, "sheet_folder")
    return _rehearsed(params, backup.folder, None)


def _rehearsed(params: BackupParams, folder: Path, repository: "Repository | None") -> Rehearsal:
    warnings: list[str] = []
    found = compare(repository, params.sources(), params.exclusions(), folder)
    there = folder if folder.is_dir() else folder.parent
    free = shutil.disk_usage(there).free
    if found.bytes_to_read > free:
        warnings.append(f"There may be too little space: {words.size(free)} are free in {there}.")
    if _same_disk(params.sources(), there):
        warnings.append("The backup is on the same drive as the files. If the drive fails, both are lost.")
    if found.unreadable:
        warnings.append(f"{words.counted(len(found.unreadable), 'file or folder', 'files or folders')} cannot be read.")
    to_read = f"{found.new:,} new and {found.changed:,} changed, {words.size(found.bytes_to_read)}"
    facts = [
        Fact(label="Files", value=f"{found.files:,}, {words.size(found.bytes)}"),
        Fact(label="To be read", value=to_read),
        Fact(label="Left out", value=f"{found.excluded_count:,}"),
        Fact(label="Free space", value=words.size(free)),
    ]
    if found.since:
        facts.insert(2, Fact(label="Gone since the last version", value=f"{found.gone:,}"))
    if repository is None:
        facts.append(Fact(label="Recovery sheet", value=str(params.sheet_folder)))
    tables = _tables(found)
    if params.tidy and repository is not None:
        tables.append(telling.kept_table(preview(repository, params.rules())))
    return Rehearsal(headline=_headline(found), facts=facts, warnings=warnings, tables=tables)


def _headline(found: Comparison) -> str:
    if found.since is None:
        return f"{found.files:,} files, {words.size(found.bytes)}, for the first time"
    return f"{found.new + found.changed:,} of {found.files:,} files have changed since {words.version(found.since)}"


def _tables(found: "Comparison") -> list[PreviewTable]:
    tables: list[PreviewTable] = []
    if found.unreadable:
        rows = [[words.shown(skipped.path), skipped.detail] for skipped in found.unreadable[:_MOST_ROWS]]
        tables.append(PreviewTable(title="Cannot be read", columns=["File", "Why"], rows=rows))
    if found.excluded:
        rows = [[words.shown(path)] for path in found.excluded[:_MOST_ROWS]]
        more = found.excluded_count - len(rows)
        note = f"and {more:,} more" if more > 0 else ""
        tables.append(PreviewTable(title="Left out", columns=["File or folder"], rows=rows, note=note))
    return tables


def _same_disk(sources: list[str], place: Path) -> bool:
    try:
        return any(Path(source).stat().st_dev == place.stat().st_dev for source in sources)
    except OSError:
        return False
