"""Who may go next. Order, priority, pause and limits are decided here, in the record, at the last moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import ACTIVE, IN_CHAIN, ON_WORKER, JobState
from backend.core.views import JobView
from backend.jobtypes import job_types
from backend.store.jobs import change_state, view_of
from backend.store.record import Record
from backend.store.schema import jobs, options

SLOTS = "queue.slots"
PAUSED = "queue.paused"

# Made once: putting a statement together takes longer than SQLite needs to carry it out.
_OPTIONS = sa.select(options).where(options.c.name.in_([PAUSED, SLOTS]))
_OPEN = sa.select(jobs.c.id).where(jobs.c.state.in_(sorted(ACTIVE | IN_CHAIN))).limit(1)
_TAKEN = sa.select(jobs.c.state, jobs.c.kind, jobs.c.target).where(
    jobs.c.state.in_([JobState.DISPATCHED.value, *sorted(ON_WORKER)])
)
_LINE = (
    sa.select(jobs)
    .where(
        jobs.c.state == JobState.WAITING.value,
        sa.or_(jobs.c.not_before.is_(None), jobs.c.not_before <= sa.bindparam("moment")),
    )
    .order_by(jobs.c.priority, jobs.c.position, jobs.c.id)
)
_DISPATCH = (
    sa.update(jobs)
    .where(
        jobs.c.id == sa.bindparam("job_id"),
        jobs.c.state == JobState.WAITING.value,
        jobs.c.delivery == sa.bindparam("number") - 1,
    )
    .values(state=JobState.DISPATCHED.value, delivery=sa.bindparam("number"), dispatched_at=sa.bindparam("moment"))
)


@dataclass(frozen=True)
class Delivery:
    """One message to be sent: only the bearer of the job's newest delivery number may claim it."""

    job: JobView
    number: int


def is_idle(record: Record) -> bool:
    """Whether there is no job that anything could become of by itself: no round has anything to do then."""
    with record.read() as connection:
        return connection.scalar(_OPEN) is None


def next_deliveries(record: Record, slots: int) -> list[Delivery]:
    """Moves as many jobs as there are free slots from *waiting* to *dispatched* and returns their messages.

    `slots` stands until the user sets another number. Send only after this has returned: it is committed then.
    A paused job gives its slot free; its target and its kind's limit stay taken.
    """
    with record.write(durable=False) as connection:
        taken = _taken(connection)
        free = _free(connection, slots, taken)
        if free <= 0:
            return []
        targets = {row.target for row in taken if row.target is not None}
        kinds = [row.kind for row in taken]
        chosen: list[Delivery] = []
        moment = now().timestamp()
        waiting = connection.execute(_LINE, {"moment": moment})
        for row in waiting.mappings():
            if len(chosen) == free:
                break
            known = job_types().get(row["kind"])
            limit = known.at_once if known else None
            if row["target"] in targets or (limit is not None and kinds.count(row["kind"]) >= limit):
                continue
            number = row["delivery"] + 1
            sent = {"job_id": row["id"], "number": number, "moment": moment}
            if connection.execute(_DISPATCH, sent).rowcount != 1:
                continue
            kinds.append(row["kind"])
            if row["target"] is not None:
                targets.add(row["target"])
            view = view_of({**row, "state": JobState.DISPATCHED.value})
            chosen.append(Delivery(view, number))
        waiting.close()
        return chosen


def _taken(connection: sa.Connection) -> Sequence[Any]:
    return connection.execute(_TAKEN).all()


def _free(connection: sa.Connection, slots: int, taken: Sequence[Any]) -> int:
    chosen_by_user = {row.name: row.value for row in connection.execute(_OPTIONS)}
    if chosen_by_user.get(PAUSED, False):
        return 0
    return chosen_by_user.get(SLOTS, slots) - sum(row.state != JobState.PAUSED for row in taken)


def take_back(record: Record, delivery: Delivery) -> bool:
    """A message that could not be sent: the job waits again. Should it have gone out after all, it claims nothing."""
    with record.write(durable=False) as connection:
        return change_state(
            connection, delivery.job.id, JobState.WAITING, since={JobState.DISPATCHED}, delivery=delivery.number
        )
