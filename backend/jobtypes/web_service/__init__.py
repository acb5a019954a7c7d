"""Job type: calls a web service and keeps what it answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.views import Option, Rehearsal
from backend.jobtypes.contract import JobContext, JobType, Outcome
from backend.jobtypes.web_service.params import WebServiceParams


def _run(params: WebServiceParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.web_service.run import run

    return run(params, ctx)


def _rehearse(params: WebServiceParams) -> Rehearsal:
    from backend.jobtypes.web_service.looking import rehearse

    return rehearse(params)


def _options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    from backend.jobtypes.web_service.looking import options

    return options(field, answers)


JOB_TYPE = JobType(
    name="web-service",
    title="Call a web service",
    summary="Asks a web service, page by page if need be, and keeps the answer as a file or a table.",
    icon="webhook",
    params=WebServiceParams,
    run=_run,
    rehearse=_rehearse,
    options=_options,
    job_name=lambda params: f"Web: {params.title}",
    order=70,
    network=True,
)
