"""Opens the record at the start of the host: a damaged one is put aside, the newest good copy taken, and all said."""

import contextlib
import logging
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, Field

from backend.core.clock import now
from backend.core.paths import DataPaths
from backend.core.states import ACTIVE, JobState
from backend.core.views import Problem
from backend.store.copies import Copy, damage, newest_good, put_damaged_aside, take_copy
from backend.store.migrate import migrate
from backend.store.record import Record, get_option, set_option
from backend.store.schema import jobs

log = logging.getLogger(__name__)
NOTICE = "record.notice"
MOST_NAMES = 20


class Rescue(BaseModel):
    """What happened to a damaged record, for the user to be told."""

    at: datetime
    copied_at: datetime | None = Field(
        description="When the copy that was taken was made; None: there was no good one."
    )
    damaged: str = Field(description="Where the damaged record lies now.")
    missing: list[str] | None = Field(
        description="Names of jobs added since, as far as they could be read; None: unknown."
    )
    unsure: int = Field(default=0, description="Jobs that had not ended in the copy, and may have been done since.")


def open_record(record: Record, paths: DataPaths) -> Rescue | None:
    """Makes the record ready for use. Returns what was lost, if the record was found damaged.

    Raises NewerRecordError.
    """
    if not record.is_sqlite or not paths.record.exists():
        migrate(record, paths.copies)
        return None
    found = damage(paths.record)
    if found is None:
        migrate(record, paths.copies)
        return None
    log.error("the record is damaged: %s", found)
    record.close()
    aside = put_damaged_aside(paths.record, paths.copies)
    copy = newest_good(paths.copies)
    if copy is not None:
        take_copy(copy, paths.record)
    migrate(record, paths.copies)
    return _note(record, paths, copy, aside)


def notice(connection: sa.Connection) -> Rescue | None:
    """What the user has not yet been told."""
    said = get_option(connection, NOTICE, None)
    return Rescue.model_validate(said) if said else None


def acknowledge(record: Record) -> None:
    """The user has been told."""
    with record.write() as connection:
        set_option(connection, NOTICE, None)


def _note(record: Record, paths: DataPaths, copy: Copy | None, aside: Path) -> Rescue:
    with record.read() as connection:
        last = connection.scalar(sa.select(sa.func.max(jobs.c.id))) or 0
    since = copy.made_at if copy else None
    rescue = Rescue(at=now(), copied_at=since, damaged=str(aside), missing=_names_after(aside, last))
    problem = Problem(
        code="record.restored",
        message="The list of jobs had to be taken from a copy, and what became of this job since is not known.",
        hint="Look whether its results are there. If not, press Try again.",
    )
    with record.write() as connection:
        unsure = sa.update(jobs).where(jobs.c.state.in_([state.value for state in ACTIVE]))
        values: dict[str, Any] = {"state": JobState.NEEDS_USER.value, "problem": problem.model_dump(), "wish": None}
        rescue.unsure = connection.execute(unsure.values(ended_at=now().timestamp(), **values)).rowcount
        _skip_numbers(connection, paths)
        set_option(connection, NOTICE, rescue.model_dump(mode="json"))
    return rescue


def _skip_numbers(connection: sa.Connection, paths: DataPaths) -> None:
    """Numbers of lost jobs are not given again: their folders hold what those jobs wrote down."""
    used = [int(path.name) for path in (paths.root / "jobs").glob("*/*") if path.name.isdecimal()]
    if not used:
        return
    there = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").scalar()
    if there is None:
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)", (max(used),))
    elif there < max(used):
        connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = ? WHERE name = 'jobs'", (max(used),))


def _names_after(damaged: Path, number: int) -> list[str] | None:
    with contextlib.suppress(sqlite3.DatabaseError), closing(sqlite3.connect(damaged)) as connection:
        wanted = "SELECT name FROM jobs WHERE id > ? ORDER BY id DESC LIMIT ?"
        return [row[0] for row in connection.execute(wanted, (number, MOST_NAMES))]
    return None
