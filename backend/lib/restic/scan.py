"""What there is to back up: folders listed in the format's order."""

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from backend.lib.restic.errors import SourceGoneError
from backend.lib.restic.exclusions import Exclusions

Trouble = Literal["unreadable", "vanished", "changed", "special"]
MOST_KEPT = 30_000
"""Entries of folders that a walk ahead keeps for later, about 30 MB of them."""


@dataclass(frozen=True)
class Skipped:
    """Something of the source that was not taken as it is: what, why, and the system's words."""

    path: str
    trouble: Trouble
    detail: str = ""


class Entry(NamedTuple):
    """A file, folder or link; `raw` are the bytes of its name, `info` is its own and not a link's target's."""

    raw: bytes
    path: str
    info: os.stat_result


class Scanner:
    """Lists folders without what is excluded, the repository itself among it."""

    def __init__(
        self,
        exclusions: Exclusions,
        repository_root: Path,
        on_skipped: Callable[[Skipped], None],
        on_excluded: Callable[[str], None] = lambda _path: None,
    ) -> None:
        self._exclusions = exclusions
        self._on_skipped = on_skipped
        self._on_excluded = on_excluded
        self._own = _identity(str(repository_root))

    def list(self, path: str) -> list[Entry] | None:
        """The entries of a folder in the order of their raw names; None where it cannot be read."""
        try:
            with os.scandir(native(path)) as found:
                listed = list(found)
        except OSError as error:
            self.tell(path, error)
            return None
        if self._exclusions.is_cache(path, [entry.name for entry in listed]):
            self._on_excluded(path)
            return []
        join = path if path.endswith(os.sep) else path + os.sep
        made = (self._entry(entry, join + entry.name) for entry in listed)
        return sorted((entry for entry in made if entry), key=lambda entry: entry.raw)

    def tell(self, path: str, error: OSError) -> None:
        """Reports what could not be read."""
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        self._on_skipped(Skipped(path, "vanished" if gone else "unreadable", error.strerror or str(error)))

    def _entry(self, entry: "os.DirEntry[str]", path: str) -> Entry | None:
        if self._exclusions.leaves_out(path, entry.name):
            self._on_excluded(path)
            return None
        try:
            info = os.lstat(native(path)) if os.name == "nt" else entry.stat(follow_symlinks=False)
        except OSError as error:
            self.tell(path, error)
            return None
        mode = info.st_mode
        if stat.S_ISREG(mode):
            if 0 < self._exclusions.larger_than < info.st_size:
                self._on_excluded(path)
                return None
        elif stat.S_ISDIR(mode):
            if (info.st_dev, info.st_ino) == self._own:
                self._on_excluded(path)
                return None
        elif not stat.S_ISLNK(mode):
            self._on_skipped(Skipped(path, "special", "a socket, a pipe or a device"))
            return None
        return Entry(os.fsencode(entry.name), path, info)


def clean_sources(sources: Sequence[str | Path]) -> list[str]:
    """Absolute paths without links, doubles and what lies in another; SourceGoneError where none is there."""
    real = sorted({os.path.realpath(os.path.abspath(source)) for source in sources})  # noqa: PTH100
    kept: list[str] = []
    for path in real:
        if not any(path == other or path.startswith(other.rstrip(os.sep) + os.sep) for other in kept):
            kept.append(path)
    if not any(os.path.lexists(native(path)) for path in kept):
        raise SourceGoneError(
            "backup.source.gone",
            "None of the folders to back up is there.",
            "Connect the drive they are on, or choose other folders.",
        )
    return kept


def native(path: str) -> str:
    """The path as the system takes it at any length: on Windows with the prefix for long paths."""
    if os.name != "nt" or path.startswith("\\\\?\\"):
        return path
    full = os.path.abspath(path)  # noqa: PTH100
    return "\\\\?\\UNC" + full[1:] if full.startswith("\\\\") else "\\\\?\\" + full


def parts_of(path: str) -> list[str]:
    """The names that lead to an absolute path, as restic lays them: a drive letter is a folder of its own."""
    drive, rest = os.path.splitdrive(path)
    lead = [part.rstrip(":") for part in drive.replace("/", "\\").split("\\") if part] if drive else []
    return lead + names_in(rest)


def names_in(path: str) -> list[str]:
    """The names in a path; never through `Path`, which drops what it thinks means nothing."""
    return [part for part in path.split(os.sep) if part]  # noqa: PTH206


def _identity(path: str) -> tuple[int, int] | None:
    try:
        info = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return (info.st_dev, info.st_ino)
