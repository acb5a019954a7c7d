"""Writers of one SQLite file take turns before they ask SQLite, whose own way to wait for a lock is to sleep and look.

A sleep is 1 ms at first and 100 ms at last (`sqliteDefaultBusyCallback` in SQLite's main.c); here the next one is woken
at once. SQLite's lock still decides: this only keeps writers from meeting there.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Generator
from pathlib import Path

if sys.platform != "win32":
    import fcntl


class Turns:
    """The turns of this process's threads and, but on Windows, of all processes that write to the file."""

    def __init__(self, database: Path) -> None:
        self._file = database.with_name(f"{database.name}-turn")
        self._here = threading.Lock()
        self._handle: int | None = None

    @contextlib.contextmanager
    def taken(self) -> Generator[None]:
        """One turn. It ends with the process, whatever becomes of it (flock(2))."""
        with self._here:
            if sys.platform == "win32":
                yield
                return
            if self._handle is None:
                self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def let_go(self) -> None:
        """Closes the file; it is opened anew on demand."""
        with self._here:
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None

    def after_fork(self) -> None:
        """To be called in a forked child: a parent's handle would take the parent's turns."""
        self._here = threading.Lock()
        self.let_go()
