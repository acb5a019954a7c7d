"""Job type: reads mail that came back, so that nobody writes to addresses that are no good any more."""

from backend.core.views import Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params


class ReadBouncesParams(Params):
    """Which mailbox, and where in it such mail lies."""

    account: int = fields.account(
        "Mailbox", "Its account must say a server for reading (IMAP).", kinds=["mail"], section="from"
    )
    folder: str = fields.text(
        "Folder", "Where returned mail comes in.", default="INBOX", min_length=1, max_length=300, section="from"
    )


def _run(params: ReadBouncesParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.read_bounces.run import run

    return run(params, ctx)


def _rehearse(params: ReadBouncesParams) -> Rehearsal:
    from backend.jobtypes.read_bounces.run import rehearse

    return rehearse(params)


JOB_TYPE = JobType(
    name="read-bounces",
    title="Returned mail",
    summary="Reads mail that came back, and puts addresses that are no good on the list of those who get none.",
    icon="inbox",
    params=ReadBouncesParams,
    run=_run,
    rehearse=_rehearse,
    job_name=lambda params: f"Returned mail in {params.folder}",
    order=35,
    target=lambda params: f"bounces:{params.account}",
)
