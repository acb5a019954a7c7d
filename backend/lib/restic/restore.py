"""Bringing back files: written beside their places and renamed, so that no half file ever stands under its name.

Nothing is overwritten unless asked for. Data that is not what was backed up is never written in silence:
the file is left out and named.
"""

# ruff: noqa: PTH100, PTH103, PTH118, PTH120
# Paths are the system's own strings: a name is raw bytes, and there are many.

import contextlib
import os
import stat
from collections import Counter as Names
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from backend.core.errors import UserError
from backend.lib.restic.browse import local_path, nodes_of
from backend.lib.restic.crew import Batches, Crew, Sharing, Work
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.hand import SecondHand
from backend.lib.restic.many import HEAVIEST
from backend.lib.restic.nodes import Node
from backend.lib.restic.parts import remove_left
from backend.lib.restic.placing import FileJob, Placer
from backend.lib.restic.progress import Counter, Listener
from backend.lib.restic.repository import Repository
from backend.lib.restic.scan import MOST_KEPT, native
from backend.lib.restic.snapshots import Snapshot
from backend.lib.words import counted

Existing = Literal["keep_both", "replace", "skip"]
_WORKERS = 2
_WAITING = 8
_MOST_FILES = 96


@dataclass
class RestoreResult:
    """What came back. `damaged` names files that could not be restored as they were, `failed` what could not be put."""

    files: int = 0
    folders: int = 0
    bytes: int = 0
    left_alone: list[str] = field(default_factory=list[str])
    renamed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    damaged: list[tuple[str, DamagedError]] = field(default_factory=list[tuple[str, DamagedError]])
    failed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def is_nothing(self) -> bool:
        """Whether nothing came back; folders that are empty because their files failed count for nothing."""
        lost = len(self.damaged) + len(self.failed)
        return not self.files + len(self.left_alone) + (0 if lost else self.folders)

    def add(self, other: "RestoreResult") -> None:
        """Counts another run's result in."""
        self.files += other.files
        self.folders += other.folders
        self.bytes += other.bytes
        self.left_alone += other.left_alone
        self.renamed += other.renamed
        self.damaged += other.damaged
        self.failed += other.failed


class NothingRestoredError(UserError):
    """What was asked for is not in the snapshot, or none of it could be brought back."""


