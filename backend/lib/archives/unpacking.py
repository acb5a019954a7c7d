"""Unpacks an archive beside where it belongs, and moves it into place when it is whole."""

import errno
import os
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from backend.core.disk import sync_file, sync_folder
from backend.core.errors import UserError
from backend.lib.archives.reading import Archive, Entry
from backend.lib.words import size

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
ROOM_LEFT = 50_000_000
Poll = Callable[[int, str], None]


def check_room(archive: Archive, into: Path) -> None:
    """Raises UserError when the drive has no room for what the archive holds."""
    free = shutil.disk_usage(into).free
    if archive.size + ROOM_LEFT > free:
        message = f"Unpacked, it takes {size(archive.size)}, and the drive has {size(free)} left."
        raise UserError(
            "archive.no_room",
            message,
            "Make room, or choose a folder on another drive.",
            fields={"folder": message},
        )


def unpack(archive: Archive, into: Path, mark: str, poll: Poll = lambda _bytes, _name: None) -> Path:
    """Unpacks into a new folder below `into`, named after the archive, and returns it.

    Nothing is there before all of it is; nothing that exists is replaced. `mark` names the folder meanwhile.
    """
    check_room(archive, into)
    part = into / f".deskhand-{mark}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        with _plain_words():
            for entry in archive.entries:
                poll(0, entry.parts[-1])
                _write(archive, entry, part, poll)
            inner = _only_folder(part, archive.path.stem)
            inner.chmod(0o755)
            final = _free(into / archive.path.stem)
            inner.rename(final)
            sync_folder(into)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return final


def _write(archive: Archive, entry: Entry, part: Path, poll: Poll) -> None:
    target = part.joinpath(*entry.parts)
    if entry.is_folder:
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = entry.mode & 0o755 | 0o600 if entry.mode else 0o644
    with os.fdopen(os.open(target, _NEW, mode), "wb") as sink:
        for piece in archive.read(entry, lambda amount: poll(amount, entry.parts[-1])):
            sink.write(piece)
        sink.flush()
        sync_file(sink.fileno())
    _set_time(target, entry)


def _set_time(target: Path, entry: Entry) -> None:
    try:
        moment = time.mktime((*entry.info.date_time, 0, 0, -1))
        os.utime(target, (moment, moment))
    except (ValueError, OverflowError):
        return  # the archive gives a date that is none; the file then has the time of its unpacking


def _only_folder(part: Path, name: str) -> Path:
    """What was unpacked, or the one folder in it that has the archive's name already."""
    inside = list(part.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() and inside[0].name == name else part


def _free(wanted: Path) -> Path:
    candidate, number = wanted, 1
    while os.path.lexists(candidate):
        number += 1
        candidate = wanted.with_name(f"{wanted.name} ({number})")
    return candidate


@contextmanager
def _plain_words() -> Generator[None]:
    try:
        yield
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        message = "Two things in the ZIP file have the same name."
        raise UserError(
            "archive.twice", message, "Unpack it with the program that made it.", fields={"archive": message}
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message, hint = "The disk is full.", "Make room, or choose a folder on another drive."
        elif error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ):
            message, hint = "A name in the ZIP file is none that this drive takes.", "Choose a folder on another drive."
        else:
            message, hint = f"It could not be written ({error.strerror}).", "Check that the drive is still connected."
        raise UserError("archive.write", message, hint, fields={"folder": f"{message} {hint}"}) from error
