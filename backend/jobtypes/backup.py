"""Backs up folders: incremental, compressed, encrypted, in restic's published format."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from backend.core.errors import DeskhandError, UserError
from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params

if TYPE_CHECKING:
    from backend.lib.restic.access import Opened
    from backend.lib.restic.backup import BackupResult
    from backend.lib.restic.comparing import Comparison
    from backend.lib.restic.exclusions import Exclusions
    from backend.lib.restic.keep import Decision, KeepRules
    from backend.lib.restic.progress import Progress
    from backend.lib.restic.repository import Repository

LeaveOut = Literal["temporary files", "caches", "system files"]
_MOST_WARNINGS = 20
_MOST_ROWS = 50


def _number_of_versions(title: str, default: int) -> Any:
    return fields.number(title, default=default, ge=0, le=1000, section="options", when={"tidy": [True]})


class FolderRow(BaseModel):
    """A folder to back up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path = fields.folder_in("Folder")


class BackupParams(Params):
    """What the form asks for."""

    folders: list[FolderRow] = fields.rows(
        "Folders", "With everything in them.", section="from", add="Add a folder", min_length=1, max_length=50
    )
    files: list[Path] = fields.files_in("Single files", default=[], section="from", max_length=200)
    destination: Path = fields.folder_out(
        "Keep the backup in",
        "A folder for the backup alone, best on another drive or a network share. Empty the first time.",
        section="to",
    )
    leave_out: list[LeaveOut] = fields.choices(
        "Leave out",
        labels={
            "temporary files": "Temporary files",
            "caches": "Caches that programs make anew",
            "system files": "Files of the system",
        },
        default=["temporary files", "caches", "system files"],
        section="options",
    )
    patterns: str = fields.long_text(
        "Leave out by name",
        "One a line, such as *.iso or Downloads/old. A * stands for anything.",
        default="",
        section="options",
        max_length=10_000,
    )
    larger_than: int = fields.number(
        "Leave out files larger than", "0 for none.", default=0, ge=0, unit="MB", section="options"
    )
    tidy: bool = fields.yes_no(
        "Remove old versions afterwards", "By the numbers below.", default=False, section="options"
    )
    keep_last: int = _number_of_versions("Latest versions", 3)
    keep_daily: int = fields.number(
        "One for each of so many days", default=7, ge=0, section="options", when={"tidy": [True]}
    )
    keep_weekly: int = fields.number(
        "One for each of so many weeks", default=4, ge=0, section="options", when={"tidy": [True]}
    )
    keep_monthly: int = fields.number(
        "One for each of so many months", default=12, ge=0, section="options", when={"tidy": [True]}
    )
    keep_yearly: int = fields.number(
        "One for each of so many years", default=3, ge=0, section="options", when={"tidy": [True]}
    )
    sheet: Path | None = fields.file_in(
        "Recovery sheet",
        "Only for a backup whose password this computer does not know yet.",
        suffixes=[".txt"],
        default=None,
        section="options",
    )
    sheet_folder: Path = fields.folder_out(
        "Put the recovery sheet into",
        "Used the first time: the sheet holds the password, to be printed and kept elsewhere.",
        section="to",
    )

    def sources(self) -> list[str]:
        """All that is to be backed up."""
        return [str(row.folder) for row in self.folders] + [str(path) for path in self.files]

    def exclusions(self) -> "Exclusions":
        """What is left out."""
        from backend.lib.restic.exclusions import Exclusions

        return Exclusions.of(self.patterns.splitlines(), self.leave_out, self.larger_than * 1_000_000)

    def rules(self) -> "KeepRules":
        """Which versions stay."""
        from backend.lib.restic.keep import KeepRules

        return KeepRules(
            last=self.keep_last,
            daily=self.keep_daily,
            weekly=self.keep_weekly,
            monthly=self.keep_monthly,
            yearly=self.keep_yearly,
        )


def rehearse(params: BackupParams) -> Rehearsal:
    """What would be read, what has changed, what is left out, and which versions would go. Changes nothing."""
    import shutil

    from backend.lib.restic import words
    from backend.lib.restic.access import is_backup, open_backup
    from backend.lib.restic.comparing import compare

    warnings: list[str] = []
    repository: Repository | None = None
    if is_backup(params.destination):
        repository = open_backup(params.destination, params.sheet, remember=False).repository
    else:
        _check_new(params)
    found = compare(repository, params.sources(), params.exclusions(), params.destination)
    there = params.destination if params.destination.is_dir() else params.destination.parent
    free = shutil.disk_usage(there).free
    if found.bytes_to_read > free:
        warnings.append(f"There may be too little space: {words.size(free)} are free in {there}.")
    if _same_disk(params.sources(), there):
        warnings.append("The backup is on the same drive as the files. If the drive fails, both are lost.")
    to_read = f"{found.new:,} new and {found.changed:,} changed, {words.size(found.bytes_to_read)}"
    facts = [
        Fact(label="Files", value=f"{found.files:,}, {words.size(found.bytes)}"),
        Fact(label="To be read", value=to_read),
        Fact(label="Left out", value=f"{found.excluded_count:,}"),
        Fact(label="Free space", value=words.size(free)),
    ]
    if found.since:
        facts.insert(2, Fact(label="Gone since the last version", value=f"{found.gone:,}"))
    tables = _tables(found)
    if params.tidy and repository is not None:
        from backend.lib.restic.prune import preview

        tables.append(_kept_table(preview(repository, params.rules())))
    since = f" since {words.version(found.since)}" if found.since else ""
    if found.since is None:
        headline = f"{found.files:,} files, {words.size(found.bytes)}, for the first time"
    else:
        headline = f"{found.new + found.changed:,} of {found.files:,} files have changed{since}"
    return Rehearsal(headline=headline, facts=facts, warnings=warnings, tables=tables)


