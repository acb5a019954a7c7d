"""Proof that a backup is whole: its structure, and the data of all packs or of a sample of them.

Every file of the repository is read and compared; what is wrong is told as it is found, and for each snapshot
whether it is still good and which of its files are not.
"""

import hashlib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from backend.lib.restic.browse import nodes_of
from backend.lib.restic.crew import Crew, Work
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.index import Index
from backend.lib.restic.locks import locked
from backend.lib.restic.many import handfuls, open_many
from backend.lib.restic.nodes import Node
from backend.lib.restic.pack import Blob, BlobKind, read_header
from backend.lib.restic.progress import Counter, Listener
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import Snapshot, load_snapshots

_MOST_FILES_NAMED = 100
_WORKERS = 2


@dataclass
class SnapshotState:
    """A snapshot and what of it is lost: paths of files and folders, the first hundred, and how many in all."""

    snapshot: Snapshot
    lost: list[str] = field(default_factory=list[str])
    lost_count: int = 0

    @property
    def good(self) -> bool:
        """Whether all of it can be restored."""
        return not self.lost_count


@dataclass
class VerifyResult:
    """What was looked at and found. `share` is the part of the packs whose data was read, 0 to 1."""

    damaged: list[DamagedError] = field(default_factory=list[DamagedError])
    snapshots: list[SnapshotState] = field(default_factory=list[SnapshotState])
    packs: int = 0
    packs_read: int = 0
    bytes_read: int = 0
    share: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.damaged and all(state.good for state in self.snapshots)


def verify(
    repository: Repository,
    share: float = 1.0,
    *,
    on_progress: Listener | None = None,
    checkpoint: Callable[[], None] = lambda: None,
    seed: int | None = None,
) -> VerifyResult:
    """Checks the structure, and reads the data of `share` of the packs: 0 none, 1 all, between a random sample.

    Damage is returned, not raised. Raises LockedError while someone prunes, DestinationError where the place fails.
    """
    with locked(repository):
        return _Run(repository, Counter(on_progress), checkpoint).go(share, random.Random(seed))


