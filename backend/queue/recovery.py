"""What was lost goes on: jobs whose worker is gone, and messages that nobody claimed."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backend.core.clock import boot_id, is_running, machine_id, now
from backend.core.states import ON_WORKER, JobState
from backend.core.views import Problem
from backend.jobtypes import job_types
from backend.queue.claims import LEASE_SECONDS
from backend.store.jobs import change_state, end_attempt
from backend.store.record import Record
from backend.store.schema import jobs, workers

CLAIM_SECONDS = 2.0
"""So long a message may stand unclaimed; doubled for each in a row, up to a minute."""

LOSSES = 5
"""A job that has lost so many workers in a row is not started again by itself."""


def recover(record: Record) -> list[int]:
    """One round. Returns the jobs whose state was changed."""
    moment = now().timestamp()
    with record.read() as connection:
        suspects = [
            dict(row)
            for row in connection.execute(
                sa.select(jobs).where(
                    jobs.c.state.in_([JobState.DISPATCHED.value, *(state.value for state in ON_WORKER)])
                )
            ).mappings()
        ]
    changed: list[int] = []
    for row in suspects:
        if row["state"] == JobState.DISPATCHED:
            if moment - row["dispatched_at"] > min(60.0, CLAIM_SECONDS * 2 ** row["unclaimed"]):
                changed += _send_again(record, row)
        elif _is_gone(row, moment):
            changed += _go_on(record, row, moment)
    return changed


def worker_is_there(record: Record) -> bool:
    """Whether some worker has said that it is ready; one on this machine must still be running."""
    with record.read() as connection:
        known = connection.execute(sa.select(workers)).mappings().all()
    return any(worker["machine"] != machine_id() or _lives_here(worker) for worker in known)


def _is_gone(row: dict[str, Any], moment: float) -> bool:
    if row["machine"] != machine_id():
        return row["lease_until"] + LEASE_SECONDS < moment
    return not _lives_here(row)


def _lives_here(row: Mapping[Any, Any]) -> bool:
    return row["boot"] == boot_id() and is_running(row["pid"], row["pid_start"])


def _send_again(record: Record, row: dict[str, Any]) -> list[int]:
    with record.write(durable=False) as connection:
        done = change_state(
            connection,
            row["id"],
            JobState.WAITING,
            since={JobState.DISPATCHED},
            delivery=row["delivery"],
            unclaimed=row["unclaimed"] + 1,
        )
    return [row["id"]] if done else []


def _go_on(record: Record, row: dict[str, Any], moment: float) -> list[int]:
    lost = Problem(code="worker.lost", message="The part of Deskhand that did this job was ended from outside.")
    to, values = _after_loss(row)
    with record.write() as connection:
        if not change_state(
            connection, row["id"], JobState.INTERRUPTED, since=ON_WORKER, delivery=row["delivery"], pid=None
        ):
            return []
        end_attempt(connection, row["id"], row["attempt"], moment, JobState.INTERRUPTED.value, lost)
        if to is not JobState.WAITING:
            values |= {"ended_at": moment, "wish": None, "wished_at": None}
        change_state(connection, row["id"], to, losses=row["losses"] + 1, lease_until=None, **values)
    return [row["id"]]


def _after_loss(row: dict[str, Any]) -> tuple[JobState, dict[str, Any]]:
    kind = job_types().get(row["kind"])
    if row["wish"] == "stop" and row["problem"]:
        return JobState.FAILED, {}
    if row["wish"] == "stop":
        return JobState.STOPPED, {"summary": "Stopped."}
    if row["losses"] + 1 >= LOSSES:
        problem = Problem(
            code="job.keeps_dying",
            message=f"This job was cut off {LOSSES} times before it could finish.",
            hint="It may need more memory than this computer has. Try it with less, or report it.",
        )
        return JobState.FAILED, {"problem": problem.model_dump()}
    if kind is not None and kind.after_interruption == "ask":
        problem = Problem(
            code="job.interrupted",
            message="This job was cut off in the middle.",
            hint="See how far it came, then press Try again to go on.",
        )
        return JobState.NEEDS_USER, {"problem": problem.model_dump()}
    return (JobState.HELD if row["wish"] == "pause" else JobState.WAITING), {"wish": None, "wished_at": None}
