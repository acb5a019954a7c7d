"""Runs the report job: the child process does the work, this side keeps the bar, the log and the files."""

from __future__ import annotations

from typing import Any

from backend.jobtypes.contract import JobContext, Outcome
from backend.jobtypes.report.params import ReportParams
from backend.lib.results import check_folder, file_name
from backend.lib.tables.hearing import work_for


def run(params: ReportParams, ctx: JobContext) -> Outcome:
    """Makes the files. Raises UserError at the answer that is wrong."""
    check_folder(params.folder)
    made = work_for(
        ctx,
        "report",
        params.request(ctx.scratch),
        params.file,
        lambda suffix, title: (params.folder / file_name(params.heading, suffix), f"{params.heading} ({title})"),
    )
    return Outcome(summary=_summary(params, made), facts=made)


def _summary(params: ReportParams, made: dict[str, Any]) -> str:
    rows = f"{made['rows']:,} row{'' if made['rows'] == 1 else 's'}"
    groups = f" in {made['groups']:,} group{'' if made['groups'] == 1 else 's'}" if made["groups"] else ""
    titles = [each["title"] for each in made["files"]]
    pages = next((each["pages"] for each in made["files"] if "pages" in each), 0)
    paged = f" The PDF has {pages:,} page{'' if pages == 1 else 's'}." if pages else ""
    kinds = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
    return f"A report of {rows}{groups} was made from '{params.file.name}': {kinds}.{paged}"
