"""One pixel of an X screen, asked for again and again: when it changes, something was painted there."""

import ctypes
import os
import time
from collections.abc import Generator
from contextlib import contextmanager

ALL_PLANES, Z_PIXMAP = ctypes.c_ulong(-1), 2


class Pixel:
    """A place on the screen of `DISPLAY`, as it is seen: with the windows that lie over it (XGetImage(3))."""

    def __init__(self, xlib: ctypes.CDLL, display: ctypes.c_void_p, across: int, down: int) -> None:
        self._xlib, self._display = xlib, display
        self._across, self._down = across, down
        self._root = xlib.XDefaultRootWindow(display)

    def value(self) -> int:
        """What is there now."""
        place = (self._across, self._down, 1, 1)
        image = self._xlib.XGetImage(self._display, self._root, *place, ALL_PLANES, Z_PIXMAP)
        try:
            return self._xlib.XGetPixel(ctypes.c_void_p(image), 0, 0)
        finally:
            self._xlib.XDestroyImage(ctypes.c_void_p(image))

    def changes(self, since: int, within: float) -> float:
        """The moment (`time.monotonic`) at which something else is seen there. Fails after so many seconds."""
        end = time.monotonic() + within
        while (moment := time.monotonic()) < end:
            if self.value() != since:
                return moment
            time.sleep(0.001)
        raise AssertionError(f"nothing was painted within {within} s")


@contextmanager
def pixel(screen: dict[str, str], across: int, down: int) -> Generator[Pixel]:
    """A pixel of that screen (its `DISPLAY` and `XAUTHORITY`)."""
    xlib = ctypes.CDLL("libX11.so.6")
    for function, result in (("XOpenDisplay", ctypes.c_void_p), ("XGetImage", ctypes.c_void_p)):
        getattr(xlib, function).restype = result
    xlib.XDefaultRootWindow.restype = xlib.XGetPixel.restype = ctypes.c_ulong
    before = os.environ.get("XAUTHORITY")
    os.environ["XAUTHORITY"] = screen["XAUTHORITY"]
    try:
        display = ctypes.c_void_p(xlib.XOpenDisplay(screen["DISPLAY"].encode()))
    finally:
        os.environ.pop("XAUTHORITY") if before is None else os.environ.update(XAUTHORITY=before)
    assert display, "the screen could not be opened"
    try:
        yield Pixel(xlib, display, across, down)
    finally:
        xlib.XCloseDisplay(display)
