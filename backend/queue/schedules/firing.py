"""From a schedule to jobs in the queue, exactly once: each step is committed, and may be cut off after any of them.

First every time that came gets a run, which is unique for ever; then runs that are due are queued under a key of
their own, so that a run whose job was queued but not noted is given the same job again.
"""

import datetime as dt
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.core.errors import DeskhandError, NotFoundError
from backend.core.views import JobView, Problem
from backend.queue import saved as saving
from backend.queue.schedules.deciding import Gap, Standing, came_due, decide
from backend.queue.schedules.needs import PATIENCE_SECONDS, Need, lacking_of
from backend.queue.schedules.occurrences import after
from backend.queue.schedules.rules import Rule
from backend.store import saved as saved_store
from backend.store import schedules as store
from backend.store.record import Record

log = logging.getLogger(__name__)
SET_BACK = dt.timedelta(seconds=5)
"""A clock that is behind the last decision by more than this was set back."""

Lacking = Callable[[Record, saving.SavedJob], Need | None]


@dataclass
class Round:
    """What came of one round."""

    jobs: list[JobView] = field(default_factory=list[JobView])
    changed: bool = False


def moment_of(seconds: float) -> dt.datetime:
    """A time of the record."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def zone_named(name: str) -> ZoneInfo:
    """A zone of the record; UTC for one that is not known any more."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def next_due(rule: Rule, zone: ZoneInfo, moment: dt.datetime, known: Collection[str] = ()) -> float | None:
    """When a rule is due next, as the record keeps it."""
    following = after(rule, zone, moment, 1, known)
    return following[0].moment.timestamp() if following else None


def note_what_came(record: Record, now: dt.datetime, zone: ZoneInfo, gap: Gap) -> bool:
    """Gives a run to every time that came since the last look. Returns whether anything was written."""
    with record.read() as connection:
        rows = [row for row in store.all_schedules(connection) if not row["paused"]]
    changed = False
    for row in rows:
        moved = row["zone"] != zone.key
        set_back = now < moment_of(row["decided_until"]) - SET_BACK
        if moved or set_back or (row["next_due"] is not None and row["next_due"] <= now.timestamp()):
            changed |= _note(record, row["id"], now, zone, gap)
    return changed


def _note(record: Record, schedule_id: int, now: dt.datetime, zone: ZoneInfo, gap: Gap) -> bool:
    with record.write() as connection:
        row = store.get_schedule(connection, schedule_id)
        if row["paused"]:
            return False
        rule, was_in = Rule.model_validate(row["rule"]), zone_named(row["zone"])
        until = moment_of(row["decided_until"])
        if now < until - SET_BACK:
            log.warning("the clock was set back from %s to %s", until, now)
            store.forget_missed_after(connection, schedule_id, now.timestamp())
            until = now
        known = store.known_slots(connection, schedule_id, until.timestamp() - 3 * 86400)
        found = came_due(Standing(rule, row["missed"], until, was_in), now, zone, known)
        reason = "zone" if gap == "off" and was_in != zone else gap
        runs = [
            {
                "schedule_id": schedule_id,
                "slot": fate.occurrence.slot,
                "due_at": fate.occurrence.moment.timestamp(),
                "decided_at": now.timestamp(),
                "state": "due" if fate.runs else "missed",
                "reason": reason if fate.late else "",
                "times": fate.times,
                "catches_up": fate.runs and fate.late,
            }
            for fate in decide(found, row["missed"], now)
        ]
        store.insert_runs(connection, runs)
        store.update_schedule(
            connection,
            schedule_id,
            {
                "decided_until": max(until, now).timestamp(),
                "zone": zone.key,
                "next_due": next_due(rule, zone, now, known),
            },
        )
    return True


def queue_due(record: Record, now: dt.datetime, lacks: Lacking = lacking_of) -> Round:
    """Queues the runs that are due, each when it may."""
    came = Round()
    with record.read() as connection:
        due = store.due_runs(connection)
    started: set[int] = set()
    waiting: set[int] = set()
    for run in due:
        schedule_id = run["schedule_id"]
        try:
            with record.read() as connection:
                schedule = store.get_schedule(connection, schedule_id)
                going = schedule_id in started or store.still_going(connection, schedule_id)
                saved = saving.view_of(saved_store.get_saved(connection, schedule["saved_id"]))
        except NotFoundError:
            continue
        if schedule["paused"]:
            came.changed |= _set(record, run, state="skipped", reason="paused")
        elif schedule["overlap"] != "beside" and (going or schedule_id in waiting):
            came.changed |= _held_up(record, run, schedule["overlap"], first=schedule_id not in waiting)
            waiting.add(schedule_id)
        elif (need := lacks(record, saved)) and now.timestamp() < _deadline(run, now):
            came.changed |= _set(record, run, reason=need, waits_until=_deadline(run, now))
            waiting.add(schedule_id)
        else:
            came.changed = True
            came.jobs += _queue(record, run, saved)
            started.add(schedule_id)
    return came


def _deadline(run: store.Row, now: dt.datetime) -> float:
    return run["waits_until"] if run["waits_until"] is not None else now.timestamp() + PATIENCE_SECONDS


def _held_up(record: Record, run: store.Row, overlap: str, *, first: bool) -> bool:
    """The last run is still going. Of those that come on time, one waits at most; what catches up waits its turn."""
    if overlap == "skip":
        return _set(record, run, state="skipped", reason="still_going")
    if first or run["catches_up"]:
        return _set(record, run, reason="last_run")
    return _set(record, run, state="skipped", reason="one_waits")


def _queue(record: Record, run: store.Row, saved: saving.SavedJob) -> list[JobView]:
    try:
        made = saving.run(record, saved, key=f"schedule-run/{run['id']}", schedule=saved.name)
    except DeskhandError as error:
        problem = Problem(code=error.code, message=error.message, hint=error.hint, fields=error.fields)
        _set(record, run, state="refused", problem=problem.model_dump())
        return []
    reason = "caught_up" if run["catches_up"] else ""
    _set(record, run, state="queued", reason=reason, job_id=made[0].id)
    return made


def _set(record: Record, run: store.Row, **values: Any) -> bool:
    if all(run[name] == value for name, value in values.items()):
        return False
    with record.write() as connection:
        store.update_run(connection, run["id"], values)
    return True
