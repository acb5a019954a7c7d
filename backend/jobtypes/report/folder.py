"""Where the results go: the folder is looked at before any work is done."""

import os
import re
from pathlib import Path

from backend.core.errors import UserError

_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
LONGEST_NAME = 120


def check_folder(folder: Path) -> None:
    """Raises UserError when results could not be put there."""
    if not folder.exists():
        raise _wrong("folder.missing", f"The folder '{folder}' does not exist.", "Make it, or choose another one.")
    if not folder.is_dir():
        raise _wrong("folder.not_a_folder", f"'{folder}' is a file.", "Choose a folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _wrong(
            "folder.not_writable",
            f"You may not write to the folder '{folder}'.",
            "Choose another one, or ask for permission.",
        )


def _wrong(code: str, message: str, hint: str) -> UserError:
    return UserError(code, message, hint, fields={"folder": f"{message} {hint}"})


def file_name(title: str, suffix: str) -> str:
    """A file's name that every system takes (Microsoft, 'Naming Files, Paths, and Namespaces')."""
    name = _UNFIT.sub(" ", title)
    name = " ".join(name.split()).strip(". ")
    while len(name.encode()) > LONGEST_NAME:
        name = name[:-1].rstrip(". ")
    if not name or _RESERVED.fullmatch(name):
        name = f"Report {name}".strip()
    return f"{name}.{suffix}"
