"""What was found, as it was: plain data that is kept until it is taken away."""

import os
import stat
from pathlib import Path
from typing import Any, Literal, NamedTuple

from backend.lib.cleaning.holding import Held, LeavesTheFolder, held, split

Kind = Literal["file", "folder"]


class Item(NamedTuple):
    """A file or an empty folder below the root. `twin` is the file of the same content that stays."""

    relative: str
    kind: Kind
    size: int
    changed: int
    inode: int
    mode: int = 0
    twin: "tuple[Any, ...] | None" = None

    @property
    def twin_item(self) -> "Item | None":
        """The file of the same content that stays."""
        return Item(*self.twin) if self.twin else None

    def is_still(self, found: os.stat_result) -> bool:
        """Whether that is the same thing, unchanged. A folder changes whenever something is done in it."""
        kind_fits = stat.S_ISREG(found.st_mode) if self.kind == "file" else stat.S_ISDIR(found.st_mode)
        if not kind_fits or found.st_ino != self.inode:
            return False
        return self.kind == "folder" or (found.st_size == self.size and found.st_mtime_ns == self.changed)


def item_of(relative: str, found: os.stat_result) -> Item:
    """The item at that path."""
    if stat.S_ISDIR(found.st_mode):
        return Item(relative, "folder", 0, found.st_mtime_ns, found.st_ino, stat.S_IMODE(found.st_mode))
    return Item(relative, "file", found.st_size, found.st_mtime_ns, found.st_ino, stat.S_IMODE(found.st_mode))


def why_not(place: Held, root: Path, item: Item) -> str:
    """Why this item is to be left, in a few words; empty when it is as it was listed."""
    try:
        found = place.stat(split(item.relative)[1])
    except FileNotFoundError:
        return GONE
    if not item.is_still(found):
        return "it changed since it was listed"
    twin = item.twin_item
    if twin is not None and not _is_there(root, twin):
        return "the file of the same content that was to stay is gone or changed"
    return ""


GONE = "it is not there any more"


def _is_there(root: Path, item: Item) -> bool:
    folder, name = split(item.relative)
    try:
        with held(root, folder) as place:
            return item.is_still(place.stat(name))
    except (FileNotFoundError, LeavesTheFolder):
        return False
