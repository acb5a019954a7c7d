"""Small pieces by the handful, with few calls: to wake a thread or enter a library costs as much as a small piece.

What does not come out right this way is left to the calls for one piece, which look in every place and say what is
wrong.
"""

import contextlib
import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import zstandard

from backend.lib.restic.crypto import Bytes
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.pack import Blob
from backend.lib.restic.repository import MOST_BLOB, Repository

HEAVIEST = 1 << 20
"""Bytes of data that are dealt with in one go; a larger piece goes alone."""


def handfuls(blobs: Iterable[Blob]) -> Iterator[list[Blob]]:
    """The blobs in their order, so many together as weigh `HEAVIEST` at most, packed or unpacked."""
    some: list[Blob] = []
    weight = 0
    for blob in blobs:
        own = max(blob.length, blob.plain)
        if some and weight + own > HEAVIEST:
            yield some
            some, weight = [], 0
        some.append(blob)
        weight += own
    if some:
        yield some


Place = tuple[bytes, Blob]
"""The name of a pack, and a blob in it."""


def load_many(repository: Repository, blob_ids: Sequence[bytes]) -> list[Bytes | None]:
    """Pieces of files by their IDs; None for each that is to be asked for alone. Neighbours are read at once."""
    return load_placed(repository, places_of(repository, blob_ids))


def places_of(repository: Repository, blob_ids: Sequence[bytes]) -> list[Place | None]:
    """Where pieces of files lie; None for each that is nowhere."""
    index = repository.index
    entries = [index.find("data", blob_id) for blob_id in blob_ids]
    return [index.place(entry) if entry >= 0 else None for entry in entries]


def load_placed(repository: Repository, places: Sequence[Place | None]) -> list[Bytes | None]:
    """What lies there, as `load_many`; it needs no index."""
    loaded: list[Bytes | None] = [None] * len(places)
    wanted: list[tuple[bytes, int, int, Blob]] = []
    weight = 0
    for number, place in enumerate(places):
        if place:
            pack, blob = place
            weight += max(blob.length, blob.plain)
            if weight <= 2 * HEAVIEST:
                wanted.append((pack, blob.offset, number, blob))
    wanted.sort()
    sealed = list(read_sealed(repository, wanted))
    opened = open_many(repository, [(blob, data) for _, blob, data in sealed])
    for (number, _, _), plain in zip(sealed, opened, strict=True):
        loaded[number] = plain
    return loaded


def open_many(repository: Repository, sealed: Sequence[tuple[Blob, Bytes]]) -> list[Bytes | None]:
    """The data of a handful of sealed blobs; None where it is not what was written."""
    opened: list[Bytes | None] = [None] * len(sealed)
    packed: list[tuple[int, Bytes]] = []
    sizes = array("Q")
    room = memoryview(bytearray(sum(len(data) for _, data in sealed)))
    at = 0
    for number, (blob, data) in enumerate(sealed):
        try:
            plain = repository.key.unseal_into(data, room[at : at + len(data)])
        except ValueError:
            continue
        at += len(data)
        if not blob.plain:
            opened[number] = plain
        elif blob.plain <= MOST_BLOB:
            packed.append((number, plain))
            sizes.append(blob.plain)
    for (number, _), plain in zip(packed, _unpacked(repository, [data for _, data in packed], sizes), strict=True):
        opened[number] = plain
    for number, (blob, _) in enumerate(sealed):
        plain = opened[number]
        if plain is not None and hashlib.sha256(plain).digest() != blob.id:
            opened[number] = None
    return opened


def seal_many(repository: Repository, pieces: list[bytes]) -> list[tuple[bytearray, int]]:
    """Pieces of files ready for a pack, each with its uncompressed length; as `Repository.seal_blob` does."""
    if not pieces:
        return []
    made: list[tuple[bytearray, int]] = []
    packed_pieces = _views(repository.compressor().multi_compress_to_buffer(cast("Any", pieces)))
    for data, packed in zip(pieces, packed_pieces, strict=True):
        is_smaller = len(packed) < len(data)
        made.append((repository.key.seal(packed if is_smaller else data), len(data) if is_smaller else 0))
    return made


def read_sealed(
    repository: Repository, wanted: Sequence[tuple[bytes, int, int, Blob]]
) -> Iterator[tuple[int, Blob, Bytes]]:
    """Number, blob and bytes of (pack, offset, number, blob), which are in order; without what cannot be read."""
    first = 0
    while first < len(wanted):
        pack, start, _, blob = wanted[first]
        end = start + blob.length
        last = first + 1
        while last < len(wanted) and wanted[last][:2] == (pack, end):
            end += wanted[last][3].length
            last += 1
        with contextlib.suppress(DamagedError):
            part = memoryview(repository.store.read_part(pack.hex(), start, end - start))
            for _, offset, number, blob in wanted[first:last]:
                yield number, blob, part[offset - start : offset - start + blob.length]
        first = last


def _unpacked(repository: Repository, frames: list[Bytes], sizes: "array[int]") -> Sequence[Bytes | None]:
    if not frames:
        return ()
    try:
        unpack = repository.decompressor().multi_decompress_to_buffer
        return _views(unpack(frames, decompressed_sizes=sizes.tobytes()))
    except zstandard.ZstdError:
        return [None] * len(frames)


def _views(buffers: "zstandard.BufferWithSegmentsCollection") -> list[Bytes]:
    return [memoryview(cast("Bytes", buffers[number])) for number in range(len(buffers))]
