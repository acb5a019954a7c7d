"""One attempt, from the message to the committed outcome."""

import logging
import random
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError

from backend.core.clock import now
from backend.core.errors import ConflictError, DeskhandError, NeedsUserError, UserError
from backend.core.events import Event, JobChanged
from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.core.views import JobView, Problem
from backend.jobtypes import job_type, job_types
from backend.jobtypes.contract import JobStopped, JobType, Retry
from backend.queue.checking import checked
from backend.queue.claims import Claim, claim, finish
from backend.queue.dispatch import Delivery, Way, take_back
from backend.queue.relay import Relay
from backend.queue.switches import require_on
from backend.store.jobs import get_row, get_view
from backend.store.record import Record
from backend.store.room import even_when_full, is_full
from backend.worker.context import NO_PLACE, RunningJob
from backend.worker.publisher import CHANNEL, SEEN_TO, Publisher

log = logging.getLogger(__name__)
T = TypeVar("T")

BUG = Problem(
    code="internal",
    message="Something went wrong inside Deskhand while it did this job.",
    hint="This is our mistake, not yours. Try again; if it happens again, send us the job's log.",
)

NO_ROOM = Problem(
    code="disk.full",
    message="A disk that this job writes to is full.",
    hint="Free some space on it, then try again.",
)
COMMIT_AGAIN_SECONDS = 1.0


def run_delivery(
    record: Record,
    paths: DataPaths,
    publisher: Publisher,
    job_id: int,
    delivery: int,
    beside: int | None = None,
    way: Way | None = None,
) -> JobState | None:
    """Claims, runs and ends one attempt. Returns the state it ended in; None when there was nothing to claim.

    `beside` as for `claim`. With a `way`, the slot is handed on when the job ends (see `backend.queue.relay`).
    On return the job is not this process's any more, whatever happened.
    """
    held = claim(record, job_id, delivery, beside)
    if held is None:
        log.info("message %s of job %s finds nothing to claim", delivery, job_id)
        return None
    last_news: list[Event] = []
    relay = Relay(way.slots) if way else None
    try:
        with RunningJob(record, held, paths, publisher, relay) as context:
            ended = _attempt(record, held, context)
        last_news = context.news()
    except OSError as error:
        log.exception("job %s could not be begun or ended in its folder", job_id, exc_info=error)
        ended = _end(record, held, JobState.FAILED, problem=problem_of(NO_PLACE))
    sent = _sent_on(record, way, relay) if way and relay else []
    channel = SEEN_TO if relay and relay.done else CHANNEL
    publisher.publish(*last_news, JobChanged(job=ended), *sent, channel=channel)
    return ended.state


def _sent_on(record: Record, way: Way, relay: Relay) -> list[Event]:
    """Sends the messages of those that have the slot now, or come next; what is to be said of them."""
    said: list[Event] = []
    for each in relay.deliveries:
        try:
            way.send(each)
        except BrokerError as error:
            log.warning("job %s could not be sent and waits again: %s", each.job.id, error)
            relay.done = False
            _taken_back(record, each)
        else:
            if each.beside is None:
                said.append(JobChanged(job=each.job))
    return said


def _taken_back(record: Record, delivery: Delivery) -> None:
    """Where even that fails, the message counts as lost, and the recovery sees to it."""
    try:
        take_back(record, delivery)
    except (SQLAlchemyError, UserError) as error:
        log.warning("job %s could not be taken back: %s", delivery.job.id, error)


def _attempt(record: Record, held: Claim, context: RunningJob) -> JobView:
    try:
        kind = job_type(held.kind)
        _require_on(record, kind)
        outcome = kind.run(checked(kind, held.params), context)
    except JobStopped:
        return _stopped(record, held, context)
    except NeedsUserError as error:
        context.log(error.message, "error", code=error.code)
        return _end(record, held, JobState.NEEDS_USER, context, problem=problem_of(error))
    except Exception as error:  # noqa: BLE001 - whatever a job type raises ends its job, and only that
        return _failed(record, held, context, error)
    state = JobState.WARNED if context.warnings else JobState.SUCCEEDED
    written = context.conclude(outcome.summary)
    ended = _end(record, held, state, context, summary=outcome.summary, facts=outcome.facts)
    if not written:
        context.announce(outcome.summary)
    return ended


