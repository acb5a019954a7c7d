"""Jobs whose time is up are asked to stop; jobs that were asked and did not are, after a grace, ended by force."""

from dataclasses import dataclass

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import ON_WORKER, JobState
from backend.core.views import Problem
from backend.jobtypes import job_types
from backend.queue.claims import LEASE_SECONDS
from backend.store.jobs import change_state, end_attempt
from backend.store.record import Record
from backend.store.schema import jobs

SUMMARY = "Stopped by force, since it did not stop by itself. What it had finished writing is kept."


SET_BACK = 5.0
"""A wish from so far ahead was made before the clock was set back."""

RENEWED_LATE = 30.0
"""A job that renews its lease no more is judged so many seconds later: after a suspend it must first have its say."""


def ask_the_late(record: Record) -> list[int]:
    """Asks each job to stop that has run for longer than its kind may. Returns those that were asked now.

    The problem is on the record from then on, and with it the job ends, by itself or by force.
    """
    moment = now().timestamp()
    late = (
        jobs.c.state == JobState.RUNNING.value,
        jobs.c.limit_at < moment,
        sa.or_(jobs.c.lease_until - LEASE_SECONDS >= jobs.c.limit_at, jobs.c.limit_at < moment - RENEWED_LATE),
        sa.or_(jobs.c.wish.is_(None), jobs.c.wish != "stop"),
    )
    with record.read() as connection:
        found = connection.execute(sa.select(jobs.c.id, jobs.c.kind, jobs.c.delivery).where(*late)).all()
    asked: list[int] = []
    for row in found:
        with record.write() as connection:
            done = connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == row.id, jobs.c.delivery == row.delivery, *late)
                .values(wish="stop", wished_at=moment, problem=_too_long(row.kind).model_dump())
            )
        asked += [row.id] * done.rowcount
    return asked


def _too_long(kind: str) -> Problem:
    known = job_types().get(kind)
    limit = known.time_limit if known and known.time_limit else 0.0
    return Problem(
        code="job.too_long",
        message=f"This job was stopped because it took longer than {in_words(limit)}, the most such jobs may take.",
        hint="Try it with less, or in parts. What it had finished writing is kept.",
    )


def in_words(seconds: float) -> str:
    """A length of time for people: the largest unit in which it is a whole number."""
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            number = round(seconds / size)
            return f"{number} {unit}{'s' if number != 1 else ''}"
    return f"{seconds:g} second{'s' if seconds != 1 else ''}"


@dataclass(frozen=True)
class Forced:
    """A job that has ended on the record, and the process that must be ended."""

    job_id: int
    machine: str
    pid: int
    pid_start: float


def overdue(record: Record, grace: float) -> list[Forced]:
    """Commits the end of each job that was asked to stop more than `grace` seconds ago: *stopped*, or, where its
    time was up, *failed*.

    From then on its late outcome counts for nothing; the caller ends its process.
    """
    moment = now().timestamp()
    with record.read() as connection:
        found = connection.execute(
            sa.select(
                jobs.c.id, jobs.c.delivery, jobs.c.attempt, jobs.c.machine, jobs.c.pid, jobs.c.pid_start, jobs.c.problem
            ).where(
                jobs.c.state.in_([state.value for state in ON_WORKER]),
                jobs.c.wish == "stop",
                sa.not_(jobs.c.wished_at.between(moment - grace, moment + SET_BACK)),
            )
        ).all()
    forced: list[Forced] = []
    for row in found:
        to = JobState.FAILED if row.problem else JobState.STOPPED
        problem = Problem.model_validate(row.problem) if row.problem else None
        with record.write() as connection:
            if not change_state(
                connection,
                row.id,
                to,
                since=ON_WORKER,
                delivery=row.delivery,
                wish=None,
                wished_at=None,
                lease_until=None,
                pid=None,
                ended_at=moment,
                summary=SUMMARY,
            ):
                continue
            end_attempt(connection, row.id, row.attempt, moment, to.value, problem)
        forced.append(Forced(row.id, row.machine, row.pid, row.pid_start))
    return forced
