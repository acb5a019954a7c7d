"""Job type: restores files and folders from a backup, all of a version or what was ticked, to files or an archive."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.views import Option, Rehearsal
from backend.jobtypes.contract import JobContext, JobType, Outcome
from backend.jobtypes.restore.params import RestoreParams
from backend.lib.restic import asking


def _rehearse(params: RestoreParams) -> Rehearsal:
    from backend.jobtypes.restore.looking import rehearse

    return rehearse(params)


def _run(params: RestoreParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.restore.run import run

    return run(params, ctx)


def _options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    from backend.jobtypes.restore.choosing import options

    return options(field, answers)


JOB_TYPE = JobType(
    name="restore",
    title="Restore from a backup",
    summary="Brings back files, folders or everything as they were in a version.",
    icon="archive-restore",
    params=RestoreParams,
    run=_run,
    rehearse=_rehearse,
    options=_options,
    job_name=lambda params: f"Restore from {asking.name_of(params)}",
    order=21,
)
