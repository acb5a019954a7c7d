"""Copies of an SQLite record: made every day, seven of them kept, and taken when the record is found damaged."""

import contextlib
import logging
import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.core.clock import now
from backend.core.disk import sync_file, sync_folder

log = logging.getLogger(__name__)
DAILY = "daily"
KEPT = 7
_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Copy:
    """A copy and when it was made."""

    path: Path
    made_at: datetime


def copies_in(folder: Path) -> list[Copy]:
    """All copies in the folder, the newest first."""
    found: list[Copy] = []
    for path in folder.glob("deskhand-*.sqlite3"):
        with contextlib.suppress(ValueError, IndexError):
            stamp = datetime.strptime(path.name.split("-")[1], _STAMP).replace(tzinfo=UTC)
            found.append(Copy(path, stamp))
    return sorted(found, key=lambda copy: copy.made_at, reverse=True)


def make_copy(database: Path, folder: Path, why: str) -> Path:
    """Makes a consistent copy of a record that may be in use, by SQLite's backup interface; returns where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"deskhand-{now().strftime(_STAMP)}-{why}.sqlite3"
    _copy(database, target)
    log.info("a copy of the record was put aside: %s", target)
    return target


def make_daily_copy(database: Path, folder: Path) -> Path | None:
    """Makes the copy of the day unless there is one, and lets go of those beyond the seven newest.

    A record that is found damaged is not copied: good copies are never given up for bad ones. Returns the new copy.
    Raises sqlite3.Error and OSError, as on a full disk.
    """
    daily = [copy for copy in copies_in(folder) if copy.path.stem.endswith(f"-{DAILY}")]
    if daily and now() - daily[0].made_at < timedelta(days=1):
        return None
    if damage(database) is not None:
        log.error("the record is damaged; no copy is made of it")
        return None
    made = make_copy(database, folder, DAILY)
    for copy in daily[KEPT - 1 :]:
        copy.path.unlink()
    return made


def damage(database: Path) -> str | None:
    """What `PRAGMA integrity_check` says against the file; None when it is whole."""
    try:
        with _opened(database) as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if said == ["ok"] else "; ".join(said)


def put_damaged_aside(database: Path, folder: Path) -> Path:
    """Moves the record's files out of the way; returns where the database is now."""
    aside = folder / f"damaged-{now().strftime(_STAMP)}"
    aside.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        part = database.with_name(database.name + suffix)
        if part.exists():
            part.replace(aside / part.name)
    return aside / database.name


def newest_good(folder: Path) -> Copy | None:
    """The newest copy that is whole."""
    return next((copy for copy in copies_in(folder) if damage(copy.path) is None), None)


def take_copy(copy: Copy, database: Path) -> None:
    """Puts a copy in the place of the record."""
    _copy(copy.path, database)


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with _opened(source) as original, closing(sqlite3.connect(part)) as copy:
            original.backup(copy)
        with part.open("rb+") as file:
            sync_file(file.fileno())
        part.replace(target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _opened(database: Path) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        yield connection
