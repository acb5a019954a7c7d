"""The ways in which items leave a folder. Each looks once more, and says in a few words why it left one."""

import os
from pathlib import Path

from backend.core.errors import UserError
from backend.lib.archives.writing import Poll, ZipMaker
from backend.lib.cleaning.holding import LeavesTheFolder, held, split
from backend.lib.cleaning.items import GONE, Item, why_not
from backend.lib.cleaning.quarantine import Quarantine, move_in

SWAPPED = "a folder on the way to it was replaced"


def to_trash(root: Path, item: Item) -> str:
    """Moves the item to the recycle bin. Raises UserError where there is none."""
    from send2trash import TrashPermissionError, send2trash

    folder, name = split(item.relative)
    try:
        with held(root, folder) as place:
            if reason := why_not(place, root, item):
                return reason
            if item.kind == "folder" and next(os.scandir(place.path / name), None) is not None:
                return "it is not empty any more"
            send2trash(place.path / name)
    except TrashPermissionError as error:
        raise UserError(
            "clean_up.no_bin",
            "The drive of this folder has no recycle bin that you may use.",
            "Choose the quarantine instead.",
            fields={"to": "This drive has no recycle bin. Choose the quarantine instead."},
        ) from error
    except (OSError, LeavesTheFolder) as error:
        return _words(error)
    return ""


def to_quarantine(quarantine: Quarantine, number: int) -> str:
    """Moves the item of that number into the quarantine."""
    try:
        return move_in(quarantine, number)
    except OSError as error:
        return _words(error)


def to_archive(root: Path, item: Item, maker: ZipMaker, poll: Poll) -> str:
    """Adds the item to an archive; it is still there afterwards."""
    folder, name = split(item.relative)
    try:
        with held(root, folder) as place:
            if reason := why_not(place, root, item):
                return reason
            if item.kind == "folder":
                maker.add_folder(item.relative, place.stat(name))
                return ""
            with os.fdopen(place.open(name), "rb") as file:
                maker.add_file(file, item.relative, os.fstat(file.fileno()), poll)
                return "" if item.is_still(os.fstat(file.fileno())) else "it changed while it was read"
    except LeavesTheFolder as error:
        return _words(error)
    except FileNotFoundError:
        return GONE
    except PermissionError as error:
        return _words(error)


def for_good(root: Path, item: Item) -> str:
    """Removes the item, which is in an archive by now."""
    folder, name = split(item.relative)
    try:
        with held(root, folder) as place:
            if reason := why_not(place, root, item):
                return reason
            (place.rmdir if item.kind == "folder" else place.unlink)(name)
    except OSError as error:
        return _words(error)
    return ""


def _words(error: OSError) -> str:
    if isinstance(error, LeavesTheFolder):
        return SWAPPED
    if isinstance(error, FileNotFoundError):
        return GONE
    if isinstance(error, PermissionError):
        return "you may not remove it, or another program has it open"
    return f"the system refused ({error.strerror or error})"
