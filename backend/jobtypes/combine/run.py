"""Runs the job: the child process does the work."""

from backend.jobtypes.combine.params import CombineParams
from backend.jobtypes.contract import JobContext, Outcome
from backend.lib.results import check_folder, file_name
from backend.lib.tables.hearing import work_for
from backend.lib.words import counted


def run(params: CombineParams, ctx: JobContext) -> Outcome:
    """Makes the files. Raises UserError at the answer that is wrong."""
    check_folder(params.folder)
    made = work_for(
        ctx,
        "combine",
        params.request(ctx.scratch),
        params.files[0],
        lambda suffix, title: (params.folder / file_name(title, suffix, "Table"), title),
    )
    left = made["rows_in"] - made["rows"]
    out = f" {counted(left, 'row')} were taken out." if left else ""
    return Outcome(
        summary=f"{counted(made['rows_in'], 'row')} from {counted(made['files_in'], 'file')} became "
        f"{counted(made['rows'], 'row')} in {counted(made['files'], 'file')}.{out}",
        facts=made,
    )
