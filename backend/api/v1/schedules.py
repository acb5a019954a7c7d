"""Schedules: when saved jobs run by themselves."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from backend.api.state import ApiState, State
from backend.core.events import SavedChanged
from backend.core.views import JobView
from backend.queue.schedules import book
from backend.queue.schedules.freedays import countries
from backend.queue.schedules.occurrences import after
from backend.queue.schedules.rules import Rule
from backend.queue.schedules.wording import words

router = APIRouter(prefix="/schedules", tags=["schedules"])


class Ahead(BaseModel):
    """A rule in words, its next times, and the time zone they are in."""

    words: str
    zone: str
    next: list[book.Upcoming]


class Country(BaseModel):
    """A country whose public holidays are known (ISO 3166-1), with its regions (ISO 3166-2, the second half)."""

    code: str
    regions: list[str]


def _announced(parts: ApiState, schedule_id: int) -> book.Schedule:
    parts.hub.publish_soon(SavedChanged())
    clocks = parts.scheduler.clocks
    return book.read(parts.record, schedule_id, clocks.now(), clocks.zone())


@router.get("")
def listing(parts: State) -> list[book.Schedule]:
    """All schedules, those that come next first, with their next five times."""
    clocks = parts.scheduler.clocks
    return book.listing(parts.record, clocks.now(), clocks.zone())


@router.post("", status_code=201)
def create(new: book.NewSchedule, parts: State) -> book.Schedule:
    """Makes a schedule for a saved job."""
    clocks = parts.scheduler.clocks
    return _announced(parts, book.make(parts.record, new, clocks.now(), clocks.zone()))


@router.post("/preview")
def preview(rule: Rule, parts: State) -> Ahead:
    """A rule in words, and its next five times."""
    clocks = parts.scheduler.clocks
    zone, now = clocks.zone(), clocks.now()
    ahead = book.shown(after(rule, zone, now, book.SHOWN_NEXT), zone)
    return Ahead(words=words(rule, now.astimezone(zone).date()), zone=zone.key, next=ahead)


@router.get("/countries")
def known_countries() -> list[Country]:
    """The countries whose public holidays are known."""
    return [Country(code=code, regions=list(regions)) for code, regions in countries().items()]


@router.get("/runs")
def runs(
    parts: State,
    since: dt.datetime | None = None,
    state: Annotated[list[book.RunState] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[book.Run]:
    """What became of the times at which schedules were due, newest first."""
    return book.runs(parts.record, since, state or [], limit)


@router.patch("/{schedule_id}")
def change(schedule_id: int, wanted: book.ScheduleChange, parts: State) -> book.Schedule:
    """Another rule, other choices, pause, or go on."""
    clocks = parts.scheduler.clocks
    book.change(parts.record, schedule_id, wanted, clocks.now(), clocks.zone())
    return _announced(parts, schedule_id)


@router.delete("/{schedule_id}", status_code=204)
def remove(schedule_id: int, parts: State) -> Response:
    """Removes a schedule; the saved job and what was queued stay."""
    book.remove(parts.record, schedule_id)
    parts.hub.publish_soon(SavedChanged())
    return Response(status_code=204)


@router.post("/{schedule_id}/run", status_code=201)
def run(schedule_id: int, parts: State) -> list[JobView]:
    """Queues the schedule's job now, beside its times."""
    made = parts.all_changed(book.run_now(parts.record, schedule_id, parts.scheduler.clocks.now()))
    parts.hub.publish_soon(SavedChanged())
    return made
