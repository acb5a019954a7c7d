"""Files that stand beside their places while they are written, each named after the process that writes it.

So what a killed process left can be told from what another one, here or on another computer, is still writing.
"""

import contextlib
import hashlib
import itertools
import os
import re
import sys

from backend.core import clock

_NAME = re.compile(r"\.deskhand-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)-(\d+\.\d+)-[0-9a-f]+\.part")
_numbers = itertools.count()


class PartNames:
    """Names for the files of this process."""

    def __init__(self) -> None:
        started = clock.process_start(os.getpid()) or 0.0
        self._mark = f"{_tag(clock.machine_id())}-{_tag(_boot())}-{os.getpid()}-{started:.3f}"

    def next(self) -> str:
        """A name that no other has."""
        return f".deskhand-{self._mark}-{next(_numbers):x}.part"


def remove_left(folder: str) -> int:
    """Removes from a folder what processes of this computer left that are gone, and returns how many files."""
    removed = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_left(entry.name):
                os.unlink(entry.path)  # noqa: PTH108 - the system's own string
                removed += 1
    return removed


def is_left(name: str) -> bool:
    """Whether a file of this name was being written by a process of this computer that is gone."""
    found = _NAME.fullmatch(name)
    if found is None or found[1] != _tag(clock.machine_id()):
        return False
    return found[2] != _tag(_boot()) or not clock.is_running(int(found[3]), float(found[4]))


def _boot() -> str:
    """Only on Linux does the start of a process count from the boot: elsewhere it is enough by itself."""
    return clock.boot_id() if sys.platform == "linux" else ""


def _tag(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
