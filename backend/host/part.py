"""One supervised part: started, watched, started again with backoff, ended."""

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Protocol

import psutil

from backend.core.clock import is_running, process_start

log = logging.getLogger(__name__)
FIRST_DELAY = 0.1
LONGEST_DELAY = 10.0
HEALTHY_SECONDS = 10.0
POLL_SECONDS = 0.1
CHILDREN_SECONDS = 2.0


class Process(Protocol):
    """What is asked of a process: `subprocess.Popen`, or a fork."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Part:
    """`start` starts the process; a part that dies early and often is given ever more time."""

    def __init__(self, name: str, start: Callable[[], Process], grace: float) -> None:
        self.name = name
        self._start, self._grace = start, grace
        self.process: Process | None = None

    def begin(self, start: Callable[[], Process] | None = None) -> None:
        """Starts it, this once in another way."""
        self.process = (start or self._start)()

    async def keep_alive(self) -> None:
        """Watches until cancelled."""
        delay = FIRST_DELAY
        while True:
            began = time.monotonic()
            if self.process is None:
                self.process = self._start()
            await _ended(self.process)
            log.error("the %s ended with status %s and is started again", self.name, self.process.returncode)
            self.process = None
            delay = FIRST_DELAY if time.monotonic() - began > HEALTHY_SECONDS else min(delay * 2, LONGEST_DELAY)
            await asyncio.sleep(delay)

    def end(self) -> None:
        """Asks the process to end, and ends it by force after the grace (with none: at once).

        Returns when its children are gone, too; one that only waits to be reaped is.
        """
        if self.process is None or self.process.poll() is not None:
            return
        children = psutil.Process(self.process.pid).children(recursive=True)
        began = {child.pid: process_start(child.pid) or 0.0 for child in children}
        if self._grace:
            self.process.terminate()
            try:
                self.process.wait(self._grace)
            except subprocess.TimeoutExpired:
                log.warning("the %s did not end in time and is ended by force", self.name)
        self.process.kill()
        self.process.wait()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        deadline = time.monotonic() + CHILDREN_SECONDS
        while left := [pid for pid, start in began.items() if is_running(pid, start)]:
            if time.monotonic() > deadline:
                log.error("the %s left processes behind: %s", self.name, left)
                return
            time.sleep(0.01)


async def _ended(process: Process) -> None:
    """Returns when the process has ended. Linux tells it (pidfd_open(2)); elsewhere it is looked for."""
    if sys.platform == "linux" and process.poll() is None:
        line = os.pidfd_open(process.pid)
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(line, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(line)
            os.close(line)
    while process.poll() is None:
        await asyncio.sleep(POLL_SECONDS)
