"""The folder of an item, reached from the root step by step without following a link."""

import errno
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_BY_HANDLE = {os.open, os.stat, os.unlink, os.rmdir, os.rename, os.mkdir, os.link} <= os.supports_dir_fd
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_NO_FOLDER = {errno.ENOTDIR, errno.ELOOP, errno.EMLINK}


class LeavesTheFolder(OSError):
    """A path that is absolute or climbs, or a link where a folder was."""


class Held:
    """One folder, held open: names in it cannot be led elsewhere by someone who swaps a folder for a link.

    Where the system has no handles of folders (Windows), the names are paths that were checked just before.
    """

    def __init__(self, path: Path, handle: int | None) -> None:
        self.path = path
        self._handle = handle

    def _at(self, name: str) -> tuple[Any, dict[str, Any]]:
        return (self.path / name, {}) if self._handle is None else (name, {"dir_fd": self._handle})

    def stat(self, name: str) -> os.stat_result:
        """As the system says, of the thing itself."""
        target, at = self._at(name)
        return os.lstat(target, **at)

    def open(self, name: str) -> int:
        """A handle to read the file with."""
        target, at = self._at(name)
        return os.open(target, _FILE, **at)

    def unlink(self, name: str) -> None:
        """Removes the file."""
        target, at = self._at(name)
        os.unlink(target, **at)

    def rmdir(self, name: str) -> None:
        """Removes the folder if it is empty."""
        target, at = self._at(name)
        os.rmdir(target, **at)

    def mkdir(self, name: str, mode: int = 0o777) -> None:
        """Makes a folder."""
        target, at = self._at(name)
        os.mkdir(target, mode, **at)  # noqa: PTH102 - relative to the handle

    def move(self, name: str, other: "Held", new_name: str) -> None:
        """Moves a file to a name that must be free. Raises FileExistsError when it is not."""
        source, target = self._at(name)[0], other._at(new_name)[0]
        handles = {} if self._handle is None else {"src_dir_fd": self._handle, "dst_dir_fd": other._handle}
        try:
            os.link(source, target, follow_symlinks=False, **handles)
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):
            # Some kinds of drives know no second names; there the look and the move are two steps.
            try:
                other.stat(new_name)
            except FileNotFoundError:
                os.rename(source, target, **handles)  # noqa: PTH104 - relative to the handles
                return
            raise FileExistsError(new_name) from None
        self.unlink(name)


def parts_of(relative: str) -> list[str]:
    """The names on the way. Raises LeavesTheFolder for a path that is absolute, climbs, or is empty."""
    parts = relative.split("/")
    unfit = any(
        part in ("", ".", "..") or "\0" in part or (os.name == "nt" and set(part) & set("\\:")) for part in parts
    )
    if unfit:
        raise LeavesTheFolder(f"{relative!r} does not stay in its folder")
    return parts


@contextmanager
def held(root: Path, relative: str = "", *, make: bool = False) -> Generator[Held]:
    """The folder `relative` (parts joined by /) below `root`; `make` makes what is missing on the way."""
    parts = parts_of(relative) if relative else []
    if not _BY_HANDLE:
        yield Held(_checked_path(root, parts, make), None)
        return
    handle = os.open(root, _FOLDER)
    try:
        for part in parts:
            if make:
                try:
                    os.mkdir(part, dir_fd=handle)
                except FileExistsError:
                    pass
            try:
                inner = os.open(part, _FOLDER, dir_fd=handle)
            except OSError as error:
                if error.errno not in _NO_FOLDER:
                    raise
                raise LeavesTheFolder(f"'{part}' is not a folder (any more)") from error
            os.close(handle)
            handle = inner
        yield Held(root.joinpath(*parts), handle)
    finally:
        os.close(handle)


def _checked_path(root: Path, parts: list[str], make: bool) -> Path:
    at = root
    for part in parts:
        at = at / part
        if make:
            at.mkdir(exist_ok=True)
        found = os.lstat(at)
        if getattr(found, "st_reparse_tag", 0) or not stat.S_ISDIR(found.st_mode):
            raise LeavesTheFolder(f"'{part}' is not a folder (any more)")
    return at


def split(relative: str) -> tuple[str, str]:
    """The folder of an item, and its name."""
    folder, _, name = relative.rpartition("/")
    return folder, name