def run(params: BackupParams, ctx: JobContext) -> Outcome:
    """Makes a version, then removes old ones if that is wanted."""
    from backend.lib.restic.backup import back_up

    opened = _opened(params, ctx)
    if opened.note:
        ctx.warn(opened.note)
    repository = opened.repository
    try:
        result = back_up(
            repository,
            params.sources(),
            params.exclusions(),
            on_progress=lambda progress: _tell(ctx, progress),
            checkpoint=ctx.checkpoint,
        )
        _report(ctx, result)
        removed = _tidy(params, ctx, repository) if params.tidy else 0
    finally:
        repository.close()
    return Outcome(summary=_summary(result, removed), facts=_facts(result, removed))


def _opened(params: BackupParams, ctx: JobContext) -> "Opened":
    from backend.core.clock import now
    from backend.lib.restic.access import is_backup, open_backup, set_up, write_sheet

    sheet_is_due = ctx.keep / "sheet is due"  # outlasts a crash between the setting up and the sheet
    if is_backup(params.destination):
        opened = open_backup(params.destination, params.sheet)
    else:
        _check_new(params)
        sheet_is_due.touch()
        opened = set_up(params.destination, params.sheet)
    if sheet_is_due.exists():
        sheet = write_sheet(params.destination, opened.password, now().astimezone().date())
        with ctx.artifact(params.sheet_folder / "Backup recovery sheet.txt", "Recovery sheet: print it") as part:
            part.touch()
            part.chmod(0o600)
            part.write_text(sheet, encoding="utf-8")
        sheet_is_due.unlink()
        ctx.log("A new backup was set up. Its password is on the recovery sheet.")
    return opened


def _check_new(params: BackupParams) -> None:
    if not params.sheet_folder.is_dir():
        raise UserError(
            "backup.sheet_folder",
            f"The folder {params.sheet_folder} for the recovery sheet is not there.",
            "Choose a folder that exists; the sheet is written the first time only.",
            fields={"sheet_folder": "This folder is not there."},
        )


def _report(ctx: JobContext, result: "BackupResult") -> None:
    from backend.lib.restic import words

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


def _tidy(params: BackupParams, ctx: JobContext, repository: "Repository") -> int:
    from backend.lib.restic import words
    from backend.lib.restic.prune import forget, prune

    try:
        removed = [d.snapshot for d in forget(repository, params.rules(), ctx.checkpoint) if not d.stays]
        for snapshot in removed:
            ctx.log(f"The version of {words.version(snapshot)} was removed.")
        given = prune(repository, ctx.checkpoint)
        ctx.log(
            f"{words.size(given.bytes_freed)} were given back.",
            packs=given.packs_removed,
            partly_used=given.partly_used,
        )
        return len(removed)
    except DeskhandError as error:
        ctx.warn(f"The backup is made; old versions were not removed. {error.message}")
        return 0


def _tell(ctx: JobContext, progress: "Progress") -> None:
    from backend.lib.restic.words import step

    at = step(progress)
    ctx.progress(at.done, at.total, at.unit, at.message)


def _summary(result: "BackupResult", removed: int) -> str:
    from backend.lib.restic import words

    files = result.files_new + result.files_changed + result.files_unchanged
    text = (
        f"{files:,} files ({words.size(result.bytes_total)}) are backed up: {result.files_new:,} new, "
        f"{result.files_changed:,} changed. {words.size(result.bytes_stored)} were written."
    )
    return text + (f" {removed:,} old versions were removed." if removed else "")


def _facts(result: "BackupResult", removed: int) -> dict[str, object]:
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


def _tables(found: "Comparison") -> list[PreviewTable]:
    from backend.lib.restic import words

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


def _kept_table(decisions: "list[Decision]") -> PreviewTable:
    from backend.lib.restic import words

    rows = [
        [words.version(d.snapshot), "stays" if d.stays else "goes", ", ".join(d.reasons)]
        for d in decisions[:_MOST_ROWS]
    ]
    return PreviewTable(title="Versions until now", columns=["Version", "", "Why"], rows=rows)


def _same_disk(sources: list[str], place: Path) -> bool:
    try:
        return any(Path(source).stat().st_dev == place.stat().st_dev for source in sources)
    except OSError:
        return False


JOB_TYPE = JobType(
    name="backup",
    title="Back up folders",
    summary="Keeps versions of folders, encrypted and compressed, on another drive or a network share.",
    icon="archive",
    params=BackupParams,
    run=run,
    rehearse=rehearse,
    job_name=lambda params: (
        f"Backup of {Path(params.sources()[0]).name}"
        + (f" and {len(params.sources()) - 1} more" if len(params.sources()) > 1 else "")
    ),
    after_interruption="resume",
    target=lambda params: f"backup:{params.destination}",
    order=20,
)
