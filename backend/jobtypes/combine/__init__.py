"""Job type: several tables into one, cleaned, converted, or split."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.views import Option, Rehearsal
from backend.jobtypes.combine.params import CombineParams
from backend.jobtypes.contract import JobContext, JobType, Outcome


def _run(params: CombineParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.combine.run import run

    return run(params, ctx)


def _rehearse(params: CombineParams) -> Rehearsal:
    from backend.jobtypes.combine.looking import rehearse

    return rehearse(params)


def _options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    from backend.jobtypes.combine.looking import options

    return options(field, answers)


JOB_TYPE = JobType(
    name="combine",
    title="Combine spreadsheets",
    summary="Puts many tables into one, cleans them step by step, converts them, or splits them.",
    icon="merge",
    params=CombineParams,
    run=_run,
    rehearse=_rehearse,
    options=_options,
    job_name=lambda params: f"Spreadsheets: {params.title}",
    order=15,
)
