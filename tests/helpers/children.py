"""Backups in processes of their own: to be killed, to run with fewer rights, or on a file system that is small."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_START = """
import json, os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from backend.core.errors import DeskhandError
from backend.lib.restic.backup import back_up
from backend.lib.restic.repository import Repository
from tests.helpers.restic_judge import PASSWORD, make_repository
"""


def child_command(script: str, *arguments: str | Path) -> list[str]:
    """The command that runs `script`, which finds what backups need imported, and its arguments in `sys.argv`."""
    return [sys.executable, "-c", _START.format(root=str(ROOT)) + script, *map(str, arguments)]


def run_child(command: list[str], expected: int | None = 0) -> str:
    """Runs to the end and returns what was said."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert expected is None or done.returncode == expected, done.stdout + done.stderr
    return done.stdout


def with_small_disk(folder: Path, megabytes: int, command: list[str]) -> list[str]:
    """The command, in a mount namespace of its own in which `folder` is a file system of so many MiB.

    It is a tmpfs: real ENOSPC from a real file system, gone with the process. Without root's rights a user namespace
    gives the right to mount it.
    """
    folder.mkdir(exist_ok=True)
    rights = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    mount = f'mount -t tmpfs -o size={megabytes}m tmpfs "$0" && exec "$@"'
    return ["unshare", *rights, "sh", "-c", mount, str(folder), *command]


def without_roots_eyes(command: list[str]) -> list[str]:
    """The command without the right to read what its mode forbids, which only root has."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