def _require_on(record: Record, kind: JobType[Any]) -> None:
    if not kind.caution:
        return
    with record.read() as connection:
        try:
            require_on(connection, kind)
        except ConflictError as error:
            raise NeedsUserError(error.code, error.message, error.hint) from error


def _stopped(record: Record, held: Claim, context: RunningJob) -> JobView:
    why = _surely(record, held, lambda: _row(record, held))["problem"]
    if why:
        context.log(why["message"], "error", code=why["code"])
        return _end(record, held, JobState.FAILED, context, problem=Problem.model_validate(why))
    context.log("Stopped.")
    return _end(record, held, JobState.STOPPED, context, summary="Stopped.")


def _failed(record: Record, held: Claim, context: RunningJob, error: Exception) -> JobView:
    if isinstance(error, DeskhandError):
        problem = problem_of(error)
        context.log(error.message, "error", code=error.code)
    elif is_full(error):
        problem = NO_ROOM
        context.log(NO_ROOM.message, "error", code=NO_ROOM.code, file=str(getattr(error, "filename", None) or ""))
    else:
        problem = BUG
        context.log("Something went wrong inside Deskhand.", "error", trace=traceback.format_exc())
        log.exception("job %s (%s) failed unexpectedly", held.job_id, held.kind, exc_info=error)
    policy = _policy(held.kind)
    tries = _surely(record, held, lambda: _row(record, held))["tries"]
    state, later = JobState.FAILED, None
    if isinstance(error, policy.on) and tries + 1 < policy.attempts:
        state, later = JobState.WAITING, now().timestamp() + backoff(policy, tries)
    return _end(record, held, state, context, problem=problem, not_before=later)


def _end(record: Record, held: Claim, to: JobState, context: RunningJob | None = None, **outcome: Any) -> JobView:
    if context:
        outcome |= {"warnings": context.warnings, "made": context.made, "progress": context.latest()}
        outcome["relay"] = context.relay
    ended = _surely(record, held, lambda: finish(record, held, to, **outcome))
    if ended is None:
        log.warning("the outcome of job %s, attempt %s, came too late", held.job_id, held.attempt)
        ended = _surely(record, held, lambda: _view(record, held))
    return ended


def _view(record: Record, held: Claim) -> JobView:
    with record.read() as connection:
        return get_view(connection, held.job_id)


def _row(record: Record, held: Claim) -> Mapping[str, Any]:
    with record.read() as connection:
        return get_row(connection, held.job_id)


def _surely(record: Record, held: Claim, act: Callable[[], T]) -> T:
    """Does not rest before the record has answered: else the job would stay as running for ever.

    Meanwhile the lease is renewed, and the user may still stop the job by force.
    """
    while True:
        try:
            return even_when_full(record.folder, act)
        except (SQLAlchemyError, UserError) as error:
            log.error("the outcome of job %s cannot be kept yet: %s", held.job_id, error)
            time.sleep(COMMIT_AGAIN_SECONDS)


def backoff(policy: Retry, tries: int) -> float:
    """Seconds until the next try: doubled each time up to the longest, and spread by a fifth either way."""
    return min(policy.longest, policy.delay * 2**tries) * random.uniform(0.8, 1.2)


def problem_of(error: DeskhandError) -> Problem:
    """An expected error as it is kept and shown."""
    return Problem(code=error.code, message=error.message, hint=error.hint, fields=error.fields)


def _policy(kind: str) -> Retry:
    known = job_types().get(kind)
    return known.retry if known else Retry()
