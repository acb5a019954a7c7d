"""One host for one data folder, for as long as its process lives."""

import json
import os
from pathlib import Path
from typing import TextIO

from backend.core.clock import is_running
from backend.core.errors import ConflictError


class DataLock:
    """Holds a lock file; the operating system lets it go when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def take(self, pid: int, started: float) -> None:
        """Raises ConflictError, which says who holds it, when another host has this data folder."""
        file = self._path.open("a+", encoding="utf-8")
        if not _lock(file):
            file.seek(0)
            holder = file.read()
            file.close()
            raise ConflictError(
                "host.second",
                f"Deskhand is already running for this data folder ({_holder(holder)}).",
                "Use the window that is open, or end that one first.",
            )
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"pid": pid, "process_start": started}))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Lets the data folder go."""
        if self._file:
            self._file.close()


def _holder(text: str) -> str:
    try:
        known = json.loads(text)
    except ValueError:
        return "the other one is just starting"
    alive = is_running(known["pid"], known["process_start"])
    return f"process {known['pid']}" if alive else "a process that is just ending"


def _lock(file: TextIO) -> bool:
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
