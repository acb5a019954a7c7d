"""One thread of a process that looks after the jobs that run in it, ten times a second."""

import threading
from functools import cache
from typing import Protocol

TICK = 0.1


class Ticked(Protocol):
    """What is looked after."""

    def tick(self) -> None:
        """Called at once and then every tenth of a second, never twice at a time. Must not raise."""
        ...


class Ticker:
    """Calls what was added until it is removed. The thread rests while there is nothing."""

    def __init__(self) -> None:
        self._here: list[Ticked] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, one: Ticked) -> None:
        """From now on."""
        with self._lock:
            self._here.append(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
                self._thread.start()
        self._wake.set()

    def remove(self, one: Ticked) -> None:
        """On return it is not called any more."""
        with self._lock:
            self._here.remove(one)

    def _run(self) -> None:
        while True:
            self._wake.wait(TICK if self._here else None)
            self._wake.clear()
            with self._lock:
                for one in self._here:
                    one.tick()


@cache
def ticker() -> Ticker:
    """The one of this process."""
    return Ticker()
