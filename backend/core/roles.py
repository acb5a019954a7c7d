"""How one role of the program starts another: from source by `-m backend`, frozen by its own executable."""

import sys

NEWER_RECORD = 4
"""The exit status of the roles `record` and `host` when a newer Deskhand made the record."""


def command(role: str, *args: str) -> list[str]:
    """The command line that runs `role` with `args`, for `subprocess`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, role, *args]
    return [sys.executable, "-m", "backend", role, *args]
