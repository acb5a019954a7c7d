"""Waiting for what must come, with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T | None], seconds: float = 20.0) -> T:
    """The first answer that counts as true. Fails after the deadline."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not seen within {seconds} s")
