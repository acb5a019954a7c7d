"""Schedules in the record, and what became of each time they were due."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from backend.core.errors import NotFoundError
from backend.core.states import ACTIVE
from backend.store.schema import dependencies, jobs, saved_jobs, schedule_runs, schedules

Row = Mapping[str, Any]
KEPT_RUNS = 1000
"""So many runs of a schedule are remembered."""

_WITH_NAME = sa.select(schedules, saved_jobs.c.name, saved_jobs.c.kind).join(
    saved_jobs, saved_jobs.c.id == schedules.c.saved_id
)
_RUNS = (
    sa.select(schedule_runs, saved_jobs.c.name, jobs.c.state.label("job_state"))
    .join(schedules, schedules.c.id == schedule_runs.c.schedule_id)
    .join(saved_jobs, saved_jobs.c.id == schedules.c.saved_id)
    .outerjoin(jobs, jobs.c.id == schedule_runs.c.job_id)
)


def _rows(connection: sa.Connection, statement: sa.Select[Any]) -> list[Row]:
    return [{str(key): value for key, value in row.items()} for row in connection.execute(statement).mappings()]


def all_schedules(connection: sa.Connection) -> list[Row]:
    """All with name and kind of their saved jobs; those that come next first, paused ones last."""
    order = (schedules.c.paused, schedules.c.next_due.is_(None), schedules.c.next_due, schedules.c.id)
    return _rows(connection, _WITH_NAME.order_by(*order))


def get_schedule(connection: sa.Connection, schedule_id: int) -> Row:
    """One, with name and kind of its saved job. Raises NotFoundError."""
    found = _rows(connection, _WITH_NAME.where(schedules.c.id == schedule_id))
    if not found:
        raise NotFoundError(
            "schedule.unknown", "This schedule is not there any more.", "Look at the list of schedules."
        )
    return found[0]


def insert_schedule(connection: sa.Connection, values: Row) -> int:
    """Adds one and returns its number."""
    return connection.execute(sa.insert(schedules).values(**values).returning(schedules.c.id)).scalar_one()


def update_schedule(connection: sa.Connection, schedule_id: int, values: Row) -> None:
    """Changes one. Raises NotFoundError."""
    if not connection.execute(sa.update(schedules).where(schedules.c.id == schedule_id).values(**values)).rowcount:
        get_schedule(connection, schedule_id)


def delete_schedule(connection: sa.Connection, schedule_id: int) -> None:
    """Removes one and its runs; the jobs it queued stay. Raises NotFoundError."""
    get_schedule(connection, schedule_id)
    connection.execute(sa.delete(schedules).where(schedules.c.id == schedule_id))


def known_slots(connection: sa.Connection, schedule_id: int, since: float) -> set[str]:
    """The times that have a run already, of those due since a moment."""
    return set(
        connection.scalars(
            sa.select(schedule_runs.c.slot).where(
                schedule_runs.c.schedule_id == schedule_id, schedule_runs.c.due_at >= since
            )
        )
    )


def insert_runs(connection: sa.Connection, runs: Sequence[Row]) -> None:
    """Writes down what was decided; of the schedule's runs only the newest are kept."""
    if not runs:
        return
    connection.execute(sa.insert(schedule_runs), [dict(run) for run in runs])
    mine = schedule_runs.c.schedule_id == runs[0]["schedule_id"]
    oldest = sa.select(schedule_runs.c.due_at).where(mine).order_by(schedule_runs.c.due_at.desc()).offset(KEPT_RUNS)
    over = connection.scalar(oldest.limit(1))
    if over is not None:
        old = sa.and_(mine, schedule_runs.c.due_at <= over, schedule_runs.c.state != "due")
        connection.execute(sa.delete(schedule_runs).where(old))


def forget_missed_after(connection: sa.Connection, schedule_id: int, moment: float) -> None:
    """Takes back that runs were missed or skipped at times that have not come yet: the clock was wrong."""
    future = sa.and_(schedule_runs.c.schedule_id == schedule_id, schedule_runs.c.due_at > moment)
    connection.execute(
        sa.delete(schedule_runs).where(future, schedule_runs.c.state.in_(["missed", "skipped", "refused"]))
    )


def due_runs(connection: sa.Connection) -> list[Row]:
    """The runs that were decided and have not been queued yet, in order."""
    return _rows(
        connection, _RUNS.where(schedule_runs.c.state == "due").order_by(schedule_runs.c.due_at, schedule_runs.c.id)
    )


def update_run(connection: sa.Connection, run_id: int, values: Row) -> None:
    """Changes a run; one that was removed meanwhile is left."""
    connection.execute(sa.update(schedule_runs).where(schedule_runs.c.id == run_id).values(**values))


def runs(
    connection: sa.Connection,
    *,
    schedule_id: int | None = None,
    states: Sequence[str] = (),
    since: float | None = None,
    limit: int = 100,
) -> list[Row]:
    """Runs with the name of the saved job and the state of the job they queued, newest first."""
    statement = _RUNS.order_by(schedule_runs.c.due_at.desc(), schedule_runs.c.id.desc()).limit(limit)
    if schedule_id is not None:
        statement = statement.where(schedule_runs.c.schedule_id == schedule_id)
    if states:
        statement = statement.where(schedule_runs.c.state.in_(list(states)))
    if since is not None:
        statement = statement.where(schedule_runs.c.decided_at > since)
    return _rows(connection, statement)


def still_going(connection: sa.Connection, schedule_id: int) -> bool:
    """Whether a job that the schedule queued, or one that was queued behind it, has not ended."""
    reached = sa.select(schedule_runs.c.job_id.label("id")).where(
        schedule_runs.c.schedule_id == schedule_id, schedule_runs.c.job_id.is_not(None)
    )
    reached = reached.cte("reached", recursive=True)
    reached = reached.union(sa.select(dependencies.c.job_id).join(reached, dependencies.c.on_id == reached.c.id))
    active = sa.select(jobs.c.id).join(reached, reached.c.id == jobs.c.id)
    return connection.scalar(active.where(jobs.c.state.in_([state.value for state in ACTIVE])).limit(1)) is not None
