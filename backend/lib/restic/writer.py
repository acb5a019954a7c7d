"""From data to packs on the disk: hashing, compressing and sealing by the caller's threads, writing by its own.

What fails first is kept in `failure`; from then on everything drains, and no index or snapshot is written.
"""

import hashlib
import threading
import time
from collections.abc import Sequence

from backend.lib.restic.crew import Crew, Work
from backend.lib.restic.crypto import Bytes
from backend.lib.restic.many import seal_many
from backend.lib.restic.pack import TARGET_SIZE, Blob, BlobKind, Pack
from backend.lib.restic.repository import Repository

_WRITERS = 2
_WAITING_PACKS = 2
_INDEX_BLOBS = 40_000
_INDEX_PACKS = 256
_INDEX_SECONDS = 600.0


class Figures:
    """What was added. Changed under the writer's lock only."""

    data_blobs = 0
    tree_blobs = 0
    added = 0
    added_packed = 0


class PackWriter:
    """Saves blobs that the repository does not have yet. `save` may be called from any thread."""

    def __init__(self, repository: Repository, work: Work) -> None:
        self._repository = repository
        self._work = work
        self._lock = threading.Lock()
        self._saving: set[tuple[BlobKind, bytes]] = set()
        self._open: dict[BlobKind, Pack] = {"data": Pack.empty(), "tree": Pack.empty()}
        self._unlisted: list[tuple[bytes, list[Blob]]] = []
        self._unlisted_blobs = 0
        self._listed_at = time.monotonic()
        self.figures = Figures()
        self._writers: Crew[Pack] = Crew(work, "write", _WRITERS, _WAITING_PACKS, self._write_pack)

    def save(self, kind: BlobKind, data: Bytes) -> tuple[str, bool]:
        """The ID of the data in hexadecimal, and whether it is new. It is safe only after `finish`."""
        digest = hashlib.sha256(data)
        is_new = self._is_new(kind, digest.digest())
        if is_new:
            self._add(kind, digest.digest(), len(data), *self._repository.seal_blob(kind, data))
        return digest.hexdigest(), is_new

    def save_many(self, pieces: Sequence[bytes]) -> list[str]:
        """The IDs of small pieces of files, in hexadecimal; as `save` for each, for less."""
        ids = [hashlib.sha256(data).digest() for data in pieces]
        new = [(blob_id, data) for blob_id, data in zip(ids, pieces, strict=True) if self._is_new("data", blob_id)]
        sealed = seal_many(self._repository, [data for _, data in new])
        for (blob_id, data), (packed, plain) in zip(new, sealed, strict=True):
            self._add("data", blob_id, len(data), packed, plain)
        return [blob_id.hex() for blob_id in ids]

    def _is_new(self, kind: BlobKind, blob_id: bytes) -> bool:
        with self._lock:
            if (kind, blob_id) in self._saving or self._repository.index.has(kind, blob_id):
                return False
            self._saving.add((kind, blob_id))
        return True

    def _add(self, kind: BlobKind, blob_id: bytes, size: int, sealed: Bytes, plain: int) -> None:
        full: Pack | None = None
        with self._lock:
            pack = self._open[kind]
            pack.add(kind, blob_id, sealed, plain)
            if pack.size >= TARGET_SIZE:
                full, self._open[kind] = pack, Pack.empty()
            self._count(kind, size, len(sealed))
        if full:
            self._writers.put(full)

    def adopt(self, pack: bytes, blobs: list[Blob]) -> None:
        """Takes in a whole pack that no index lists: what a killed run left is not sent again."""
        if self._repository.index.add_pack(pack, blobs):
            with self._lock:
                self._unlisted.append((pack, blobs))
                self._unlisted_blobs += len(blobs)

    def finish(self) -> None:
        """Writes what is open and the index. Raises where anything failed."""
        for kind in ("data", "tree"):
            pack, self._open[kind] = self._open[kind], Pack.empty()
            if pack.blobs:
                self._writers.put(pack)
        self._writers.end()
        self._work.raise_failure()
        self.list_packs()

    def end_threads(self) -> None:
        """Ends the writing threads; after a failure what waits is thrown away."""
        self._writers.end()

    def list_packs(self) -> None:
        """Writes an index of the packs that no index lists yet."""
        with self._lock:
            packs, self._unlisted, self._unlisted_blobs = self._unlisted, [], 0
            self._listed_at = time.monotonic()
        if packs:
            self._repository.save_index(packs)

    def _write_pack(self, pack: Pack) -> None:
        name = self._repository.save_pack(pack, self._work.check)
        self._repository.index.add_pack(name, pack.blobs)
        with self._lock:
            self._saving.difference_update((blob.kind, blob.id) for blob in pack.blobs)
            self._unlisted.append((name, pack.blobs))
            self._unlisted_blobs += len(pack.blobs)
            due = self._index_is_due()
        if due:
            self.list_packs()

    def _index_is_due(self) -> bool:
        return (
            self._unlisted_blobs >= _INDEX_BLOBS
            or len(self._unlisted) >= _INDEX_PACKS
            or time.monotonic() - self._listed_at >= _INDEX_SECONDS
        )

    def _count(self, kind: BlobKind, plain: int, packed: int) -> None:
        if kind == "data":
            self.figures.data_blobs += 1
        else:
            self.figures.tree_blobs += 1
        self.figures.added += plain
        self.figures.added_packed += packed
