"""A backup run: what changed since the last version is read, cut, compressed, sealed and kept; then the snapshot.

One thread walks the folders, some read files, some hash and compress pieces of large ones, two write packs.
The order on the disk is packs, index, snapshot, each synced: at every moment earlier versions are whole.
"""

import os
import stat
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.lib.restic.crew import Work
from backend.lib.restic.errors import DamagedError, DestinationError
from backend.lib.restic.exclusions import Exclusions
from backend.lib.restic.filework import FileWork, Task
from backend.lib.restic.folders import Folder
from backend.lib.restic.locks import Lock, locked
from backend.lib.restic.progress import Counter, Listener
from backend.lib.restic.reconcile import reconcile, remove_leftovers
from backend.lib.restic.repository import Repository, host_name, now_text, user_name
from backend.lib.restic.scan import Entry, Scanner, Skipped, names_in, native, parts_of
from backend.lib.restic.snapshots import Snapshot, choose_parent, load_snapshots, save_snapshot
from backend.lib.restic.survey import Surveying
from backend.lib.restic.writer import PackWriter

PROGRAM = "Deskhand"
_TOLD = 200


@dataclass(frozen=True)
class BackupResult:
    """What a run made. `skipped` was not taken as it is; `damaged` was found wrong in the repository on the way."""

    snapshot: Snapshot
    skipped: list[Skipped]
    damaged: list[DamagedError]
    files_new: int
    files_changed: int
    files_unchanged: int
    bytes_total: int
    bytes_added: int
    bytes_stored: int
    seconds: float


@dataclass
class _Counts:
    files_new: int = 0
    files_changed: int = 0
    files_unmodified: int = 0
    files_total: int = 0
    bytes_total: int = 0
    skipped: list[Skipped] = field(default_factory=list[Skipped])
    damaged: list[DamagedError] = field(default_factory=list[DamagedError])


def back_up(
    repository: Repository,
    sources: Sequence[str | Path],
    exclusions: Exclusions | None = None,
    *,
    tags: Sequence[str] = (),
    on_progress: Listener | None = None,
    checkpoint: Callable[[], None] = lambda: None,
    on_skipped: Callable[[Skipped], None] | None = None,
    survey: Surveying | None = None,
) -> BackupResult:
    """Makes a snapshot of the sources. `survey` is one of just these that was begun before.

    `checkpoint` is called from several threads at least every MiB; what it raises ends the run without a snapshot and
    is raised here. Raises SourceGoneError, LockedError, DestinationError (never counted as an unreadable file).
    """
    exclusions = exclusions or Exclusions()
    if survey is None:
        with Surveying(sources, exclusions, repository.store.root, checkpoint) as begun:
            return back_up(
                repository,
                sources,
                exclusions,
                tags=tags,
                on_progress=on_progress,
                checkpoint=checkpoint,
                on_skipped=on_skipped,
                survey=begun,
            )
    run = _Run(repository, survey, exclusions, tags, on_progress, checkpoint)
    run.on_skipped = on_skipped
    with locked(repository, meanwhile=run.prepare) as lock:
        return run.go(lock)


