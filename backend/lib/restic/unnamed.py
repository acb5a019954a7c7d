"""Small files that have no name until they are whole, where the system knows such a thing (Linux, open(2): O_TMPFILE).

What is cut off midway leaves nothing behind, and a name is given only where it is free.
"""

import errno
import os
import sys

_FLAGS = os.O_RDWR | os.O_TMPFILE if sys.platform == "linux" else 0
_UNKNOWN = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}


class Unnamed:
    """Makes such files, until the system or a drive turns out not to know them."""

    def __init__(self) -> None:
        self._is_known = bool(_FLAGS)

    def open(self, folder: str, mode: int) -> int:
        """A handle of a new file without a name in a folder; -1 where that cannot be had."""
        if not self._is_known:
            return -1
        try:
            return os.open(folder, _FLAGS, mode)
        except OSError as error:
            self._is_known = error.errno not in _UNKNOWN
            return -1

    def name(self, handle: int, path: str) -> bool:
        """Gives it a name in its folder, and says whether it could. Raises FileExistsError where the name is taken."""
        try:
            # The way that open(2) shows; the folder's handle is not looked at, but makes the link be followed.
            os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=handle, follow_symlinks=True)
        except FileExistsError:
            raise
        except OSError:
            self._is_known = False
            return False
        return True
