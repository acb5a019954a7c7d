"""Putting one file where it belongs: data, sparse where it is zero, then name, mode, times and owner."""

# ruff: noqa: PTH101, PTH105, PTH108, PTH119, PTH120, PTH122, PTH211
# Paths are the system's own strings: a name is raw bytes, and there are many.

import contextlib
import errno
import itertools
import os
import stat
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
from backend.lib.restic.scan import native
from backend.lib.restic.store import write_all
from backend.lib.restic.unnamed import Unnamed

if TYPE_CHECKING:
    from backend.lib.restic.restore import Existing, RestoreResult

_ZEROS = memoryview(bytes(64 << 10))
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_BY_HANDLE = {os.chown, os.chmod, os.utime} <= os.supports_fd if hasattr(os, "chown") else False
_FULL = {errno.ENOSPC, errno.EDQUOT}


_AsMade = dict[tuple[str, int], tuple[int, int, int]]
"""By folder and mode of making: the mode, owner and group that a file had from it."""


@dataclass(slots=True)
class FileJob:
    """A file to restore."""

    node: Node
    place: str


Loaded = list[tuple[FileJob, Bytes | None]]
"""Files to restore with their data; None where that has several pieces, or is to be asked for once more."""


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
        self._is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        self._owner = (os.geteuid(), os.getegid()) if hasattr(os, "geteuid") else (0, 0)
        self._names = PartNames()
        self._unnamed = Unnamed()

    def put_all(self, jobs: list[FileJob]) -> None:
        """Restores several files."""
        self.write(self.load(jobs))

    def load(self, jobs: list[FileJob]) -> Loaded:
        """Brings the data of those that are small and to be restored, at once."""
        self._work.check()
        mine = [job for job in jobs if (job.node.links < 2 or self._is_first(job)) and not self._is_to_skip(job)]
        loaded = iter(load_many(self._repository, [job.node.content[0] for job in mine if len(job.node.content) == 1]))
        return [(job, next(loaded) if len(job.node.content) == 1 else None) for job in mine]

    def write(self, loaded: Loaded) -> None:
        """Puts the files into their places."""
        as_made: _AsMade = {}
        for job, data in loaded:
            self._work.check()
            if data is None or not self._put_whole(job, data, as_made):
                self._put_data(job, data, as_made)

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
            if final := self._claim(beside, place):
                self.dress(final, node)
                self._settle(node, place, final, 0)
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
                    if final := self._claim(beside, job.place):
                        self._settle(job.node, job.place, final, job.node.size)
            except OSError as error:
                if linked:
                    self.tell(job.place, error)
            finally:
                self._drop(beside)
            if not linked:
                self._put_data(job, None, {})

    def dress(self, place: str, node: Node) -> None:
        """Owner, attributes, mode and times; what the system does not allow is told once for each."""
        path = native(place)
        is_link = node.kind == "symlink"
        try:
            if self._is_root:
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

    def _dress_open(self, handle: int, place: str, node: Node, made_as: tuple[str, int], as_made: _AsMade) -> None:
        """What a file has from its making is left; files made with one mode in one folder have the same."""
        try:
            made = as_made.get(made_as)
            if made is None:
                info = os.fstat(handle)
                made = as_made[made_as] = (stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid)
            is_given = self._is_root and made[1:] != (node.uid, node.gid)
            if is_given:
                os.chown(handle, node.uid, node.gid)
            if is_given or made[0] != node.mode:  # to give a file away takes some bits off
                os.chmod(handle, node.mode)
            os.utime(handle, ns=(node.mtime, node.mtime))
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

    def _put_whole(self, job: FileJob, data: Bytes, as_made: _AsMade) -> bool:
        """Whether a small file could be put as one that has no name until it is whole."""
        node, place = job.node, job.place
        if node.attributes or len(data) != node.size:
            return False
        folder, mode = _folder(place), self._first_mode(node)
        handle = self._unnamed.open(native(folder), mode)
        if handle < 0:
            return False
        try:
            if _write_sparse(handle, data):
                os.ftruncate(handle, len(data))
            self._dress_open(handle, place, node, (folder, mode), as_made)
            return self._name(handle, node, place)
        except OSError as error:
            self.tell(place, error)
            self._counter.add(place, files=1)
            return True
        finally:
            os.close(handle)

    def _name(self, handle: int, node: Node, place: str) -> bool:
        """Gives a whole file its name by the rule for what exists, and says whether that could be done this way."""
        is_replacing = self._existing == "replace"
        for name in (place,) if is_replacing else _names_for(place, self._existing):
            try:
                if not self._unnamed.name(handle, native(name)):
                    return False
            except FileExistsError:
                continue
            self._settle(node, place, name, node.size)
            return True
        if not is_replacing:
            self._leave(None, place)
        return not is_replacing

    def _first_mode(self, node: Node) -> int:
        """Of its making: no more than the owner's, who may be another in the end."""
        return node.mode & 0o777 | 0o600 if (node.uid, node.gid) == self._owner else 0o600

    def _put_data(self, job: FileJob, data: Bytes | None, as_made: _AsMade) -> None:
        node, place = job.node, job.place
        beside = self._new_beside(place)
        try:
            self._write(beside, node, place, data, as_made)
            if final := self._claim(beside, place):
                self._settle(node, place, final, len(data) if data else 0)
        except DamagedError as error:
            with self._lock:
                self._result.damaged.append((place, error))
            self._counter.add(place, files=1)
        except OSError as error:
            self.tell(place, error)
            self._counter.add(place, files=1)
        finally:
            self._drop(beside)

    def _write(self, beside: str, node: Node, place: str, data: Bytes | None, as_made: _AsMade) -> None:
        mode = self._first_mode(node)
        handle = os.open(native(beside), _FLAGS, mode)
        try:
            if data is None:
                size, ends_in_hole = self._write_pieces(handle, node, place)
            else:
                size, ends_in_hole = len(data), _write_sparse(handle, data)
            if size != node.size:
                raise DamagedError(f"the record of {place}", "does not fit its data")
            if ends_in_hole:
                os.ftruncate(handle, size)
            if by_handle := _BY_HANDLE and not node.attributes:  # the path need not be looked up again
                self._dress_open(handle, place, node, (_folder(place), mode), as_made)
        finally:
            os.close(handle)
        if not by_handle:
            self.dress(beside, node)

    def _write_pieces(self, handle: int, node: Node, place: str) -> tuple[int, bool]:
        size, ends_in_hole = 0, False
        for blob_id in node.content:
            self._work.check()
            data = self._repository.load_blob("data", blob_id)
            ends_in_hole = _write_sparse(handle, data)
            size += len(data)
            self._counter.add(place, size=len(data))
        return size, ends_in_hole

    def _claim(self, beside: str, place: str) -> str:
        """Moves to the place by the rule for what exists, and returns the name it got; empty where left alone.

        What other programs make at that very moment is kept, too: the system itself says whether a name is free.
        """
        final = place
        if self._existing == "replace":
            os.replace(native(beside), native(place))
        elif not (final := _moved(beside, _names_for(place, self._existing))):
            self._leave(None, place)
            return ""
        self._beside.discard(beside)
        return final

    def _settle(self, node: Node, place: str, final: str, size: int) -> None:
        with self._lock:
            self._result.files += 1
            self._result.bytes += node.size
            if final != place:
                self._result.renamed.append((place, final))
            if node.links > 1 and (node.device, node.inode) in self._first:
                self._first[(node.device, node.inode)] = final
        self._counter.add(place, files=1, size=size)

    def _leave(self, node: Node | None, place: str) -> None:
        with self._lock:
            self._result.left_alone.append(place)
        self._counter.add(place, files=1, size=node.size if node else 0)

    def _new_beside(self, place: str) -> str:
        beside = f"{_folder(place)}{os.sep}{self._names.next()}"
        self._beside.add(beside)
        return beside

    def _drop(self, beside: str) -> None:
        if beside in self._beside:
            self._beside.discard(beside)
            with contextlib.suppress(OSError):
                os.unlink(native(beside))


def _write_sparse(handle: int, data: Bytes) -> bool:
    """Writes; of blocks of zeros only the place is taken. Whether the last block was one."""
    view = memoryview(data)
    step = len(_ZEROS)
    start = at = 0
    while at < len(view):
        part = view[at : at + step]
        if not part[0] and part == _ZEROS[: len(part)]:
            write_all(handle, view[start:at])
            os.lseek(handle, len(part), os.SEEK_CUR)
            start = at + len(part)
        at += step
    write_all(handle, view[start:])
    return start == len(view) > 0


def _folder(place: str) -> str:
    return place.rpartition(os.sep)[0]


def _moved(beside: str, names: Iterable[str]) -> str:
    """The first of the names that was free and now is the file's; empty where none was."""
    for name in names:
        try:
            move_to_free_name(native(beside), native(name))
        except FileExistsError:
            continue
        return name
    return ""


def _names_for(place: str, existing: "Existing") -> Iterator[str]:
    yield place
    if existing == "skip":
        return
    stem, suffix = os.path.splitext(place)
    if not os.path.basename(stem):
        stem, suffix = place, ""
    yield from (f"{stem} ({number}){suffix}" for number in itertools.count(2))
