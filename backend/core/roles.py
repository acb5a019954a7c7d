"""How one role of the program starts another: from source by `-m backend`, frozen by its own executable."""

import sys
from pathlib import Path

NEWER_RECORD = 4
"""The exit status of the roles `record` and `host` when a newer Deskhand made the record."""

BESIDE = None if getattr(sys, "frozen", False) else Path(__file__).resolve().parents[2]
"""Where roles are started: from source beside the packages."""


def command(role: str, *args: str) -> list[str]:
    """The command line that runs `role` with `args`, for `subprocess`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, role, *args]
    return [sys.executable, "-m", "backend", role, *args]
