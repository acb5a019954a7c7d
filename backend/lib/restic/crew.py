"""Threads that take work from a bounded queue. The first failure ends them all and is raised by who waits."""

import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_LOOK = 0.1
_WAITS = 3
_LEAST_WAIT = 0.05  # seconds
_BEFORE_NEXT_LOOK = 32


class Aborted(BaseException):
    """Raised in a thread because another one failed."""


class Work:
    """The first failure of several threads, and the word to end."""

    def __init__(self, checkpoint: Callable[[], None]) -> None:
        self._checkpoint = checkpoint
        self._lock = threading.Lock()
        self.failure: BaseException | None = None
        self.ended = threading.Event()

    def fail(self, error: BaseException) -> None:
        """Keeps the first failure and ends the others' work."""
        with self._lock:
            if self.failure is None and not isinstance(error, Aborted):
                self.failure = error
        self.ended.set()

    def check(self) -> None:
        """To be called often: waits while paused; raises when stopped, or when another thread failed."""
        if self.ended.is_set():
            raise Aborted
        self._checkpoint()

    def raise_failure(self) -> None:
        """Raises what failed first, if anything did."""
        if self.failure is not None:
            raise self.failure


class Batches(Generic[T]):
    """Hands small pieces of work on by the handful: waking a thread costs more than a small file does."""

    def __init__(self, hand_on: Callable[[list[T]], None], most: int = 24, heaviest: int = 1 << 20) -> None:
        self._hand_on = hand_on
        self._most = most
        self._heaviest = heaviest
        self._batch: list[T] = []
        self._weight = 0

    def put(self, what: T, weight: int) -> None:
        """Adds a piece of work of so many bytes; passes the batch on when it is large enough."""
        self._batch.append(what)
        self._weight += weight
        if self._weight >= self._heaviest or len(self._batch) >= self._most:
            self.flush()

    def flush(self) -> None:
        """Passes on what there is."""
        if self._batch:
            batch, self._batch, self._weight = self._batch, [], 0
            self._hand_on(batch)


class Sharing(Generic[T]):
    """Does a piece of work itself, or has a crew do it where that is told to pay, or where most of the time is waiting.

    Threads that take turns at small pieces cost more than they bring, unless disk or network is what takes the time.
    """

    def __init__(self, crew: "Crew[T]", handle: Callable[[T], None], pays: Callable[[T], bool]) -> None:
        self._crew = crew
        self._handle = handle
        self._pays = pays
        self._for_crew = 0

    def put(self, what: T) -> None:
        """Returns when the work is done, or when the crew has it."""
        if self._for_crew > 0 or self._pays(what):
            self._for_crew -= self._for_crew > 0
            self._crew.put(what)
            return
        began, work = time.monotonic(), time.thread_time()
        self._handle(what)
        if time.monotonic() - began > _WAITS * (time.thread_time() - work) + _LEAST_WAIT:
            self._for_crew = _BEFORE_NEXT_LOOK


class Crew(Generic[T]):
    """`count` threads that call `handle` with what is put. After a failure the rest is taken and thrown away."""

    def __init__(self, work: Work, name: str, count: int, waiting: int, handle: Callable[[T], None]) -> None:
        self._work = work
        self._handle = handle
        self._queue: queue.Queue[T | None] = queue.Queue(waiting)
        self._threads = [
            threading.Thread(target=self._run, name=f"backup-{name}-{number}", daemon=True) for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, what: T) -> None:
        """Waits while enough is waiting; raises Aborted after a failure."""
        while True:
            if self._work.ended.is_set():
                raise Aborted
            try:
                self._queue.put(what, timeout=_LOOK)
                return
            except queue.Full:
                continue

    def end(self) -> None:
        """Waits until everything put is done, then ends the threads. To be called once more is harmless."""
        threads, self._threads = self._threads, []
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join()

    def _run(self) -> None:
        while (what := self._queue.get()) is not None:
            if self._work.ended.is_set():
                continue
            try:
                self._handle(what)
            except BaseException as error:  # noqa: BLE001 - raised again by who waits
                self._work.fail(error)
