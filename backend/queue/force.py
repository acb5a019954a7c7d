"""Jobs that were asked to stop and did not: after a grace they are ended by force."""

from dataclasses import dataclass

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import ON_WORKER, JobState
from backend.store.jobs import change_state, end_attempt
from backend.store.record import Record
from backend.store.schema import jobs

SUMMARY = "Stopped by force, since it did not stop by itself. What it had finished writing is kept."


@dataclass(frozen=True)
class Forced:
    """A job that is stopped on the record, and the process that must be ended."""

    job_id: int
    machine: str
    pid: int
    pid_start: float


def overdue(record: Record, grace: float) -> list[Forced]:
    """Commits *stopped* for each job that was asked to stop more than `grace` seconds ago.

    From then on its late outcome counts for nothing; the caller ends its process.
    """
    moment = now().timestamp()
    with record.read() as connection:
        found = connection.execute(
            sa.select(jobs.c.id, jobs.c.delivery, jobs.c.attempt, jobs.c.machine, jobs.c.pid, jobs.c.pid_start).where(
                jobs.c.state.in_([state.value for state in ON_WORKER]),
                jobs.c.wish == "stop",
                jobs.c.wished_at < moment - grace,
            )
        ).all()
    forced: list[Forced] = []
    for row in found:
        with record.write() as connection:
            if not change_state(
                connection,
                row.id,
                JobState.STOPPED,
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
            end_attempt(connection, row.id, row.attempt, moment, JobState.STOPPED.value, None)
        forced.append(Forced(row.id, row.machine, row.pid, row.pid_start))
    return forced
