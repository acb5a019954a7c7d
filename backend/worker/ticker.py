"""One thread of a process that looks after the jobs that run in it, ten times a second."""

import threading
import time
from functools import cache
from typing import Protocol

TICK = 0.1
FIRST = 0.03
"""Seconds until something new is looked after: what ends sooner costs no turn of this thread."""


class Ticked(Protocol):
    """What is looked after."""

    def tick(self) -> None:
        """Called soon and then every tenth of a second, never twice at a time. Must not raise."""
        ...


class Ticker:
    """Calls what was added until it is removed. The thread rests while there is nothing."""

    def __init__(self) -> None:
        self._here: list[Ticked] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._rests = True

    def add(self, one: Ticked) -> None:
        """From now on."""
        with self._lock:
            self._here.append(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
                self._thread.start()
            if self._rests:
                self._rests = False
                self._wake.set()

    def remove(self, one: Ticked) -> None:
        """On return it is not called any more."""
        with self._lock:
            self._here.remove(one)

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            pause = FIRST
            while not self._rests:
                time.sleep(pause)
                pause = TICK
                with self._lock:
                    for one in self._here:
                        one.tick()
                    self._rests = not self._here


@cache
def ticker() -> Ticker:
    """The one of this process."""
    return Ticker()
