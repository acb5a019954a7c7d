"""The message of the next job stands by in the worker's own process until a job there has ended.

Celery would begin it at once, in the place that is kept for what forms ask; and a message that it does not hold has yet
to come from the broker when a slot becomes free.
"""

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from celery.worker.strategy import default


class Standing:
    """Counts the jobs that this worker has begun. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = 0
        self._by: deque[Callable[[], None]] = deque()

    def arrived(self, begin: Callable[[], None], beside: int | None = None) -> bool:
        """A message came. Whether it begins now: it waits while so many `beside` it have begun."""
        with self._lock:
            if beside is not None and self._begun >= beside:
                self._by.append(begin)
                return False
            self._begun += 1
        begin()
        return True

    def ended(self) -> None:
        """One that had begun has ended."""
        with self._lock:
            following = self._by.popleft() if self._by else None
            if following is None:
                self._begun -= 1
        if following:
            following()


_standing = Standing()
"""Of this process: it outlasts connections to the broker, as the jobs do."""


def strategy(task: Any, app: Any, consumer: Any, **more: Any) -> Callable[..., None]:
    """Celery's own for what to do with a message, after it has stood by. It holds no place among those prefetched."""
    begins = default(task, app, consumer, **more)

    def arrived(message: Any, body: Any, ack: Callable[..., None], reject: Callable[..., None], *rest: Any) -> None:
        def over(say: Callable[..., None], *about: Any) -> None:
            try:
                say(*about)
            finally:
                _standing.ended()

        def begin() -> None:
            qos.decrement_eventually()
            try:
                begins(message, body, partial(over, ack), partial(over, reject), *rest)
            except BaseException:
                _standing.ended()
                raise

        arguments, qos = message.payload[0], consumer.qos
        qos.increment_eventually()
        _standing.arrived(begin, arguments[2] if len(arguments) > 2 else None)

    return arrived
