"""Looks after the record while the API runs: the copy of the day, a reserve of room, and history that is too old."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from backend.core.errors import DeskhandError
from backend.core.events import Event, JobRemoved
from backend.core.paths import DataPaths
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
    """Copies, thins, and announces the jobs that went."""
    try:
        if record.is_sqlite:
            keep_reserve(paths.root)
            make_daily_copy(paths.record, paths.copies)
        for job_id in thin(record, paths):
            announce(JobRemoved(id=job_id))
    except (SQLAlchemyError, DeskhandError, sqlite3.Error, OSError):
        log.exception("looking after the record failed")
