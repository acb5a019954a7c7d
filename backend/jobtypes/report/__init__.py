"""Job type: a report from a table, as PDF, Excel, web page and CSV."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.views import Option, Rehearsal
from backend.jobtypes.contract import JobContext, JobType, Outcome
from backend.jobtypes.report.params import ReportParams


def _run(params: ReportParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.report.run import run

    return run(params, ctx)


def _rehearse(params: ReportParams) -> Rehearsal:
    from backend.jobtypes.report.looking import rehearse

    return rehearse(params)


def _options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    from backend.jobtypes.report.looking import options

    return options(field, answers)


JOB_TYPE = JobType(
    name="report",
    title="Report from a table",
    summary="Turns a spreadsheet or database table into a report: PDF, Excel, web page or CSV.",
    icon="file-chart-column",
    params=ReportParams,
    run=_run,
    rehearse=_rehearse,
    options=_options,
    job_name=lambda params: f"Report: {params.heading}",
    order=10,
)
