"""Writing anew what is needed of packs that are partly used, so that the rest of their space can be given back.

A round copies as much as there is room for into new packs; then the new index is written, the old one goes, and last
the old packs. At each moment every version is whole by the index that is there.
"""

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from backend.core.errors import DeskhandError
from backend.lib.restic.crew import Crew, Work
from backend.lib.restic.crypto import Bytes
from backend.lib.restic.errors import DamagedError, DestinationFullError, destination
from backend.lib.restic.locks import Lock
from backend.lib.restic.many import handfuls, open_many, read_sealed
from backend.lib.restic.pack import EMPTY_SIZE, TARGET_SIZE, Blob, BlobKind, Pack, expected_size
from backend.lib.restic.progress import Counter, Listener
from backend.lib.restic.reconcile import replace_index
from backend.lib.restic.repository import Repository
from backend.lib.restic.usage import PackUse

IDLE_SHARE = 0.05
"""How much of the repository may lie idle, as restic's prune allows it: less would cost ever more copying."""
_SMALL = TARGET_SIZE // 4
_MANY_SMALL = 8
_ROUND = 4 << 30  # bytes copied before the old packs go: what a kill or a stop may cost at most
_ROUND_BLOBS = 100_000  # about 27 MB of them
_SPARE = 4 << 20  # bytes that are left free for locks and folders
_WRITERS = 1


@dataclass(frozen=True)
class Plan:
    """Packs that nothing needs, those to be written anew in that order, and what stays idle, in bytes."""

    unused: list[PackUse]
    repack: list[PackUse]
    idle: int


@dataclass
class Repacked:
    """What was done. `idle` stays unneeded in packs that were to be written anew: damaged ones, or for want of room."""

    packs: int = 0
    bytes_written: int = 0
    bytes_removed: int = 0
    idle: int = 0
    damaged: list[DamagedError] = field(default_factory=list[DamagedError])
    is_full: bool = False


def plan(uses: Iterable[PackUse]) -> Plan:
    """What is worth it: packs of folders and of mixed kind, the most idle others, and small ones where there are many.

    Packs of folders are small beside the others, and who looks into versions reads them all.
    """
    unused: list[PackUse] = []
    used: list[PackUse] = []
    for use in uses:
        (used if use.needed else unused).append(use)
    chosen = [use for use in used if use.has_trees and (use.has_data or use.idle)]
    others = [use for use in used if not use.has_trees]
    idle, needed = sum(use.idle for use in others), sum(use.needed for use in used)
    for use in sorted((use for use in others if use.idle), key=lambda use: use.needed / use.idle):
        if idle <= needed * IDLE_SHARE / (1 - IDLE_SHARE):
            break
        chosen.append(use)
        idle -= use.idle
    for has_trees in (False, True):
        small = [use for use in used if use.has_trees == has_trees and not use.idle and use.size < _SMALL]
        small = [use for use in small if not (use.has_trees and use.has_data)]
        if len(small) >= _MANY_SMALL:
            chosen += small
    return Plan(unused, chosen, idle)


def next_round(waiting: Sequence[PackUse], room: int) -> list[PackUse]:
    """The packs whose needed part fits into so many bytes together; the first ones first."""
    chosen: list[PackUse] = []
    left, blobs = min(room, _ROUND) - 2 * EMPTY_SIZE, _ROUND_BLOBS
    for use in waiting:
        size = use.needed + EMPTY_SIZE
        if size <= left and (not chosen or len(use.entries) <= blobs):
            left -= size
            blobs -= len(use.entries)
            chosen.append(use)
    return chosen


def room_for_packs(repository: Repository) -> int:
    """How many bytes of packs the place has room for, beside another index and what should stay free."""
    with destination(repository.store.root):
        free = shutil.disk_usage(repository.store.root).free
    return free - _SPARE - sum(size for _, size in repository.store.list("index"))


def repack(
    repository: Repository,
    lock: Lock,
    packs: Sequence[PackUse],
    needed: bytearray,
    checkpoint: Callable[[], None],
    on_progress: Listener | None = None,
) -> Repacked:
    """Copies what is needed of these packs and removes them, in rounds. Gives up kindly where there is too little room.

    A pack in which something needed is damaged stays as it is.
    """
    done = Repacked()
    if not packs:
        return done
    counter = Counter(on_progress)
    counter.expect(len(packs), sum(use.needed for use in packs))
    waiting = list(packs)
    most = sys.maxsize
    while waiting:
        chosen = next_round(waiting, min(room_for_packs(repository), most))
        if not chosen:
            done.is_full = True
            break
        work = _Round(repository, needed, counter, checkpoint)
        try:
            work.copy(sorted(chosen, key=lambda use: use.entries.start))
            list_instead(repository, lock, work.made, work.copied, checkpoint)
        except DestinationFullError:  # a quota, or somebody else's files: less at a time may still go
            most = work.written // 2
            continue
        remove_packs(repository, lock, (use.pack for use in work.copied), checkpoint)
        if most < sys.maxsize:
            most += sum(use.size for use in work.copied) - work.written
        _add_up(done, work)
        taken = {use.pack for use in chosen}
        waiting = [use for use in waiting if use.pack not in taken]
    done.idle += sum(use.idle for use in waiting)
    counter.end()
    return done


