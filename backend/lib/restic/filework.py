"""The threads that read files and the ones that hash, compress and seal pieces of large ones."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from backend.lib.restic.attributes import attributes_of
from backend.lib.restic.crew import Aborted, Batches, Crew, Work
from backend.lib.restic.folders import Folder
from backend.lib.restic.nodes import CHANGED, write_node
from backend.lib.restic.progress import Counter
from backend.lib.restic.reading import SMALL, Cutters, open_source, read_small
from backend.lib.restic.repository import Repository
from backend.lib.restic.scan import Entry, Skipped, native
from backend.lib.restic.writer import PackWriter

_READERS = 2
_WAITING_BATCHES = 16


@dataclass(slots=True)
class Task:
    """A file to read, and where its node belongs; `taken` is called with the bytes that were kept."""

    entry: Entry
    folder: Folder
    slot: int
    is_new: bool
    taken: Callable[["Task", int], None]


class _Pieces:
    """The IDs of a large file's pieces, brought by several threads."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._ids: list[str] = []
        self._missing = 0
        self._change = threading.Condition()

    def reserve(self) -> int:
        with self._change:
            self._ids.append("")
            self._missing += 1
            return len(self._ids) - 1

    def bring(self, number: int, blob_id: str) -> None:
        with self._change:
            self._ids[number] = blob_id
            self._missing -= 1
            self._change.notify()

    def wait(self) -> list[str]:
        with self._change:
            while self._missing:
                if self._work.ended.is_set():
                    raise Aborted
                self._change.wait(0.2)
            return self._ids


class FileWork:
    """Reads the files it is given and brings their nodes to their folders."""

    def __init__(
        self,
        repository: Repository,
        writer: PackWriter,
        work: Work,
        counter: Counter,
        on_skipped: Callable[[Skipped], None],
    ) -> None:
        self._writer = writer
        self._work = work
        self._counter = counter
        self._on_skipped = on_skipped
        self._cutters = Cutters(repository.key)
        savers = min(max(os.cpu_count() or 2, 2), 8)
        self._files: Crew[list[Task]] = Crew(work, "read", _READERS, _WAITING_BATCHES, self._take_all)
        self._batches = Batches(self._files.put)
        self._savers: Crew[tuple[_Pieces, int, bytes]] = Crew(work, "save", savers, savers, self._save_piece)

    def put(self, task: Task) -> None:
        """Gives a file to the readers; waits while they have enough."""
        self._batches.put(task, task.entry.info.st_size)

    def finish(self) -> None:
        """Waits until every file is read; raises what failed."""
        self._batches.flush()
        self.end_threads()
        self._work.raise_failure()

    def end_threads(self) -> None:
        """Ends the threads; after a failure what waits is thrown away."""
        self._files.end()
        self._savers.end()

    def _save_piece(self, piece: tuple[_Pieces, int, bytes]) -> None:
        pieces, number, data = piece
        self._work.check()
        blob_id, _ = self._writer.save("data", data)
        pieces.bring(number, blob_id)

    def _take_all(self, tasks: list[Task]) -> None:
        """Files that were read whole are kept together; a large one is cut and kept while it is read."""
        read = [(task, found) for task in tasks if (found := self._read_carefully(task))]
        ids = iter(self._writer.save_many([found.data for _, found in read if found.data]))
        for task, found in read:
            if found.data:
                found.content.append(next(ids))
            self._hand_in(task, found)

    def _hand_in(self, task: Task, found: "_Read") -> None:
        node = write_node(
            task.entry.raw,
            "file",
            found.info,
            size=found.size,
            content=found.content,
            attributes=found.attributes,
            error=found.error,
        )
        task.taken(task, found.size)
        self._counter.add(task.entry.path, files=1, size=len(found.data))
        task.folder.fill(task.slot, node, self._writer)

    def _read_carefully(self, task: Task) -> "_Read | None":
        path = task.entry.path
        self._work.check()
        try:
            return self._read(task.entry)
        except OSError as error:
            gone = isinstance(error, FileNotFoundError)
            self._on_skipped(Skipped(path, "vanished" if gone else "unreadable", error.strerror or str(error)))
        self._counter.add(path, files=1)
        task.folder.fill(task.slot, None, self._writer)
        return None

    def _read(self, entry: Entry) -> "_Read":
        error = ""
        for again in (True, False):
            handle, info = open_source(native(entry.path))
            try:
                data, content, size = self._contents(handle, info.st_size, entry.path)
                after = os.fstat(handle)
            finally:
                os.close(handle)
            if size == info.st_size == after.st_size and info.st_mtime_ns == after.st_mtime_ns:
                break
            if not again:
                error = CHANGED
                self._on_skipped(Skipped(entry.path, "changed", CHANGED))
        return _Read(info, data, content, size, attributes_of(entry.path), error)

    def _contents(self, handle: int, expected: int, path: str) -> tuple[bytes, list[str], int]:
        if expected <= SMALL:
            data = read_small(handle, expected)
            return data, [], len(data)
        pieces = _Pieces(self._work)
        size = 0
        for piece in self._cutters.mine().cut(handle, self._work.check):
            size += len(piece)
            self._savers.put((pieces, pieces.reserve(), bytes(piece)))
            self._counter.add(path, size=len(piece))
        return b"", pieces.wait(), size


@dataclass(slots=True)
class _Read:
    """What a file was when it was read: `data` of a small one, `content` names the pieces that are kept already."""

    info: os.stat_result
    data: bytes
    content: list[str]
    size: int
    attributes: list[tuple[str, bytes]]
    error: str
