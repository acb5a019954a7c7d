"""A child process rests while its job is paused."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

import psutil

TICK = 0.1
HOLD = 0.3


class Rests(Protocol):
    """What can be made to rest: a process, or several."""

    def suspend(self) -> None:
        """It stands still. May raise psutil.NoSuchProcess."""
        ...

    def resume(self) -> None:
        """It goes on."""
        ...


class Holder:
    """Suspends the child while a call that should return at once does not: the job is paused."""

    def __init__(self, process: Rests) -> None:
        self.process = process
        self.since: float | None = None
        self.suspended = False
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def call(self, function: Callable[[], None]) -> None:
        """Calls what may hold; the child rests as long as it does."""
        self.since = time.monotonic()
        try:
            function()
        finally:
            with self.lock:
                self.since = None
                if self.suspended:
                    self.process.resume()
                    self.suspended = False

    def end(self) -> None:
        """Nothing is suspended any more."""
        self.ended.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.ended.wait(TICK):
            with self.lock:
                if not self.suspended and self.since is not None and time.monotonic() - self.since > HOLD:
                    try:
                        self.process.suspend()
                    except psutil.NoSuchProcess:
                        return
                    self.suspended = True