def list_instead(
    repository: Repository,
    lock: Lock,
    new: Sequence[tuple[bytes, list[Blob]]],
    old: Iterable[PackUse],
    checkpoint: Callable[[], None],
) -> None:
    """Puts new packs into the index and takes old ones out of it. Where that fails, the new ones are removed."""
    gone = {use.pack for use in old}
    index_before = {name for name, _ in repository.store.list("index")}
    staying = ((pack, blobs) for pack, blobs in repository.index.blobs_of_packs() if pack not in gone)
    try:
        lock.check()
        replace_index(repository, chain(staying, new), lock, checkpoint)
    except BaseException:
        with contextlib.suppress(DeskhandError):  # the place is gone; the next prune finds them
            if {name for name, _ in repository.store.list("index")} == index_before:
                _remove(repository, (pack for pack, _ in new))
        raise
    for pack, blobs in new:
        repository.index.add_pack(pack, blobs)
    for pack in gone:
        repository.index.put_aside(pack)


def remove_packs(repository: Repository, lock: Lock, packs: Iterable[bytes], checkpoint: Callable[[], None]) -> None:
    """Removes packs that no index lists any more."""
    for pack in packs:
        checkpoint()
        lock.check()
        repository.store.remove("data", pack.hex())


class _Round:
    """Copies what is needed of some packs, read and compared with its ID, into new ones that no index lists yet."""

    def __init__(
        self, repository: Repository, needed: bytearray, counter: Counter, checkpoint: Callable[[], None]
    ) -> None:
        self.made: list[tuple[bytes, list[Blob]]] = []
        self.copied: list[PackUse] = []
        self.idle = 0
        self.damaged: list[DamagedError] = []
        self.written = 0
        self._repository = repository
        self._needed = needed
        self._counter = counter
        self._work = Work(checkpoint)
        self._open: dict[BlobKind, Pack] = {"data": Pack.empty(), "tree": Pack.empty()}

    def copy(self, packs: Iterable[PackUse]) -> None:
        """Returns when all is on the disk. What it wrote is removed where it fails or is stopped."""
        writers: Crew[Pack] = Crew(self._work, "repack", _WRITERS, _WRITERS, self._write)
        try:
            for use in packs:
                self._copy_pack(use, writers)
            for pack in self._open.values():
                if pack.blobs:
                    writers.put(pack)
        except BaseException as error:  # noqa: BLE001 - raised below, after the threads have ended
            self._work.fail(error)
        writers.end()
        if self._work.failure:
            with contextlib.suppress(DeskhandError):  # the place is gone; the next prune finds them
                _remove(self._repository, (pack for pack, _ in self.made))
        self._work.raise_failure()

    def _copy_pack(self, use: PackUse, writers: Crew[Pack]) -> None:
        copied = 0
        damage: DamagedError | None = None
        blobs = [self._repository.index.place(entry)[1] for entry in use.entries if self._needed[entry]]
        for some in handfuls(sorted(blobs, key=lambda blob: blob.offset)):
            self._work.check()
            for blob, sealed in self._read(use.pack, some):
                if isinstance(sealed, DamagedError):
                    damage = damage or sealed
                    continue
                self._add(blob, sealed, writers)
                copied += blob.length
            self._counter.add(use.pack.hex()[:8], size=sum(blob.length for blob in some))
        self._counter.add(use.pack.hex()[:8], files=1)
        if damage:
            self.damaged.append(damage)
            self.idle += use.idle + copied
        else:
            self.copied.append(use)

    def _read(self, pack: bytes, blobs: Sequence[Blob]) -> Iterator[tuple[Blob, Bytes | DamagedError]]:
        """The blobs as they are sealed, each opened and compared with its ID; or what is wrong with it."""
        wanted = [(pack, blob.offset, number, blob) for number, blob in enumerate(blobs)]
        read = {number: sealed for number, _, sealed in read_sealed(self._repository, wanted)}
        opened = open_many(self._repository, [(blobs[number], sealed) for number, sealed in read.items()])
        sound = {number for number, plain in zip(read, opened, strict=True) if plain is not None}
        for number, blob in enumerate(blobs):
            yield blob, read[number] if number in sound else self._read_alone(pack, blob)

    def _read_alone(self, pack: bytes, blob: Blob) -> Bytes | DamagedError:
        try:
            sealed = self._repository.store.read_part(pack.hex(), blob.offset, blob.length)
            self._repository.open_blob(blob, sealed, pack)
        except DamagedError as error:
            return error
        return sealed

    def _add(self, blob: Blob, sealed: Bytes, writers: Crew[Pack]) -> None:
        pack = self._open[blob.kind]
        pack.add(blob.kind, blob.id, sealed, blob.plain)
        if pack.size >= TARGET_SIZE:
            self._open[blob.kind] = Pack.empty()
            writers.put(pack)

    def _write(self, pack: Pack) -> None:
        self.made.append((self._repository.save_pack(pack, self._work.check), pack.blobs))
        self.written += expected_size(pack.blobs)


def _add_up(done: Repacked, work: _Round) -> None:
    done.packs += len(work.copied)
    done.bytes_written += work.written
    done.bytes_removed += sum(use.size for use in work.copied)
    done.idle += work.idle
    done.damaged += work.damaged


def _remove(repository: Repository, packs: Iterable[bytes]) -> None:
    for pack in packs:
        repository.store.remove("data", pack.hex())
