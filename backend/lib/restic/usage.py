"""What of a repository its versions need: which copy of each blob, and how much of every pack."""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.lib.restic.browse import nodes_of
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.index import Index
from backend.lib.restic.pack import EMPTY_SIZE, entry_size
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import Snapshot

_ONLY_COPY = 1
_ONE_OF_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class PackUse:
    """A pack and what of it is needed. `needed` is in bytes, with what each blob takes in the table of contents."""

    pack: bytes
    entries: range
    size: int
    needed: int
    has_trees: bool
    has_data: bool

    @property
    def idle(self) -> int:
        """Bytes that nothing needs."""
        return self.size - EMPTY_SIZE - self.needed


def needed_entries(
    repository: Repository, snapshots: Iterable[Snapshot], checkpoint: Callable[[], None], check_copies: bool
) -> bytearray:
    """A mark for each entry of the index that the snapshots need, one of every blob; DamagedError where one is missing.

    Of a blob that lies there several times the copy in the best used pack is needed, which is read to see that it is
    sound if `check_copies`. Where no copy is sound, all are needed.
    """
    marks = _reached(repository, snapshots, checkpoint)
    _keep_one_copy(repository, marks, checkpoint, check_copies)
    return marks


def uses_of_packs(index: Index, needed: bytearray) -> list[PackUse]:
    """All packs of the index that are there, in its order."""
    found: list[PackUse] = []
    for number, entries in index.entries_of_packs():
        size = 0
        kinds: set[str] = set()
        for entry in entries:
            if needed[entry]:
                pack, blob = index.place(entry)
                size += blob.length + entry_size(blob.plain)
                kinds.add(blob.kind)
        pack = index.pack_ids[number]
        found.append(PackUse(pack, entries, index.pack_size(number), size, "tree" in kinds, "data" in kinds))
    return found


def _reached(repository: Repository, snapshots: Iterable[Snapshot], checkpoint: Callable[[], None]) -> bytearray:
    """Marks all copies of all that can be reached from the snapshots."""
    index = repository.index
    marks = bytearray(len(index))
    waiting = [snapshot.tree for snapshot in snapshots]
    while waiting:
        checkpoint()
        tree = waiting.pop()
        entries = array("I", index.find_all("tree", tree))
        if entries and marks[entries[0]]:
            continue
        nodes = nodes_of(repository, tree)
        _mark(marks, entries)
        for node in nodes:
            if node.kind == "dir":
                waiting.append(node.subtree)
                continue
            for blob in node.content:
                found = array("I", index.find_all("data", blob))
                if not found:
                    raise DamagedError(f"the piece {blob.hex()[:8]}", "is missing")
                _mark(marks, found)
    return marks


def _mark(marks: bytearray, entries: "array[int]") -> None:
    mark = _ONLY_COPY if len(entries) == 1 else _ONE_OF_SEVERAL
    for entry in entries:
        marks[entry] = mark


def _keep_one_copy(
    repository: Repository, marks: bytearray, checkpoint: Callable[[], None], check_copies: bool
) -> None:
    if _ONE_OF_SEVERAL not in marks:
        return
    index = repository.index
    unneeded, alone = array("Q", bytes(8 * len(index.pack_ids))), array("Q", bytes(8 * len(index.pack_ids)))
    for entry, mark in enumerate(marks):
        if mark == 0:
            unneeded[index.pack_of(entry)] += index.place(entry)[1].length
        elif mark == _ONLY_COPY:
            alone[index.pack_of(entry)] += index.place(entry)[1].length

    def rank(entry: int) -> tuple[float, int, int]:
        number = index.pack_of(entry)
        return unneeded[number] / index.pack_size(number), -alone[number], number

    for entry in range(len(marks)):
        if marks[entry] != _ONE_OF_SEVERAL:
            continue
        checkpoint()
        blob = index.place(entry)[1]
        copies = sorted(index.find_all(blob.kind, blob.id), key=rank)
        best = next((copy for copy in copies if not check_copies or _is_sound(repository, copy)), None)
        for copy in copies:
            marks[copy] = _ONLY_COPY if best in (copy, None) else 0


def _is_sound(repository: Repository, entry: int) -> bool:
    pack, blob = repository.index.place(entry)
    try:
        repository.open_blob(blob, repository.store.read_part(pack.hex(), blob.offset, blob.length), pack)
    except DamagedError:
        return False
    return True
