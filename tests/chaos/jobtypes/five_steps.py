"""Takes five steps and goes on behind the last one that it took, by notes of its own."""

from backend.jobtypes.contract import JobContext, JobType, Outcome
from tests.chaos.jobtypes.common import ChaosParams, rest
from tests.chaos.ledger import note

STEPS = 5


def run(params: ChaosParams, ctx: JobContext) -> Outcome:
    """Takes those that are left."""
    note(params.folder, params.key, "begin")
    for step in range(STEPS):
        if (ctx.keep / f"step-{step}").exists():
            continue
        rest(ctx, params.seconds / STEPS)
        (params.folder / f"step-{params.key}-{step}").touch()
        (ctx.keep / f"step-{step}").touch()
    note(params.folder, params.key, "end")
    return Outcome(summary="All steps were taken.")


JOB_TYPE = JobType(
    name="chaos-steps",
    title="Steps",
    summary="",
    icon="list",
    params=ChaosParams,
    run=run,
    after_interruption="resume",
    hidden=True,
)
