"""Job type: runs a program of the user's. Off until it is switched on in the settings."""

from backend.core.views import Rehearsal
from backend.jobtypes.contract import JobContext, JobType, Outcome, Retry
from backend.jobtypes.run_program.params import RunProgramParams


def _run(params: RunProgramParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.run_program.run import run

    return run(params, ctx)


def _rehearse(params: RunProgramParams) -> Rehearsal:
    from backend.jobtypes.run_program.looking import rehearse

    return rehearse(params)


JOB_TYPE = JobType(
    name="run-program",
    title="Run a program",
    summary="Starts a program or script of yours, and keeps what it writes in the log.",
    icon="terminal",
    params=RunProgramParams,
    run=_run,
    rehearse=_rehearse,
    job_name=lambda params: f"Program: {params.title}",
    order=80,
    retry=Retry(on=(), attempts=1),
    after_interruption="ask",
    caution="A program can do to your files and on the network whatever you can do yourself. Switch this on only if "
    "you know the programs that are to run.",
)
