"""The schedules as the user sees and changes them."""

import datetime as dt
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from backend.core.states import JobState
from backend.core.views import JobView, Problem
from backend.queue import saved as saving
from backend.queue.schedules.deciding import Missed, Overlap
from backend.queue.schedules.firing import moment_of, next_due
from backend.queue.schedules.occurrences import Occurrence, after
from backend.queue.schedules.rules import Rule
from backend.queue.schedules.wording import words
from backend.store import saved as saved_store
from backend.store import schedules as store
from backend.store.record import Record

RunState = Literal["due", "queued", "missed", "skipped", "refused"]
SHOWN_NEXT = 5


class Upcoming(BaseModel):
    """A time at which a rule is due; `moved`: the clocks skip the time that the rule names."""

    at: dt.datetime
    wall: str = Field(description="What the rule says, in local time, such as 2026-03-29T02:30.")
    moved: bool


class Run(BaseModel):
    """What became of a time at which a schedule was due.

    `due`: waits (`reason`: `last_run`, `drive` or `network`, or nothing yet). `queued`: became the job `job_id`
    (`caught_up`: late; `by_hand`). `missed`: nobody looked in time (`off`, `asleep`, `clock`, `zone`), `times` in a
    row. `skipped`: `still_going`, `one_waits` or `paused`. `refused`: could not be queued, see `problem`.
    """

    id: int
    schedule_id: int
    name: str
    due_at: dt.datetime
    decided_at: dt.datetime
    state: RunState
    reason: str
    times: int
    waits_until: dt.datetime | None = None
    job_id: int | None = None
    job_state: JobState | None = None
    problem: Problem | None = None


class NewSchedule(BaseModel):
    """A schedule to be made for a saved job."""

    saved_id: int
    rule: Rule
    missed: Missed = "latest"
    overlap: Overlap = "wait"


class ScheduleChange(BaseModel):
    """What is to be different."""

    rule: Rule | None = None
    missed: Missed | None = None
    overlap: Overlap | None = None
    paused: bool | None = None


class Schedule(NewSchedule):
    """A schedule with what comes and what came."""

    id: int
    name: str = Field(description="The name of its saved job.")
    kind: str
    words: str = Field(description="The rule as a person would say it.")
    paused: bool
    next: list[Upcoming]
    last: Run | None = Field(description="The newest run that became a job, or could not.")
    waiting: Run | None = Field(description="A run that waits to be queued.")


def shown(found: list[Occurrence], zone: ZoneInfo) -> list[Upcoming]:
    """Times as the API says them."""
    return [
        Upcoming(at=one.moment, wall=one.wall.isoformat(timespec="minutes"), moved=one.is_moved(zone)) for one in found
    ]


def run_of(row: store.Row) -> Run:
    """A row of the record as the API says it."""
    times = ("due_at", "decided_at", "waits_until")
    return Run.model_validate({**row, **{name: None if row[name] is None else moment_of(row[name]) for name in times}})


def listing(record: Record, now: dt.datetime, zone: ZoneInfo) -> list[Schedule]:
    """All schedules, those that come next first."""
    with record.read() as connection:
        return [_view(connection, row, now, zone) for row in store.all_schedules(connection)]


def read(record: Record, schedule_id: int, now: dt.datetime, zone: ZoneInfo) -> Schedule:
    """One schedule. Raises NotFoundError."""
    with record.read() as connection:
        return _view(connection, store.get_schedule(connection, schedule_id), now, zone)


def _view(connection: Any, row: store.Row, now: dt.datetime, zone: ZoneInfo) -> Schedule:
    rule = Rule.model_validate(row["rule"])
    known = store.known_slots(connection, row["id"], now.timestamp())
    last = store.runs(connection, schedule_id=row["id"], states=["queued", "refused"], limit=1)
    waiting = store.runs(connection, schedule_id=row["id"], states=["due"], limit=1)
    return Schedule(
        id=row["id"],
        saved_id=row["saved_id"],
        name=row["name"],
        kind=row["kind"],
        rule=rule,
        words=words(rule, now.astimezone(zone).date()),
        missed=row["missed"],
        overlap=row["overlap"],
        paused=row["paused"],
        next=[] if row["paused"] else shown(after(rule, zone, now, SHOWN_NEXT, known), zone),
        last=run_of(last[0]) if last else None,
        waiting=run_of(waiting[0]) if waiting else None,
    )


def make(record: Record, new: NewSchedule, now: dt.datetime, zone: ZoneInfo) -> int:
    """Makes a schedule, which looks ahead from now on, and returns its number. Raises NotFoundError."""
    moment = now.timestamp()
    with record.write() as connection:
        saved_store.get_saved(connection, new.saved_id)
        values = {**new.model_dump(mode="json"), "paused": False, "created_at": moment}
        return store.insert_schedule(connection, {**values, **_from_now(new.rule, now, zone)})


def change(record: Record, schedule_id: int, wanted: ScheduleChange, now: dt.datetime, zone: ZoneInfo) -> None:
    """Changes a schedule. One with another rule, or that goes on after a pause, looks ahead from now on."""
    with record.write() as connection:
        row = store.get_schedule(connection, schedule_id)
        values = wanted.model_dump(mode="json", exclude_none=True)
        if wanted.rule is not None or (wanted.paused is False and row["paused"]):
            values |= _from_now(wanted.rule or Rule.model_validate(row["rule"]), now, zone)
        store.update_schedule(connection, schedule_id, {**values, "changed_at": now.timestamp()})


def _from_now(rule: Rule, now: dt.datetime, zone: ZoneInfo) -> dict[str, Any]:
    moment = now.timestamp()
    return {"decided_until": moment, "zone": zone.key, "next_due": next_due(rule, zone, now), "changed_at": moment}


def remove(record: Record, schedule_id: int) -> None:
    """Removes a schedule; what it queued stays. Raises NotFoundError."""
    with record.write() as connection:
        store.delete_schedule(connection, schedule_id)


def run_now(record: Record, schedule_id: int, now: dt.datetime) -> list[JobView]:
    """Queues the schedule's job once, beside its times. Raises what `saved.run` raises."""
    with record.read() as connection:
        row = store.get_schedule(connection, schedule_id)
        saved = saving.view_of(saved_store.get_saved(connection, row["saved_id"]))
    made = saving.run(record, saved, schedule=saved.name)
    moment = now.timestamp()
    with record.write() as connection:
        run = {
            "schedule_id": schedule_id,
            "slot": f"by hand {made[0].id}",
            "due_at": moment,
            "decided_at": moment,
            "state": "queued",
            "reason": "by_hand",
            "times": 1,
            "catches_up": False,
            "job_id": made[0].id,
        }
        store.insert_runs(connection, [run])
    return made


def runs(record: Record, since: dt.datetime | None, states: list[RunState], limit: int) -> list[Run]:
    """What became of the times that schedules were due, newest first; `since` counts from when it was decided."""
    with record.read() as connection:
        found = store.runs(connection, states=states, since=since.timestamp() if since else None, limit=limit)
    return [run_of(row) for row in found]
