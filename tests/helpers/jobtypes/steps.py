"""Counts its steps, writes a file at the end, and fails, waits or warns as it is told."""

import time
from pathlib import Path
from typing import Literal

from backend.core.errors import NeedsUserError, RetryableError, UserError
from backend.core.views import Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params, Retry


class StepsParams(Params):
    """How many steps, how long each, and what happens at the end."""

    steps: int = fields.number("Steps", default=1, ge=0, le=1_000_000)
    pause: float = fields.number("Seconds a step", default=0.0, ge=0, le=10)
    ending: Literal["good", "warn", "bug", "user", "needs", "retry"] = fields.choice("Ending", default="good")
    folder: Path | None = fields.folder_out("Folder", default=None)
    deaf: bool = fields.yes_no("Never looks up", default=False)
    target: str = fields.text("Target", default="")


def rehearse(params: StepsParams) -> Rehearsal:
    """Takes as long as the steps would."""
    time.sleep(params.steps * params.pause)
    return Rehearsal(headline=f"{params.steps} steps")


def run(params: StepsParams, ctx: JobContext) -> Outcome:
    """Does the steps."""
    for step in range(params.steps):
        if not params.deaf:
            ctx.checkpoint()
        ctx.progress(step + 1, params.steps, "steps", f"step {step + 1}")
        time.sleep(params.pause)
    if params.folder:
        with ctx.artifact(params.folder / "steps.txt", "The steps") as part:
            part.write_text(str(params.steps), "utf-8")
    match params.ending:
        case "warn":
            ctx.warn("One step was odd.")
        case "bug":
            raise ZeroDivisionError
        case "user":
            raise UserError("test.user", "The drive is not there.", "Connect it.")
        case "needs":
            raise NeedsUserError("test.needs", "A password is missing.", "Enter it.")
        case "retry":
            raise RetryableError("test.busy", "The server is busy.", "Wait.")
        case "good":
            pass
    return Outcome(summary=f"{params.steps} steps were done.", facts={"steps": params.steps})


JOB_TYPE = JobType(
    name="steps",
    title="Steps",
    summary="Counts.",
    icon="list",
    params=StepsParams,
    run=run,
    rehearse=rehearse,
    retry=Retry(attempts=2, delay=0.01),
    target=lambda params: params.target or None,
    hidden=True,
)
