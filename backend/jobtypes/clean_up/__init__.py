"""Job type: takes old, large, needless or doubled files out of a folder, so that they can be brought back."""

from pathlib import Path

from backend.core.views import Rehearsal, Undo
from backend.jobtypes.clean_up.params import CleanUpParams
from backend.jobtypes.contract import JobContext, JobType, Outcome


def _run(params: CleanUpParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.clean_up.run import run

    return run(params, ctx)


def _rehearse(params: CleanUpParams) -> Rehearsal:
    from backend.jobtypes.clean_up.looking import rehearse

    return rehearse(params)


def _undo(keep: Path) -> Undo | None:
    from backend.jobtypes.clean_up.run import undo

    return undo(keep)


JOB_TYPE = JobType(
    name="clean-up",
    title="Clean up a folder",
    summary="Takes old, large or doubled files out of a folder; nothing is lost at once.",
    icon="brush-cleaning",
    params=CleanUpParams,
    run=_run,
    rehearse=_rehearse,
    undo=_undo,
    job_name=lambda params: f"Clean up {params.folder.name}",
    target=lambda params: f"folder:{params.folder}",
    order=50,
)
