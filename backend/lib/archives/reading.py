"""Reads ZIP files, which may be damaged, locked with a password, or built to do harm."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from backend.core.errors import UserError
from backend.lib.words import shown, size

CHUNK = 1 << 20
MOST_ENTRIES = 200_000
MOST_RATIO = 250
RATIO_FREE = 200_000_000
MOST_DEPTH = 60


class Entry(NamedTuple):
    """One thing in the archive: the names on its way, its size in bytes, and whether it is a folder."""

    parts: tuple[str, ...]
    size: int
    is_folder: bool
    mode: int
    info: Any


class Archive:
    """An opened archive whose entries have been judged. `left_out` names links and other things that are not files."""

    def __init__(self, path: Path, zipped: Any) -> None:
        self.path = path
        self._zipped = zipped
        self.left_out: list[str] = []
        self.entries = list(self._judged())
        self.is_locked = any(entry.info.flag_bits & 1 for entry in self.entries)

    @property
    def size(self) -> int:
        """Bytes, unpacked, as the archive claims; more is never written."""
        return sum(entry.size for entry in self.entries)

    def _judged(self) -> Generator[Entry]:
        infos = self._zipped.infolist()
        if len(infos) > MOST_ENTRIES:
            raise _hostile(self.path, f"it holds {len(infos):,} files")
        unpacked = sum(info.file_size for info in infos)
        packed = max(1, self.path.stat().st_size)
        if unpacked > RATIO_FREE and unpacked / packed > MOST_RATIO:
            times = f"{unpacked / packed:,.0f}"
            raise _hostile(self.path, f"its {size(packed)} would become {size(unpacked)}, {times} times as much")
        self._check_overlaps(infos)
        for info in infos:
            parts = _parts(self.path, info.filename)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if not parts:
                continue
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                self.left_out.append("/".join(parts))
                continue
            yield Entry(parts, info.file_size, info.is_dir(), stat.S_IMODE(info.external_attr >> 16), info)

    def _check_overlaps(self, infos: list[Any]) -> None:
        """Parts that share bytes are how a small archive claims to be large (Fifield, 2019)."""
        end = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset < end:
                raise _hostile(self.path, "its parts overlap, as only files made to do harm do")
            end = info.header_offset + 30 + info.compress_size

    def read(self, entry: Entry, poll: Callable[[int], None]) -> Generator[bytes]:
        """The pieces of one file, never more than it claims. Raises UserError when it is damaged."""
        left = entry.size
        with _plain_words(self.path), self._zipped.open(entry.info) as source:
            while piece := source.read(CHUNK):
                left -= len(piece)
                if left < 0:
                    raise _hostile(self.path, f"'{'/'.join(entry.parts)}' is larger than it claims")
                poll(len(piece))
                yield piece
            if left:
                raise damaged(self.path)


@contextmanager
def opened(path: Path, password: str = "") -> Generator[Archive]:
    """The archive. Raises UserError for what is no archive, damaged, locked, or built to do harm."""
    import pyzipper

    with _plain_words(path), pyzipper.AESZipFile(path) as zipped:
        archive = Archive(path, zipped)
        if archive.is_locked:
            if not password:
                raise UserError(
                    "archive.locked",
                    f"'{path.name}' is locked with a password.",
                    "Choose the password it was locked with.",
                    fields={"password": "This file is locked with a password. Choose it here."},
                )
            zipped.setpassword(password.encode())
            first = next((each for each in archive.entries if each.info.flag_bits & 1 and not each.is_folder), None)
            if first is not None:
                # Opening checks the password; nothing is unpacked for it.
                zipped.open(first.info).close()
        yield archive


def verify(path: Path, password: str = "", poll: Callable[[int], None] = lambda _bytes: None) -> None:
    """Reads everything in the archive and compares the check sums. Raises UserError when one does not fit."""
    with opened(path, password) as archive:
        for entry in archive.entries:
            for _ in archive.read(entry, poll):
                continue


@contextmanager
def _plain_words(path: Path) -> Generator[None]:
    import pyzipper

    try:
        yield
    except (pyzipper.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise damaged(path) from error
    except NotImplementedError as error:
        raise _wrong(
            "archive.kind",
            f"'{path.name}' is packed in a way that cannot be unpacked here.",
            "Unpack it with the program that made it.",
        ) from error
    except RuntimeError as error:
        if "password" not in str(error).lower():
            raise
        raise UserError(
            "archive.password",
            f"The password does not open '{path.name}'.",
            "Choose another one.",
            fields={"password": "This password does not open the file."},
        ) from error
    except FileNotFoundError as error:
        raise _wrong("archive.missing", f"'{path.name}' is not there any more.", "Pick it again.") from error
    except IsADirectoryError as error:
        raise _wrong("archive.folder", f"'{path.name}' is a folder.", "Pick a ZIP file.") from error
    except PermissionError as error:
        raise _wrong("archive.refused", f"You may not read '{path.name}'.", "Ask for the right to read it.") from error


def damaged(path: Path) -> UserError:
    """It is no ZIP file, or not whole."""
    return _wrong(
        "archive.damaged", f"'{path.name}' is no ZIP file, or it is damaged.", "Get it again from where it came."
    )


def _hostile(path: Path, why: str) -> UserError:
    return _wrong("archive.hostile", f"'{path.name}' was not unpacked: {why}.", "Do not open files of this kind.")


def _wrong(code: str, message: str, hint: str) -> UserError:
    return UserError(code, message, hint, fields={"archive": f"{message} {hint}"})


def _parts(path: Path, name: str) -> tuple[str, ...]:
    """The names on the way; both kinds of slashes part them. Raises UserError for a name that leaves the folder."""
    unified = name.replace("\\", "/")
    parts = tuple(part for part in unified.split("/") if part not in ("", "."))
    climbs = unified.startswith("/") or ".." in parts or (bool(parts) and parts[0][1:2] == ":")
    if climbs or "\0" in name or len(parts) > MOST_DEPTH:
        raise _hostile(path, f"'{shown(name[:80])}' in it would be put outside the folder")
    return parts