class _Run:
    def __init__(self, repository: Repository, counter: Counter, checkpoint: Callable[[], None]) -> None:
        self._repository = repository
        self._counter = counter
        self._checkpoint = checkpoint
        self._result = VerifyResult()
        self._lock = threading.Lock()
        self._bad: set[tuple[BlobKind, bytes]] = set()
        self._lost_blobs: set[bytes] = set()
        self._trees: dict[bytes, bool] = {}

    def go(self, share: float, generator: random.Random) -> VerifyResult:
        result = self._result
        self._check_keys()
        snapshots = load_snapshots(self._repository, self._damage)
        index = self._repository.load_index(self._damage, self._checkpoint)
        self._check_packs_there(index)
        self._read_packs(index, share, generator)
        result.snapshots = [self._state(snapshot) for snapshot in snapshots]
        result.damaged.sort(key=str)
        self._counter.end()
        return result

    def _damage(self, error: DamagedError) -> None:
        with self._lock:
            self._result.damaged.append(error)

    def _check_keys(self) -> None:
        """A key file of another password cannot be opened here, but its name tells whether it is what was written."""
        store = self._repository.store
        for name, _ in list(store.list("keys")):
            contents = store.read("keys", name)
            if hashlib.sha256(contents).hexdigest() != name:
                self._damage(DamagedError(f"the key file {name[:8]}", "is not what was written"))
        try:
            self._repository.key.unseal(store.read_config())
        except ValueError:
            self._damage(DamagedError("the file 'config'", "is not what was written"))

    def _check_packs_there(self, index: Index) -> None:
        there = self._sizes = dict(self._repository.store.list("data"))
        self._unlisted = [name for name in there if not index.knows_pack(bytes.fromhex(name))]
        for pack, expected in list(index.packs()):
            name = pack.hex()
            size = there.get(name)
            if size == expected:
                continue
            why = "is missing" if size is None else f"is {size} bytes long instead of {expected}"
            self._damage(DamagedError(f"the pack {name[:8]}", why))
            index.put_aside(pack)

    def _read_packs(self, index: Index, share: float, generator: random.Random) -> None:
        packs = list(index.blobs_of_packs())
        packs += [(bytes.fromhex(name), []) for name in self._unlisted]
        self._result.packs = len(packs)
        if share <= 0 or not packs:
            return
        if share < 1:
            packs = generator.sample(packs, max(1, round(len(packs) * share)))
        self._result.share = len(packs) / self._result.packs
        self._counter.expect(len(packs), sum(self._sizes[pack.hex()] for pack, _ in packs))
        work = Work(self._checkpoint)
        crew: Crew[tuple[bytes, list[Blob]]] = Crew(
            work, "verify", _WORKERS, _WORKERS, lambda pack: self._read_pack(work, *pack)
        )
        try:
            for pack in packs:
                work.check()
                crew.put(pack)
        except BaseException as error:  # noqa: BLE001 - raised below, after the threads have ended
            work.fail(error)
        crew.end()
        work.raise_failure()
        for kind, blob_id in self._bad:
            try:
                self._repository.load_blob(kind, blob_id)
            except DamagedError:
                if kind == "data":
                    self._lost_blobs.add(blob_id)

    def _read_pack(self, work: Work, pack: bytes, blobs: list[Blob]) -> None:
        name = pack.hex()
        work.check()
        contents = self._repository.store.read("data", name)
        damage: DamagedError | None = None
        if not blobs and hashlib.sha256(contents).digest() != pack:
            damage = DamagedError(f"the pack {name[:8]}", "is not what was written")
        else:  # what an index lists needs no hash of the whole: a seal or a length vouches for every byte
            damage = self._compare_header(name, contents, blobs)
        view = memoryview(contents)
        bad: list[Blob] = []
        for some in handfuls(blobs):
            work.check()
            sealed = [(blob, view[blob.offset : blob.offset + blob.length]) for blob in some]
            for (blob, data), plain in zip(sealed, open_many(self._repository, sealed), strict=True):
                if plain is not None:
                    continue
                try:
                    self._repository.open_blob(blob, data, pack)
                except DamagedError as error:
                    damage = damage or error
                    bad.append(blob)
        with self._lock:
            self._result.packs_read += 1
            self._result.bytes_read += len(contents)
            if damage:
                self._result.damaged.append(damage)
            self._bad.update((blob.kind, blob.id) for blob in bad)
        self._counter.add(name[:8], files=1, size=len(contents))

    def _compare_header(self, name: str, contents: bytes, blobs: list[Blob]) -> DamagedError | None:
        try:
            listed = read_header(self._repository.key, name, contents, len(contents))
        except DamagedError as error:
            return error
        if blobs and listed != blobs and (isinstance(listed, int) or sorted(listed) != sorted(blobs)):
            return DamagedError(f"the pack {name[:8]}", "does not hold what the index says")
        return None

    def _state(self, snapshot: Snapshot) -> SnapshotState:
        state = SnapshotState(snapshot)
        if self._tree_is_good(snapshot.tree):
            return state
        waiting = [(snapshot.tree, "")]
        while waiting:
            self._checkpoint()
            tree, path = waiting.pop()
            nodes = self._nodes(tree)
            if nodes is None:
                self._lost(state, path or "/")
                continue
            for node in nodes:
                shown = f"{path}/{node.name.decode('utf-8', 'replace')}"
                if node.kind == "dir" and not self._tree_is_good(node.subtree):
                    waiting.append((node.subtree, shown))
                elif node.kind == "file" and not self._file_is_good(node):
                    self._lost(state, shown)
        return state

    def _lost(self, state: SnapshotState, path: str) -> None:
        state.lost_count += 1
        if len(state.lost) < _MOST_FILES_NAMED:
            state.lost.append(path)

    def _tree_is_good(self, top: bytes) -> bool:
        """Whether a tree and all below is there; every tree is looked at once."""
        waiting: list[tuple[bytes, list[bytes] | None, bool]] = [(top, None, True)]
        while waiting:
            tree, below, files_good = waiting.pop()
            if below is not None:
                self._trees[tree] = files_good and all(self._trees[child] for child in below)
            elif tree not in self._trees:
                self._checkpoint()
                nodes = self._nodes(tree)
                if nodes is None:
                    self._trees[tree] = False
                    continue
                below = [node.subtree for node in nodes if node.kind == "dir"]
                files_good = all(self._file_is_good(node) for node in nodes if node.kind == "file")
                waiting.append((tree, below, files_good))
                waiting.extend((child, None, True) for child in below)
        return self._trees[top]

    def _nodes(self, tree: bytes) -> list[Node] | None:
        try:
            return nodes_of(self._repository, tree)
        except DamagedError as error:
            if tree not in self._trees:
                self._damage(error)
            return None

    def _file_is_good(self, node: Node) -> bool:
        has, lost = self._repository.index.has, self._lost_blobs
        for blob in node.content:  # noqa: SIM110 - there are many, and a generator for each costs as much again
            if blob in lost or not has("data", blob):
                return False
        return True
