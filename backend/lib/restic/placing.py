"""Putting one file where it belongs: data, sparse where it is zero, then name, mode, times and owner."""

# ruff: noqa: PTH101, PTH105, PTH108, PTH119, PTH120, PTH122, PTH211
# Paths are the system's own strings: a name is raw bytes, and there are many.

import contextlib
import errno
import itertools
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.core.disk import move_to_free_name
from backend.core.errors import UserError
from backend.lib.restic.attributes import set_attributes
from backend.lib.restic.crew import Work
from backend.lib.restic.crypto import Bytes
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.many import load_many
from backend.lib.restic.nodes import Node
from backend.lib.restic.parts import PartNames
from backend.lib.restic.progress import Counter
from backend.lib.restic.repository import Repository
from backend.lib.restic.sameness import is_there
from backend.lib.restic.scan import native
from backend.lib.restic.unnamed import Unnamed
from backend.lib.restic.writing import Dresser, folder_of, write_sparse

if TYPE_CHECKING:
    from backend.lib.restic.restore import Existing, RestoreResult

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_BY_HANDLE = {os.chown, os.chmod, os.utime} <= os.supports_fd if hasattr(os, "chown") else False
_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(slots=True)
class FileJob:
    """A file to restore."""

    node: Node
    place: str


class Placer:
    """Restores files and links and keeps account in the result. `put` may be called from several threads."""

    def __init__(
        self, repository: Repository, existing: "Existing", work: Work, counter: Counter, result: "RestoreResult"
    ) -> None:
        self._repository = repository
        self._existing: Existing = existing
        self._work = work
        self._counter = counter
        self._result = result
        self._lock = threading.Lock()
        self._first: dict[tuple[int, int], str] = {}
        self._twins: list[tuple[tuple[int, int], FileJob]] = []
        self._beside: set[str] = set()  # each name is one thread's alone
        self._part_names = PartNames()
        self._dresser = Dresser()
        self._unnamed = Unnamed(self._dresser)

    def to_write(self, jobs: list[FileJob]) -> list[FileJob]:
        """Those that are neither to be skipped nor further names of others."""
        self._work.check()
        return [job for job in jobs if (job.node.links < 2 or self._is_first(job)) and not self._is_to_skip(job)]

    def write(self, jobs: list[FileJob]) -> None:
        """Restores files that are to be written; the data of small ones is brought at once."""
        contents = [job.node.content[0] for job in jobs if len(job.node.content) == 1]
        loaded = iter(load_many(self._repository, contents))
        for job in jobs:
            self._work.check()
            data = next(loaded) if len(job.node.content) == 1 else None
            if data is None or not self._put_whole(job, data):
                self._put_data(job, data)

    def _is_first(self, job: FileJob) -> bool:
        """Whether the file has to be written; a further name of one that is on its way waits for `link_twins`."""
        node = job.node
        if not node.inode:
            return True
        identity = (node.device, node.inode)
        with self._lock:
            if identity in self._first:
                self._twins.append((identity, job))
                return False
            self._first[identity] = ""
        return True

    def _is_to_skip(self, job: FileJob) -> bool:
        if self._existing != "skip" or not os.path.lexists(native(job.place)):
            return False
        self._leave(job.node, job.place)
        return True

    def put_link(self, node: Node, place: str) -> None:
        """Restores a symbolic link as it was; where it leads does not matter."""
        beside = self._new_beside(place)
        try:
            os.symlink(os.fsdecode(node.target), native(beside))
            if final := self._claim(beside, node, place):
                self.dress(final, node)
                self.settle(node, place, final, 0)
        except OSError as error:
            self.tell(place, error)
        finally:
            self._drop(beside)

    def link_twins(self) -> None:
        """Gives the further names to files that have several; where that cannot be, the data is restored again."""
        for identity, job in self._twins:
            self._work.check()
            first = self._first[identity]
            beside = self._new_beside(job.place)
            linked = False
            try:
                if first:
                    os.link(native(first), native(beside))
                    linked = True
                    if final := self._claim(beside, job.node, job.place):
                        self.settle(job.node, job.place, final, job.node.size)
            except OSError as error:
                if linked:
                    self.tell(job.place, error)
            finally:
                self._drop(beside)
            if not linked:
                self._put_data(job, None)

    def dress(self, place: str, node: Node) -> None:
        """Owner, attributes, mode and times; what the system does not allow is told once for each."""
        path = native(place)
        is_link = node.kind == "symlink"
        try:
            if self._dresser.is_root:
                os.chown(path, node.uid, node.gid, follow_symlinks=False)
            failure = set_attributes(path, node.attributes)
            if not is_link:
                os.chmod(path, node.mode)
            if not is_link or os.name != "nt":
                os.utime(path, ns=(node.mtime, node.mtime), follow_symlinks=not is_link)
            if failure:
                raise failure
        except OSError as error:
            self.tell(place, error)

    def _dress_open(self, handle: int, place: str, node: Node, mode: int) -> None:
        try:
            self._dresser.dress(handle, folder_of(place), node, mode)
        except OSError as error:
            self.tell(place, error)

    def tell(self, place: str, error: OSError) -> None:
        """Keeps what could not be put; a full disk ends the run."""
        if error.errno in _FULL:
            raise UserError(
                "restore.full",
                f"There is no space left for the restored files in {os.path.dirname(place)}.",
                "Free some space or choose another place. What was restored so far is whole.",
            ) from error
        with self._lock:
            self._result.failed.append((place, error.strerror or str(error)))

    def _put_whole(self, job: FileJob, data: Bytes) -> bool:
        """Whether a small file could be put as one that has no name until it is whole."""
        node, place = job.node, job.place
        if node.attributes or len(data) != node.size:
            return False
        is_replacing = self._existing == "replace"
        names = (place,) if is_replacing else self._names_for(node, place)
        try:
            name = self._unnamed.put(node, place, data, names, lambda error: self.tell(place, error))
        except OSError as error:
            self.tell(place, error)
            self._counter.add(place, files=1)
            return True
        if name:
            self.settle(node, place, name, node.size)
        elif name is None or is_replacing:
            return False
        else:
            self._leave(node, place)
        return True

    def _put_data(self, job: FileJob, data: Bytes | None) -> None:
        node, place = job.node, job.place
        if data is None and self._existing == "keep_both" and self._is_there(node, place):
            self._leave(node, place)
            return
        beside = self._new_beside(place)
        try:
            self._write(beside, node, place, data)
            if final := self._claim(beside, node, place):
                self.settle(node, place, final, len(data) if data else 0)
        except DamagedError as error:
            with self._lock:
                self._result.damaged.append((place, error))
            self._counter.add(place, files=1)
        except OSError as error:
            self.tell(place, error)
            self._counter.add(place, files=1)
        finally:
            self._drop(beside)

    def _write(self, beside: str, node: Node, place: str, data: Bytes | None) -> None:
        mode = self._dresser.first_mode(node)
        handle = os.open(native(beside), _FLAGS, mode)
        try:
            if data is None:
                size, ends_in_hole = self._write_pieces(handle, node, place)
            else:
                size, ends_in_hole = len(data), write_sparse(handle, data)
            if size != node.size:
                raise DamagedError(f"the record of {place}", "does not fit its data")
            if ends_in_hole:
                os.ftruncate(handle, size)
            if by_handle := _BY_HANDLE and not node.attributes:  # the path need not be looked up again
                self._dress_open(handle, place, node, mode)
        finally:
            os.close(handle)
        if not by_handle:
            self.dress(beside, node)

    def _write_pieces(self, handle: int, node: Node, place: str) -> tuple[int, bool]:
        size, ends_in_hole = 0, False
        for blob_id in node.content:
            self._work.check()
            data = self._repository.load_blob("data", blob_id)
            ends_in_hole = write_sparse(handle, data)
            size += len(data)
            self._counter.add(place, size=len(data))
        return size, ends_in_hole

    def _claim(self, beside: str, node: Node, place: str) -> str:
        """Moves to the place by the rule for what exists, and returns the name it got; empty where left alone.

        What other programs make at that very moment is kept, too: the system itself says whether a name is free.
        """
        final = place
        if self._existing == "replace":
            os.replace(native(beside), native(place))
        elif not (final := _moved(beside, self._names_for(node, place))):
            self._leave(None, place)
            return ""
        self._beside.discard(beside)
        return final

    def settle_all(self, jobs: list[FileJob], left: list[FileJob]) -> None:
        """Counts files that another process has put, and restores those that it could not."""
        for job in jobs:
            self.settle(job.node, job.place, job.place, job.node.size)
        self.write(left)

    def settle(self, node: Node, place: str, final: str, size: int) -> None:
        """Counts a file or link that has got its name; `size` is what was not counted of it before."""
        with self._lock:
            self._result.files += 1
            self._result.bytes += node.size
            if final != place:
                self._result.renamed.append((place, final))
            if node.links > 1 and (node.device, node.inode) in self._first:
                self._first[(node.device, node.inode)] = final
        self._counter.add(place, files=1, size=size)

    def _names_for(self, node: Node, place: str) -> Iterator[str]:
        """The names to try; no further one where one is taken by just this file, be it from an earlier restore."""
        yield place
        if self._existing == "skip":
            return
        stem, suffix = os.path.splitext(place)
        if not os.path.basename(stem):
            stem, suffix = place, ""
        name = place
        for number in itertools.count(2):
            if self._is_there(node, name):
                return
            name = f"{stem} ({number}){suffix}"
            yield name

    def _is_there(self, node: Node, place: str) -> bool:
        if not is_there(self._repository, node, place, self._work.check):
            return False
        with self._lock:
            if (node.device, node.inode) in self._first:
                self._first[(node.device, node.inode)] = place
        return True

    def _leave(self, node: Node | None, place: str) -> None:
        with self._lock:
            self._result.left_alone.append(place)
        self._counter.add(place, files=1, size=node.size if node else 0)

    def _new_beside(self, place: str) -> str:
        beside = f"{folder_of(place)}{os.sep}{self._part_names.next()}"
        self._beside.add(beside)
        return beside

    def _drop(self, beside: str) -> None:
        if beside in self._beside:
            self._beside.discard(beside)
            with contextlib.suppress(OSError):
                os.unlink(native(beside))


def _moved(beside: str, names: Iterable[str]) -> str:
    """The first of the names that was free and now is the file's; empty where none was."""
    for name in names:
        try:
            move_to_free_name(native(beside), native(name))
        except FileExistsError:
            continue
        return name
    return ""
