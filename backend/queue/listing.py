"""The list of jobs: filtered, searched, sorted, and cut into pages by key."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from backend.core.errors import UserError
from backend.core.states import JobState
from backend.core.views import JobView, QueueView
from backend.queue.dispatch import PAUSED, SLOTS
from backend.store.jobs import views
from backend.store.record import get_option
from backend.store.schema import jobs

Sort = Literal["created", "name", "kind", "state", "started", "ended"]
Order = Literal["asc", "desc"]
_KEYS: dict[str, sa.ColumnElement[Any]] = {
    "created": jobs.c.id,
    "name": jobs.c.name,
    "kind": jobs.c.kind,
    "state": jobs.c.state,
    "started": sa.func.coalesce(jobs.c.started_at, 0.0),
    "ended": sa.func.coalesce(jobs.c.ended_at, 0.0),
}


@dataclass(frozen=True)
class Wanted:
    """Which jobs, in which order."""

    states: Sequence[JobState] = ()
    kind: str = ""
    search: str = ""
    sort: Sort = "created"
    order: Order = "desc"


def page(
    connection: sa.Connection, wanted: Wanted, cursor: str | None, limit: int
) -> tuple[list[JobView], str | None, int]:
    """A page, the cursor of the next one, and how many there are in all. Raises UserError for a strange cursor."""
    key = _KEYS[wanted.sort]
    filters = _filters(wanted)
    total = connection.execute(sa.select(sa.func.count()).select_from(jobs).where(*filters)).scalar_one()
    place = sa.tuple_(key, jobs.c.id)
    if cursor:
        here = sa.tuple_(*(sa.literal(part) for part in _read_cursor(cursor)))
        filters.append(place > here if wanted.order == "asc" else place < here)
    ways = [column.asc() if wanted.order == "asc" else column.desc() for column in (key, jobs.c.id)]
    rows = views(connection, sa.select(jobs).where(*filters).order_by(*ways).limit(limit + 1))
    following = None
    if len(rows) > limit:
        last = rows[limit - 1].id
        keys = connection.execute(sa.select(key, jobs.c.id).where(jobs.c.id == last)).one()
        following = base64.urlsafe_b64encode(json.dumps(list(keys)).encode()).decode()
    return rows[:limit], following, total


def queue_view(connection: sa.Connection, slots: int) -> QueueView:
    """The queue as a whole; `slots` stands until the user sets another number."""
    counted = connection.execute(sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state))
    return QueueView(
        paused=get_option(connection, PAUSED, False),
        slots=get_option(connection, SLOTS, slots),
        counts={JobState(state): number for state, number in counted},
    )


def _filters(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    filters: list[sa.ColumnElement[bool]] = []
    if wanted.states:
        filters.append(jobs.c.state.in_([state.value for state in wanted.states]))
    if wanted.kind:
        filters.append(jobs.c.kind == wanted.kind)
    if wanted.search.strip():
        filters.append(jobs.c.name.icontains(wanted.search.strip(), autoescape=True))
    return filters


def _read_cursor(cursor: str) -> tuple[Any, int]:
    try:
        key, job_id = json.loads(base64.urlsafe_b64decode(cursor))
        return key, int(job_id)
    except (binascii.Error, ValueError, TypeError) as error:
        raise UserError("cursor.invalid", "This page of the list is not there.", "Open the list anew.") from error
