"""A question is given up when whoever asked has gone, as a form does that asks anew because an answer has changed.

What works it out knows nothing of this: like Celery's own limit of time, a signal raises in its main thread. So this
is for what changes nothing.
"""

import contextlib
import signal
import sys
import threading
from collections.abc import Generator
from types import FrameType
from typing import NoReturn

import redis

OFF = b"off"
_DONE = b"done"
_STEP_SECONDS = 2


class NotWantedError(BaseException):
    """Nobody waits for the answer any more. No job type is to catch it."""


def off_key(reply_to: str) -> str:
    """The list in which it is said, by `OFF`, that nobody waits at `reply_to` any more."""
    return f"{reply_to}.off"


@contextlib.contextmanager
def while_wanted(client: redis.Redis, reply_to: str) -> Generator[None, None, None]:
    """Raises NotWantedError inside the block, at once, when whoever asked goes. Only for the main thread."""
    ended = threading.Lock()
    key, main = off_key(reply_to), threading.get_ident()

    def watch() -> None:
        said = None
        while said is None:
            # In steps: the client's own patience with a silent server is five seconds.
            said = client.blpop([key], timeout=_STEP_SECONDS)
        with ended:
            if said[1] == OFF and not finished:
                _interrupt(main)

    finished: list[bool] = []
    earlier = signal.signal(signal.SIGINT, _give_up)
    thread = threading.Thread(target=watch, name="wanted", daemon=True)
    thread.start()
    try:
        yield
    finally:
        try:
            with ended:
                finished.append(True)
        finally:
            signal.signal(signal.SIGINT, earlier)
            client.rpush(key, _DONE)
            thread.join()
            client.delete(key)


def _give_up(_number: int, _frame: FrameType | None) -> NoReturn:
    raise NotWantedError


def _interrupt(main: int) -> None:
    if sys.platform == "win32":
        import _thread

        _thread.interrupt_main(signal.SIGINT)
    else:
        signal.pthread_kill(main, signal.SIGINT)
