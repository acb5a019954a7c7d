"""Packs: files of sealed blobs with a sealed table of contents at the end (design document, "Pack Format")."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from backend.lib.restic.crypto import OVERHEAD, Bytes, Key
from backend.lib.restic.errors import DamagedError

BlobKind = Literal["data", "tree"]
TARGET_SIZE = 16 << 20
_PLAIN = struct.Struct("<BI32s")
_COMPRESSED = struct.Struct("<BII32s")
_LENGTH = struct.Struct("<I")
_MOST_HEADER = 64 << 20
EMPTY_SIZE = OVERHEAD + _LENGTH.size
"""How long a pack without blobs would be."""


class Blob(NamedTuple):
    """Where a blob lies in its pack. `length` is as stored, `plain` the uncompressed length, 0 if not compressed."""

    kind: BlobKind
    id: bytes
    offset: int
    length: int
    plain: int


@dataclass
class Pack:
    """A pack being filled; not thread-safe."""

    parts: list[Bytes]
    blobs: list[Blob]
    size: int = 0

    @classmethod
    def empty(cls) -> "Pack":
        """A pack without blobs."""
        return cls([], [])

    def add(self, kind: BlobKind, blob_id: bytes, sealed: Bytes, plain: int) -> None:
        """Appends a sealed blob."""
        self.blobs.append(Blob(kind, blob_id, self.size, len(sealed), plain))
        self.parts.append(sealed)
        self.size += len(sealed)

    def finish(self, key: Key) -> bytes:
        """The whole file."""
        header = key.seal(b"".join(_entry(blob) for blob in self.blobs))
        return b"".join((*self.parts, header, _LENGTH.pack(len(header))))


def expected_size(blobs: Iterable[Blob]) -> int:
    """How long a pack with just these blobs is."""
    return sum(b.length + entry_size(b.plain) for b in blobs) + EMPTY_SIZE


def entry_size(plain: int) -> int:
    """How long a blob's entry in the table of contents is."""
    return _COMPRESSED.size if plain else _PLAIN.size


def read_header(key: Key, name: str, tail: bytes, size: int) -> list[Blob] | int:
    """The blobs of a pack of `size` bytes that ends with `tail`; or how long a tail is needed. Or DamagedError."""
    what = f"the pack {name[:8]}"
    if len(tail) < _LENGTH.size:
        raise DamagedError(what, "is too short")
    (length,) = _LENGTH.unpack(tail[-_LENGTH.size :])
    needed = length + _LENGTH.size
    if needed > size or length > _MOST_HEADER or length < OVERHEAD:
        raise DamagedError(what, "has no readable table of contents")
    if len(tail) < needed:
        return needed
    try:
        plain = bytes(key.unseal(tail[-needed : -_LENGTH.size]))
        blobs = list(_entries(plain))
    except (ValueError, struct.error) as error:
        raise DamagedError(what, "has no readable table of contents") from error
    if sum(blob.length for blob in blobs) + needed != size:
        raise DamagedError(what, "is not as long as its table of contents says")
    return blobs


def _entry(blob: Blob) -> bytes:
    number = 0 if blob.kind == "data" else 1
    if blob.plain:
        return _COMPRESSED.pack(number | 2, blob.length, blob.plain, blob.id)
    return _PLAIN.pack(number, blob.length, blob.id)


def _entries(header: bytes) -> Iterable[Blob]:
    at = 0
    offset = 0
    while at < len(header):
        number = header[at]
        if number > 3:
            raise ValueError("an unknown kind of blob")
        kind: BlobKind = "tree" if number & 1 else "data"
        if number & 2:
            _, length, plain, blob_id = _COMPRESSED.unpack_from(header, at)
            at += _COMPRESSED.size
        else:
            plain = 0
            _, length, blob_id = _PLAIN.unpack_from(header, at)
            at += _PLAIN.size
        yield Blob(kind, blob_id, offset, length, plain)
        offset += length
