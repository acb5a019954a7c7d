"""What was lost goes on: jobs whose worker is gone, and messages that nobody claimed."""

import time
from collections.abc import Callable, Iterable, Mapping
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

LOSSES = 20
"""A job that was cut off so much in a row is left alone: 5 times by itself, or 20 times with its worker."""
_ALONE, _WITH_WORKER = 4, 1


class Leases:
    """Since when the lease of each job on another machine stands as it does, by this machine's own steady clock.

    Neither a clock that is set, here or there, nor a sleep of this machine makes a worker look dead.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._seen: dict[int, tuple[tuple[int, float], float]] = {}

    def run_out(self, row: Mapping[str, Any]) -> bool:
        """Whether it has not been renewed for twice the time in which it should have been."""
        lease = (row["delivery"], row["lease_until"])
        known, since = self._seen.get(row["id"], (None, 0.0))
        if known != lease:
            since = self._steady()
            self._seen[row["id"]] = (lease, since)
        return self._steady() - since > 2 * LEASE_SECONDS

    def keep_only(self, job_ids: Iterable[int]) -> None:
        """Forgets the others."""
        self._seen = {job_id: self._seen[job_id] for job_id in job_ids if job_id in self._seen}


def recover(record: Record, leases: Leases) -> list[int]:
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
            patience = min(60.0, CLAIM_SECONDS * 2 ** row["unclaimed"])
            if not -patience <= moment - row["dispatched_at"] <= patience:
                changed += _send_again(record, row)
        elif not _lives_here(row) if row["machine"] == machine_id() else leases.run_out(row):
            changed += _go_on(record, row, moment)
    leases.keep_only(row["id"] for row in suspects)
    return changed


def worker_is_there(record: Record) -> bool:
    """Whether some worker has said that it is ready; one on this machine must still be running."""
    with record.read() as connection:
        known = connection.execute(sa.select(workers)).mappings().all()
    return any(worker["machine"] != machine_id() or _lives_here(worker) for worker in known)


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
    losses = row["losses"] + (_ALONE if _worker_lives_on(record, row) else _WITH_WORKER)
    to, values = _after_loss(row, losses)
    with record.write() as connection:
        if not change_state(
            connection, row["id"], JobState.INTERRUPTED, since=ON_WORKER, delivery=row["delivery"], pid=None
        ):
            return []
        end_attempt(connection, row["id"], row["attempt"], moment, JobState.INTERRUPTED.value, lost)
        if to is not JobState.WAITING:
            values |= {"ended_at": moment, "wish": None, "wished_at": None}
        change_state(connection, row["id"], to, losses=losses, lease_until=None, **values)
    return [row["id"]]


def _worker_lives_on(record: Record, row: dict[str, Any]) -> bool:
    """Whether the job alone was lost: then it is likelier that it is at fault itself."""
    with record.read() as connection:
        found = connection.execute(
            sa.select(workers).where(workers.c.machine == row["machine"], workers.c.ready_at <= row["started_at"])
        ).mappings()
        return any(_lives_here(worker) for worker in found.all())


def _after_loss(row: dict[str, Any], losses: int) -> tuple[JobState, dict[str, Any]]:
    kind = job_types().get(row["kind"])
    if row["wish"] == "stop" and row["problem"]:
        return JobState.FAILED, {}
    if row["wish"] == "stop":
        return JobState.STOPPED, {"summary": "Stopped."}
    if losses >= LOSSES:
        problem = Problem(
            code="job.keeps_dying",
            message="This job was cut off again and again before it could finish.",
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
