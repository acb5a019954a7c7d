"""A record with a long history: many ended jobs, some that wait, and some that this process pretends to run."""

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from backend.core.clock import boot_id, machine_id, now, process_start
from backend.core.states import JobState
from backend.queue.dispatch import PAUSED
from backend.store.record import Record, set_option
from backend.store.schema import attempts, jobs
from tests.helpers.made_up_jobs import NAMES

ENDS = (JobState.SUCCEEDED, JobState.WARNED, JobState.SUCCEEDED, JobState.FAILED, JobState.SUCCEEDED, JobState.STOPPED)
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
BATCH = 5000


def rows(ended: int, waiting: int, running: int) -> Iterator[dict[str, Any]]:
    """Values of `jobs`, the oldest first."""
    present = now().timestamp()
    total = ended + waiting + running
    kinds = list(NAMES)
    for number in range(total):
        kind = kinds[number % len(kinds)]
        name = f"{NAMES[kind][number // 3 % len(NAMES[kind])]} {MONTHS[number // 7 % 10]} {number}"
        at = present - 300.0 * (total - number)
        row: dict[str, Any] = {
            "kind": kind, "name": name, "params": {"title": name}, "position": float(number), "created_at": at
        }  # fmt: skip
        if number < ended:
            state = ENDS[number % len(ENDS)]
            problem = {
                "code": "column.missing",
                "message": "The sheet has no column Region.",
                "hint": "Choose another.",
            }
            row |= {
                "state": state.value, "started_at": at + 2, "ended_at": at + 200, "attempt": 1, "done": 10.0,
                "summary": f"{number:,} rows in 12 groups, as a PDF of 9 pages and a workbook.",
                "problem": problem if state is JobState.FAILED else None,
            }  # fmt: skip
        elif number < ended + waiting:
            row |= {"state": JobState.WAITING.value}
        else:
            pid = os.getpid()
            row |= {
                "state": JobState.RUNNING.value, "started_at": at + 2, "attempt": 1, "delivery": 1, "total": 1000.0,
                "machine": machine_id(), "boot": boot_id(), "pid": pid, "pid_start": process_start(pid),
                "lease_until": present + 86_400, "unit": "rows", "message": "Reading rows",
            }  # fmt: skip
        yield row


def write_history(record: Record, ended: int, waiting: int, running: int = 0) -> None:
    """Fills an empty record. The queue is paused, so that what waits goes on waiting."""
    columns = {column.name: None for column in jobs.c if column.name != "id"}
    usual = {column.name: column.default.arg for column in jobs.c if isinstance(column.default, sa.ColumnDefault)}
    made = iter(rows(ended, waiting, running))
    while batch := list(islice(made, BATCH)):
        with record.write(durable=False) as connection:
            connection.execute(sa.insert(jobs), [{**columns, **usual, **row} for row in batch])
    ran = sa.select(jobs.c.id, jobs.c.attempt, jobs.c.started_at, jobs.c.ended_at, jobs.c.state)
    with record.write(durable=False) as connection:
        connection.execute(
            sa.insert(attempts).from_select(
                ["job_id", "number", "started_at", "ended_at", "outcome"], ran.where(jobs.c.attempt > 0)
            )
        )
        set_option(connection, PAUSED, True)
