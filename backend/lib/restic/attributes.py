"""Extended attributes, where the system has them in a way Python reaches (Linux); access lists are among them."""

import contextlib
import errno
import os
import sys

_NONE = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENODATA, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP}


def attributes_of(path: str) -> list[tuple[str, bytes]]:
    """The attributes of a file, folder or link itself. What may not be read is left out, as restic does."""
    if sys.platform != "linux":
        return []
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return []
    found: list[tuple[str, bytes]] = []
    for name in sorted(names):
        with contextlib.suppress(OSError):
            found.append((name, os.getxattr(path, name, follow_symlinks=False)))
    return found


def set_attributes(path: str, attributes: list[tuple[str, bytes]]) -> OSError | None:
    """Sets attributes and returns the first failure that is not 'this file system has none'."""
    failure: OSError | None = None
    if sys.platform != "linux":
        return None
    for name, value in attributes:
        try:
            os.setxattr(path, name, value, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NONE and failure is None:
                failure = error
    return failure
