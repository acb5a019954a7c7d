"""Puts the texts of several files into one."""

from pathlib import Path

from backend.core import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params


class GatherParams(Params):
    """Which files, and where to."""

    files: list[Path] = fields.files_in("Files", section="from", min_length=1)
    folder: Path = fields.folder_out("Folder", section="to")


def run(params: GatherParams, ctx: JobContext) -> Outcome:
    """Writes the file."""
    with ctx.artifact(params.folder / "gathered.txt", "All texts") as part:
        part.write_text("".join(path.read_text("utf-8") for path in params.files), "utf-8")
    return Outcome(summary=f"{len(params.files)} files were gathered.")


JOB_TYPE = JobType(
    name="gather",
    title="Gather",
    summary="Gathers texts.",
    icon="files",
    params=GatherParams,
    run=run,
    job_name=lambda params: f"Gather {params.files[0].stem}",
    hidden=True,
)
