"""The connection to the record: one address, transactions that say whether they must outlast a power cut."""

import functools
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from backend.core.settings import settings
from backend.store.room import disk_full
from backend.store.turns import Turns

_WRITERS = 0x4465736B
_ALONE = sa.text("SELECT pg_advisory_xact_lock(:number), set_config('synchronous_commit', :commit, true)")
"""The rules of the queue read before they write; they were made for a record with one writer at a time."""


class Record:
    """The database behind one SQLAlchemy address (SQLite or PostgreSQL)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_sqlite = address.startswith("sqlite")
        self._durable = self._engine("FULL")
        self._quick = self._engine("NORMAL") if self.is_sqlite else self._durable
        database = sa.make_url(address).database if self.is_sqlite else None
        self._turns = Turns(Path(database)) if database else None

    def _engine(self, synchronous: str) -> sa.Engine:
        if not self.is_sqlite:
            return sa.create_engine(self.address, pool_size=8, max_overflow=24, pool_pre_ping=True)
        engine = sa.create_engine(
            self.address, connect_args={"timeout": 30, "check_same_thread": False}, pool_size=8, max_overflow=24
        )

        pragmas = (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "cache_size=-8000",
        )

        def prepare(connection: sqlite3.Connection, _: object) -> None:
            connection.isolation_level = None
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        def begin(connection: sa.Connection) -> None:
            writes = connection.get_execution_options().get("writes", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        event.listen(engine, "connect", prepare)
        event.listen(engine, "begin", begin)
        return engine

    @contextmanager
    def write(self, *, durable: bool = True) -> Generator[sa.Connection]:
        """One transaction, alone from its first statement on (SQLite: `BEGIN IMMEDIATE`; PostgreSQL: a lock of ours).

        Durable ones outlast a power cut once committed; others outlast only the death of a process.
        Raises UserError `disk.full` where there is no room.
        """
        engine = self._durable if durable else self._quick
        turn = self._turns.taken() if self._turns else nullcontext()
        try:
            with turn, engine.connect() as plain:
                connection = plain.execution_options(writes=True)
                with connection.begin():
                    if not self.is_sqlite:
                        connection.execute(_ALONE, {"number": _WRITERS, "commit": "on" if durable else "off"})
                    yield connection
        except OperationalError as error:
            raise self._in_words(error) from error

    @property
    def folder(self) -> Path | None:
        """Where an SQLite record lies; None for a server."""
        database = sa.make_url(self.address).database if self.is_sqlite else None
        return Path(database).parent if database else None

    @contextmanager
    def read(self) -> Generator[sa.Connection]:
        """One consistent view; nothing in it may write."""
        with self._quick.connect() as plain:
            connection = plain if self.is_sqlite else plain.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Gives all connections back; they are opened anew on demand."""
        self._durable.dispose()
        self._quick.dispose()
        if self._turns:
            self._turns.let_go()

    def after_fork(self) -> None:
        """To be called in a forked child: forgets the parent's connections without closing them."""
        self._durable.dispose(close=False)
        self._quick.dispose(close=False)
        if self._turns:
            self._turns.after_fork()

    @staticmethod
    def _in_words(error: OperationalError) -> Exception:
        if getattr(error.orig, "sqlite_errorname", "") in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}:
            return disk_full()
        return error


@functools.cache
def record() -> Record:
    """The record of this process."""
    return Record(settings().database)


def get_option(connection: sa.Connection, name: str, default: Any) -> Any:
    """A setting that the user changes while Deskhand runs."""
    from backend.store.schema import options

    found = connection.execute(sa.select(options.c.value).where(options.c.name == name)).first()
    return default if found is None else found[0]


def set_option(connection: sa.Connection, name: str, value: Any) -> None:
    """Keeps a setting."""
    from backend.store.schema import options

    if connection.execute(sa.update(options).where(options.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(sa.insert(options).values(name=name, value=value))
