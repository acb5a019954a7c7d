"""Files that go with a letter: the same for all, or one recipient's own, named by a column of the list.

A name from a list is hostile until it is shown to lie in the chosen folder.
"""

import mimetypes
import re
import threading
from collections import OrderedDict
from pathlib import Path

from backend.core.errors import UserError
from backend.lib.mail.characters import forbidden_in_line
from backend.lib.mail.mime import FilePart, file_part

_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def contained(folder: Path, name: str) -> Path:
    """The file of that name in the folder or below it; raises UserError where it leads anywhere else.

    Refused are absolute names, `..`, drives and streams of Windows (`:`), device names, control characters, links
    that lead out of the folder, folders and whatever else is not a plain file.
    """
    parts = re.split(r"[/\\]", name.strip())
    if not name.strip():
        raise _refused(name, "the name is empty")
    if forbidden_in_line(name) or ":" in name or any(part in {"", ".", ".."} for part in parts):
        raise _refused(name, "the name does not stay in the chosen folder")
    if any(_DEVICES.fullmatch(part) or part.endswith((" ", ".")) for part in parts):
        raise _refused(name, "a file cannot be called that everywhere")
    root = folder.resolve()
    try:
        found = root.joinpath(*parts).resolve(strict=True)
    except FileNotFoundError as error:
        raise _refused(name, f"there is no such file in “{folder}”") from error
    except (OSError, RuntimeError) as error:
        raise _refused(name, "it cannot be reached") from error
    if not found.is_relative_to(root):
        raise _refused(name, "the name leads out of the chosen folder")
    if not found.is_file():
        raise _refused(name, "it is not a file")
    return found


def names_in_cell(cell: str) -> list[str]:
    """The file names of a cell, separated by semicolons or line breaks."""
    return [name.strip() for name in re.split(r"[;\n]", cell) if name.strip()]


def read_part(path: Path, *, largest: int = 25 << 20, cid: str = "") -> FilePart:
    """A file, read and encoded. `largest` is in bytes. Raises UserError where it cannot be read or is larger."""
    try:
        with path.open("rb") as file:
            contents = file.read(largest + 1)
    except OSError as error:
        raise UserError(
            "mail.attachment", f"“{path.name}” cannot be read: {error.strerror or error}.", "Is it open elsewhere?"
        ) from error
    if len(contents) > largest:
        size = f"{largest / (1 << 20):g} MB"
        raise UserError("mail.attachment", f"“{path.name}” is larger than {size}.", "Send a link to it instead.")
    kind, packed = mimetypes.guess_type(path.name)
    return file_part(path.name, "application/octet-stream" if packed or not kind else kind, contents, cid)


class OwnAttachments:
    """The recipients' own files out of one folder; the last few are kept encoded. Thread-safe."""

    def __init__(self, folder: Path, *, largest: int = 25 << 20, kept: int = 8) -> None:
        self._folder = folder
        self._largest = largest
        self._kept = kept
        self._parts: OrderedDict[tuple[Path, int, int], FilePart] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, cell: str) -> list[tuple[str, int]]:
        """The files of a cell with their sizes in bytes; raises UserError as `parts` would."""
        paths = [contained(self._folder, name) for name in names_in_cell(cell)]
        sizes = [(path.name, path.stat().st_size) for path in paths]
        if any(size > self._largest for _, size in sizes):
            raise UserError("mail.attachment", f"A file of “{cell.strip()}” is larger than {self._largest >> 20} MB.")
        return sizes

    def parts(self, cell: str) -> list[FilePart]:
        """The files that a cell names, encoded."""
        return [self._part(contained(self._folder, name)) for name in names_in_cell(cell)]

    def _part(self, path: Path) -> FilePart:
        status = path.stat()
        key = (path, status.st_size, status.st_mtime_ns)
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
                return self._parts[key]
        part = read_part(path, largest=self._largest)
        with self._lock:
            self._parts[key] = part
            while len(self._parts) > self._kept:
                self._parts.popitem(last=False)
        return part


def _refused(name: str, why: str) -> UserError:
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name[:80])
    return UserError("mail.attachment", f"The file “{shown}” is not attached: {why}.", "Correct the list.")
