"""The second process of a restore: role `restorer`.

It takes orders from its input, and answers each with the numbers of the files that it did not put. It ends when its
input is closed, so that it does not outlive the one that started it.
"""

import os
import pickle
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backend.lib.restic.crypto import Bytes, Key
from backend.lib.restic.many import load_placed
from backend.lib.restic.nodes import Node
from backend.lib.restic.repository import Repository
from backend.lib.restic.store import Store
from backend.lib.restic.unnamed import Unnamed
from backend.lib.restic.writing import Dresser

if TYPE_CHECKING:
    from backend.lib.restic.hand import Order


def main() -> int:
    """Does what it is told until there is nothing more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    orders = sys.stdin.buffer
    root, *key = pickle.load(orders)
    repository, unnamed = Repository(Store(Path(root)), Key(*key), ""), Unnamed(Dresser())
    while True:
        try:
            batch: list[Order] = pickle.load(orders)
        except EOFError:
            return 0
        loaded = load_placed(repository, [order[-1] for order in batch])
        back = [str(number) for number, data in enumerate(loaded) if not _put(unnamed, batch[number], data)]
        os.write(1, " ".join(back).encode() + b"\n")


def _put(unnamed: Unnamed, order: "Order", data: Bytes | None) -> bool:
    place, mode, uid, gid, mtime, size, _ = order
    if data is None or len(data) != size:
        return False
    node = Node(b"", "file", mode, mtime, uid, gid)
    try:
        return bool(unnamed.put(node, place, data, (place,), _refuse))
    except OSError:
        return False  # who gave the order meets it, too, and tells of it


def _refuse(error: OSError) -> None:
    raise error
