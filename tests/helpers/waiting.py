"""Waiting for what must come, with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T | None], seconds: float = 20.0) -> T:
    """The first answer that counts as true. Fails after the deadline.

    It rests twice as long as a look takes, and longer the longer it has waited, so that who waits does not take the
    time of what is waited for.
    """
    began = time.monotonic()
    while (looked := time.monotonic()) < began + seconds:
        if found := look():
            return found
        time.sleep(max(0.01, min(0.05, (looked - began) / 20), 2 * (time.monotonic() - looked)))
    raise AssertionError(f"not seen within {seconds} s")
