"""Says into a named pipe that it has begun, and rests as long as it is told; for benches and tests of kills."""

import os
import time
from pathlib import Path

from backend.core import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params


class MarkParams(Params):
    """Where to say it, under which number, and how long it rests."""

    pipe: Path = fields.file_in("Pipe", section="to")
    number: int = fields.number("Number", default=0, ge=0)
    seconds: float = fields.number("Seconds", default=0.0, ge=0)


def mark(pipe: Path, number: int) -> None:
    """One line: the number, the moment by the machine's steady clock, and the process."""
    with pipe.open("ab", buffering=0) as file:
        file.write(f"{number} {time.monotonic()} {os.getpid()}\n".encode())


def run(params: MarkParams, ctx: JobContext) -> Outcome:
    """Begins, and rests."""
    mark(params.pipe, params.number)
    until = time.monotonic() + params.seconds
    while (left := until - time.monotonic()) > 0:
        ctx.checkpoint()
        time.sleep(min(left, 0.05))
    return Outcome(summary="It began.")


JOB_TYPE = JobType(
    name="mark", title="Mark", summary="Says that it begins.", icon="list", params=MarkParams, run=run, hidden=True
)