def restore(
    repository: Repository,
    snapshot: Snapshot,
    target: Path | None,
    paths: Sequence[bytes] = (),
    existing: Existing = "keep_both",
    *,
    on_progress: Listener | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> RestoreResult:
    """Restores a snapshot, or the raw `paths` of it (files and folders), with times, modes and links.

    Under `target` the chosen things lie by their own names (by their paths where two have the same), all of it by its
    whole path; with None everything goes
    where it came from. Raises NothingRestoredError where nothing came back; a full disk or a refused folder at the
    place restored to is told in `failed` for every file, except that a full disk ends it (UserError).
    """
    return _Run(repository, snapshot, target, existing, on_progress, checkpoint).go(paths)


def measure(
    repository: Repository, snapshot: Snapshot, target: Path | None, paths: Sequence[bytes] = ()
) -> tuple[int, int, int]:
    """How many files and bytes a restore of these would bring, and how many of the files exist at their places.

    Raises NothingRestoredError for what is not in the snapshot.
    """
    return _Run(repository, snapshot, target, "skip", None, lambda: None).measure(paths)


class _Run:
    def __init__(
        self,
        repository: Repository,
        snapshot: Snapshot,
        target: Path | None,
        existing: Existing,
        on_progress: Listener | None,
        checkpoint: Callable[[], None],
    ) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._target = target
        self._checkpoint = checkpoint
        self._counter = Counter(on_progress)
        self._result = RestoreResult()
        self._work = Work(checkpoint)
        self._placer = Placer(repository, existing, self._work, self._counter, self._result)
        self._folders: list[tuple[str, Node]] = []
        self._ahead: dict[bytes, list[Node]] = {}
        self._kept = 0

    def go(self, paths: Sequence[bytes]) -> RestoreResult:
        if not len(self._repository.index):
            self._repository.load_index(lambda _damage: None, self._checkpoint)
        chosen = self._chosen(paths)
        files, size = self._count([node for node, _ in chosen])
        self._counter.expect(files, size)
        crew: Crew[list[FileJob]] = Crew(self._work, "restore", _WORKERS, _WAITING, self._placer.write)
        sharing = Sharing(crew, self._placer.write, _is_large)
        with SecondHand(self._repository, self._placer.settle_all) as hand:

            def hand_on(jobs: list[FileJob]) -> None:
                jobs = self._placer.to_write(jobs)
                if jobs := jobs if _is_large(jobs) else hand.take(jobs):
                    sharing.put(jobs)

            batches = Batches(hand_on, most=_MOST_FILES, heaviest=HEAVIEST)
            try:
                hand.start(files)
                for node, place in chosen:
                    self._make_way(place)
                    self._restore(batches, node, place)
                batches.flush()
                hand.finish(self._work.check)
            except BaseException as error:  # noqa: BLE001 - raised below, after the threads have ended
                self._work.fail(error)
            crew.end()
        if self._work.failure is None:
            self._placer.link_twins()
        for place, node in reversed(self._folders):  # after a stop, too: the next run takes them for the user's own
            self._placer.dress(place, node)
        self._work.raise_failure()
        if self._result.is_nothing:
            raise self._nothing()
        self._counter.end()
        return self._result

    def measure(self, paths: Sequence[bytes]) -> tuple[int, int, int]:
        chosen = self._chosen(paths)
        return *self._count([node for node, _ in chosen]), self._count_existing(chosen)

    def _count_existing(self, chosen: list[tuple[Node, str]]) -> int:
        there = 0
        waiting = list(chosen)
        while waiting:
            node, place = waiting.pop()
            if node.kind != "dir":
                there += os.path.lexists(native(place))
            elif os.path.isdir(native(place)):  # noqa: PTH112 - the system's own string
                with contextlib.suppress(DamagedError):  # told when its turn comes
                    below = nodes_of(self._repository, node.subtree)
                    waiting.extend((child, os.path.join(place, _name(child))) for child in below)
        return there

    def _chosen(self, paths: Sequence[bytes]) -> list[tuple[Node, str]]:
        """The topmost nodes to restore, with their places."""
        if not paths:
            base = self._base()
            return [(node, os.path.join(base, _name(node))) for node in nodes_of(self._repository, self._snapshot.tree)]
        nodes = [(path, self._node_at(path)) for path in paths]
        names = Names(_name(node) for _, node in nodes)
        found: list[tuple[Node, str]] = []
        for path, node in nodes:
            whole = [os.fsdecode(part) for part in path.split(b"/") if part]
            if self._target is None:
                place = local_path(path)
            else:
                place = os.path.join(self._base(), *([_name(node)] if names[_name(node)] == 1 else whole))
            found.append((node, place))
        return found

    def _base(self) -> str:
        if self._target is not None:
            return os.path.abspath(self._target)
        if os.name == "nt":
            raise UserError("restore.place", "Choose a folder to restore everything to.")
        return "/"

    def _node_at(self, path: bytes) -> Node:
        tree = self._snapshot.tree
        node: Node | None = None
        for part in (name for name in path.split(b"/") if name):
            node = (
                next((node for node in nodes_of(self._repository, tree) if node.name == part), None) if tree else None
            )
            if node is None:
                break
            tree = node.subtree
        if node is None:
            shown = path.decode("utf-8", "replace")
            raise NothingRestoredError("restore.not_there", f"{shown} is not in this version.", "Look in another one.")
        return node

    def _count(self, nodes: list[Node]) -> tuple[int, int]:
        files = sum(node.kind in ("file", "symlink") for node in nodes)
        size = sum(node.size for node in nodes)
        waiting = [node.subtree for node in nodes if node.kind == "dir"]
        while waiting:
            self._checkpoint()
            try:
                below = self._look_ahead(waiting.pop())
            except DamagedError:
                continue  # told when its turn comes
            for node in below:
                if node.kind == "dir":
                    waiting.append(node.subtree)
                else:
                    files += 1
                    size += node.size
        return files, size

    def _look_ahead(self, tree: bytes) -> list[Node]:
        """What is in a folder, kept for its turn as long as that is not too much."""
        below = nodes_of(self._repository, tree)
        if self._kept + len(below) <= MOST_KEPT:
            self._kept += len(below)
            self._ahead[tree] = below
        return below

    def _restore(self, batches: Batches[FileJob], node: Node, place: str) -> None:
        folders = self._restore_all(batches, [(node, place)])
        while folders:
            self._work.check()
            node, place = folders.pop()
            if not self._make_folder(node, place):
                continue
            try:
                below = self._ahead.pop(node.subtree, None) or nodes_of(self._repository, node.subtree)
            except DamagedError as error:
                self._result.damaged.append((place, error))
                continue
            start = place.rstrip(os.sep) + os.sep
            folders += reversed(self._restore_all(batches, ((child, start + _name(child)) for child in below)))

    def _restore_all(self, batches: Batches[FileJob], nodes: Iterable[tuple[Node, str]]) -> list[tuple[Node, str]]:
        """Restores files and links, and returns the folders, whose turn comes later."""
        folders: list[tuple[Node, str]] = []
        for node, place in nodes:
            if node.kind == "file":
                batches.put(FileJob(node, place), node.size)
            elif node.kind == "dir":
                folders.append((node, place))
            elif node.kind == "symlink":
                self._placer.put_link(node, place)
        return folders

    def _make_way(self, place: str) -> None:
        try:
            above = native(os.path.dirname(place))
            os.makedirs(above, exist_ok=True)
            remove_left(above)
        except OSError as error:
            self._placer.tell(place, error)

    def _make_folder(self, node: Node, place: str) -> bool:
        made = native(place)
        try:
            if os.path.lexists(made):
                if not stat.S_ISDIR(os.lstat(made).st_mode):
                    self._result.failed.append((place, "a file or link with that name is in the way"))
                    return False
                remove_left(made)
                return True  # a folder that was there keeps its own mode and times
            os.makedirs(made, 0o700)
        except OSError as error:
            self._placer.tell(place, error)
            return False
        self._folders.append((place, node))
        self._result.folders += 1
        return True

    def _nothing(self) -> NothingRestoredError:
        count = len(self._result.damaged) + len(self._result.failed)
        reason = "the chosen version holds nothing there" if not count else f"{counted(count, 'file')} failed"
        hint = "Verify the backup to see which versions are good." if self._result.damaged else "Choose another place."
        return NothingRestoredError("restore.nothing", f"Nothing was restored: {reason}.", hint)


def _is_large(jobs: list[FileJob]) -> bool:
    return any(len(job.node.content) > 1 for job in jobs)


def _name(node: Node) -> str:
    name = os.fsdecode(node.name)
    if os.name != "nt":
        return name
    safe = "".join("_" if char in '<>:"|?*\\' or char < " " else char for char in name)
    return safe.rstrip(" .") or "_"
