"""Who may go next. Order, priority, pause and limits are decided here, in the record, at the last moment."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import ACTIVE, IN_CHAIN, ON_WORKER, JobState
from backend.core.views import JobView
from backend.jobtypes import job_types
from backend.store.jobs import SEEN, change_state, view_of
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
    sa.select(*SEEN)
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


@dataclass
class Room:
    """How many jobs more may go on their way, and which may not: by their target or their kind's limit."""

    free: int
    kinds: list[str]
    targets: set[str]

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Whether this job may go; it then takes its place."""
        known = job_types().get(row["kind"])
        limit = known.at_once if known else None
        if self.free <= 0 or row["target"] in self.targets:
            return False
        if limit is not None and self.kinds.count(row["kind"]) >= limit:
            return False
        self.free -= 1
        self.kinds.append(row["kind"])
        if row["target"] is not None:
            self.targets.add(row["target"])
        return True


def next_deliveries(record: Record, slots: int) -> list[Delivery]:
    """Moves as many jobs as there are free slots from *waiting* to *dispatched* and returns their messages.

    `slots` stands until the user sets another number. Send only after this has returned: it is committed then.
    A paused job gives its slot free; its target and its kind's limit stay taken.
    """
    with record.lean(durable=False) as lane:
        return dispatch_line(lane, room_now(lane, slots))


def room_now(lane: Lane, slots: int) -> Room:
    """The room that there is; none while the queue is paused."""
    taken = _TAKEN.rows(lane)
    chosen_by_user = {row["name"]: row["value"] for row in _OPTIONS.rows(lane)}
    busy = sum(row["state"] != JobState.PAUSED for row in taken)
    free = 0 if chosen_by_user.get(PAUSED, False) else max(0, chosen_by_user.get(SLOTS, slots) - busy)
    targets = {row["target"] for row in taken if row["target"] is not None}
    return Room(free, [row["kind"] for row in taken], targets)


def dispatch_line(lane: Lane, room: Room) -> list[Delivery]:
    """Lets those that wait into the room, in their order; send when the transaction is committed."""
    if not room.free:
        return []
    moment = now().timestamp()
    chosen: list[Mapping[str, Any]] = []
    with closing(_LINE.each(lane, {"moment": moment})) as line:
        for row in line:
            if room.takes(row):
                chosen.append(row)
                if not room.free:
                    break
    for row in chosen:
        sent = {"job_id": row["id"], "number": row["delivery"] + 1, "moment": moment}
        assert _DISPATCH.changed(lane, sent) == 1, "the line changed within one transaction"
    return [Delivery(view_of({**row, "state": JobState.DISPATCHED.value}), row["delivery"] + 1) for row in chosen]


def take_back(record: Record, delivery: Delivery) -> bool:
    """A message that could not be sent: the job waits again. Should it have gone out after all, it claims nothing."""
    with record.write(durable=False) as connection:
        return change_state(
            connection, delivery.job.id, JobState.WAITING, since={JobState.DISPATCHED}, delivery=delivery.number
        )
