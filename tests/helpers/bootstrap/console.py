"""What the front door says, and how it stops."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence


class Stop(Exception):
    """Nothing more can be done; the text says why, and what to type."""


def say(line: str) -> None:
    """One line for the user, at once."""
    print(line, flush=True)


def quietly(command: Sequence[str], doing: str, env: Mapping[str, str] | None = None) -> None:
    """Runs a command without a word; raises Stop with the end of what it printed when it fails."""
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, **(env or {})},
        check=False,
    )
    if ended.returncode:
        last = "\n".join(f"  {line}" for line in ended.stdout.splitlines()[-25:])
        raise Stop(f"{doing} did not work ({command[0]} ended with {ended.returncode}):\n{last}")


def stop_at_wrong_python() -> None:
    """Raises Stop unless this Python is one that the locked packages are made for."""
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        raise Stop(
            f"Deskhand needs Python 3.11, 3.12 or 3.13, and this is {sys.version.split()[0]}.\n"
            "If another one is installed, name it, for example: make run PYTHON=python3.12"
        )
