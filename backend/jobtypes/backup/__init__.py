"""Job type: backs up folders, incremental, compressed, encrypted, in restic's published format."""

from pathlib import Path

from backend.core.views import Rehearsal
from backend.jobtypes.backup.params import BackupParams
from backend.jobtypes.contract import JobContext, JobType, Outcome
from backend.lib.restic import asking


def _rehearse(params: BackupParams) -> Rehearsal:
    from backend.jobtypes.backup.looking import rehearse

    return rehearse(params)


def _run(params: BackupParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.backup.run import run

    return run(params, ctx)


def _name(params: BackupParams) -> str:
    sources = params.sources()
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"Backup of {Path(sources[0]).name}{more}"


JOB_TYPE = JobType(
    name="backup",
    title="Back up folders",
    summary="Keeps versions of folders, encrypted and compressed, on another drive or a network share.",
    icon="archive",
    params=BackupParams,
    run=_run,
    rehearse=_rehearse,
    job_name=_name,
    after_interruption="resume",
    target=asking.target,
    at_once=1,
    order=20,
)
