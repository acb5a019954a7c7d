"""What was written outlasts a power cut and replaces nothing: how files are synced, and given their names."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

LARGEST_LOG = 5_000_000
"""Bytes. A log is looked at when its process starts, and grows by less than that in many days."""
_UNKNOWN = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
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


def sync_data(handle: int) -> None:
    """The same for a file whose times need not survive, which is quicker on Linux (fdatasync(2))."""
    if sys.platform == "linux":
        os.fdatasync(handle)
    else:
        sync_file(handle)


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


def move_to_free_name(source: str | Path, target: str | Path) -> None:
    """Moves a file or link to a name in the same folder that must be free, also when others want it at this moment.

    Raises FileExistsError when it is not free. Only on a drive that knows neither a rename that refuses nor second
    names, the look and the move are two steps.
    """
    if os.name == "nt":
        Path(source).rename(target)
        return
    if _renamed(source, target):
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        Path(source).rename(target)
        return
    Path(source).unlink()


def _renamed(source: str | Path, target: str | Path) -> bool:
    """Whether one call of the system could do it; False where system or drive has no such call."""
    rename = _refusing_rename()
    if rename is None:
        return False
    sys.audit("os.rename", source, target, -1, -1)  # as `os.rename` does, for who watches
    number = rename(os.fsencode(source), os.fsencode(target))
    if number in _UNKNOWN:
        return False
    if number:
        raise OSError(number, os.strerror(number), str(target))
    return True


@cache
def _refusing_rename() -> Callable[[bytes, bytes], int] | None:
    """A rename that refuses a name that is taken; returns 0 or an error number (renameat2(2); macOS renamex_np(2))."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        here, refuse = -100, 1  # AT_FDCWD, RENAME_NOREPLACE
        call = library.renameat2
        call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
        return lambda source, target: ctypes.get_errno() if call(here, source, here, target, refuse) else 0
    if hasattr(library, "renamex_np"):
        refuse = 4  # RENAME_EXCL
        call = library.renamex_np
        call.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint]
        return lambda source, target: ctypes.get_errno() if call(source, target, refuse) else 0
    return None