class _Run:
    def __init__(
        self,
        repository: Repository,
        survey: Surveying,
        exclusions: Exclusions,
        tags: Sequence[str],
        on_progress: Listener | None,
        checkpoint: Callable[[], None],
    ) -> None:
        self.on_skipped: Callable[[Skipped], None] | None = None
        self._repository = repository
        self._survey = survey
        self._sources = survey.sources
        self._exclusions = exclusions
        self._tags = tuple(tags)
        self._checkpoint = checkpoint
        self._counter = Counter(on_progress)
        self._counts = _Counts()
        self._counts_lock = threading.Lock()
        self._scanner = Scanner(exclusions, repository.store.root, self._skip)
        self._root_tree = ""
        self._untold_files = self._untold_bytes = 0

    def prepare(self) -> None:
        """Reads what is in the repository, and how much there is to do; the own lock is on the disk already."""
        self._started = time.monotonic(), now_text()
        self._read_repository()
        counted = self._survey.result()
        self._counter.expect(counted.files, counted.bytes)

    def _read_repository(self) -> None:
        # snapshots before the index: what a snapshot names is then in the index, whoever writes meanwhile
        self._snapshots = load_snapshots(self._repository, self._counts.damaged.append)
        self._repository.load_index(self._counts.damaged.append, self._checkpoint)

    def go(self, lock: Lock) -> BackupResult:
        started, started_text = self._started
        if not self._repository.is_index_as_read():  # who had removed versions until just now
            self._counts.damaged.clear()
            self._read_repository()
        remove_leftovers(self._repository, lock)
        leftover = reconcile(self._repository, self._checkpoint)
        parent = choose_parent(self._snapshots, host_name(), self._sources)
        self._work = Work(self._checkpoint)
        self._writer = PackWriter(self._repository, self._work)
        self._files = FileWork(self._repository, self._writer, self._work, self._counter, self._skip)
        try:
            for pack, blobs in leftover:
                self._writer.adopt(pack, blobs)
            self._walk(parent)
            self._files.finish()
            self._writer.finish()
        except BaseException as error:  # noqa: BLE001 - raised below, after the threads have ended
            self._work.fail(error)
        self._end_threads()
        lock.check()
        snapshot = self._save(parent, started_text)
        self._counter.end()
        return self._result(snapshot, time.monotonic() - started)

    def _end_threads(self) -> None:
        self._files.end_threads()
        self._writer.end_threads()
        failure = self._work.failure
        if failure is None:
            return
        if not isinstance(failure, DestinationError):
            self._writer.list_packs()  # what is there already is found at once next time
        raise failure

    def _walk(self, parent: Snapshot | None) -> None:
        root = Folder(None, 0, None, parent.tree if parent else b"", self._keep_root)
        waiting: list[tuple[Folder, _Plan]] = [(root, _plan(self._sources))]
        real: list[tuple[Folder, str]] = []
        while waiting:
            folder, plan = waiting.pop()
            self._recall(folder)
            for name, (path, below) in sorted(plan.items(), key=lambda item: os.fsencode(item[0])):
                try:
                    entry = Entry(os.fsencode(name), path, os.lstat(native(path)))
                except OSError as error:
                    self._scanner.tell(path, error)
                    continue
                if below:
                    waiting.append((folder.add_folder(entry), below))
                elif stat.S_ISDIR(entry.info.st_mode):
                    real.append((folder.add_folder(entry), path))
                else:
                    self._take(folder, entry)
            if not plan:
                real.append((folder, os.sep))
            else:
                folder.listed(self._writer)
        self._tell_as_before("")
        for folder, path in real:
            self._walk_real(folder, path)

    def _walk_real(self, top: Folder, top_path: str) -> None:
        waiting = [(top, top_path)]
        while waiting:
            self._work.check()
            folder, path = waiting.pop()
            entries = self._survey.take_listing(path)
            if entries is None:
                entries = self._scanner.list(path)
            if entries is None:
                folder.drop(self._writer)
                continue
            self._recall(folder)
            below: list[tuple[Folder, str]] = []
            for entry in entries:
                if stat.S_ISDIR(entry.info.st_mode):
                    below.append((folder.add_folder(entry), entry.path))
                else:
                    self._take(folder, entry)
            self._tell_as_before(path)
            folder.listed(self._writer)
            waiting.extend(reversed(below))

    def _recall(self, folder: Folder) -> None:
        try:
            folder.recall(self._repository)
        except DamagedError as error:
            self._counts.damaged.append(error)
        except (KeyError, TypeError):
            self._counts.damaged.append(DamagedError("a folder of the last version", "makes no sense"))

    def _take(self, folder: Folder, entry: Entry) -> None:
        if stat.S_ISLNK(entry.info.st_mode):
            try:
                target = os.readlink(native(entry.path))  # noqa: PTH115 - raw names
            except OSError as error:
                self._scanner.tell(entry.path, error)
                return
            folder.add_link(entry, target)
            self._counter.add(entry.path, files=1)
        elif folder.add_if_as_before(entry, self._repository.index.has_all):
            self._untold_files += 1
            self._untold_bytes += entry.info.st_size
            if self._untold_files == _TOLD:
                self._tell_as_before(entry.path)
        else:
            is_new = folder.node_before(entry) is None
            self._files.put(Task(entry, folder, folder.reserve(), is_new, self._taken))

    def _tell_as_before(self, path: str) -> None:
        """Files that have not changed are many, and told together."""
        files, size = self._untold_files, self._untold_bytes
        self._untold_files = self._untold_bytes = 0
        if files:
            self._work.check()
            self._counter.add(path, files=files, size=size)
            self._count("files_unmodified", files, size)

    def _taken(self, task: Task, size: int) -> None:
        self._count("files_new" if task.is_new else "files_changed", 1, size)

    def _count(self, what: str, files: int, size: int) -> None:
        with self._counts_lock:
            setattr(self._counts, what, getattr(self._counts, what) + files)
            self._counts.files_total += files
            self._counts.bytes_total += size

    def _keep_root(self, tree: str) -> None:
        self._root_tree = tree

    def _skip(self, what: Skipped) -> None:
        with self._counts_lock:
            self._counts.skipped.append(what)
        if self.on_skipped:
            self.on_skipped(what)

    def _save(self, parent: Snapshot | None, started: str) -> Snapshot:
        figures, counts, ended = self._writer.figures, self._counts, now_text()
        summary = {
            "backup_start": started,
            "backup_end": ended,
            "files_new": counts.files_new,
            "files_changed": counts.files_changed,
            "files_unmodified": counts.files_unmodified,
            "data_blobs": figures.data_blobs,
            "tree_blobs": figures.tree_blobs,
            "data_added": figures.added,
            "data_added_packed": figures.added_packed,
            "total_files_processed": counts.files_total,
            "total_bytes_processed": counts.bytes_total,
        }
        made = Snapshot(
            id="",
            time=started,
            tree=bytes.fromhex(self._root_tree),
            paths=tuple(self._sources),
            hostname=host_name(),
            username=user_name(),
            tags=self._tags,
            parent=parent.id if parent else "",
            summary=summary,
        )
        return save_snapshot(self._repository, made, self._exclusions.patterns, PROGRAM)

    def _result(self, snapshot: Snapshot, seconds: float) -> BackupResult:
        figures, counts = self._writer.figures, self._counts
        return BackupResult(
            snapshot=snapshot,
            skipped=counts.skipped,
            damaged=counts.damaged,
            files_new=counts.files_new,
            files_changed=counts.files_changed,
            files_unchanged=counts.files_unmodified,
            bytes_total=counts.bytes_total,
            bytes_added=figures.added,
            bytes_stored=figures.added_packed,
            seconds=seconds,
        )


class _Plan(dict[str, tuple[str, "_Plan"]]):
    """The folders that lead to the sources: name to path and what is below; a source has nothing below."""


def _plan(sources: Sequence[str]) -> _Plan:
    root = _Plan()
    for source in sources:
        level = root
        drive, rest = os.path.splitdrive(source)
        names = parts_of(source)
        lead = len(names) - len(names_in(rest))
        path = drive + os.sep
        for depth, name in enumerate(names):
            if depth >= lead:
                path = os.path.join(path, name)  # noqa: PTH118 - raw names
            level = level.setdefault(name, (path, _Plan()))[1]
    return root
