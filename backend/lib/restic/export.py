"""A rescue archive: what a version holds as one `.tar.zst`, which needs neither Deskhand nor the password to be read.

POSIX tar (pax) by the standard library, compressed by zstandard; names that are no text are kept as the bytes they are.
"""

import io
import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import zstandard

from backend.lib.restic.browse import Found, folder, nodes_of
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.nodes import Node
from backend.lib.restic.progress import Counter
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import Snapshot

_IN_MEMORY: Final = 32 << 20
_LEVEL: Final = 3


@dataclass
class Exported:
    """What is in the archive, and what could not be put in, by its path."""

    files: int = 0
    bytes: int = 0
    damaged: list[tuple[str, DamagedError]] = field(default_factory=list[tuple[str, DamagedError]])


class Archive:
    """An archive being written to `file`. To be closed by `with`; only then is it whole."""

    def __init__(self, file: Path, counter: Counter, checkpoint: Callable[[], None]) -> None:
        self.result = Exported()
        self._counter = counter
        self._checkpoint = checkpoint
        self._first: dict[tuple[int, int], str] = {}
        self._raw = file.open("wb")
        compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, threads=2)
        self._packed = compressor.stream_writer(self._raw, closefd=False)
        self._tar = tarfile.open(  # noqa: SIM115 - closed by __exit__
            fileobj=self._packed, mode="w|", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape"
        )

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._tar.close()
                self._packed.close()
        finally:
            self._raw.close()

    def add(self, repository: Repository, snapshot: Snapshot, paths: Sequence[bytes], under: str = "") -> None:
        """Puts the chosen things of a version in, with their whole paths, below the folder `under`."""
        for node, place in _walk(repository, snapshot, paths, under, self._lost):
            self._checkpoint()
            self._put(repository, node, place)

    def _lost(self, place: str, error: DamagedError) -> None:
        self.result.damaged.append((place, error))

    def _put(self, repository: Repository, node: Node, place: str) -> None:
        entry = _entry(node, place)
        if node.kind == "file" and node.links > 1 and node.inode:
            first = self._first.setdefault((node.device, node.inode), place)
            if first != place:
                entry.type, entry.linkname, entry.size = tarfile.LNKTYPE, first, 0
        if entry.size:
            try:
                source = self._source(repository, node)
            except DamagedError as error:
                self._first.pop((node.device, node.inode), None)
                self._lost(place, error)
                return
            self._tar.addfile(entry, source)
        else:
            self._tar.addfile(entry)
        if node.kind != "dir":
            self.result.files += 1
            self.result.bytes += node.size
            self._counter.add(place, files=1)

    def _source(self, repository: Repository, node: Node) -> IO[bytes]:
        """The data, all of it known to be sound before the first byte of it is in the archive."""
        if node.size <= _IN_MEMORY:
            data = b"".join(self._pieces(repository, node, counts=True))
            if len(data) != node.size:
                raise DamagedError("a file", "has not the length it should have")
            return io.BytesIO(data)
        if sum(map(len, self._pieces(repository, node, counts=False))) != node.size:
            raise DamagedError("a file", "has not the length it should have")
        return io.BufferedReader(_Stream(self._pieces(repository, node, counts=True)), 1 << 20)

    def _pieces(self, repository: Repository, node: Node, counts: bool) -> Iterator[bytes]:
        for blob in node.content:
            self._checkpoint()
            piece = bytes(repository.load_blob("data", blob))
            if counts:
                self._counter.add("", size=len(piece))
            yield piece


class _Stream(io.RawIOBase):
    """Pieces, read as one file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        length = min(len(buffer), len(self._rest))
        buffer[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        return length


def _entry(node: Node, place: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(place)
    entry.pax_headers = {"mtime": f"{Decimal(node.mtime).scaleb(-9):f}"}  # a float would lose nanoseconds
    entry.mode = node.mode
    entry.uid, entry.gid = node.uid, node.gid
    match node.kind:
        case "dir":
            entry.type = tarfile.DIRTYPE
        case "symlink":
            entry.type, entry.linkname = tarfile.SYMTYPE, os.fsdecode(node.target)
        case _:
            entry.size = node.size
    return entry


def _walk(
    repository: Repository,
    snapshot: Snapshot,
    paths: Sequence[bytes],
    under: str,
    lost: Callable[[str, DamagedError], None],
) -> Iterator[tuple[Node, str]]:
    found: list[Found] = []
    for path in paths:
        start, _, name = path.rpartition(b"/")
        found += [hit for hit in folder(repository, snapshot, start) if hit.node.name == name]
    waiting = [(hit.node, f"{under}{os.fsdecode(hit.path)}") for hit in reversed(found)]
    while waiting:
        node, place = waiting.pop()
        if node.kind in ("file", "symlink", "dir"):
            yield node, place
        if node.kind == "dir":
            try:
                below = nodes_of(repository, node.subtree)
            except DamagedError as error:
                lost(place, error)
                continue
            waiting.extend((child, f"{place}/{os.fsdecode(child.name)}") for child in reversed(below))
