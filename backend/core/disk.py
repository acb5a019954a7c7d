"""What was written outlasts a power cut and replaces nothing: how files are synced, and given their names."""

import contextlib
import errno
import os
from pathlib import Path

LARGEST_LOG = 5_000_000
"""Bytes. A log is looked at when its process starts, and grows by less than that in many days."""
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


def put_large_aside(log: Path) -> Path:
    """Before a log is opened: one that has grown large becomes `<name>.old`, in place of an earlier one. Returns it."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(f"{log.name}.old"))
    return log


def move_to_free_name(source: Path, target: Path) -> None:
    """Moves a file to a name in the same folder that must be free, also when others want that name at this moment.

    Raises FileExistsError when it is not free. On a drive that knows no second names (FAT), the look and the move are
    two steps.
    """
    if os.name == "nt":
        source.rename(target)
        return
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        source.rename(target)
        return
    source.unlink()
