"""Prints the recovery sheet of a backup: its password, and how to restore with it, with Deskhand and without."""

from pathlib import Path

from backend.core.views import Fact, Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params
from backend.lib.restic import asking
from backend.lib.results import check_folder


class SheetParams(Params):
    """What the form asks for."""

    backup: int = asking.backup(section="from")
    folder: Path = fields.folder_out(
        "Put the sheet into", "Not into the backup's own folder: whoever has both can read all of it.", section="to"
    )


def rehearse(params: SheetParams) -> Rehearsal:
    """Whether the password opens the backup. Changes nothing."""
    from backend.lib.restic import telling
    from backend.lib.restic.access import backup_of, opened

    backup = backup_of(params.backup)
    check_folder(params.folder)
    with opened(params.backup) as repository:
        return Rehearsal(
            headline="One page (PDF) with the password of this backup",
            facts=[
                *telling.version_facts(repository),
                Fact(label="File", value=str(params.folder / backup.sheet_name)),
            ],
            warnings=["Whoever has the sheet and the backup can read all of it. Print it, then delete the file."],
        )


def run(params: SheetParams, ctx: JobContext) -> Outcome:
    """Makes sure that the password opens the backup, then writes the sheet."""
    from backend.core.clock import now
    from backend.lib.restic.access import backup_of
    from backend.lib.restic.sheet import place_sheet

    backup = backup_of(params.backup)
    check_folder(params.folder)
    backup.open().close()
    with ctx.artifact(params.folder / backup.sheet_name, "Recovery sheet: print it, then delete the file") as part:
        place_sheet(part, backup.name, backup.folder, backup.password, now().astimezone(), ctx.scratch)
    return Outcome(summary="The recovery sheet is made. Print it, keep it elsewhere, and delete the file.")


JOB_TYPE = JobType(
    name="recovery-sheet",
    title="Recovery sheet",
    summary="A page to print: the password of a backup, and what to do when the computer is gone.",
    icon="key",
    params=SheetParams,
    run=run,
    rehearse=rehearse,
    job_name=lambda params: f"Recovery sheet of {asking.name_of(params)}",
    order=25,
)
