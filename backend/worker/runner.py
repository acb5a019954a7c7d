"""One attempt, from the message to the committed outcome."""

import logging
import random
import traceback

from backend.core.clock import now
from backend.core.errors import DeskhandError, NeedsUserError
from backend.core.events import JobChanged
from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.core.views import Problem
from backend.jobtypes import job_type, job_types
from backend.jobtypes.contract import JobStopped, Retry
from backend.queue.checking import checked
from backend.queue.claims import Claim, claim, finish
from backend.store.jobs import get_row, get_view
from backend.store.record import Record
from backend.worker.context import RunningJob
from backend.worker.publisher import Publisher

log = logging.getLogger(__name__)

BUG = Problem(
    code="internal",
    message="Something went wrong inside Deskhand while it did this job.",
    hint="This is our mistake, not yours. Try again; if it happens again, send us the job's log.",
)


def run_delivery(record: Record, paths: DataPaths, publisher: Publisher, job_id: int, delivery: int) -> JobState | None:
    """Claims, runs and ends one attempt. Returns the state it ended in; None when there was nothing to claim."""
    held = claim(record, job_id, delivery)
    if held is None:
        log.info("message %s of job %s finds nothing to claim", delivery, job_id)
        return None
    _announce(record, publisher, job_id)
    with RunningJob(record, held, paths, publisher) as context:
        state = _attempt(record, held, context)
    _announce(record, publisher, job_id)
    return state


def _announce(record: Record, publisher: Publisher, job_id: int) -> None:
    with record.read() as connection:
        view = get_view(connection, job_id)
    publisher.publish(JobChanged(job=view))


def _attempt(record: Record, held: Claim, context: RunningJob) -> JobState:
    warnings, made = context.warnings, context.placement.made
    try:
        kind = job_type(held.kind)
        outcome = kind.run(checked(kind, held.params), context)
    except JobStopped:
        context.log("Stopped.")
        finish(
            record, held, JobState.STOPPED, summary="Stopped.", warnings=warnings, made=made, progress=context.latest()
        )
        return JobState.STOPPED
    except NeedsUserError as error:
        problem = problem_of(error)
        context.log(error.message, "error", code=error.code)
        finish(record, held, JobState.NEEDS_USER, problem=problem, warnings=warnings, made=made)
        return JobState.NEEDS_USER
    except Exception as error:  # noqa: BLE001 - whatever a job type raises ends its job, and only that
        return _failed(record, held, context, error)
    state = JobState.WARNED if warnings else JobState.SUCCEEDED
    context.log(outcome.summary)
    if not finish(
        record,
        held,
        state,
        summary=outcome.summary,
        facts=outcome.facts,
        warnings=warnings,
        made=made,
        progress=context.latest(),
    ):
        log.warning("the outcome of job %s, attempt %s, came too late", held.job_id, held.attempt)
    return state


def _failed(record: Record, held: Claim, context: RunningJob, error: Exception) -> JobState:
    if isinstance(error, DeskhandError):
        problem = problem_of(error)
        context.log(error.message, "error", code=error.code)
    else:
        problem = BUG
        context.log("Something went wrong inside Deskhand.", "error", trace=traceback.format_exc())
        log.exception("job %s (%s) failed unexpectedly", held.job_id, held.kind, exc_info=error)
    policy = _policy(held.kind)
    with record.read() as connection:
        tries = get_row(connection, held.job_id)["tries"]
    state, later = JobState.FAILED, None
    if isinstance(error, policy.on) and tries + 1 < policy.attempts:
        state, later = JobState.WAITING, now().timestamp() + backoff(policy, tries)
    finish(
        record,
        held,
        state,
        problem=problem,
        warnings=context.warnings,
        made=context.placement.made,
        not_before=later,
        progress=context.latest(),
    )
    return state


def backoff(policy: Retry, tries: int) -> float:
    """Seconds until the next try: doubled each time up to the longest, and spread by a fifth either way."""
    return min(policy.longest, policy.delay * 2**tries) * random.uniform(0.8, 1.2)


def problem_of(error: DeskhandError) -> Problem:
    """An expected error as it is kept and shown."""
    return Problem(code=error.code, message=error.message, hint=error.hint, fields=error.fields)


def _policy(kind: str) -> Retry:
    known = job_types().get(kind)
    return known.retry if known else Retry()
