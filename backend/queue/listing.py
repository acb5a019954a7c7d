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
_KEYS: dict[str, sa.Column[Any]] = {
    "created": jobs.c.id,
    "name": jobs.c.name,
    "kind": jobs.c.kind,
    "state": jobs.c.state,
    "started": jobs.c.started_at,
    "ended": jobs.c.ended_at,
}
FEW = 4000
"""So many are gathered first and then sorted; of more, the first ones are soon met when going along the order."""


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
    sqlite = connection.dialect.name == "sqlite"
    key, filters = _KEYS[wanted.sort], _filters(wanted, sqlite)
    total = connection.execute(sa.select(sa.func.count()).select_from(jobs).where(*filters)).scalar_one()
    if filters and total <= FEW:
        filters = [jobs.c.id.in_(sa.select(jobs.c.id).where(*filters))]
    elif filters:
        filters = _filters(wanted, sqlite, along_the_order=True)
    ways = [column.asc() if wanted.order == "asc" else column.desc() for column in (key, jobs.c.id)]
    rows: list[JobView] = []
    for stretch in _stretches(key, wanted.order, _read_cursor(cursor) if cursor else None):
        left = limit + 1 - len(rows)
        rows += views(connection, sa.select(jobs).where(*filters, *stretch).order_by(*ways).limit(left)) if left else []
    following = None
    if len(rows) > limit:
        last = rows[limit - 1].id
        keys = connection.execute(sa.select(key, jobs.c.id).where(jobs.c.id == last)).one()
        following = base64.urlsafe_b64encode(json.dumps(list(keys)).encode()).decode()
    return rows[:limit], following, total


def _stretches(key: sa.Column[Any], order: Order, after: tuple[Any, int] | None) -> list[list[sa.ColumnElement[bool]]]:
    """The jobs behind a place in the order, as conditions that an index can walk: those without a value stand apart."""
    place = sa.tuple_(key, jobs.c.id)
    if not key.nullable:
        return [[_behind(place, sa.tuple_(*map(sa.literal, after)), order)] if after else []]
    filled: list[sa.ColumnElement[bool]] = [key.is_not(None)]
    empty: list[sa.ColumnElement[bool]] = [key.is_(None)]
    first_empty = order == "asc"
    if after is None:
        return [empty, filled] if first_empty else [filled, empty]
    if after[0] is None:
        here = [[*empty, _behind(jobs.c.id, sa.literal(after[1]), order)]]
        return [*here, filled] if first_empty else here
    rest = [*filled, _behind(place, sa.tuple_(*map(sa.literal, after)), order)]
    return [rest] if first_empty else [rest, empty]


def _behind(place: Any, here: Any, order: Order) -> sa.ColumnElement[bool]:
    return place > here if order == "asc" else place < here


def queue_view(connection: sa.Connection, slots: int) -> QueueView:
    """The queue as a whole; `slots` stands until the user sets another number."""
    counted = connection.execute(sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state))
    return QueueView(
        paused=get_option(connection, PAUSED, False),
        slots=get_option(connection, SLOTS, slots),
        counts={JobState(state): number for state, number in counted},
    )


def _filters(wanted: Wanted, sqlite: bool, *, along_the_order: bool = False) -> list[sa.ColumnElement[bool]]:
    """The conditions; `along_the_order` or in a search no index of state or kind is of use, and none is offered."""
    text = wanted.search.strip()
    plain = along_the_order or bool(text)
    state, kind = (column.concat("") if plain else column for column in (jobs.c.state, jobs.c.kind))
    filters: list[sa.ColumnElement[bool]] = []
    if wanted.states:
        filters.append(state.in_([state.value for state in wanted.states]))
    if wanted.kind:
        filters.append(kind == wanted.kind)
    if text:
        # SQLite's LIKE knows no case in ASCII already, and is three times as fast without lower().
        holds = jobs.c.name.contains if sqlite else jobs.c.name.icontains
        filters.append(sa.or_(*(holds(each, autoescape=True) for each in _spellings(text))))
    return filters


def _spellings(text: str) -> list[str]:
    return [text] if text.isascii() else sorted({text, text.lower(), text.upper(), text.capitalize()})


def _read_cursor(cursor: str) -> tuple[Any, int]:
    try:
        key, job_id = json.loads(base64.urlsafe_b64decode(cursor))
        return key, int(job_id)
    except (binascii.Error, ValueError, TypeError) as error:
        raise UserError("cursor.invalid", "This page of the list is not there.", "Open the list anew.") from error
