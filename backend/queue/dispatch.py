"""Who may go next. Order, priority, pause and limits are decided here, in the record, at the last moment."""

from dataclasses import dataclass

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import ON_WORKER, JobState
from backend.core.views import JobView
from backend.jobtypes import job_types
from backend.store.jobs import change_state, view_of
from backend.store.record import Record, get_option
from backend.store.schema import jobs

SLOTS = "queue.slots"
PAUSED = "queue.paused"
_TAKEN = (JobState.DISPATCHED.value, *(state.value for state in ON_WORKER))


@dataclass(frozen=True)
class Delivery:
    """One message to be sent: only the bearer of the job's newest delivery number may claim it."""

    job: JobView
    number: int


def next_deliveries(record: Record, slots: int) -> list[Delivery]:
    """Moves as many jobs as there are free slots from *waiting* to *dispatched* and returns their messages.

    `slots` stands until the user sets another number. Send only after this has returned: it is committed then.
    A paused job gives its slot free; its target and its kind's limit stay taken.
    """
    with record.write(durable=False) as connection:
        if get_option(connection, PAUSED, False):
            return []
        taken = connection.execute(
            sa.select(jobs.c.state, jobs.c.kind, jobs.c.target).where(jobs.c.state.in_(_TAKEN))
        ).all()
        free = get_option(connection, SLOTS, slots) - sum(row.state != JobState.PAUSED for row in taken)
        if free <= 0:
            return []
        targets = {row.target for row in taken if row.target is not None}
        kinds = [row.kind for row in taken]
        chosen: list[Delivery] = []
        moment = now().timestamp()
        waiting = connection.execute(
            sa.select(jobs)
            .where(
                jobs.c.state == JobState.WAITING.value, sa.or_(jobs.c.not_before.is_(None), jobs.c.not_before <= moment)
            )
            .order_by(jobs.c.priority, jobs.c.position, jobs.c.id)
        )
        for row in waiting.mappings():
            if len(chosen) == free:
                break
            known = job_types().get(row["kind"])
            limit = known.at_once if known else None
            if row["target"] in targets or (limit is not None and kinds.count(row["kind"]) >= limit):
                continue
            number = row["delivery"] + 1
            if not change_state(
                connection, row["id"], JobState.DISPATCHED, since={JobState.WAITING}, delivery=row["delivery"]
            ):
                continue
            connection.execute(
                sa.update(jobs).where(jobs.c.id == row["id"]).values(delivery=number, dispatched_at=moment)
            )
            kinds.append(row["kind"])
            if row["target"] is not None:
                targets.add(row["target"])
            view = view_of({**row, "state": JobState.DISPATCHED.value})
            chosen.append(Delivery(view, number))
        waiting.close()
        return chosen


def take_back(record: Record, delivery: Delivery) -> bool:
    """A message that could not be sent: the job waits again. Should it have gone out after all, it claims nothing."""
    with record.write(durable=False) as connection:
        return change_state(
            connection, delivery.job.id, JobState.WAITING, since={JobState.DISPATCHED}, delivery=delivery.number
        )
