"""One window for one data folder: the first holds a lock, and a later start hands over what it was asked for.

The lock is the system's own and goes with the process, however that ends: nothing that a killed window leaves can be in
the way of the next. Where the first listens stands in a file that only its user can read, with a token.
"""

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

PATIENCE = 20.0
"""Seconds for which a later start waits for the first window to listen, or to be gone."""
ANSWERS_WITHIN = 5.0
TAKEN = b"taken\n"
LONGEST = 65536


class Wish(NamedTuple):
    """What one start of the program is asked for."""

    page: str = ""
    file: str = ""
    activation: str = ""
    """What the desktop gives a program that it starts, so that its window may come to the front (xdg-activation)."""
    quiet: bool = False
    """Whether nobody asked for a window: the program starts with the computer."""


class SilentWindowError(Exception):
    """Another window has the data folder, but neither answers nor ends."""


class FirstWindow:
    """The right to be the one window of a data folder."""

    def __init__(self, folder: Path) -> None:
        self._run = folder / "run"
        self._file: TextIO | None = None

    @property
    def _announcement(self) -> Path:
        return self._run / "window.json"

    def take(self) -> bool:
        """Takes the right; False where another window has it. It is given back when this process ends."""
        self._run.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (self._run / "window.lock").open("a", encoding="ascii")
        if not _lock(file):
            file.close()
            return False
        self._file = file
        self._announcement.unlink(missing_ok=True)
        return True

    def give_back(self) -> None:
        """For what goes on living without a window."""
        if self._file is not None:
            self._file.close()
            self._file = None

    async def listen(self, heard: "Callable[[Wish], bool]") -> None:
        """Hears what later starts ask for, until cancelled. `heard` answers whether it could be done."""
        import asyncio
        import logging
        import secrets

        token = secrets.token_urlsafe(32)

        async def answer(reader: "asyncio.StreamReader", writer: "asyncio.StreamWriter") -> None:
            try:
                wish = _read(await asyncio.wait_for(reader.readline(), ANSWERS_WITHIN), token)
                writer.write(TAKEN if heard(wish) else b"later\n")
                await writer.drain()
            except (OSError, ValueError, TypeError, TimeoutError) as error:
                logging.getLogger(__name__).warning("what a later start said was not understood: %s", error)
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=LONGEST)
        try:
            self._announce(server.sockets[0].getsockname()[1], token)
            async with server:
                await server.serve_forever()
        finally:
            self._announcement.unlink(missing_ok=True)

    def _announce(self, port: int, token: str) -> None:
        import json

        part = self._announcement.with_suffix(".part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            json.dump({"port": port, "token": token, "pid": os.getpid()}, file)
        part.replace(self._announcement)

    def hand_over(self, wish: Wish) -> bool:
        """Has the first window do it; False while that does not listen, or is about to end."""
        import json
        import socket

        try:
            said = json.loads(self._announcement.read_bytes())
            port, token, pid = int(said["port"]), str(said["token"]), int(said["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
        _let_come_forward(pid)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), ANSWERS_WITHIN) as line:
            line.sendall(json.dumps({"token": token, "wish": wish._asdict()}).encode() + b"\n")
            return line.makefile("rb").readline(16) == TAKEN
        return False


def first_window(folder: Path, wish: Wish, patience: float = PATIENCE) -> FirstWindow | None:
    """The right to be the window of this data folder; None once another one has done what was asked for.

    Raises SilentWindowError after `patience` seconds, and OSError where the folder cannot be used.
    """
    first = FirstWindow(folder)
    deadline = time.monotonic() + patience
    while not first.take():
        if first.hand_over(wish):
            return None
        if time.monotonic() > deadline:
            raise SilentWindowError
        time.sleep(0.05)
    return first


def _read(line: bytes, token: str) -> Wish:
    import hmac
    import json

    said = json.loads(line)
    if not isinstance(said, dict) or not hmac.compare_digest(str(said.get("token")).encode(), token.encode()):
        raise ValueError("wrong token")
    asked = dict(said.get("wish") or {})
    # A later start may be of a newer Deskhand, which asks for more than this one knows.
    return Wish(**{name: asked[name] for name in Wish._fields if name in asked})


def _lock(file: TextIO) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_come_forward(pid: int) -> None:
    """Windows lets only the program in use bring a window forward, or one that it names (AllowSetForegroundWindow)."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(pid)
