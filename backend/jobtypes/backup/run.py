"""A backup from start to end: made the first time, then a version, then old ones away if that is wanted."""

from contextlib import closing

from backend.core.clock import now
from backend.core.errors import DeskhandError
from backend.jobtypes.backup.params import BackupParams
from backend.jobtypes.contract import JobContext, Outcome
from backend.lib.restic import telling, words
from backend.lib.restic.access import Backup, backup_of
from backend.lib.restic.backup import BackupResult, back_up
from backend.lib.restic.progress import Listener, Progress
from backend.lib.restic.repository import Repository
from backend.lib.restic.sheet import place_sheet
from backend.lib.restic.survey import Surveying
from backend.lib.results import check_folder

_MOST_WARNINGS = 20


def run(params: BackupParams, ctx: JobContext) -> Outcome:
    """Makes a version, then removes old ones if that is wanted."""
    backup, sources, exclusions = backup_of(params.backup), params.sources(), params.exclusions()
    told = _Told(telling.listener(ctx.progress))
    with (
        Surveying(sources, exclusions, backup.folder, ctx.checkpoint) as survey,
        closing(_opened(params, ctx, backup)) as repository,
    ):
        result = back_up(
            repository,
            sources,
            exclusions,
            on_progress=told.hold_end if params.tidy else told.tell,
            checkpoint=ctx.checkpoint,
            survey=survey,
        )
        _report(ctx, result)
        removed = _tidy(params, ctx, repository) if params.tidy else 0
        told.tell_end()
    return Outcome(summary=_summary(result, removed), facts=_facts(result, removed))


class _Told:
    """What is told of how far the job is: where old versions go afterwards, it is full only after that."""

    def __init__(self, listener: Listener) -> None:
        self.tell = listener
        self._end: Progress | None = None

    def hold_end(self, progress: Progress) -> None:
        """Tells all but the last step."""
        if progress.files == progress.total_files and progress.bytes == progress.total_bytes:
            self._end = progress
        else:
            self.tell(progress)

    def tell_end(self) -> None:
        """Tells the last step, if it was held."""
        if self._end:
            self.tell(self._end)


def _opened(params: BackupParams, ctx: JobContext, backup: Backup) -> Repository:
    sheet_is_due = ctx.keep / "sheet is due"  # outlasts a crash between the making and the sheet
    if backup.is_made:
        repository = backup.open()
    else:
        check_folder(params.sheet_folder, "sheet_folder")
        sheet_is_due.touch()
        repository = backup.make()
    if sheet_is_due.exists():
        _write_sheet(params, ctx, backup)
        sheet_is_due.unlink()
    return repository


def _write_sheet(params: BackupParams, ctx: JobContext, backup: Backup) -> None:
    with ctx.artifact(
        params.sheet_folder / backup.sheet_name, "Recovery sheet: print it, then delete the file"
    ) as part:
        place_sheet(part, backup.name, backup.folder, backup.password, now().astimezone(), ctx.scratch)
    ctx.log("A new backup was made. Its password is on the recovery sheet.")
    if not backup.is_password_kept_for_good:
        ctx.warn(
            "This computer has no place where passwords outlast the end of Deskhand. Print the recovery sheet; after a "
            "restart, type its password under Accounts."
        )


def _report(ctx: JobContext, result: BackupResult) -> None:
    said = {"unreadable": "could not be read", "vanished": "vanished meanwhile", "changed": "kept changing while read"}
    troubles = [skipped for skipped in result.skipped if skipped.trouble in said]
    for skipped in troubles[:_MOST_WARNINGS]:
        ctx.warn(f"{words.shown(skipped.path)} {said[skipped.trouble]}.")
    for skipped in troubles[_MOST_WARNINGS:]:
        ctx.log(f"{words.shown(skipped.path)} {said[skipped.trouble]}.", "warning")
    if len(troubles) > _MOST_WARNINGS:
        ctx.warn(f"{len(troubles) - _MOST_WARNINGS:,} more files had such troubles; the log names them.")
    specials = sum(skipped.trouble == "special" for skipped in result.skipped)
    if specials:
        ctx.log(f"{specials:,} sockets, pipes or devices were left out.")
    for damage in result.damaged:
        ctx.warn(f"{damage.message} {damage.hint}")
    if not result.files_new + result.files_changed + result.files_unchanged:
        ctx.warn("There was no file to back up.")


def _tidy(params: BackupParams, ctx: JobContext, repository: Repository) -> int:
    try:
        return telling.tidy(repository, params.rules(), ctx.log, ctx.warn, ctx.checkpoint).versions
    except DeskhandError as error:
        ctx.warn(f"The backup is made, but the removal of old versions did not come to its end. {error.message}")
        return 0


def _summary(result: BackupResult, removed: int) -> str:
    files = result.files_new + result.files_changed + result.files_unchanged
    text = (
        f"{files:,} files ({words.size(result.bytes_total)}) are backed up: {result.files_new:,} new, "
        f"{result.files_changed:,} changed. {words.size(result.bytes_stored)} were written."
    )
    return text + (f" {removed:,} old versions were removed." if removed else "")


def _facts(result: BackupResult, removed: int) -> dict[str, object]:
    return {
        "snapshot": result.snapshot.id,
        "files_new": result.files_new,
        "files_changed": result.files_changed,
        "files_unchanged": result.files_unchanged,
        "bytes": result.bytes_total,
        "bytes_stored": result.bytes_stored,
        "not_taken": sum(skipped.trouble in ("unreadable", "vanished") for skipped in result.skipped),
        "versions_removed": removed,
    }
