"""A file's data and what it is dressed in, by its handle: sparse where it is zero, nothing set that it has already."""

import os
import stat

from backend.lib.restic.crypto import Bytes
from backend.lib.restic.nodes import Node
from backend.lib.restic.store import write_all

_ZEROS = memoryview(bytes(64 << 10))


class Dresser:
    """Sets owner, mode and times of files that this process makes. Thread-safe."""

    def __init__(self) -> None:
        self.is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        self._owner = (os.geteuid(), os.getegid()) if hasattr(os, "geteuid") else (0, 0)
        self._last: tuple[str, int, tuple[int, int, int]] = ("", 0, (0, 0, 0))

    def first_mode(self, node: Node) -> int:
        """To make the file with: nobody may more than in the end, when it may be another's."""
        return node.mode & 0o777 | 0o600 if (node.uid, node.gid) == self._owner else 0o600

    def dress(self, handle: int, folder: str, node: Node, mode: int) -> None:
        """What a file has from its making is left; files made with one mode in one folder have the same."""
        last_folder, last_mode, made = self._last
        if last_folder != folder or last_mode != mode:
            info = os.fstat(handle)
            made = stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid
            self._last = folder, mode, made
        is_given = self.is_root and made[1:] != (node.uid, node.gid)
        if is_given:
            os.chown(handle, node.uid, node.gid)
        if is_given or made[0] != node.mode:  # to give a file away takes some bits off
            os.chmod(handle, node.mode)
        os.utime(handle, ns=(node.mtime, node.mtime))


def write_sparse(handle: int, data: Bytes) -> bool:
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


def folder_of(place: str) -> str:
    """The folder of a path as the system has it."""
    return place.rpartition(os.sep)[0]
