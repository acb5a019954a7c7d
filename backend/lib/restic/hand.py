"""A second process that restores small files beside this one, where there are many and more than one processor.

Threads of one process would take turns at them. It is told where the data lies and does only what is usual: a file
whose name is taken, or with which anything is wrong, comes back and takes the way of all others. Its files have no
names until they are whole, so that it may be ended at any moment.
"""

import contextlib
import os
import pickle
import select
import subprocess
from collections import deque
from collections.abc import Callable
from typing import Self

from backend.core.roles import BESIDE, command
from backend.lib.restic.many import Place, places_of
from backend.lib.restic.placing import FileJob
from backend.lib.restic.repository import Repository

ROLE = "restorer"
LEAST_FILES = 2000
_SHARE = 6  # of so many handfuls it gets one: two busy processes cost more together than one after the other
_LOOK = 0.1  # seconds

Order = tuple[str, int, int, int, int, int, Place]
"""Place, mode, owner, group, time, size, and where the data lies."""

Done = Callable[[list[FileJob], list[FileJob]], None]


class SecondHand:
    """The process, and what it was given. `done` is called with the files that it put, and those it gave back."""

    def __init__(self, repository: Repository, done: Done) -> None:
        self._repository = repository
        self._done = done
        self._given: deque[list[FileJob]] = deque()
        self._said = b""
        self._handfuls = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if process := self._process:
            self._process = None
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()

    def start(self, files: int) -> None:
        """Starts it where that pays for so many files."""
        if files < LEAST_FILES or not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
            return
        with contextlib.suppress(OSError):  # too many processes, too little memory: it goes without
            self._process = subprocess.Popen(
                command(ROLE), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=BESIDE, bufsize=0
            )
        key = self._repository.key
        self._send((str(self._repository.store.root.absolute()), key.encrypt, key.mac_k, key.mac_r))

    def take(self, jobs: list[FileJob]) -> list[FileJob]:
        """Takes what it can do, if it has time and it is its turn, and returns the rest."""
        self._collect(0.0)
        self._handfuls += 1
        if self._process is None or self._given or self._handfuls % _SHARE:
            return jobs
        small = [job for job in jobs if len(job.node.content) == 1 and not job.node.attributes]
        places = places_of(self._repository, [job.node.content[0] for job in small])
        taken = [(job, place) for job, place in zip(small, places, strict=True) if place]
        self._given.append([job for job, _ in taken])
        self._send([_order(job, place) for job, place in taken])
        mine = {id(job) for job, _ in taken}
        return [job for job in jobs if id(job) not in mine]

    def finish(self, check: Callable[[], None]) -> None:
        """Waits until all that was given is done."""
        while self._given:
            check()
            self._collect(_LOOK)

    def _send(self, what: object) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        left = memoryview(pickle.dumps(what, pickle.HIGHEST_PROTOCOL))
        try:
            while left:
                left = left[process.stdin.write(left) :]
        except BrokenPipeError:
            return  # it has died; the end of what it says shows that

    def _collect(self, seconds: float) -> None:
        """Hears what it says: for each handful a line with the numbers of those that it gives back."""
        process = self._process
        if process is None or process.stdout is None:
            return
        while select.select([process.stdout], [], [], seconds)[0]:
            heard = os.read(process.stdout.fileno(), 1 << 16)
            if not heard:
                self._give_up()
                return
            *lines, self._said = (self._said + heard).split(b"\n")
            for line in lines:
                jobs, back = self._given.popleft(), {int(number) for number in line.split()}
                self._done(
                    [job for number, job in enumerate(jobs) if number not in back],
                    [job for number, job in enumerate(jobs) if number in back],
                )
                if len(back) == len(jobs):  # the names are taken, or the drive does not know files without one
                    self._give_up()
                    return
            seconds = 0.0

    def _give_up(self) -> None:
        self.__exit__()
        while self._given:
            self._done([], self._given.popleft())


def _order(job: FileJob, place: Place) -> Order:
    node = job.node
    return job.place, node.mode, node.uid, node.gid, node.mtime, node.size, place
