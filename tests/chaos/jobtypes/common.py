"""What these jobs ask for, and how they rest."""

import time
from pathlib import Path

from backend.core import fields
from backend.jobtypes.contract import JobContext, Params

PIECE = 0.02


class ChaosParams(Params):
    """Who the job is, where its traces go, and how long it takes."""

    key: int = fields.number("Key", ge=0)
    folder: Path = fields.folder_out("Folder", section="to")
    seconds: float = fields.number("Seconds", default=0.2, ge=0)


def rest(ctx: JobContext, seconds: float) -> None:
    """Passes time as work does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ctx.checkpoint()
        ctx.progress(seconds - (end - time.monotonic()), seconds)
        time.sleep(PIECE)
