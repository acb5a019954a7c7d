"""What a child process owes its parent: not to outlive it; and how a process with all its children is ended."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import psutil

from backend.core.clock import is_running

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Asks Linux to end this process when the thread that started it ends (prctl(2)). It survives exec.

    `parent` is the process that started this one: where it is gone by now, this process ends at once.
    A child that `multiprocessing` started further watches its parent itself, on any system.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    if started_by := multiprocessing.parent_process():

        def watch() -> None:
            started_by.join()
            os._exit(1)

        threading.Thread(target=watch, name="parent", daemon=True).start()


def rename_process(words: Sequence[str]) -> None:
    """Has this process go by a command line of its own, where a fork has that of its parent (Linux only).

    It is written over the one that the process was started with (proc(5): `cmdline`, `arg_start`), if need be with the
    name of the program alone; where there is no room for that, it stays as it was.
    """
    if sys.platform != "linux":
        return
    figures = Path("/proc/self/stat").read_text(errors="replace").rpartition(")")[2].split()
    begin, end = int(figures[45]), int(figures[46])
    for first in (words[0], Path(words[0]).name):
        line = b"".join(os.fsencode(word) + b"\0" for word in (first, *words[1:]))
        if len(line) <= end - begin:
            ctypes.memmove(begin, line.ljust(end - begin, b"\0"), end - begin)
            return


def end_process(pid: int, started: float) -> bool:
    """Ends exactly this process and its children, by force. False where it is not there any more."""
    if not is_running(pid, started):
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    return True
