"""How a job comes on the record."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import JobState
from backend.core.views import JobView, Priority
from backend.jobtypes import job_type
from backend.queue.calling import call_off
from backend.queue.chains import After, set_links
from backend.queue.checking import checked
from backend.queue.dispatch import Room
from backend.queue.references import references, stand_ins
from backend.queue.switches import require_on
from backend.store.jobs import PRIORITIES, get_view, insert_job, job_of_key, view_of
from backend.store.prepared import Lane
from backend.store.record import Record
from backend.store.room import require_room
from backend.store.schema import jobs


@dataclass(frozen=True)
class Submission:
    """A job that is to come on the record.

    The same `request_key` twice is the same job, so that a submission whose answer was lost may be sent again.
    The job starts when all that is in `after` has come about; a job whose result files are among the answers
    (see `backend.queue.references`) must succeed first, unless `after` says otherwise.
    `schedule` names the schedule that queued it.
    """

    kind: str
    answers: Mapping[str, Any]
    name: str = ""
    priority: Priority = "normal"
    request_key: uuid.UUID | None = None
    hold: bool = False
    after: Sequence[After] = ()
    schedule: str | None = None


@dataclass(frozen=True)
class Ready:
    """A submission whose answers have been found right."""

    submission: Submission
    links: Mapping[int, After]
    row: Mapping[str, Any]


def submit(
    record: Record,
    kind_name: str,
    answers: Mapping[str, Any],
    *,
    name: str = "",
    priority: Priority = "normal",
    request_key: uuid.UUID | None = None,
    hold: bool = False,
    after: Sequence[After] = (),
    schedule: str | None = None,
) -> tuple[JobView, bool]:
    """Puts a job on the record (see `Submission`); on return it is committed. Returns it and whether it is new.

    Raises NotFoundError for an unknown kind, ConflictError for one that is switched off, and UserError for wrong
    answers and for a disk that is nearly full.
    """
    require_room_for(record)
    wanted = Submission(kind_name, answers, name, priority, request_key, hold, after, schedule)
    ready = prepared(wanted, partial(name_of, record))
    with record.write() as connection:
        return put(connection, ready)


def require_room_for(record: Record) -> None:
    """Raises UserError where the disk that holds the record is nearly full."""
    if record.folder is not None:
        require_room(record.folder)


def prepared(wanted: Submission, name_of: Callable[[int], str]) -> Ready:
    """Checks the answers; `name_of` tells what a job is called whose files are among them.

    Raises NotFoundError for an unknown kind, and UserError for wrong answers.
    """
    kind = job_type(wanted.kind)
    taken = references(kind, wanted.answers)
    links = {each.from_job: After(job=each.from_job) for several in taken.values() for each in several}
    links |= {each.job: each for each in wanted.after}
    params = checked(kind, stand_ins(kind, wanted.answers, name_of))
    waits = JobState.BLOCKED if links else JobState.WAITING
    return Ready(
        wanted,
        links,
        {
            "request_key": str(wanted.request_key) if wanted.request_key else None,
            "kind": kind.name,
            "name": wanted.name.strip() or kind.name_for(params),
            "params": params.model_dump(mode="json") | {field: wanted.answers[field] for field in taken},
            "state": (JobState.HELD if wanted.hold else waits).value,
            "priority": PRIORITIES.index(wanted.priority),
            "target": kind.target(params),
            "schedule": wanted.schedule,
        },
    )


def put(lane: Lane, ready: Ready, room: Room | None = None) -> tuple[JobView, bool]:
    """Adds the job, unless one of its key is there already. Returns it and whether it is new.

    Where there is room for it, it is *dispatched* at once, as its delivery number 1; all that waited must have had its
    turn. A job that waits for others wants a transaction of SQLAlchemy's. Raises ConflictError for a kind that is
    switched off.
    """
    if (key := ready.row["request_key"]) is not None:
        known = job_of_key(lane, key)
        if known is not None:
            return get_view(lane, known), False
    require_on(lane, job_type(ready.submission.kind))
    moment = now().timestamp()
    goes: dict[str, Any] = {}
    if room and ready.row["state"] == JobState.WAITING and room.takes(ready.row):
        goes = {"state": JobState.DISPATCHED.value, "delivery": 1, "dispatched_at": moment}
    if room is None or (room.called and ready.row["priority"] < room.called.priority):
        call_off(lane)
        if room:
            room.called = None
    row = insert_job(lane, {**ready.row, "created_at": moment, **goes})
    if ready.links:
        assert isinstance(lane, sa.Connection)
        set_links(lane, row["id"], ready.links.values())
    return view_of(row, sorted(ready.links)), True


def name_in(connection: sa.Connection, job_id: int) -> str:
    """What a job is called; nothing for one that is not there."""
    return connection.scalar(sa.select(jobs.c.name).where(jobs.c.id == job_id)) or ""


def name_of(record: Record, job_id: int) -> str:
    """The same, outside of a transaction."""
    with record.read() as connection:
        return name_in(connection, job_id)
