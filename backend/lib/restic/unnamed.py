"""Small files that have no name until they are whole, where the system knows such a thing (Linux, open(2): O_TMPFILE).

What is cut off midway leaves nothing behind, and a name is given only where it is free.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterable

from backend.lib.restic.crypto import Bytes
from backend.lib.restic.nodes import Node
from backend.lib.restic.scan import native
from backend.lib.restic.writing import Dresser, folder_of, write_sparse

_FLAGS = os.O_RDWR | os.O_TMPFILE if sys.platform == "linux" else 0
_UNKNOWN = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}


class Unnamed:
    """Makes such files, until the system or a drive turns out not to know them."""

    def __init__(self, dresser: Dresser) -> None:
        self.is_known = bool(_FLAGS)
        self._dresser = dresser

    def put(
        self, node: Node, place: str, data: Bytes, names: Iterable[str], on_trouble: Callable[[OSError], None]
    ) -> str | None:
        """Writes a file and gives it the first of the `names` that is free, all of them in the folder of `place`.

        Returns the name; empty where none was free, None where it cannot be done this way. `on_trouble` gets what the
        system does not allow of owner, mode and times. Raises OSError.
        """
        folder, mode = folder_of(place), self._dresser.first_mode(node)
        handle = self._open(native(folder or os.sep), mode)
        if handle < 0:
            return None
        try:
            if write_sparse(handle, data):
                os.ftruncate(handle, len(data))
            try:
                self._dresser.dress(handle, folder, node, mode)
            except OSError as error:
                on_trouble(error)
            for name in names:
                try:
                    return name if self._name(handle, native(name)) else None
                except FileExistsError:
                    continue
            return ""
        finally:
            os.close(handle)

    def _open(self, folder: str, mode: int) -> int:
        if not self.is_known:
            return -1
        try:
            return os.open(folder, _FLAGS, mode)
        except OSError as error:
            self.is_known = error.errno not in _UNKNOWN
            return -1

    def _name(self, handle: int, path: str) -> bool:
        try:
            # The way that open(2) shows; the folder's handle is not looked at, but makes the link be followed.
            os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=handle, follow_symlinks=True)
        except FileExistsError:
            raise
        except OSError:
            self.is_known = False
            return False
        return True
