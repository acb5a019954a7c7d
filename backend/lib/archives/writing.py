"""Writes a ZIP file piece by piece, and reads it back to be sure of it."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from backend.lib.words import shown

if TYPE_CHECKING:
    import os

CHUNK = 1 << 20
LONG = 1 << 31
STORED_SUFFIXES = frozenset(
    {
        *(".7z", ".aac", ".avi", ".bz2", ".docx", ".flac", ".gif", ".gz", ".heic", ".jpeg", ".jpg", ".m4a"),
        *(".mkv", ".mov", ".mp3", ".mp4", ".odp", ".ods", ".odt", ".ogg", ".png", ".pptx"),
        *(".rar", ".webm", ".webp", ".xlsx", ".xz", ".zip", ".zst"),
    }
)
Poll = Callable[[int], None]


class ZipMaker:
    """A ZIP file that is being written. Names are with `/` between folders. Use as a context manager."""

    def __init__(self, path: Path, password: str = "") -> None:
        import pyzipper

        options: dict[str, Any] = {"encryption": pyzipper.WZ_AES} if password else {}
        kind = pyzipper.AESZipFile if password else pyzipper.ZipFile
        self._info: Any = pyzipper.zipfile_aes.AESZipInfo if password else pyzipper.ZipInfo
        self._archive: Any = kind(path, "w", compression=pyzipper.ZIP_DEFLATED, allowZip64=True, **options)
        if password:
            self._archive.setpassword(password.encode())
        self.files = 0

    def __enter__(self) -> ZipMaker:
        return self

    def __exit__(self, *error: object) -> None:
        self._archive.close()

    def add_file(self, source: BinaryIO, name: str, state: os.stat_result, poll: Poll = lambda _bytes: None) -> int:
        """Adds what `source` yields; how many bytes that were. `poll` hears the bytes of each piece."""
        import pyzipper

        info = self._info(shown(name), _moment(state))
        packed_already = Path(name).suffix.lower() in STORED_SUFFIXES
        info.compress_type = pyzipper.ZIP_STORED if packed_already else pyzipper.ZIP_DEFLATED
        info.external_attr = (stat.S_IFREG | stat.S_IMODE(state.st_mode)) << 16
        written = 0
        with self._archive.open(info, "w", force_zip64=state.st_size >= LONG) as sink:
            while piece := source.read(CHUNK):
                sink.write(piece)
                written += len(piece)
                poll(len(piece))
        self.files += 1
        return written

    def add_folder(self, name: str, state: os.stat_result) -> None:
        """Adds an empty folder."""
        info = self._info(f"{shown(name).rstrip('/')}/", _moment(state))
        info.external_attr = (stat.S_IFDIR | stat.S_IMODE(state.st_mode)) << 16 | 0x10
        self._archive.writestr(info, b"")


def _moment(state: os.stat_result) -> tuple[int, ...]:
    """The format knows local times from 1980 to 2107 (PKWARE APPNOTE 4.4.6)."""
    moment = time.localtime(state.st_mtime)[:6]
    return min(max(moment, (1980, 1, 1, 0, 0, 0)), (2107, 12, 31, 23, 59, 58))
