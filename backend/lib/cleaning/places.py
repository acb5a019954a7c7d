"""Folders that are never cleaned up, whatever the answers say."""

import os
import sys
from pathlib import Path

import platformdirs

from backend.core.errors import UserError
from backend.core.settings import settings

_SYSTEM_TREES = [
    *(
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/lib32",
        "/lib64",
        "/libx32",
        "/proc",
        "/sbin",
        "/snap",
        "/sys",
        "/usr",
    ),
    *("/var", "/private/var", "/private/etc", "/Applications", "/Library", "/System"),
]
_SYSTEM_FOLDERS = [
    *("/", "/home", "/media", "/mnt", "/opt", "/private", "/root", "/run", "/run/media", "/srv", "/tmp"),
    *("/Users", "/Volumes"),
]
_SYSTEM_EXCEPT = ("/var/tmp", "/var/folders", "/private/var/folders")
_WINDOWS_TREES = ("SystemRoot", "ProgramFiles", "ProgramFiles(x86)", "ProgramData")


def checked(folder: Path) -> Path:
    """The folder itself, without links on the way. Raises UserError when it may not, or cannot, be cleaned up."""
    try:
        real = folder.expanduser().resolve(strict=True)
    except (OSError, RuntimeError):
        raise _refused(
            "missing",
            f"The folder '{folder}' is not there.",
            "If it is on a drive that was taken out, connect the drive and try again.",
        ) from None
    if not real.is_dir():
        raise _refused("not_a_folder", f"'{folder}' is a file.", "Choose a folder.")
    home = Path.home().resolve()
    if real == home:
        raise _refused("home", "Your home folder as a whole is not cleaned up.", "Choose a folder inside it.")
    if _is_system(real) or real.parent == real:
        raise _refused(
            "system", f"'{real}' belongs to the system, and is not cleaned up.", "Choose a folder of your own."
        )
    if real in home.parents:
        raise _refused("home", f"Your home folder lies in '{real}'.", "Choose a folder inside your home folder.")
    for own in _own_settings(home):
        if real == own or own in real.parents:
            raise _refused(
                "settings", f"'{real}' holds the settings of your programs.", "Choose a folder with your own files."
            )
    data = settings().data_dir.resolve()
    if real == data or real in data.parents or data in real.parents:
        raise _refused("deskhand", f"Deskhand keeps its own record in '{data}'.", "Choose another folder.")
    if not os.access(real, os.W_OK | os.X_OK):
        raise _refused(
            "not_writable",
            f"You may not remove anything from '{real}'.",
            "Ask for the right to write there, or choose another folder.",
        )
    return real


def _refused(code: str, message: str, hint: str) -> UserError:
    return UserError(f"clean_up.{code}", message, hint, fields={"folder": f"{message} {hint}"})


def _is_system(real: Path) -> bool:
    if sys.platform == "win32":
        trees = [Path(os.environ[name]).resolve() for name in _WINDOWS_TREES if os.environ.get(name)]
        return any(real == tree or tree in real.parents for tree in trees)
    if any(Path(tree) in (real, *real.parents) for tree in _SYSTEM_EXCEPT):
        return False
    return str(real) in _SYSTEM_FOLDERS or any(Path(tree) in (real, *real.parents) for tree in _SYSTEM_TREES)


def _own_settings(home: Path) -> list[Path]:
    names = (".config", ".local", ".ssh", ".gnupg", ".mozilla", ".thunderbird", "Library", "AppData")
    places = [home / name for name in names]
    places += [Path(platformdirs.user_config_dir()), Path(platformdirs.user_data_dir())]
    return [place.resolve() for place in places]
