"""What the user may do to a job, in whatever state it is."""

from collections.abc import Sequence
from typing import Literal

import sqlalchemy as sa

from backend.core.clock import now
from backend.core.errors import ConflictError
from backend.core.states import IN_LINE, ON_WORKER, TERMINAL, JobState
from backend.core.views import JobView, Priority
from backend.queue import chains
from backend.queue.calling import call_off
from backend.queue.chains import After, Dependents
from backend.queue.submission import submit
from backend.store.jobs import PRIORITIES, change_state, get_row, get_view, views
from backend.store.record import Record
from backend.store.room import even_when_full
from backend.store.schema import jobs

Where = Literal["up", "down", "top", "bottom"]


def stop(record: Record, job_id: int, dependents: Dependents | None = None) -> list[JobView]:
    """A job in line is stopped at once; a running one is asked to, and comes to rest at its next checkpoint.

    `dependents` says what becomes of those that wait for it. Returns the job, then those that were stopped with it.
    Raises ConflictError `job.has_dependents` where there are some and it does not say.
    """
    return even_when_full(record.folder, lambda: _stop(record, job_id, dependents))


def _stop(record: Record, job_id: int, dependents: Dependents | None) -> list[JobView]:
    moment = now().timestamp()
    with record.write() as connection:
        row = get_row(connection, job_id)
        if row["state"] in TERMINAL:
            raise ConflictError("job.ended", "This job has ended already.", "There is nothing to stop.")
        others = chains.decide_followers(connection, job_id, dependents, "stopped")
        in_line = {JobState.BLOCKED, JobState.WAITING, JobState.HELD, JobState.DISPATCHED}
        if not change_state(
            connection, job_id, JobState.STOPPED, since=in_line, ended_at=moment, summary="Stopped before it started."
        ):
            _wish(connection, job_id, "stop", moment)
        return _these(connection, [job_id, *others])


def pause(record: Record, job_id: int) -> JobView:
    """A waiting job is held back; a running one rests at its next checkpoint."""
    with record.write() as connection:
        row = get_row(connection, job_id)
        since = {JobState.WAITING, JobState.DISPATCHED, JobState.BLOCKED}
        if not change_state(connection, job_id, JobState.HELD, since=since):
            if row["state"] not in ON_WORKER:
                raise ConflictError("job.not_active", "This job is not running or waiting.", "It cannot be paused.")
            if row["wish"] != "stop":
                _wish(connection, job_id, "pause", now().timestamp())
        return get_view(connection, job_id)


def resume(record: Record, job_id: int) -> JobView:
    """Undoes `pause`."""
    with record.write() as connection:
        call_off(connection)
        row = get_row(connection, job_id)
        if not change_state(connection, job_id, chains.place_in_line(connection, job_id), since={JobState.HELD}):
            if row["state"] not in ON_WORKER or row["wish"] == "stop":
                raise ConflictError("job.not_paused", "This job is not paused.", "It goes on by itself.")
            _wish(connection, job_id, None, None)
        return get_view(connection, job_id)


def retry(record: Record, job_id: int) -> list[JobView]:
    """Puts an ended job in line again, as a further attempt of the same job; what gave up waiting for it waits again.

    Returns the job, then those that wait again.
    """
    with record.write() as connection:
        row = get_row(connection, job_id)
        call_off(connection)
        if (row["problem"] or {}).get("code") == chains.BROKEN:
            raise ConflictError(chains.BROKEN, row["problem"]["message"], row["problem"]["hint"])
        if not change_state(
            connection,
            job_id,
            chains.place_in_line(connection, job_id),
            since=TERMINAL - {JobState.SUCCEEDED},
            tries=0,
            losses=0,
            ended_at=None,
            not_before=None,
            wish=None,
        ):
            raise ConflictError(
                "job.not_retryable",
                "Only a job that ended without its full result can be tried again.",
                "Run it again.",
            )
        return _these(connection, [job_id, *chains.take_back_in(connection, job_id)])


def rerun(record: Record, job_id: int) -> JobView:
    """Queues a new job with the same answers."""
    with record.read() as connection:
        row = get_row(connection, job_id)
    return submit(record, row["kind"], row["params"], name=row["name"])[0]


def change(record: Record, job_id: int, priority: Priority | None, name: str | None) -> JobView:
    """Gives the job another priority or name; the priority counts from the next dispatch on."""
    values: dict[str, object] = {}
    if priority is not None:
        values["priority"] = PRIORITIES.index(priority)
    if name is not None:
        values["name"] = name
    with record.write() as connection:
        get_row(connection, job_id)
        if values:
            call_off(connection)
            connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))
        return get_view(connection, job_id)


def wait_for(record: Record, job_id: int, after: Sequence[After]) -> JobView:
    """Has a job that is in line wait for others, in place of those it waited for; for none, it waits for its turn.

    Raises ConflictError for a job that has started, and UserError where a chain would lead back to itself.
    """
    with record.write() as connection:
        row = get_row(connection, job_id)
        if row["state"] not in IN_LINE:
            raise ConflictError("job.not_in_line", "Only a job that has not started can wait for others.", "")
        call_off(connection)
        chains.set_links(connection, job_id, after)
        place = chains.place_in_line(connection, job_id)
        if row["state"] not in (JobState.HELD, place):
            change_state(connection, job_id, place, since={JobState(row["state"])})
        return get_view(connection, job_id)


def move(record: Record, job_id: int, where: Where) -> JobView:
    """Moves a job within the line of its priority."""
    with record.write() as connection:
        row = get_row(connection, job_id)
        if row["state"] not in IN_LINE:
            raise ConflictError("job.not_in_line", "Only a job that waits for its turn can be moved.", "")
        line = list(
            connection.execute(
                sa.select(jobs.c.id, jobs.c.position)
                .where(jobs.c.state.in_([s.value for s in IN_LINE]), jobs.c.priority == row["priority"])
                .order_by(jobs.c.position, jobs.c.id)
            )
        )
        here = next(index for index, other in enumerate(line) if other.id == job_id)
        there = {"up": max(0, here - 1), "down": min(len(line) - 1, here + 1), "top": 0, "bottom": len(line) - 1}[where]
        order = [other.id for other in line if other.id != job_id]
        order.insert(there, job_id)
        call_off(connection)
        for other_id, position in zip(order, (other.position for other in line), strict=True):
            connection.execute(sa.update(jobs).where(jobs.c.id == other_id).values(position=position))
        return get_view(connection, job_id)


def remove(record: Record, job_id: int, dependents: Dependents | None = None) -> list[JobView]:
    """Takes an ended job off the record; its result files stay where they are.

    `dependents` as in `stop`; those that are kept need a person then. Returns the ones that were changed.
    """
    return even_when_full(record.folder, lambda: _remove(record, job_id, dependents))


def _remove(record: Record, job_id: int, dependents: Dependents | None) -> list[JobView]:
    with record.write() as connection:
        if get_row(connection, job_id)["state"] not in TERMINAL:
            raise ConflictError("job.active", "This job has not ended yet.", "Stop it first.")
        others = chains.decide_followers(connection, job_id, dependents, "removed")
        others += chains.let_go(connection, job_id)
        connection.execute(sa.delete(jobs).where(jobs.c.id == job_id))
        return _these(connection, others)


def _these(connection: sa.Connection, numbers: Sequence[int]) -> list[JobView]:
    found = {view.id: view for view in views(connection, sa.select(jobs).where(jobs.c.id.in_(numbers)))}
    return [found[number] for number in numbers]


def _wish(connection: sa.Connection, job_id: int, wish: str | None, at: float | None) -> None:
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(wish=wish, wished_at=at))
