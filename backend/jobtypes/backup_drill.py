"""Restores files chosen at random, compares them, and writes a dated certificate: proof that a backup restores."""

from pathlib import Path
from typing import TYPE_CHECKING

from backend.core.errors import UserError
from backend.core.views import Fact, Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params
from backend.lib.restic import asking
from backend.lib.results import check_folder

if TYPE_CHECKING:
    from backend.lib.restic.drill import DrillResult
    from backend.lib.restic.repository import Repository
    from backend.lib.restic.snapshots import Snapshot


class DrillParams(Params):
    """What the form asks for."""

    backup: int = asking.backup(section="from")
    count: int = fields.number(
        "Files to try", "Chosen at random from the newest version.", default=20, ge=1, le=1000, unit="files"
    )
    folder: Path = fields.folder_out("Put the certificate into", section="to")


def rehearse(params: DrillParams) -> Rehearsal:
    """From how many files the sample would be taken. Changes nothing."""
    from backend.lib.restic import telling, words
    from backend.lib.restic.access import opened
    from backend.lib.restic.browse import sources
    from backend.lib.restic.restore import measure

    check_folder(params.folder)
    with opened(params.backup) as repository:
        newest = _newest(repository)
        repository.load_index(lambda _damage: None)
        paths = [found.path for found in sources(repository, newest)]
        files, size, _ = measure(repository, newest, Path(), paths)
        share = min(params.count, files)
        return Rehearsal(
            headline=f"{words.counted(share, 'file')} of {files:,} would be restored on trial and compared",
            facts=[
                *telling.version_facts(repository),
                Fact(label="Size of the newest", value=words.size(size)),
                Fact(label="Certificate", value=f"one page (PDF) in {params.folder}"),
            ],
        )


def run(params: DrillParams, ctx: JobContext) -> Outcome:
    """Tries, writes the certificate, and raises UserError where a file did not come back."""
    from backend.core.clock import now
    from backend.lib.restic.access import backup_of, opened
    from backend.lib.restic.certificate import certificate

    check_folder(params.folder)
    backup = backup_of(params.backup)
    with opened(params.backup) as repository:
        result = _drill(params, ctx, repository)
    when = now().astimezone()
    with ctx.artifact(params.folder / f"Restore drill {when:%Y-%m-%d}.pdf", "Certificate of the restore drill") as part:
        part.write_bytes(certificate(result, backup.name, backup.folder, when, ctx.scratch))
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
    from backend.lib.restic import telling
    from backend.lib.restic.drill import drill
    from backend.lib.restic.locks import locked

    with locked(repository):
        newest = _newest(repository)
        repository.load_index(lambda damage: ctx.warn(damage.message), ctx.checkpoint)
        return drill(
            repository,
            newest,
            ctx.scratch,
            params.count,
            on_progress=telling.listener(ctx.progress),
            checkpoint=ctx.checkpoint,
        )


def _newest(repository: "Repository") -> "Snapshot":
    from backend.lib.restic.snapshots import load_snapshots

    snapshots = load_snapshots(repository, lambda _damage: None)
    if not snapshots:
        raise UserError(
            "drill.no_version",
            "There is no version in this backup yet.",
            "Back up first.",
            fields={"backup": "There is no version in it yet."},
        )
    return snapshots[-1]


JOB_TYPE = JobType(
    name="backup-drill",
    title="Restore drill",
    summary="Restores files chosen at random from a backup, compares them, and writes a dated certificate.",
    icon="file-check",
    params=DrillParams,
    run=run,
    rehearse=rehearse,
    job_name=lambda params: f"Restore drill of {asking.name_of(params)}",
    order=23,
)
