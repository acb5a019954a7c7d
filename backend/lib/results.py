"""Where the results go: the folder is looked at before any work is done."""

import os
import re
from pathlib import Path

import platformdirs

from backend.core.errors import UserError

_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
LONGEST_NAME = 120


def check_folder(folder: Path, field: str = "folder") -> None:
    """Raises UserError, beside the answer `field`, when results could not be put there."""
    if not folder.exists():
        raise _wrong(
            field, "folder.missing", f"The folder '{folder}' does not exist.", "Make it, or choose another one."
        )
    if not folder.is_dir():
        raise _wrong(field, "folder.not_a_folder", f"'{folder}' is a file.", "Choose a folder.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _wrong(
            field,
            "folder.not_writable",
            f"You may not write to the folder '{folder}'.",
            "Choose another one, or ask for permission.",
        )


def documents_folder() -> Path:
    """Where the user keeps documents; the home folder where nobody has made such a place yet."""
    folder = platformdirs.user_documents_path()
    return folder if folder.is_dir() else Path.home()


def _wrong(field: str, code: str, message: str, hint: str) -> UserError:
    return UserError(code, message, hint, fields={field: f"{message} {hint}"})


def file_name(title: str, suffix: str, otherwise: str = "Report") -> str:
    """A file's name that every system takes (Microsoft, 'Naming Files, Paths, and Namespaces').

    `otherwise` stands before, or for, a title that is no name by itself.
    """
    name = _UNFIT.sub(" ", title)
    name = " ".join(name.split()).strip(". ")
    while len(name.encode()) > LONGEST_NAME:
        name = name[:-1].rstrip(". ")
    if not name or _RESERVED.fullmatch(name):
        name = f"{otherwise} {name}".strip()
    return f"{name}.{suffix}"
