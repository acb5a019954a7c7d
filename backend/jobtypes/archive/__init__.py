"""Job type: makes a ZIP file, or unpacks one."""

from backend.core.views import Rehearsal
from backend.jobtypes.archive.params import ArchiveParams
from backend.jobtypes.contract import JobContext, JobType, Outcome


def _run(params: ArchiveParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.archive import opening, packing

    params.checked()
    return (packing if params.do == "zip" else opening).run(params, ctx)


def _rehearse(params: ArchiveParams) -> Rehearsal:
    from backend.jobtypes.archive import opening, packing

    params.checked()
    return (packing if params.do == "zip" else opening).rehearse(params)


def _name(params: ArchiveParams) -> str:
    if params.do == "unzip":
        return f"Unpack {params.archive.name}" if params.archive else "Unpack a ZIP file"
    first = params.files[0] if params.files else params.source
    return f"Zip {params.name.strip() or (first.stem if first else 'files')}"


JOB_TYPE = JobType(
    name="archive",
    title="Zip or unzip files",
    summary="Puts files into one ZIP file, with a password if you like, or unpacks one.",
    icon="file-archive",
    params=ArchiveParams,
    run=_run,
    rehearse=_rehearse,
    job_name=_name,
    order=60,
)
