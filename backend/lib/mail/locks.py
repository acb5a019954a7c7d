"""A file that one process holds locked; the system lets go of it when the process ends, however it ends."""

import os
import sys
from pathlib import Path

from backend.core.errors import ConflictError


class LockFile:
    """Takes the lock at once or raises ConflictError `mail.running`. The file itself stays."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise ConflictError(
                "mail.running", "This mailing is being sent already.", "Wait for it, or stop it first."
            ) from error

    def release(self) -> None:
        """Lets go; a second time does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
