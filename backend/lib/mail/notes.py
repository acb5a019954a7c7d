"""A file of notes, one behind the other, each whole or not there: what a write-ahead log is for a database.

The file is written full of zeros first, and used from the front again when all in it stands elsewhere: a part that was
written before reaches the disk several times as fast as one that makes a file grow. Each note has a number, one more
than the one before, and a checksum; reading ends at the first that has not. So neither what an earlier round left
behind nor a note that a crash tore in two is ever taken for one.

A note that was added outlives its process; `sync` has it outlive the machine. It is written by a call of the system
and not through a map of the file: a file system that puts what is overwritten in a new place (btrfs, APFS) may have
none, which a call says and a map does not survive.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from backend.core.disk import sync_data, sync_file, sync_folder

_CHECK = struct.Struct("<I")
_HEAD = struct.Struct("<IQ")
_PIECE = 1 << 20


def read(path: Path) -> Iterator[tuple[int, bytes]]:
    """The notes of a file in order, with their numbers; none where there is no file."""
    if not path.exists():
        return
    held = path.read_bytes()
    at, expected = 0, 0
    while (start := at + _CHECK.size + _HEAD.size) <= len(held):
        (check,), (length, number) = _CHECK.unpack_from(held, at), _HEAD.unpack_from(held, at + _CHECK.size)
        end = start + length
        if check != zlib.crc32(held[at + _CHECK.size : end]) or end > len(held) or expected not in (0, number):
            return
        yield number, held[start:end]
        at, expected = end, number + 1


class Notes:
    """Writes a new file of notes, numbered from `first` (above 0) on. One thread at a time; raises OSError."""

    def __init__(self, path: Path, first: int) -> None:
        self._next = first
        self._at = 0
        path.unlink(missing_ok=True)
        self._file = path.open("x+b", buffering=0)
        self._size = 0
        try:
            self._lengthen()
            sync_folder(path.parent)
        except BaseException:
            self._file.close()
            raise

    @property
    def last(self) -> int:
        """The number of the last note."""
        return self._next - 1

    @property
    def long(self) -> bool:
        """Whether it is time to begin at the front again."""
        return self._at > _PIECE // 2

    def add(self, data: bytes) -> None:
        """Adds a note; if that fails, it is not there."""
        head = _HEAD.pack(len(data), self._next) + data
        note = _CHECK.pack(zlib.crc32(head)) + head
        end = self._at + len(note)
        try:
            while end > self._size:
                self._lengthen()
            self._write(note)
        except BaseException:
            self._file.seek(self._at)
            raise
        self._at, self._next = end, self._next + 1

    def sync(self) -> None:
        """On return, all that was added before the call is on the disk. From any thread."""
        sync_data(self._file.fileno())

    def begin_again(self) -> None:
        """The next note is written at the front: all that there are must be on the disk elsewhere."""
        self._at = self._file.seek(0)

    def close(self) -> None:
        """Leaves the file as it is."""
        self._file.close()

    def _lengthen(self) -> None:
        """Adds a piece that is there on the disk: so where the disk is full, what there is can be written still."""
        self._file.seek(self._size)
        self._write(bytes(_PIECE))
        sync_file(self._file.fileno())
        self._size += _PIECE
        self._file.seek(self._at)

    def _write(self, data: bytes) -> None:
        """Writes where the file stands. A write that runs out of room ends early; the next one says why."""
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]
