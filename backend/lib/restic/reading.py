"""Reading source files: whole where small, cut where their content says (FastCDC, Xia 2020) where large."""

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterator

from pyfastcdc import FastCDC

from backend.lib.restic.crypto import Key

SMALL = 512 << 10
_AVERAGE = 1 << 20
LARGEST = 8 << 20
_BUFFER = 2 * LARGEST
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_NO_ATIME = getattr(os, "O_NOATIME", 0)
_SIZE = 1 << 18


class NotAFileError(OSError):
    """What was a file when the folder was listed is none any more."""


def open_source(path: str) -> tuple[int, os.stat_result]:
    """A handle of a regular file and what it is.

    Never follows a link, waits for a pipe or touches the access time where avoidable.
    """
    try:
        handle = os.open(path, _FLAGS | _NO_ATIME)
    except PermissionError:
        if not _NO_ATIME:
            raise
        handle = os.open(path, _FLAGS)
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):
        os.close(handle)
        raise NotAFileError(0, "it is not a file any more", path)
    return handle, info


def read_small(handle: int, size: int) -> bytes:
    """What there is to read now: `size` bytes as expected, fewer, or more, to a byte more than the largest blob.

    One read mostly does: that a file has grown meanwhile is seen by who looks at it again.
    """
    parts: list[bytes] = []
    total = 0
    wanted = size + 1
    while part := os.read(handle, wanted):
        parts.append(part)
        total += len(part)
        if total == size or total > LARGEST:
            break
        wanted = max(size + 1 - total, 1) if total <= size else _SIZE
    return parts[0] if len(parts) == 1 else b"".join(parts)


class Cutter:
    """Cuts files into pieces of 512 KiB to 8 MiB. One for each thread: the buffer is reused."""

    def __init__(self, key: Key) -> None:
        self._buffer = bytearray(_BUFFER)
        self._cdc = FastCDC(_AVERAGE, min_size=SMALL, max_size=LARGEST, normalized_chunking=2, seed=chunker_seed(key))

    def cut(self, handle: int, check: Callable[[], None]) -> Iterator[memoryview]:
        """The pieces of a file in order; each is good only until the next is asked for."""
        view = memoryview(self._buffer)
        filled = 0
        at_end = False
        while True:
            while not at_end and filled < _BUFFER:
                check()
                got = _read_into(handle, view[filled : filled + (4 << 20)])
                at_end = not got
                filled += got
            if not filled:
                return
            used = 0
            for piece in self._cdc.cut_buf(view[:filled]):
                yield piece.data
                used += piece.length
                if not at_end and filled - used < LARGEST:
                    break
            rest = filled - used
            view[:rest] = bytes(view[used:filled])
            filled = rest


def chunker_seed(key: Key) -> int:
    """A number of the repository's own, so that the lengths of the pieces do not betray well-known files."""
    return int.from_bytes(hashlib.sha256(b"chunker" + key.encrypt).digest()[:8], "little") >> 2


class Cutters:
    """A `Cutter` for each thread that asks."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._local = threading.local()

    def mine(self) -> Cutter:
        """The calling thread's."""
        try:
            return self._local.cutter
        except AttributeError:
            self._local.cutter = Cutter(self._key)
            return self._local.cutter


def _read_into(handle: int, view: memoryview) -> int:
    if hasattr(os, "readv"):
        return os.readv(handle, [view])
    part = os.read(handle, len(view))
    view[: len(part)] = part
    return len(part)
