"""Makes index and packs agree before a run: packs that are gone do not count, whole ones that no index lists do.

A killed run leaves whole packs without an index; a half-copied repository has an index of packs that are not there.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from backend.lib.restic.errors import DamagedError, destination
from backend.lib.restic.locks import Lock
from backend.lib.restic.pack import Blob
from backend.lib.restic.repository import Repository
from backend.lib.restic.store import remove_file

_MOST_PACK = 256 << 20
_HALF_LOCK_STAYS = 3600.0


def reconcile(repository: Repository, checkpoint: Callable[[], None]) -> list[tuple[bytes, list[Blob]]]:
    """Puts aside packs that are missing or of a wrong size, and returns the whole ones that no index lists.

    Those are read through and compared with their names, since nothing else vouches for them.
    """
    there = dict(repository.store.list("data"))
    index = repository.index
    for pack, size in list(index.packs()):
        if there.get(pack.hex()) != size:
            index.put_aside(pack)
    found: list[tuple[bytes, list[Blob]]] = []
    for name, size in there.items():
        checkpoint()
        if index.knows_pack(bytes.fromhex(name)) or size > _MOST_PACK:
            continue
        try:
            blobs = repository.pack_contents(name, size)
            if hashlib.sha256(repository.store.read("data", name)).hexdigest() == name:
                found.append((bytes.fromhex(name), blobs))
        except DamagedError:
            continue
    return found


def remove_leftovers(repository: Repository, lock: Lock) -> int:
    """Removes the half files of killed writers, and says how many, where nobody else can be writing one.

    Who comes after the list was made writes under a name that is not on it. Who is just writing its lock is not seen
    yet: half a lock stays for an hour.
    """
    now = time.time()
    with destination(repository.store.root):
        found = [path for path in repository.store.leftovers() if not _may_be_a_lock_in_the_making(path, now)]
    if not found or not lock.is_alone():
        return 0
    with destination(repository.store.root):
        for path in found:
            remove_file(path)
    return len(found)


def _may_be_a_lock_in_the_making(path: Path, now: float) -> bool:
    if path.parent.name != "locks":
        return False
    try:
        return now - path.stat().st_mtime < _HALF_LOCK_STAYS
    except FileNotFoundError:
        return True
