"""Who may go next. Order, priority, pause and limits are decided here, in the record, at the last moment."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import ACTIVE, IN_CHAIN, ON_WORKER, JobState
from backend.core.views import JobView
from backend.jobtypes import job_types
from backend.queue.calling import CALLED, Called, call, call_off
from backend.store.jobs import SEEN, change_state, view_of
from backend.store.prepared import Lane, Prepared, one_of
from backend.store.record import Record, get_option, set_option
from backend.store.schema import jobs, options

SLOTS = "queue.slots"
LOOKED_AHEAD = 50
"""Of those that wait behind a full room so many are looked at for one that could come next."""
PAUSED = "queue.paused"
ENDING = "queue.ending"
"""Set while the host is about to end: whoever hands on a slot, here or in a worker, then leaves it free."""

# Made once: putting a statement together takes longer than SQLite needs to carry it out.
_OPTIONS = Prepared(sa.select(options).where(one_of(options.c.name, [CALLED, ENDING, PAUSED, SLOTS])))
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
    """One message to be sent: only the bearer of the job's newest delivery number may claim it.

    `beside`: it stands by until fewer than so many jobs run in its worker (see `backend.queue.calling`).
    """

    job: JobView
    number: int
    beside: int | None = None


@dataclass(frozen=True)
class Way:
    """How deliveries go: for how many slots until the user sets another number, by what, and one `ahead` or none."""

    slots: int
    send: Callable[[Delivery], None]
    ahead: bool = False


def is_idle(record: Record) -> bool:
    """Whether there is no job that anything could become of by itself: no round has anything to do then."""
    with record.glance() as lane:
        return _OPEN.first(lane) is None


@dataclass
class Room:
    """How many jobs more may go on their way, and which may not: by their target or their kind's limit.

    `called` stands by for the next slot that a job of the `slots` leaves by its end, unless some are `paused`.
    """

    slots: int
    free: int
    kinds: list[str]
    targets: set[str]
    called: Called | None = None
    paused: bool = False
    closed: bool = False

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether this job could go if there was a free slot."""
        known = job_types().get(row["kind"])
        limit = known.at_once if known else None
        if row["target"] in self.targets:
            return False
        return limit is None or self.kinds.count(row["kind"]) < limit

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Whether this job may go; it then takes its place."""
        if self.free <= 0 or not self.fits(row):
            return False
        self.free -= 1
        self.kinds.append(row["kind"])
        if row["target"] is not None:
            self.targets.add(row["target"])
        return True


def next_deliveries(record: Record, slots: int, *, ahead: bool = False) -> list[Delivery]:
    """Moves as many jobs as there are free slots from *waiting* to *dispatched* and returns their messages.

    `slots` stands until the user sets another number. Send only after this has returned: it is committed then.
    A paused job gives its slot free; its target and its kind's limit stay taken. `ahead`: where no slot is free, the
    next one is called (see `backend.queue.calling`); only for a record with a single worker.
    """
    with record.lean(durable=False) as lane:
        return deliveries_now(lane, slots, ahead=ahead)


def deliveries_now(lane: Lane, slots: int, *, ahead: bool) -> list[Delivery]:
    """The same within a transaction; send when it is committed."""
    room = room_now(lane, slots)
    before = room.called
    deliveries, following = _let_in(lane, room, ahead=ahead)
    return deliveries + _called(lane, room, following, before)


def call_next(lane: Lane, room: Room) -> list[Delivery]:
    """Calls who comes next where the room is full and nobody is called; the message to be sent."""
    if room.closed or room.free or room.called:
        return []
    _, following = _chosen(lane, room, now().timestamp(), ahead=True)
    return _called(lane, room, following)


def _called(
    lane: Lane, room: Room, following: Mapping[str, Any] | None, before: Called | None = None
) -> list[Delivery]:
    """Calls this one, or nobody, unless that was so `before`; the message to be sent."""
    room.called = Called.of(following) if following else None
    if room.called == before:
        return []
    call(lane, room.called)
    return [Delivery(view_of(following), room.called.number, room.slots)] if following and room.called else []


def room_now(lane: Lane, slots: int) -> Room:
    """The room that there is; none while the queue is paused or the host about to end."""
    taken = _TAKEN.rows(lane)
    chosen_by_user = {row["name"]: row["value"] for row in _OPTIONS.rows(lane)}
    busy = sum(row["state"] != JobState.PAUSED for row in taken)
    closed = chosen_by_user.get(PAUSED, False) or chosen_by_user.get(ENDING, False)
    wanted = chosen_by_user.get(SLOTS, slots)
    return Room(
        wanted,
        0 if closed else max(0, wanted - busy),
        [row["kind"] for row in taken],
        {row["target"] for row in taken if row["target"] is not None},
        Called.read(chosen_by_user.get(CALLED)),
        busy < len(taken),
        closed,
    )


def dispatch_line(lane: Lane, room: Room) -> list[Delivery]:
    """Lets those that wait into the room, in their order; send when the transaction is committed."""
    return _let_in(lane, room)[0]


def _let_in(lane: Lane, room: Room, *, ahead: bool = False) -> tuple[list[Delivery], Mapping[str, Any] | None]:
    """The same, and with `ahead` the one that comes next. Of the one that was called the message is there already."""
    if room.closed or not (room.free or ahead):
        return [], None
    moment = now().timestamp()
    chosen, following = _chosen(lane, room, moment, ahead=ahead)
    deliveries: list[Delivery] = []
    for row in chosen:
        sent = {"job_id": row["id"], "number": row["delivery"] + 1, "moment": moment}
        assert _DISPATCH.changed(lane, sent) == 1, "the line changed within one transaction"
        was_called = room.called == Called.of(row)
        if not was_called or room.paused:
            deliveries.append(Delivery(view_of({**row, "state": JobState.DISPATCHED.value}), row["delivery"] + 1))
        if was_called:
            room.called = None
    return deliveries, following


def _chosen(
    lane: Lane, room: Room, moment: float, *, ahead: bool
) -> tuple[list[Mapping[str, Any]], Mapping[str, Any] | None]:
    """Those that go, and with `ahead` the one that could go next."""
    chosen: list[Mapping[str, Any]] = []
    looked = 0
    with closing(_LINE.each(lane, {"moment": moment})) as line:
        for row in line:
            if room.free:
                if room.takes(row):
                    chosen.append(row)
            elif not ahead or looked == LOOKED_AHEAD:
                break
            elif room.fits(row):
                return chosen, row
            else:
                looked += 1
    return chosen, None


def mark_ending(record: Record, ending: bool) -> None:
    """Whether the host is about to end: no slot is handed on then, and nobody stands by for one."""
    with record.glance() as lane:
        if get_option(lane, ENDING, False) == ending:
            return
    with record.write(durable=False) as connection:
        set_option(connection, ENDING, ending)
        call_off(connection)


def take_back(record: Record, delivery: Delivery) -> bool:
    """A message that could not be sent: the job waits again. Should it have gone out after all, it claims nothing."""
    with record.write(durable=False) as connection:
        if delivery.beside is not None:
            call_off(connection)
            return False
        return change_state(
            connection, delivery.job.id, JobState.WAITING, since={JobState.DISPATCHED}, delivery=delivery.number
        )
