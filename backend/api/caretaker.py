"""Looks after the record while the API runs: the copy of the day, a reserve of room, and what is too old.

That is old history, and quarantines of clean-ups whose day is over.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from backend.core.clock import now
from backend.core.errors import DeskhandError
from backend.core.events import Event, JobRemoved
from backend.core.paths import DataPaths
from backend.lib.cleaning.quarantine import remove_expired
from backend.queue.schedules.needs import is_there
from backend.store.copies import make_daily_copy
from backend.store.history import thin
from backend.store.record import Record
from backend.store.room import keep_reserve

log = logging.getLogger(__name__)
FIRST_SECONDS = 20.0
"""The start has better things to do."""

ROUND_SECONDS = 600.0


async def look_after(record: Record, paths: DataPaths, announce: Callable[[Event], None]) -> None:
    """Goes round until cancelled. A round that fails is logged, and the next one tries again."""
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        await asyncio.to_thread(one_round, record, paths, announce)
        await asyncio.sleep(ROUND_SECONDS)


def one_round(record: Record, paths: DataPaths, announce: Callable[[Event], None]) -> None:
    """Copies, thins, announces the jobs that went, and empties quarantines."""
    try:
        if record.is_sqlite:
            keep_reserve(paths.root)
            make_daily_copy(paths.record, paths.copies)
        for job_id in thin(record, paths):
            announce(JobRemoved(id=job_id))
        for over in remove_expired(now().astimezone().date(), is_there):
            log.info("the quarantine of %s in %s was emptied: its day is over", over.made, over.root)
    except (SQLAlchemyError, DeskhandError, sqlite3.Error, OSError):
        log.exception("looking after the record failed")
