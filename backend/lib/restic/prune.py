"""Removing versions, and giving back the space of what no version needs any more.

Packs that are wholly unused go; of those that are partly used and worth it, the needed part is copied into new ones
first. All under restic's exclusive lock, and in an order in which a power cut at any moment leaves every version whole:
new packs, new index, old indexes away, then the old packs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain

from backend.core.errors import UserError
from backend.lib.restic.browse import nodes_of
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.keep import Decision, KeepRules, decide
from backend.lib.restic.locks import locked
from backend.lib.restic.pack import EMPTY_SIZE, TARGET_SIZE
from backend.lib.restic.progress import Listener
from backend.lib.restic.reconcile import put_missing_aside, reconcile, remove_leftovers, replace_index
from backend.lib.restic.repack import list_instead, next_round, plan, remove_packs, repack, room_for_packs
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import Snapshot, load_snapshots
from backend.lib.restic.usage import PackUse, needed_entries, uses_of_packs


@dataclass(frozen=True)
class Estimate:
    """What a prune would do, in bytes: give back, write anew for that, and leave idle in packs that are partly used.

    `lacks_room` tells that more stays idle than need be, since the place has no room for new packs beside the old.
    """

    given_back: int
    written: int
    idle: int
    lacks_room: bool


@dataclass(frozen=True)
class PruneResult:
    """What was done. `bytes_freed` is what there is less of; `idle` bytes stay in packs of which a part is needed.

    A pack that is `damaged` was left as it is. `is_full` tells that there was too little room to write packs anew.
    """

    packs_removed: int
    packs_rewritten: int
    bytes_freed: int
    idle: int
    leftovers_removed: int
    damaged: list[DamagedError] = field(default_factory=list[DamagedError])
    is_full: bool = False


def preview(repository: Repository, rules: KeepRules, checkpoint: Callable[[], None] = lambda: None) -> list[Decision]:
    """What `forget` would keep and remove by these rules. Changes nothing. Raises DamagedError."""
    snapshots = load_snapshots(repository)
    repository.load_index(lambda _damage: None, checkpoint)
    put_missing_aside(repository)
    return decide(snapshots, rules, lambda snapshot: is_whole(repository, snapshot, checkpoint))


def unneeded(
    repository: Repository, staying: Iterable[Snapshot], checkpoint: Callable[[], None] = lambda: None
) -> Estimate:
    """What `prune` would do where these versions stay; after `preview`. Raises DamagedError where it would."""
    needed = needed_entries(repository, staying, checkpoint, check_copies=False)
    planned = plan(uses_of_packs(repository.index, needed))
    there = dict(repository.store.list("data"))
    freed = sum(use.size for use in planned.unused) + sum(there[name] for name in _unlisted(repository, there))
    room = room_for_packs(repository) + freed
    written, idle, waiting = 0, planned.idle, planned.repack
    while waiting and (chosen := next_round(waiting, room)):
        size = _size_written(chosen)
        written += size
        room += sum(use.size for use in chosen) - size
        freed += sum(use.size for use in chosen) - size
        taken = {use.pack for use in chosen}
        waiting = [use for use in waiting if use.pack not in taken]
    return Estimate(freed, written, idle + sum(use.idle for use in waiting), bool(waiting))


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


def prune(
    repository: Repository, checkpoint: Callable[[], None] = lambda: None, on_progress: Listener | None = None
) -> PruneResult:
    """Gives back space. Raises DamagedError, and changes nothing, where anything that a version needs is missing.

    `on_progress` is told of the packs that are written anew.
    """
    with locked(repository, exclusive=True) as lock:
        snapshots = load_snapshots(repository)
        repository.load_index(checkpoint=checkpoint)
        there = put_missing_aside(repository)
        needed = needed_entries(repository, snapshots, checkpoint, check_copies=True)
        planned = plan(uses_of_packs(repository.index, needed))
        unlisted = _unlisted(repository, there)
        repository.store.sync("snapshots")  # what was forgotten must not come back once its packs are gone
        lock.check()
        if planned.unused or _has_missing(repository):
            list_instead(repository, lock, [], planned.unused, checkpoint)
        gone = [use.pack for use in planned.unused] + [bytes.fromhex(name) for name in unlisted]
        remove_packs(repository, lock, gone, checkpoint)
        freed = sum(there[pack.hex()] for pack in gone)
        leftovers = remove_leftovers(repository, lock)
        done = repack(repository, lock, planned.repack, needed, checkpoint, on_progress)
        repository.load_index(checkpoint=checkpoint)
        return PruneResult(
            packs_removed=len(gone),
            packs_rewritten=done.packs,
            bytes_freed=max(0, freed + done.bytes_removed - done.bytes_written),
            idle=planned.idle + done.idle,
            leftovers_removed=leftovers,
            damaged=done.damaged,
            is_full=done.is_full,
        )


def repair_index(repository: Repository, checkpoint: Callable[[], None] = lambda: None) -> int:
    """Writes the index anew from what the packs say, in place of all index files, readable or not. Returns the packs.

    For a repository whose index is damaged or speaks of packs that are gone. No data is removed.
    """
    with locked(repository, exclusive=True) as lock:
        repository.load_index(lambda _damage: None, checkpoint)
        found = reconcile(repository, checkpoint)
        count = sum(1 for _ in repository.index.packs()) + len(found)
        replace_index(repository, chain(repository.index.blobs_of_packs(), found), lock, checkpoint)
        repository.load_index(checkpoint=checkpoint)
        return count


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


def _unlisted(repository: Repository, there: Iterable[str]) -> list[str]:
    """Packs that are there and no index lists, or another size of."""
    return [name for name in there if not repository.index.usable(bytes.fromhex(name))]


def _has_missing(repository: Repository) -> bool:
    return any(not repository.index.usable(pack) for pack in repository.index.pack_ids)


def _size_written(uses: Iterable[PackUse]) -> int:
    """How much the new packs of a round take together."""
    trees = sum(use.needed for use in uses if use.has_trees and not use.has_data)
    data = sum(use.needed for use in uses) - trees
    return trees + data + EMPTY_SIZE * (-(-trees // TARGET_SIZE) + -(-data // TARGET_SIZE))
