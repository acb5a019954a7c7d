"""Several conversations in one thread: whoever has to wait for an answer lets the others go on (greenlets).

With a thread for each, Python's lock is handed on at every call of the system, which costs more than the calls do.
"""

import contextlib
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from greenlet import greenlet

_Result = TypeVar("_Result")
_NOTHING = -1
_LOOKS_UP = 0.25


class Switchboard:
    """Use once; close it at the end. `run` is for one thread, and what may be called from others says so.

    When `ending` is set, nobody sleeps any more (and whoever sleeps has to be woken by `ring`).
    """

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self._middle: greenlet | None = None
        self._thread = 0
        self._waiting: dict[greenlet, tuple[float, int, bool]] = {}
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)

    def run(self, conversations: Iterable[Callable[[], None]]) -> None:
        """Holds all of them, and returns when the last has ended. None of them may raise anything."""
        import greenlet

        self._who = greenlet.getcurrent
        self._middle, self._thread = self._who(), threading.get_ident()
        for each in conversations:
            greenlet.greenlet(each).switch()
        while self._waiting:
            for one, came in self._next().items():
                del self._waiting[one]
                one.switch(came)

    def until(self, sock: socket.socket, *, writable: bool, seconds: float) -> None:
        """Waits until there is something to read, or room to write; raises TimeoutError. From any thread."""
        if threading.get_ident() != self._thread:
            wait_for(sock, writable=writable, seconds=seconds)
        elif not self._wait(seconds, sock.fileno(), writable):
            raise TimeoutError("timed out")

    def sleep(self, seconds: float) -> None:
        """Waits so long, or until somebody rings."""
        if not self._ending.is_set():
            self._wait(seconds, _NOTHING, False)

    def ring(self) -> None:
        """Wakes all that sleep. From any thread."""
        # Where there is no room left, the bell is ringing already; where it is closed, nobody sleeps any more.
        with contextlib.suppress(OSError):
            self._rope.send(b".")

    def aside(self, work: Callable[[], _Result]) -> "Future[_Result]":
        """Has a thread of its own do what cannot let others go on; rings when it is done."""
        future: Future[_Result] = Future()

        def do() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - handed to the one who asks for the result
                future.set_exception(error)
            self.ring()

        threading.Thread(target=do, name="mail-aside", daemon=True).start()
        return future

    def result(self, future: "Future[_Result]") -> _Result | None:
        """What `aside` has come to, or None where it is ending before that; raises what the work has raised."""
        while not future.done():
            if self._ending.is_set():
                return None
            self.sleep(_LOOKS_UP)
        return future.result()

    def close(self) -> None:
        """From any thread, when nobody runs it any more."""
        self._bell.close()
        self._rope.close()

    def _wait(self, seconds: float, number: int, writable: bool) -> bool:
        assert self._middle is not None
        self._waiting[self._who()] = (time.monotonic() + seconds, number, writable)
        return self._middle.switch()

    def _next(self) -> "dict[greenlet, bool]":
        """Whose turn it is, and whether what was waited for has come; otherwise the time is up."""
        wanted = {self._bell.fileno(): False}
        whose: dict[int, greenlet] = {}
        first = float("inf")
        for one, (until, number, writable) in self._waiting.items():
            first = min(first, until)
            if number != _NOTHING:
                wanted[number] = writable
                whose[number] = one
        turns: dict[greenlet, bool] = {}
        for number in _found(wanted, max(0.0, first - time.monotonic())):
            if (one := whose.get(number)) is not None:
                turns[one] = True
            else:
                turns.update((one, True) for one, (_, asleep, _) in self._waiting.items() if asleep == _NOTHING)
                with contextlib.suppress(BlockingIOError):
                    self._bell.recv(1 << 16)
        if first <= (now := time.monotonic()):
            for one, (until, _, _) in self._waiting.items():
                if until <= now:
                    turns.setdefault(one, False)
        return turns


def wait_for(sock: socket.socket, *, writable: bool, seconds: float) -> None:
    """What `Switchboard.until` does, where there are no others who could go on."""
    if not _found({sock.fileno(): writable}, seconds):
        raise TimeoutError("timed out")


def _found(wanted: dict[int, bool], seconds: float) -> list[int]:
    """Those of these that can be read from (False) or written to (True), or are lost."""
    if sys.platform == "win32":
        reads = [number for number, writable in wanted.items() if not writable]
        writes = [number for number, writable in wanted.items() if writable]
        readable, writable, lost = select.select(reads, writes, writes, seconds)
        return [*{*readable, *writable, *lost}]
    poll = select.poll()
    for number, writable in wanted.items():
        poll.register(number, select.POLLOUT if writable else select.POLLIN)
    return [number for number, _event in poll.poll(seconds * 1000)]
