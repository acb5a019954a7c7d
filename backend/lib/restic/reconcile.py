"""Makes index and packs agree before a run: packs that are gone do not count, whole ones that no index lists do.

A killed run leaves whole packs without an index; a half-copied repository has an index of packs that are not there.
"""

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from backend.core.errors import DeskhandError
from backend.lib.restic.errors import DamagedError, destination
from backend.lib.restic.locks import Lock
from backend.lib.restic.pack import Blob
from backend.lib.restic.repository import Repository
from backend.lib.restic.store import remove_file

_MOST_PACK = 256 << 20
_HALF_LOCK_STAYS = 3600.0
_BLOBS_AN_INDEX = 40_000


def reconcile(repository: Repository, checkpoint: Callable[[], None]) -> list[tuple[bytes, list[Blob]]]:
    """Puts aside packs that are missing or of a wrong size, and returns the whole ones that no index lists.

    Those are read through and compared with their names, since nothing else vouches for them.
    """
    there = put_missing_aside(repository)
    index = repository.index
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


def put_missing_aside(repository: Repository) -> dict[str, int]:
    """Puts aside packs that are missing or of a wrong size, and returns what is there: names and sizes."""
    there = dict(repository.store.list("data"))
    for pack, size in list(repository.index.packs()):
        if there.get(pack.hex()) != size:
            repository.index.put_aside(pack)
    return there


def replace_index(
    repository: Repository, packs: Iterable[tuple[bytes, list[Blob]]], lock: Lock, checkpoint: Callable[[], None]
) -> None:
    """Writes the index anew for these packs, and only then takes the index files away that were there.

    Where it is stopped or the place is full, what it wrote goes again and the index is as it was.
    """
    old = [name for name, _ in repository.store.list("index")]
    new: list[str] = []
    part: list[tuple[bytes, list[Blob]]] = []
    count = 0
    try:
        for pack, blobs in packs:
            checkpoint()
            part.append((pack, blobs))
            count += len(blobs)
            if count >= _BLOBS_AN_INDEX:
                new.append(repository.save_index(part))
                part, count = [], 0
        if part:
            new.append(repository.save_index(part))
        lock.check()
    except BaseException:
        with contextlib.suppress(DeskhandError):  # the place is gone; both indexes are true
            _remove_index(repository, new)
        raise
    _remove_index(repository, old)


def _remove_index(repository: Repository, names: Iterable[str]) -> None:
    for name in names:
        repository.store.remove("index", name)
    repository.store.sync("index")


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
