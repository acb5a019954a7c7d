"""The connection to the record: one address, transactions that say whether they must outlast a power cut."""

import functools
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from backend.core.disk import sync_data
from backend.core.settings import settings
from backend.store.prepared import Lane, Prepared
from backend.store.room import disk_full, is_full
from backend.store.schema import options
from backend.store.turns import Turns

_WRITERS = 0x4465736B
_ALONE = sa.text("SELECT pg_advisory_xact_lock(:number), set_config('synchronous_commit', :commit, true)")
"""The rules of the queue read before they write; they were made for a record with one writer at a time."""

_of_the_parent: list[sqlite3.Connection] = []
"""Connections that a forked process was born with: closing them there could harm the file (sqlite.org/howtocorrupt)."""


_PRAGMAS = ("foreign_keys=ON", "busy_timeout=30000", "cache_size=-8000", "wal_autocheckpoint=4000")
"""The log goes into the database when it has 16 MB: with two syncs, in the turn of whoever made it so long.
A job writes about 70 kB to it."""


def _prepare(connection: sqlite3.Connection, _: object = None) -> None:
    """Each new connection to an SQLite record."""
    connection.isolation_level = None
    (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    # Beside a write-ahead log that `Record.sync` syncs SQLite need not; without one, on some network drives, it must.
    synchronous = "NORMAL" if mode == "wal" else "FULL"
    for pragma in (f"synchronous={synchronous}", *_PRAGMAS):
        connection.execute(f"PRAGMA {pragma}")


class Record:
    """The database behind one SQLAlchemy address (SQLite or PostgreSQL)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_sqlite = address.startswith("sqlite")
        self._engine = self._new_engine()
        self._database = sa.make_url(address).database or "" if self.is_sqlite else ""
        self._turns = Turns(Path(self._database)) if self.is_sqlite else None
        self._kept: list[sqlite3.Connection] = []

    def _new_engine(self) -> sa.Engine:
        if not self.is_sqlite:
            return sa.create_engine(self.address, pool_size=8, max_overflow=24, pool_pre_ping=True)
        engine = sa.create_engine(
            self.address, connect_args={"timeout": 30, "check_same_thread": False}, pool_size=8, max_overflow=24
        )

        def begin(connection: sa.Connection) -> None:
            writes = connection.get_execution_options().get("writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", begin)
        return engine

    @contextmanager
    def write(self, *, durable: bool = True) -> Generator[sa.Connection]:
        """One transaction, alone from its first statement on (SQLite: `BEGIN IMMEDIATE`; PostgreSQL: a lock of ours).

        Durable ones outlast a power cut once this has returned; others outlast only the death of a process.
        Raises UserError `disk.full` where there is no room.
        """
        turn = self._turns.taken() if self._turns else nullcontext()
        try:
            with turn, self._engine.connect() as plain:
                connection = plain.execution_options(writes=True)
                with connection.begin():
                    if not self.is_sqlite:
                        connection.execute(_ALONE, {"number": _WRITERS, "commit": "on" if durable else "off"})
                    yield connection
        except (OperationalError, sqlite3.Error) as error:
            raise self._in_words(error) from error
        if durable:
            self.sync()

    @contextmanager
    def lean(self, *, durable: bool = True) -> Generator[Lane]:
        """The same for prepared statements only, in a fraction of the time where the record is SQLite's."""
        if self._turns is None:
            with self.write(durable=durable) as connection:
                yield connection
            return
        with self._turns.taken(), self._straight("BEGIN IMMEDIATE") as driver:
            yield driver
        if durable:
            self.sync()

    @contextmanager
    def glance(self) -> Generator[Lane]:
        """One consistent view for prepared statements only; nothing in it may write."""
        if self._turns is None:
            with self.read() as connection:
                yield connection
            return
        with self._straight("BEGIN") as driver:
            yield driver

    @contextmanager
    def _straight(self, begin: str) -> Generator[sqlite3.Connection]:
        """A transaction on a connection of the driver's own; one with which anything went wrong is not used again."""
        try:
            driver = self._kept.pop()
        except IndexError:
            driver = sqlite3.connect(self._database, timeout=30, check_same_thread=False)
            _prepare(driver)
        try:
            driver.execute(begin)
            yield driver
            driver.execute("COMMIT")
        except sqlite3.Error as error:
            driver.close()
            raise self._in_words(error) from error
        except BaseException:
            driver.close()
            raise
        self._kept.append(driver)

    def sync(self) -> None:
        """On return, all that was committed outlasts a power cut.

        SQLite's write-ahead log holds it, or else it is in the database and synced there (sqlite.org/wal.html): with
        `synchronous=FULL` SQLite would do this at the end of each commit, while others wait for their turn.
        Raises UserError `disk.full`.
        """
        if not self.is_sqlite:
            return
        try:
            handle = os.open(f"{self._database}-wal", os.O_RDWR)
        except FileNotFoundError:
            return
        try:
            sync_data(handle)
        except OSError as error:
            raise (disk_full() if is_full(error) else error) from error
        finally:
            os.close(handle)

    @property
    def folder(self) -> Path | None:
        """Where an SQLite record lies; None for a server."""
        return Path(self._database).parent if self.is_sqlite else None

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """One consistent view; nothing in it may write."""
        with self._engine.connect() as plain:
            connection = plain if self.is_sqlite else plain.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Gives all connections back; they are opened anew on demand."""
        self._engine.dispose()
        while self._kept:
            self._kept.pop().close()
        if self._turns:
            self._turns.let_go()

    def after_fork(self) -> None:
        """To be called in a forked child: forgets the parent's connections without closing them."""
        self._engine.dispose(close=False)
        _of_the_parent.extend(self._kept)
        self._kept = []
        if self._turns:
            self._turns.after_fork()

    @staticmethod
    def _in_words(error: DBAPIError | sqlite3.Error) -> Exception:
        plain = error.orig if isinstance(error, DBAPIError) else error
        if getattr(plain, "sqlite_errorname", "") in {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC"}:
            return disk_full()
        return error if isinstance(error, DBAPIError) else DBAPIError.instance("", (), error, sqlite3.Error)


@functools.cache
def record() -> Record:
    """The record of this process."""
    return Record(settings().database)


_OPTION = Prepared(sa.select(options.c.value).where(options.c.name == sa.bindparam("option")))


def get_option(lane: Lane, name: str, default: Any) -> Any:
    """A setting that the user changes while Deskhand runs."""
    found = _OPTION.first(lane, {"option": name})
    return default if found is None else found["value"]


def set_option(connection: sa.Connection, name: str, value: Any) -> None:
    """Keeps a setting."""
    if connection.execute(sa.update(options).where(options.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(sa.insert(options).values(name=name, value=value))
