"""The files of a repository in a folder: written whole or not at all, and so that a power cut loses nothing told.

Every file is written beside its place, synced, renamed, and its folder synced. All errors are `DestinationError`s.
"""

import contextlib
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from backend.core.disk import sync_file, sync_folder
from backend.lib.restic.errors import DamagedError, destination

Kind = Literal["data", "index", "keys", "locks", "snapshots"]
KINDS: tuple[Kind, ...] = ("data", "index", "keys", "locks", "snapshots")
_SLICE = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)
_HEX = set("0123456789abcdef")


class Store:
    """The folder of one repository. Thread-safe."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._packs = _OpenFiles(lambda pack: self.path("data", pack))

    def create(self) -> None:
        """Makes the folders; those that exist stay."""
        with destination(self.root):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for kind in KINDS:
                (self.root / kind).mkdir(mode=0o700, exist_ok=True)
            for number in range(256):
                (self.root / "data" / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.root / "data")
            sync_folder(self.root)

    def path(self, kind: Kind, name: str) -> Path:
        """Where a file lies; packs are spread over 256 folders by the first two letters of their names."""
        return self.root / kind / name[:2] / name if kind == "data" else self.root / kind / name

    def has_config(self) -> bool:
        """Whether there is a repository."""
        return (self.root / "config").is_file()

    def read_config(self) -> bytes:
        """The sealed configuration."""
        with destination(self.root):
            return (self.root / "config").read_bytes()

    def write_config(self, contents: bytes) -> None:
        """Writes the configuration: the last step of making a repository."""
        self._write(self.root / "config", contents, None)

    def list(self, kind: Kind) -> Iterator[tuple[str, int]]:
        """Name and size of every file of a kind; names that are not IDs (temporary files) are left out."""
        with destination(self.root):
            for folder in self._folders(kind):
                yield from ((name, size) for name, size in _files(folder) if is_id(name))

    def leftovers(self) -> Iterator[Path]:
        """Temporary files that a killed writer left behind, ours or restic's."""
        with destination(self.root):
            for kind in KINDS:
                for folder in self._folders(kind):
                    yield from (folder / name for name, _ in _files(folder) if "-tmp-" in name)

    def read(self, kind: Kind, name: str) -> bytes:
        """The whole file."""
        with destination(self.root):
            return self.path(kind, name).read_bytes()

    def read_part(self, pack: str, offset: int, length: int) -> bytes:
        """A part of a pack; raises DamagedError where the pack is missing or too short."""
        try:
            part = self._packs.read(pack, offset, length)
        except FileNotFoundError as error:
            with destination(self.root):
                (self.root / "data").stat()
            raise DamagedError(f"the pack {pack[:8]}", "is missing") from error
        except OSError:
            with destination(self.root):
                raise
        if len(part) != length:
            raise DamagedError(f"the pack {pack[:8]}", "is too short")
        return part

    def write(self, kind: Kind, name: str, contents: bytes, checkpoint: Callable[[], None] | None = None) -> None:
        """Writes a file. `checkpoint` is called every MiB; what it raises leaves nothing behind."""
        self._write(self.path(kind, name), contents, checkpoint)

    def remove(self, kind: Kind, name: str) -> None:
        """Removes a file; one that is gone already is no error."""
        if kind == "data":
            self._packs.forget(name)
        with destination(self.root):
            remove_file(self.path(kind, name))

    def sync(self, kind: Kind) -> None:
        """Waits until what was removed of a kind (not packs) is so after a power cut, too."""
        with destination(self.root):
            sync_folder(self.root / kind)

    def close(self) -> None:
        """Closes the packs that are held open."""
        self._packs.close()

    def _folders(self, kind: Kind) -> Iterator[Path]:
        if kind != "data":
            yield self.root / kind
            return
        with os.scandir(self.root / "data") as entries:
            yield from sorted(self.root / "data" / e.name for e in entries if len(e.name) == 2 and set(e.name) <= _HEX)

    def _write(self, target: Path, contents: bytes, checkpoint: Callable[[], None] | None) -> None:
        with destination(self.root):
            try:
                self._write_beside(target, contents, checkpoint)
            except FileNotFoundError:
                # Never `parents`: a drive pulled out must not come back as a folder.
                target.parent.mkdir(mode=0o700, exist_ok=True)
                self._write_beside(target, contents, checkpoint)

    def _write_beside(self, target: Path, contents: bytes, checkpoint: Callable[[], None] | None) -> None:
        beside = target.with_name(f"{target.name}-tmp-{secrets.token_hex(4)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o400 if os.name == "posix" else 0o600)
        try:
            try:
                write_all(handle, contents, checkpoint)
                sync_file(handle)
            finally:
                os.close(handle)
            beside.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                remove_file(beside)
            raise
        sync_folder(target.parent)


class _OpenFiles:
    """Keeps the files read last open, so that a piece of a pack costs one system call."""

    def __init__(self, path_of: Callable[[str], Path], most: int = 48) -> None:
        self._path_of = path_of
        self._most = most
        self._lock = threading.Lock()
        self._handles: OrderedDict[str, _Handle] = OrderedDict()

    def read(self, pack: str, offset: int, length: int) -> bytes:
        with self._lock:
            handle = self._handles.get(pack)
            if handle is None:
                handle = self._handles[pack] = _Handle(self._path_of(pack))
                while len(self._handles) > self._most:
                    self._handles.popitem(last=False)[1].release()
            else:
                self._handles.move_to_end(pack)
            handle.users += 1
        try:
            return handle.read(offset, length)
        finally:
            with self._lock:
                handle.users -= 1
                handle.close_if_unused()

    def forget(self, pack: str) -> None:
        with self._lock:
            if handle := self._handles.pop(pack, None):
                handle.release()

    def close(self) -> None:
        with self._lock:
            while self._handles:
                self._handles.popitem()[1].release()


class _Handle:
    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_RDONLY | _BINARY)
        self._released = False
        self._seek = threading.Lock()
        self.users = 0

    def read(self, offset: int, length: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._number, length, offset)
        with self._seek:
            os.lseek(self._number, offset, os.SEEK_SET)
            return os.read(self._number, length)

    def release(self) -> None:
        self._released = True
        self.close_if_unused()

    def close_if_unused(self) -> None:
        if self._released and not self.users and self._number >= 0:
            os.close(self._number)
            self._number = -1


def is_id(name: str) -> bool:
    """Whether the name is a SHA-256 in hexadecimal."""
    return len(name) == 64 and set(name) <= _HEX


def write_all(handle: int, contents: bytes | memoryview, checkpoint: Callable[[], None] | None = None) -> None:
    """Writes everything, a MiB at a time, calling `checkpoint` between."""
    view = memoryview(contents)
    for start in range(0, len(view), _SLICE):
        part = view[start : start + _SLICE]
        while len(part):
            part = part[os.write(handle, part) :]
        if checkpoint:
            checkpoint()


def remove_file(path: Path) -> None:
    """Removes a file that may be read-only or gone already."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        if os.name != "nt":
            raise
        path.chmod(0o600)
        path.unlink(missing_ok=True)


def _files(folder: Path) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False):
                        found.append((entry.name, entry.stat(follow_symlinks=False).st_size))
    except FileNotFoundError:
        folder.parent.stat()
    return sorted(found)
