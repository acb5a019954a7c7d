"""Removing versions, and giving back the space of packs that no version needs any more.

Only packs that are wholly unused go, under restic's exclusive lock, and in an order in which a power cut at any
moment leaves every version whole: new index, old indexes away, then the packs.
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.core.errors import UserError
from backend.lib.restic.browse import nodes_of
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.keep import Decision, KeepRules, decide
from backend.lib.restic.locks import locked
from backend.lib.restic.pack import Blob
from backend.lib.restic.reconcile import reconcile, remove_leftovers
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import Snapshot, load_snapshots

_BLOBS_AN_INDEX = 40_000


@dataclass(frozen=True)
class PruneResult:
    """What was given back. `partly_used` are bytes of packs that stay because some version needs a part of them."""

    packs_removed: int
    bytes_freed: int
    partly_used: int
    leftovers_removed: int


def preview(repository: Repository, rules: KeepRules, checkpoint: Callable[[], None] = lambda: None) -> list[Decision]:
    """What `forget` would keep and remove by these rules. Changes nothing. Raises DamagedError."""
    snapshots = load_snapshots(repository)
    repository.load_index(lambda _damage: None, checkpoint)
    reconcile_only_missing(repository)
    return decide(snapshots, rules, lambda snapshot: is_whole(repository, snapshot, checkpoint))


def unneeded(
    repository: Repository, staying: Iterable[Snapshot], checkpoint: Callable[[], None] = lambda: None
) -> tuple[int, int]:
    """What `prune` would give back where these versions stay, and what it would not. In bytes; after `preview`.

    The first are whole packs that none of them needs, the second lies unneeded in packs of which they need a part.
    """
    used = _used_blobs(repository, staying, checkpoint)
    kept, unused = _divide(repository, used)
    sizes = dict(repository.store.list("data"))
    return sum(sizes.get(pack.hex(), 0) for pack in unused), _idle(repository, kept, used)


def forget(repository: Repository, rules: KeepRules, checkpoint: Callable[[], None] = lambda: None) -> list[Decision]:
    """Removes the versions that no rule keeps; their space is given back by `prune`."""
    with locked(repository, exclusive=True):
        decisions = preview(repository, rules, checkpoint)
        if not any(decision.stays for decision in decisions):
            raise UserError("keep.nothing_left", "There is no version to keep.", "Make a backup first.")
        for decision in decisions:
            if not decision.stays:
                checkpoint()
                repository.store.remove("snapshots", decision.snapshot.id)
    return decisions


def prune(repository: Repository, checkpoint: Callable[[], None] = lambda: None) -> PruneResult:
    """Gives back the space of packs nothing uses. Raises DamagedError, and changes nothing, where anything is amiss."""
    with locked(repository, exclusive=True) as lock:
        snapshots = load_snapshots(repository)
        index_names = [name for name, _ in repository.store.list("index")]
        repository.load_index(checkpoint=checkpoint)
        reconcile_only_missing(repository)
        sizes = dict(repository.store.list("data"))
        used = _used_blobs(repository, snapshots, checkpoint)
        kept, unused = _divide(repository, used)
        unlisted = [name for name in sizes if not repository.index.knows_pack(bytes.fromhex(name))]
        lock.check()
        if unused or _has_missing(repository, sizes):
            _replace_index(repository, kept, index_names, checkpoint)
        gone = [pack.hex() for pack in unused] + unlisted
        for name in gone:
            checkpoint()
            repository.store.remove("data", name)
        leftovers = remove_leftovers(repository, lock)
        partly = _idle(repository, kept, used)
        repository.load_index(checkpoint=checkpoint)
        return PruneResult(len(gone), sum(sizes.get(name, 0) for name in gone), partly, leftovers)


def repair_index(repository: Repository, checkpoint: Callable[[], None] = lambda: None) -> int:
    """Writes the index anew from what the packs say, in place of all index files, readable or not. Returns the packs.

    For a repository whose index is damaged or speaks of packs that are gone. No data is removed.
    """
    with locked(repository, exclusive=True):
        old = [name for name, _ in repository.store.list("index")]
        repository.load_index(lambda _damage: None, checkpoint)
        found = reconcile(repository, checkpoint)
        packs = list(repository.index.blobs_of_packs()) + found
        _replace_index(repository, packs, old, checkpoint)
        repository.load_index(checkpoint=checkpoint)
        return len(packs)


def is_whole(repository: Repository, snapshot: Snapshot, checkpoint: Callable[[], None] = lambda: None) -> bool:
    """Whether every folder of a snapshot can be read and every piece of its files is in a pack that is there."""
    seen: set[bytes] = set()
    waiting = [snapshot.tree]
    try:
        while waiting:
            checkpoint()
            tree = waiting.pop()
            if tree in seen:
                continue
            seen.add(tree)
            for node in nodes_of(repository, tree):
                if node.kind == "dir":
                    waiting.append(node.subtree)
                elif not all(repository.index.has("data", blob) for blob in node.content):
                    return False
    except DamagedError:
        return False
    return True


def reconcile_only_missing(repository: Repository) -> None:
    """Puts aside packs that are missing or of a wrong size."""
    there = dict(repository.store.list("data"))
    for pack, size in list(repository.index.packs()):
        if there.get(pack.hex()) != size:
            repository.index.put_aside(pack)


def _used_blobs(repository: Repository, snapshots: Iterable[Snapshot], checkpoint: Callable[[], None]) -> bytearray:
    """A mark for every entry of the index that a snapshot needs; raises DamagedError where one is missing."""
    index = repository.index
    used = bytearray(len(index))
    waiting = [snapshot.tree for snapshot in snapshots]
    while waiting:
        checkpoint()
        tree = waiting.pop()
        entries = list(index.find_all("tree", tree))
        if entries and used[entries[0]]:
            continue
        nodes = nodes_of(repository, tree)
        for entry in entries:
            used[entry] = 1
        for node in nodes:
            if node.kind == "dir":
                waiting.append(node.subtree)
                continue
            for blob in node.content:
                found = array("I", index.find_all("data", blob))
                if not found:
                    raise DamagedError(f"the piece {blob.hex()[:8]}", "is missing")
                for entry in found:
                    used[entry] = 1
    return used


def _divide(repository: Repository, used: bytearray) -> tuple[list[tuple[bytes, list[Blob]]], list[bytes]]:
    kept: list[tuple[bytes, list[Blob]]] = []
    unused: list[bytes] = []
    for pack, blobs in repository.index.blobs_of_packs():
        if any(used[_first(repository, blob)] for blob in blobs):
            kept.append((pack, blobs))
        else:
            unused.append(pack)
    return kept, unused


def _idle(repository: Repository, kept: list[tuple[bytes, list[Blob]]], used: bytearray) -> int:
    return sum(blob.length for _, blobs in kept for blob in blobs if not used[_first(repository, blob)])


def _first(repository: Repository, blob: Blob) -> int:
    return repository.index.find(blob.kind, blob.id)


def _has_missing(repository: Repository, sizes: dict[str, int]) -> bool:
    return any(pack.hex() not in sizes for pack in repository.index.pack_ids)


def _replace_index(
    repository: Repository,
    packs: list[tuple[bytes, list[Blob]]],
    old: list[str],
    checkpoint: Callable[[], None],
) -> None:
    part: list[tuple[bytes, list[Blob]]] = []
    new: set[str] = set()
    count = 0
    for pack, blobs in packs:
        checkpoint()
        part.append((pack, blobs))
        count += len(blobs)
        if count >= _BLOBS_AN_INDEX:
            new.add(repository.save_index(part))
            part, count = [], 0
    if part:
        new.add(repository.save_index(part))
    for name in old:
        if name not in new:
            repository.store.remove("index", name)
