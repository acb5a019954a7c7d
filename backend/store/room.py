"""Room on the disk of an SQLite record: new jobs are refused before it is full, and outcomes find a last reserve."""

import errno
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from backend.core.errors import UserError

log = logging.getLogger(__name__)
LEAST_FREE = 16_000_000
"""Bytes that must be free for a new job to be taken: jobs that run already have logs and outcomes to write."""

RESERVE = 4_000_000
FULL = "disk.full"
_FULL = {errno.ENOSPC, errno.EDQUOT}
T = TypeVar("T")


def disk_full() -> UserError:
    """What is said when the record's disk is full."""
    return UserError(
        FULL,
        "The disk on which Deskhand keeps its record is full.",
        "Free some space on it, then try again. Nothing that was queued before is lost.",
        status=507,
    )


def require_room(folder: Path) -> None:
    """Raises UserError `disk.full` where too little is free for a new job."""
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise disk_full()


def _reserve(folder: Path) -> Path:
    return folder / "reserve"


def keep_reserve(folder: Path) -> None:
    """Sets a few megabytes aside, if there is plenty."""
    reserve = _reserve(folder)
    if reserve.exists() or shutil.disk_usage(folder).free < 4 * LEAST_FREE:
        return
    part = reserve.with_suffix(".part")
    with part.open("wb") as file:
        file.write(os.urandom(RESERVE))
    part.replace(reserve)


def release_reserve(folder: Path) -> bool:
    """Gives them up, so that what must be written can be. Returns whether there were any."""
    try:
        _reserve(folder).unlink()
    except FileNotFoundError:
        return False
    log.warning("the disk is full; the reserve in '%s' is given up", folder)
    return True


def is_full(error: BaseException) -> bool:
    """Whether the error says that there is no room on a disk, or none left for this user."""
    return isinstance(error, OSError) and error.errno in _FULL


def even_when_full(folder: Path | None, act: Callable[[], T]) -> T:
    """Does what must be possible on a full disk, too: once more, with the reserve given up. Raises what `act` does."""
    try:
        return act()
    except UserError as error:
        if error.code != FULL or folder is None or not release_reserve(folder):
            raise
        return act()
