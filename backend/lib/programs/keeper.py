"""The process between a job and the program it runs: role `program`. It knows all that the program starts.

Told on its input in lines of JSON: first what to run, then `hold` and `go`; the end of its input means: end it all.
That end also comes when the worker is killed, so no program outlives its job. What the program writes goes straight
to this process's output; what this process has to say goes to its error output, in lines of JSON.

On Linux whatever loses its parent below this process becomes its child (PR_SET_CHILD_SUBREAPER, prctl(2)), also
what has begun a session of its own. Elsewhere every descendant is noted while its parent lives.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

import psutil

_PR_SET_CHILD_SUBREAPER = 36
ADOPTS = sys.platform == "linux"
TICK = 0.05
LOOK_SECONDS = 1.0
GENTLE_SECONDS = 3.0
FORCE_SECONDS = 5.0


def main() -> int:
    """Runs the one program that is asked for, and ends when it and all of its have ended."""
    if ADOPTS:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    try:
        program = subprocess.Popen(
            order["command"],
            cwd=order["folder"],
            env=order["environment"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        _say(refused=error.errno, words=error.strerror or str(error))
        return 0
    # The program has its own handle of the output; with ours closed, its end is seen.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    return _Keeper(program).keep()


def _say(**message: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(message), file=sys.stderr, flush=True)


class _Keeper:
    def __init__(self, program: subprocess.Popen[bytes]) -> None:
        self.program = program
        self.known: dict[int, psutil.Process] = {}
        self.over = threading.Event()
        self.lock = threading.RLock()

    def keep(self) -> int:
        threading.Thread(target=self._listen, daemon=True).start()
        looked = time.monotonic()
        while self.program.poll() is None and not self.over.wait(TICK):
            if not ADOPTS and time.monotonic() - looked > LOOK_SECONDS:
                self._look()
                looked = time.monotonic()
        by_itself = self.program.poll() is not None
        left = [each for each in self._look() if each.pid != self.program.pid]
        names = sorted({_name(each) for each in left})
        self._end_all()
        _say(code=self.program.wait(), by_itself=by_itself, left=names)
        return 0

    def _listen(self) -> None:
        for line in sys.stdin:
            with self.lock:
                for each in self._look():
                    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                        each.suspend() if line.strip() == "hold" else each.resume()
        self.over.set()

    def _look(self) -> list[psutil.Process]:
        """Everything that the program has started and that is still there, itself included."""
        with self.lock:
            found = psutil.Process().children(recursive=True)
            for each in list(self.known.values()):
                with contextlib.suppress(psutil.NoSuchProcess):
                    found += each.children(recursive=True)
            self.known |= {each.pid: each for each in found}
            self.known = {pid: each for pid, each in self.known.items() if _lives(each)}
            return list(self.known.values())

    def _end_all(self) -> None:
        """First asked, then by force, as often as something new has come meanwhile."""
        for each in self._look():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                each.terminate()
                each.resume()
        self._wait(GENTLE_SECONDS)
        until = time.monotonic() + FORCE_SECONDS
        while (left := self._look()) and time.monotonic() < until:
            # Those that stand still start nothing new between two looks.
            for act in ("suspend", "kill"):
                for each in left:
                    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                        getattr(each, act)()
            self._wait(TICK)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._look() and time.monotonic() < until:
            self.program.poll()
            time.sleep(TICK)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return str(process.pid)
