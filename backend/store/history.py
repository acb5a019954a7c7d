"""How long ended jobs stay on the record, and what goes with one that leaves it. Result files are never touched."""

import shutil
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
from pydantic import BaseModel, Field

from backend.core.clock import now
from backend.core.paths import DataPaths
from backend.core.states import TERMINAL, JobState
from backend.store.record import Record, get_option, set_option
from backend.store.schema import artifacts, dependencies, jobs

OPTION = "history"
BATCH = 200
REST_SECONDS = 0.05
"""Between two batches, so that others may write."""


class History(BaseModel):
    """How much is kept: whatever ended longer ago, and the oldest beyond so many ended jobs, leaves the record."""

    months: Annotated[int, Field(ge=1, le=1200)] = 12
    jobs: Annotated[int, Field(ge=100, le=10_000_000)] = 100_000


def history(connection: sa.Connection) -> History:
    """What is in force."""
    return History.model_validate(get_option(connection, OPTION, {}))


def keep_history(connection: sa.Connection, wanted: History) -> None:
    """Sets how much is kept, from the next thinning on."""
    set_option(connection, OPTION, wanted.model_dump())


def thin(record: Record, paths: DataPaths) -> list[int]:
    """Takes what is too old off the record, in small steps; returns the numbers of the jobs.

    Jobs that need a person stay, and so do those for which others wait.
    """
    gone: list[int] = []
    while True:
        with record.write(durable=False) as connection:
            chosen = _too_old(connection)
            made = _result_files(connection, chosen)
            connection.execute(sa.delete(jobs).where(jobs.c.id.in_(chosen)))
        for job_id in chosen:
            forget_files(paths, job_id, made.get(job_id, ()))
        gone += chosen
        if len(chosen) < BATCH:
            return gone
        time.sleep(REST_SECONDS)


def _too_old(connection: sa.Connection) -> list[int]:
    kept = history(connection)
    ended = jobs.c.state.in_([state.value for state in TERMINAL - {JobState.NEEDS_USER}])
    limit = (now() - timedelta(days=kept.months * 365.25 / 12)).timestamp()
    last_kept = sa.select(jobs.c.ended_at).where(ended).order_by(jobs.c.ended_at.desc()).offset(kept.jobs - 1).limit(1)
    beyond = connection.scalar(last_kept)
    awaited = sa.exists().where(dependencies.c.on_id == jobs.c.id, ~dependencies.c.settled)
    old = jobs.c.ended_at < max(limit, beyond or 0.0)
    return list(connection.scalars(sa.select(jobs.c.id).where(ended, old, ~awaited).order_by(jobs.c.id).limit(BATCH)))


def _result_files(connection: sa.Connection, numbers: list[int]) -> dict[int, list[str]]:
    made: dict[int, list[str]] = {}
    for row in connection.execute(
        sa.select(artifacts.c.job_id, artifacts.c.path).where(artifacts.c.job_id.in_(numbers))
    ):
        made.setdefault(row.job_id, []).append(row.path)
    return made


def forget_files(paths: DataPaths, job_id: int, made: Iterable[str]) -> None:
    """Removes what a job wrote down for itself, with its logs; a folder that holds result files stays."""
    folder = paths.job(job_id)
    if not any(Path(path).is_relative_to(folder) for path in made):
        shutil.rmtree(folder, ignore_errors=True)
