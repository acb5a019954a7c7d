"""Warm processes for the pool of threads: each carries one thing at a time and can be ended by force, as on prefork."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from celery.concurrency.thread import TaskPool

from backend.core.processes import die_with_parent
from backend.core.settings import settings

log = logging.getLogger(__name__)
MOST = 33
"""Threads are made on demand: this is only how many there may be, 32 slots and one for what forms ask."""


class ThreadPool(TaskPool):
    """Celery's pool of threads, which has room for every number of slots from the start."""

    def grow(self, n: int = 1) -> None:
        """There is room already."""


class PlaceGoneError(Exception):
    """The process ended before what it carried did."""


class Place:
    """One process that waits for something to carry."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="place", daemon=True)
        self._process.start()
        theirs.close()

    def is_alive(self) -> bool:
        """Whether the process is there."""
        return self._process.is_alive()

    def carry(self, work: Callable[..., object], *arguments: Any, limit: float | None) -> None:
        """Returns when it is done. Raises PlaceGoneError, also when it took more than `limit` seconds."""
        try:
            self._line.send((work, arguments))
            if not self._line.poll(limit):
                self._process.kill()
            self._line.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            self._line.close()
            raise PlaceGoneError(f"process {self._process.pid} ended") from error


class Places:
    """The processes of one worker. Each thread that has something to carry takes an idle one, or makes one."""

    def __init__(self, warm: int) -> None:
        self._idle = [Place() for _ in range(warm)]
        self._lock = threading.Lock()

    def carry(self, work: Callable[..., object], *arguments: Any, limit: float | None = None) -> None:
        """Carries it in a process of its own. One that was lost is logged: the record's recovery sees to the job."""
        place = self._taken()
        try:
            place.carry(work, *arguments, limit=limit)
        except PlaceGoneError as error:
            log.error("%s%s was not carried to its end: %s", work.__name__, arguments, error)
            place = Place()
        with self._lock:
            self._idle.append(place)

    def _taken(self) -> Place:
        with self._lock:
            while self._idle:
                if (place := self._idle.pop()).is_alive():
                    return place
        return Place()


def _serve(line: Connection) -> None:
    die_with_parent(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    logging.basicConfig(level=settings().log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    while True:
        try:
            work, arguments = line.recv()
        except EOFError:
            return
        try:
            work(*arguments)
        except Exception:
            log.exception("%s%s failed unexpectedly", work.__name__, arguments)
        line.send(None)
