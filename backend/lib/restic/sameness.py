"""Whether what stands at a place is just what would be restored there, so that no second one need be made."""

import hashlib
import os
import stat
from collections.abc import Callable

from backend.lib.restic.crypto import OVERHEAD
from backend.lib.restic.nodes import Node
from backend.lib.restic.reading import open_source
from backend.lib.restic.repository import Repository
from backend.lib.restic.scan import native


def is_there(repository: Repository, node: Node, place: str, check: Callable[[], None]) -> bool:
    """Whether a file has the size, the time and, piece by piece, the data of the node, or a link its target.

    `check` is called for each piece.
    """
    path = native(place)
    try:
        info = os.lstat(path)
        if node.kind == "symlink":
            return stat.S_ISLNK(info.st_mode) and os.fsencode(os.readlink(path)) == node.target  # noqa: PTH115
        if not stat.S_ISREG(info.st_mode) or (info.st_size, info.st_mtime_ns) != (node.size, node.mtime):
            return False
        handle, _ = open_source(path)
        with open(handle, "rb") as file:  # noqa: PTH123 - what was opened without following a link
            for blob_id in node.content:
                check()
                if hashlib.sha256(file.read(_size(repository, blob_id))).digest() != blob_id:
                    return False
        return True
    except OSError:
        return False  # what cannot be read is another one


def _size(repository: Repository, blob_id: bytes) -> int:
    entry = repository.index.find("data", blob_id)
    if entry < 0:
        return 0
    blob = repository.index.place(entry)[1]
    return blob.plain or blob.length - OVERHEAD
