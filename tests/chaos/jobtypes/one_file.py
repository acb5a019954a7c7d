"""Leaves one file under its name: placed by the context, whole or not at all."""

from backend.jobtypes.contract import JobContext, JobType, Outcome
from tests.chaos.jobtypes.common import ChaosParams, rest
from tests.chaos.ledger import note


def run(params: ChaosParams, ctx: JobContext) -> Outcome:
    """Writes it."""
    note(params.folder, params.key, "begin")
    with ctx.artifact(params.folder / f"file-{params.key}.txt") as part:
        rest(ctx, params.seconds)
        part.write_text(str(params.key))
    note(params.folder, params.key, "end")
    return Outcome(summary="The file is there.")


JOB_TYPE = JobType(name="chaos-file", title="File", summary="", icon="list", params=ChaosParams, run=run, hidden=True)
