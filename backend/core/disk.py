"""What was written outlasts a power cut: the one way in which files and folders are synced."""

import contextlib
import errno
import os
from pathlib import Path

_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EACCES, errno.EBADF}


def sync_file(handle: int) -> None:
    """Makes sure that what was written survives a power cut (on macOS `fsync` alone does not)."""
    full = None
    with contextlib.suppress(ImportError):
        import fcntl

        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is not None:
            with contextlib.suppress(OSError):
                fcntl.fcntl(handle, full)
                return
    os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Makes sure that renames in the folder survive a power cut; Windows and some network shares have no such thing."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)
