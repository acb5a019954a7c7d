"""How a job comes on the record."""

import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.states import JobState
from backend.core.views import JobView, Priority
from backend.jobtypes import job_type
from backend.queue.chains import After, set_links
from backend.queue.checking import checked
from backend.queue.references import references, stand_ins
from backend.store.jobs import PRIORITIES, get_view, insert_job, view_of
from backend.store.record import Record
from backend.store.room import require_room
from backend.store.schema import jobs


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
    """Puts a job on the record; on return it is committed. Returns it and whether it is new.

    The same `request_key` twice is the same job, so that a submission whose answer was lost may be sent again.
    The job starts when all that is in `after` has come about; a job whose result files are among the answers
    (see `backend.queue.references`) must succeed first, unless `after` says otherwise.
    `schedule` names the schedule that queued it.
    Raises NotFoundError for an unknown kind, and UserError for wrong answers and for a disk that is nearly full.
    """
    kind = job_type(kind_name)
    if record.folder is not None:
        require_room(record.folder)
    taken = references(kind, answers)
    links = {each.from_job: After(job=each.from_job) for several in taken.values() for each in several}
    links |= {each.job: each for each in after}
    params = checked(kind, stand_ins(kind, answers, partial(_name_of, record)))
    kept = params.model_dump(mode="json") | {field: answers[field] for field in taken}
    key = str(request_key) if request_key else None
    with record.write() as connection:
        if key is not None:
            known = connection.scalar(sa.select(jobs.c.id).where(jobs.c.request_key == key))
            if known is not None:
                return get_view(connection, known), False
        waits = JobState.BLOCKED if links else JobState.WAITING
        row = insert_job(
            connection,
            {
                "request_key": key,
                "kind": kind.name,
                "name": name.strip() or kind.name_for(params),
                "params": kept,
                "state": (JobState.HELD if hold else waits).value,
                "priority": PRIORITIES.index(priority),
                "target": kind.target(params),
                "created_at": now().timestamp(),
                "schedule": schedule,
            },
        )
        if links:
            set_links(connection, row["id"], links.values())
        return view_of(row, sorted(links)), True


def _name_of(record: Record, job_id: int) -> str:
    with record.read() as connection:
        return connection.scalar(sa.select(jobs.c.name).where(jobs.c.id == job_id)) or ""
