"""Restores files chosen at random, compares them, and writes a dated certificate: proof that a backup restores."""

from pathlib import Path
from typing import TYPE_CHECKING

from backend.core.errors import UserError
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params

if TYPE_CHECKING:
    from backend.lib.restic.drill import DrillResult
    from backend.lib.restic.progress import Progress
    from backend.lib.restic.repository import Repository


class DrillParams(Params):
    """What the form asks for."""

    backup: Path = fields.folder_in("Backup", "The folder the backup is kept in.", section="from")
    count: int = fields.number(
        "Files to try", "Chosen at random from the newest version.", default=20, ge=1, le=1000, unit="files"
    )
    folder: Path = fields.folder_out("Put the certificate into", section="to")
    sheet: Path | None = fields.file_in(
        "Recovery sheet",
        "Only where this computer does not know the backup's password.",
        suffixes=[".txt"],
        default=None,
        section="options",
    )


def run(params: DrillParams, ctx: JobContext) -> Outcome:
    """Tries, writes the certificate, and raises UserError where a file did not come back."""
    from backend.core.clock import now
    from backend.lib.restic.access import open_backup
    from backend.lib.restic.certificate import certificate

    if not params.folder.is_dir():
        raise UserError(
            "drill.folder",
            f"The folder {params.folder} is not there.",
            "Choose a folder that exists.",
            fields={"folder": "This folder is not there."},
        )
    opened = open_backup(params.backup, params.sheet)
    if opened.note:
        ctx.warn(opened.note)
    try:
        result = _drill(params, ctx, opened.repository)
    finally:
        opened.repository.close()
    when = now().astimezone()
    with ctx.artifact(params.folder / f"Restore drill {when:%Y-%m-%d}.pdf", "Certificate of the restore drill") as part:
        part.write_bytes(certificate(result, params.backup, when, ctx.scratch))
    bad = [drilled for drilled in result.sample if not drilled.good]
    for drilled in bad:
        ctx.log(f"{drilled.path}: {drilled.verdict}. {drilled.why}", "error")
    if bad:
        raise UserError(
            "drill.failed",
            f"{len(bad)} of {len(result.sample)} files did not come back as they were; the certificate names them.",
            "Verify the whole backup, then back up again to store what is missing anew.",
        )
    live = sum(drilled.verdict == "same as the live file" for drilled in result.sample)
    tried = f"{len(result.sample):,} of {result.files:,} files"
    return Outcome(
        summary=f"{tried} were restored on trial, and all came back as they were.",
        facts={"files": len(result.sample), "of": result.files, "same_as_live": live, "snapshot": result.snapshot.id},
    )


def _drill(params: DrillParams, ctx: JobContext, repository: "Repository") -> "DrillResult":
    from backend.lib.restic import words
    from backend.lib.restic.drill import drill
    from backend.lib.restic.locks import locked
    from backend.lib.restic.snapshots import load_snapshots

    def tell(progress: "Progress") -> None:
        at = words.step(progress)
        ctx.progress(at.done, at.total, at.unit, at.message)

    with locked(repository):
        snapshots = load_snapshots(repository, lambda damage: ctx.warn(damage.message))
        if not snapshots:
            raise UserError("drill.no_version", "There is no version in this backup yet.", "Back up first.")
        repository.load_index(lambda damage: ctx.warn(damage.message), ctx.checkpoint)
        return drill(
            repository,
            snapshots[-1],
            ctx.scratch,
            params.count,
            on_progress=tell,
            checkpoint=ctx.checkpoint,
        )


JOB_TYPE = JobType(
    name="backup-drill",
    title="Restore drill",
    summary="Restores files chosen at random from a backup, compares them, and writes a dated certificate.",
    icon="file-check",
    params=DrillParams,
    run=run,
    job_name=lambda params: f"Restore drill of {params.backup.name}",
    order=23,
)
