"""Looks through a folder for what fits the wishes. Changes nothing, follows no link, stays on the drive."""

import fnmatch
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from backend.lib.cleaning.holding import LeavesTheFolder, held, split
from backend.lib.cleaning.items import Item, item_of
from backend.lib.words import shown

QUARANTINE = ".deskhand-quarantine"
CHUNK = 1 << 20
HEAD = 1 << 14
Find = Literal["files", "duplicates", "folders"]


@dataclass(frozen=True)
class Wanted:
    """What is to be found. `before` is a time in seconds: only what was changed earlier; `larger` is in bytes."""

    find: Find
    patterns: tuple[str, ...] = ()
    before: float | None = None
    larger: int = 0
    subfolders: bool = True
    hidden: bool = False
    keep: Literal["oldest", "newest"] = "oldest"

    def fits(self, item: Item) -> bool:
        """Whether a file meets every condition. Capitals in names do not matter."""
        name = split(item.relative)[1].lower()
        return (
            (not self.patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns))
            and (self.before is None or item.changed / 1e9 < self.before)
            and item.size >= self.larger
        )


@dataclass
class Found:
    """What is to go, largest first, and what was passed over."""

    items: list[Item] = field(default_factory=list[Item])
    looked: int = 0
    links: int = 0
    drives: list[str] = field(default_factory=list[str])
    unreadable: list[str] = field(default_factory=list[str])

    @property
    def size(self) -> int:
        """Bytes, together."""
        return sum(item.size for item in self.items)

    @property
    def notes(self) -> list[str]:
        """Sentences on what was passed over."""
        notes: list[str] = []
        if self.drives:
            notes.append(f"Other drives inside the folder were not looked into: {', '.join(self.drives[:3])}.")
        if self.unreadable:
            names = ", ".join(self.unreadable[:3])
            notes.append(f"{len(self.unreadable):,} could not be looked into, such as {names}.")
        return notes


Poll = Callable[[Found, str], None]


def find(root: Path, wanted: Wanted, poll: Poll = lambda _found, _words: None) -> Found:
    """What fits. `poll` is called often, with what was found so far, and may raise."""
    found = Found()
    if wanted.find == "folders":
        _empty_folders(root, wanted, found, poll)
        return found
    files = [item for item in _files(root, wanted, found, poll) if wanted.fits(item)]
    found.items = _duplicates(root, wanted, files, found, poll) if wanted.find == "duplicates" else files
    found.items.sort(key=lambda item: (-item.size, item.relative))
    return found


def _entries(root: Path, folder: str, found: Found) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder if folder else root) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        found.unreadable.append(shown(folder or root.name))
        return []


def _seen(root: Path, wanted: Wanted, found: Found, poll: Poll) -> Iterator[tuple[str, os.stat_result, bool]]:
    """Every file and folder: path, what the system says of it, whether it is a folder."""
    device = root.stat().st_dev
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        poll(found, shown(folder))
        for entry in _entries(root, folder, found):
            relative = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name == QUARANTINE or (entry.name.startswith(".") and not wanted.hidden):
                continue
            try:
                state = entry.stat(follow_symlinks=False)
                if entry.is_symlink() or getattr(entry, "is_junction", lambda: False)():
                    found.links += 1
                elif entry.is_dir(follow_symlinks=False):
                    if state.st_dev != device and os.name == "posix":
                        found.drives.append(shown(relative))
                        continue
                    yield relative, state, True
                    if wanted.subfolders:
                        waiting.append(relative)
                elif entry.is_file(follow_symlinks=False):
                    found.looked += 1
                    yield relative, (os.lstat(root / relative) if os.name == "nt" else state), False
            except OSError:
                found.unreadable.append(shown(relative))


def _files(root: Path, wanted: Wanted, found: Found, poll: Poll) -> Iterator[Item]:
    for relative, state, is_folder in _seen(root, wanted, found, poll):
        if not is_folder:
            yield item_of(relative, state)


def _empty_folders(root: Path, wanted: Wanted, found: Found, poll: Poll) -> None:
    """Folders with nothing in them but such folders; the innermost first."""
    folders = {path: state for path, state, is_folder in _seen(root, wanted, found, poll) if is_folder}
    going: set[str] = set()
    for relative in sorted(folders, key=lambda path: (-path.count("/"), path)):
        poll(found, shown(relative))
        name = split(relative)[1].lower()
        inside = _names_in(root, relative)
        if inside is not None and all(f"{relative}/{each}" in going for each in inside):
            item = item_of(relative, folders[relative])
            if wanted.patterns and not any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted.patterns):
                continue
            if wanted.before is None or item.changed / 1e9 < wanted.before:
                going.add(relative)
                found.items.append(item)


def _names_in(root: Path, relative: str) -> list[str] | None:
    try:
        return [path.name for path in (root / relative).iterdir()]
    except OSError:
        return None


def _duplicates(root: Path, wanted: Wanted, files: list[Item], found: Found, poll: Poll) -> list[Item]:
    """Files whose content another file has, but for the one that stays. Second names of one file are one file."""
    by_size: dict[int, dict[int, Item]] = defaultdict(dict)
    for item in files:
        if item.size:
            by_size[item.size].setdefault(item.inode, item)
    going: list[Item] = []
    for same_size in by_size.values():
        groups = [list(same_size.values())]
        for part in (HEAD, None):
            groups = [split_up for group in groups for split_up in _alike(root, group, part, found, poll)]
        for group in groups:
            ordered = sorted(group, key=lambda item: (item.changed, len(item.relative), item.relative))
            if wanted.keep == "newest":
                ordered.reverse()
            going += [item._replace(twin=tuple(ordered[0])) for item in ordered[1:]]
    return going


def _alike(root: Path, group: list[Item], part: int | None, found: Found, poll: Poll) -> list[list[Item]]:
    if len(group) < 2:
        return []
    if part is None and group[0].size <= HEAD:
        return [group]
    by_content: dict[bytes, list[Item]] = defaultdict(list)
    for item in group:
        digest = _digest(root, item, part, found, poll)
        if digest is not None:
            by_content[digest].append(item)
    return [alike for alike in by_content.values() if len(alike) > 1]


def _digest(root: Path, item: Item, part: int | None, found: Found, poll: Poll) -> bytes | None:
    folder, name = split(item.relative)
    content = hashlib.blake2b(digest_size=32)
    try:
        with held(root, folder) as place, os.fdopen(place.open(name), "rb") as file:
            left = item.size if part is None else min(part, item.size)
            while left > 0 and (piece := file.read(min(CHUNK, left))):
                content.update(piece)
                left -= len(piece)
                poll(found, shown(item.relative))
            unchanged = item.is_still(os.fstat(file.fileno()))
    except (OSError, LeavesTheFolder):
        found.unreadable.append(shown(item.relative))
        return None
    return content.digest() if unchanged else None
