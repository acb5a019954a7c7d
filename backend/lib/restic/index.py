"""The index in memory: which blob lies where, in about 56 bytes a blob, so that a million blobs fit a small machine.

A blob may lie in several packs (two backups at once); all places are kept, and the first sound one is used.
"""

import json
import threading
from array import array
from collections.abc import Iterable, Iterator
from typing import Any

from backend.lib.restic.pack import EMPTY_SIZE, Blob, BlobKind, entry_size

_EMPTY = 0xFFFFFFFF


class Index:
    """A table of blobs with open addressing. Changing it is thread-safe; reading needs no lock."""

    def __init__(self) -> None:
        self.pack_ids: list[bytes] = []
        self._pack_numbers: dict[bytes, int] = {}
        self._usable = bytearray()
        self._pack_sizes = array("Q")
        self._ids = bytearray()
        self._kinds = bytearray()
        self._packs = array("I")
        self._offsets = array("I")
        self._lengths = array("I")
        self._plains = array("I")
        self._slots = array("I", [_EMPTY]) * 1024
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kinds)

    def add_pack(self, pack_id: bytes, blobs: Iterable[Blob]) -> bool:
        """Adds a pack with its blobs; False where it was known already."""
        with self._lock:
            if pack_id in self._pack_numbers:
                return False
            number = len(self.pack_ids)
            size = EMPTY_SIZE
            for blob in blobs:
                self._add(number, blob)
                size += blob.length + entry_size(blob.plain)
            self._pack_sizes.append(size)
            self._usable.append(1)
            self._pack_numbers[pack_id] = number
            self.pack_ids.append(pack_id)
            return True

    def find(self, kind: BlobKind, blob_id: bytes) -> int:
        """The number of the blob's first usable entry, or -1."""
        slots = self._slots
        slot = self._seek(slots, _first_slot(slots, blob_id), kind, blob_id)
        return slots[slot] if slot >= 0 else -1

    def find_all(self, kind: BlobKind, blob_id: bytes) -> Iterator[int]:
        """The numbers of all its usable entries."""
        slots = self._slots
        slot = _first_slot(slots, blob_id)
        while (slot := self._seek(slots, slot, kind, blob_id)) >= 0:
            yield slots[slot]
            slot = (slot + 1) & (len(slots) - 1)

    def has(self, kind: BlobKind, blob_id: bytes) -> bool:
        """Whether the blob lies in a usable pack."""
        return self.find(kind, blob_id) >= 0

    def has_all(self, contents: Iterable[str]) -> bool:
        """Whether all these pieces of files lie in usable packs; their IDs are in hexadecimal."""
        find, slots = self._seek, self._slots
        for text in contents:
            blob_id = bytes.fromhex(text)
            if find(slots, _first_slot(slots, blob_id), "data", blob_id) < 0:
                return False
        return True

    def place(self, entry: int) -> tuple[bytes, Blob]:
        """The pack of an entry, and where in it."""
        kind: BlobKind = "tree" if self._kinds[entry] else "data"
        blob_id = bytes(self._ids[entry * 32 : entry * 32 + 32])
        blob = Blob(kind, blob_id, self._offsets[entry], self._lengths[entry], self._plains[entry])
        return self.pack_ids[self._packs[entry]], blob

    def packs(self) -> Iterator[tuple[bytes, int]]:
        """Name and expected size of every usable pack."""
        for number, pack_id in enumerate(self.pack_ids):
            if self._usable[number]:
                yield pack_id, self._pack_sizes[number]

    def knows_pack(self, pack_id: bytes) -> bool:
        """Whether the pack is in the index, usable or not."""
        return pack_id in self._pack_numbers

    def usable(self, pack_id: bytes) -> bool:
        """Whether the pack is in the index and not put aside."""
        number = self._pack_numbers.get(pack_id)
        return number is not None and bool(self._usable[number])

    def put_aside(self, pack_id: bytes) -> None:
        """From now on the blobs of this pack count as not there (it is missing, or damaged)."""
        self._usable[self._pack_numbers[pack_id]] = 0

    def blobs_of_packs(self) -> Iterator[tuple[bytes, list[Blob]]]:
        """Every usable pack with its blobs."""
        for number, entries in self.entries_of_packs():
            yield self.pack_ids[number], [self.place(entry)[1] for entry in entries]

    def entries_of_packs(self) -> Iterator[tuple[int, range]]:
        """The number of every usable pack, and those of its entries, which lie together."""
        first = 0
        total = len(self)
        while first < total:
            number = self._packs[first]
            last = first
            while last < total and self._packs[last] == number:
                last += 1
            if self._usable[number]:
                yield number, range(first, last)
            first = last

    def pack_of(self, entry: int) -> int:
        """The number of the pack an entry lies in: its place in `pack_ids`."""
        return self._packs[entry]

    def pack_size(self, number: int) -> int:
        """How long the pack of this number is to be."""
        return self._pack_sizes[number]

    def _add(self, pack: int, blob: Blob) -> None:
        entry = len(self._kinds)
        if (entry + 1) * 2 > len(self._slots):
            self._grow()
        self._ids += blob.id
        self._packs.append(pack)
        self._offsets.append(blob.offset)
        self._lengths.append(blob.length)
        self._plains.append(blob.plain)
        self._kinds.append(1 if blob.kind == "tree" else 0)
        self._seat(self._slots, entry, blob.id)

    def _seek(self, slots: "array[int]", slot: int, kind: BlobKind, blob_id: bytes) -> int:
        """The next slot, from this one on, of a usable entry of the blob; or -1."""
        wanted = 1 if kind == "tree" else 0
        mask = len(slots) - 1
        while (entry := slots[slot]) != _EMPTY:
            if (
                bytes(self._ids[entry * 32 : entry * 32 + 32]) == blob_id
                and self._kinds[entry] == wanted
                and self._usable[self._packs[entry]]
            ):
                return slot
            slot = (slot + 1) & mask
        return -1

    def _seat(self, slots: "array[int]", entry: int, blob_id: bytes | bytearray) -> None:
        mask = len(slots) - 1
        slot = int.from_bytes(blob_id[:8], "little") & mask
        while slots[slot] != _EMPTY:
            slot = (slot + 1) & mask
        slots[slot] = entry

    def _grow(self) -> None:
        bigger = array("I", [_EMPTY]) * (len(self._slots) * 4)
        for entry in range(len(self._kinds)):
            self._seat(bigger, entry, self._ids[entry * 32 : entry * 32 + 8])
        self._slots = bigger


