"""Who may go next. Order, priority, pause and limits are decided here, in the record, at the last moment."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import ACTIVE, IN_CHAIN, ON_WORKER, JobState
from backend.core.views import JobView
from backend.jobtypes import job_types
from backend.store.jobs import change_state, view_of
from backend.store.prepared import Lane, Prepared, one_of
from backend.store.record import Record
from backend.store.schema import jobs, options

SLOTS = "queue.slots"
PAUSED = "queue.paused"

# Made once: putting a statement together takes longer than SQLite needs to carry it out.
_OPTIONS = Prepared(sa.select(options).where(one_of(options.c.name, [PAUSED, SLOTS])))
_OPEN = Prepared(sa.select(jobs.c.id).where(one_of(jobs.c.state, ACTIVE | IN_CHAIN)).limit(1))
_TAKEN = Prepared(
    sa.select(jobs.c.state, jobs.c.kind, jobs.c.target).where(one_of(jobs.c.state, {JobState.DISPATCHED, *ON_WORKER}))
)
_LINE = Prepared(
    sa.select(jobs)
    .where(
        jobs.c.state == JobState.WAITING.value,
        sa.or_(jobs.c.not_before.is_(None), jobs.c.not_before <= sa.bindparam("moment")),
    )
    .order_by(jobs.c.priority, jobs.c.position, jobs.c.id)
)
_DISPATCH = Prepared(
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
    with record.glance() as lane:
        return _OPEN.first(lane) is None


def next_deliveries(record: Record, slots: int) -> list[Delivery]:
    """Moves as many jobs as there are free slots from *waiting* to *dispatched* and returns their messages.

    `slots` stands until the user sets another number. Send only after this has returned: it is committed then.
    A paused job gives its slot free; its target and its kind's limit stay taken.
    """
    with record.lean(durable=False) as lane:
        return dispatch_next(lane, slots)


def dispatch_next(lane: Lane, slots: int) -> list[Delivery]:
    """The same within a transaction that has begun already; send when it is committed."""
    taken = _TAKEN.rows(lane)
    free = _free(lane, slots, taken)
    if free <= 0:
        return []
    moment = now().timestamp()
    chosen = _next_in_line(lane, free, taken, moment)
    for row in chosen:
        sent = {"job_id": row["id"], "number": row["delivery"] + 1, "moment": moment}
        assert _DISPATCH.changed(lane, sent) == 1, "the line changed within one transaction"
    return [Delivery(view_of({**row, "state": JobState.DISPATCHED.value}), row["delivery"] + 1) for row in chosen]


def _next_in_line(lane: Lane, free: int, taken: Sequence[Mapping[str, Any]], moment: float) -> list[Mapping[str, Any]]:
    targets = {row["target"] for row in taken if row["target"] is not None}
    kinds = [row["kind"] for row in taken]
    chosen: list[Mapping[str, Any]] = []
    with closing(_LINE.each(lane, {"moment": moment})) as line:
        for row in line:
            known = job_types().get(row["kind"])
            limit = known.at_once if known else None
            if row["target"] in targets or (limit is not None and kinds.count(row["kind"]) >= limit):
                continue
            kinds.append(row["kind"])
            if row["target"] is not None:
                targets.add(row["target"])
            chosen.append(row)
            if len(chosen) == free:
                break
    return chosen


def _free(lane: Lane, slots: int, taken: Sequence[Mapping[str, Any]]) -> int:
    chosen_by_user = {row["name"]: row["value"] for row in _OPTIONS.rows(lane)}
    if chosen_by_user.get(PAUSED, False):
        return 0
    return chosen_by_user.get(SLOTS, slots) - sum(row["state"] != JobState.PAUSED for row in taken)


def take_back(record: Record, delivery: Delivery) -> bool:
    """A message that could not be sent: the job waits again. Should it have gone out after all, it claims nothing."""
    with record.write(durable=False) as connection:
        return change_state(
            connection, delivery.job.id, JobState.WAITING, since={JobState.DISPATCHED}, delivery=delivery.number
        )
