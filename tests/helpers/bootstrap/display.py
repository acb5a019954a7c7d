"""A virtual screen for machines that have none: our own Xvfb, which ends with us."""

import contextlib
import ctypes
import os
import secrets
import signal
import struct
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path

from tests.helpers.bootstrap.console import Stop

SIZE = "1440x900x24"
FAMILY_WILD = 65535
PR_SET_PDEATHSIG = 1


def in_sight(environ: Mapping[str, str]) -> bool:
    """Whether a window could be shown to a person, or the caller chose a way to do without a screen."""
    return any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def end_with_parent() -> None:
    """For `preexec_fn`: the process is ended when the one that started it dies (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def authority(cookie: bytes) -> bytes:
    """An Xauthority entry that holds for any display (Xau(3): big-endian lengths before each part)."""
    name = b"MIT-MAGIC-COOKIE-1"
    parts = (b"", b"", name, cookie)
    return struct.pack(">H", FAMILY_WILD) + b"".join(struct.pack(">H", len(part)) + part for part in parts)


@contextlib.contextmanager
def virtual() -> Generator[dict[str, str]]:
    """Starts an Xvfb that only this user can use, and yields the variables that lead to it.

    It is in a session of its own: a Ctrl+C must reach the window first, which still needs its screen to close.
    """
    with tempfile.TemporaryDirectory(prefix="deskhand-screen-") as folder:
        cookies = Path(folder) / "cookies"
        cookies.write_bytes(authority(secrets.token_bytes(16)))
        reading, writing = os.pipe()
        log = Path(folder) / "log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [
                    "Xvfb",
                    "-displayfd",
                    str(writing),
                    "-screen",
                    "0",
                    SIZE,
                    "-nolisten",
                    "tcp",
                    "-noreset",
                    "-auth",
                    str(cookies),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[writing],
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        os.close(writing)
        try:
            with open(reading, encoding="ascii") as answer:
                number = answer.readline().strip()
            if not number:
                raise Stop(f"The virtual screen (Xvfb) did not start:\n{log.read_text('utf-8', 'replace')}")
            yield {"DISPLAY": f":{number}", "XAUTHORITY": str(cookies), "QT_QPA_PLATFORM": "xcb"}
        finally:
            server.terminate()
            server.wait(10)