def _first_slot(slots: "array[int]", blob_id: bytes | bytearray) -> int:
    return int.from_bytes(blob_id[:8], "little") & (len(slots) - 1)


def read_index(document: Any) -> Iterator[tuple[bytes, list[Blob]]]:
    """The packs of an index file's JSON; raises ValueError, KeyError or TypeError where it makes no sense."""
    for pack in document["packs"] or ():
        yield bytes.fromhex(pack["id"]), [_read_blob(blob) for blob in pack["blobs"] or ()]


def write_index(packs: Iterable[tuple[bytes, Iterable[Blob]]], supersedes: Iterable[str] = ()) -> bytes:
    """The JSON of an index file for these packs."""
    document: dict[str, Any] = {}
    if replaced := sorted(supersedes):
        document["supersedes"] = replaced
    document["packs"] = [{"id": pack.hex(), "blobs": [_write_blob(b) for b in blobs]} for pack, blobs in packs]
    return json.dumps(document, separators=(",", ":")).encode()


def _read_blob(found: dict[str, Any]) -> Blob:
    kind = found["type"]
    if kind not in ("data", "tree"):
        raise ValueError("an unknown kind of blob")
    blob_id = bytes.fromhex(found["id"])
    if len(blob_id) != 32:
        raise ValueError("an ID of the wrong length")
    return Blob(kind, blob_id, int(found["offset"]), int(found["length"]), int(found.get("uncompressed_length", 0)))


def _write_blob(blob: Blob) -> dict[str, Any]:
    written: dict[str, Any] = {"id": blob.id.hex(), "type": blob.kind, "offset": blob.offset, "length": blob.length}
    if blob.plain:
        written["uncompressed_length"] = blob.plain
    return written
