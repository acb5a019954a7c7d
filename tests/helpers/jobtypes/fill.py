"""Writes into a folder until it has written enough, or until there is no room."""

from pathlib import Path

from backend.core import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params

PIECE = 65536


class FillParams(Params):
    """Where to, and how much."""

    folder: Path = fields.folder_out("Folder", section="to")
    pieces: int = fields.number("Pieces", "Each of 64 KiB.", default=1_000_000, ge=1)


def run(params: FillParams, ctx: JobContext) -> Outcome:
    """Writes the file."""
    with ctx.artifact(params.folder / "filled.bin", "Much of nothing") as part, part.open("wb") as file:
        for number in range(params.pieces):
            ctx.checkpoint()
            file.write(bytes(PIECE))
            ctx.progress(number + 1, params.pieces, "pieces")
    return Outcome(summary="It was written.")


JOB_TYPE = JobType(
    name="fill", title="Fill", summary="Fills a disk.", icon="list", params=FillParams, run=run, hidden=True
)
