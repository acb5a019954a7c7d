"""The role `broker`: a server in Python that speaks Redis' protocol, for systems on which there is no Valkey.

fakeredis does the work. What its server leaves open is done here: it asks for the password before anything else, and
neither waits in the way of others nor lets small answers wait (its own sockets need `fcntl`, and have Nagle's delay).
"""

import hmac
import os
import select
import socket
from typing import Any, cast

from fakeredis import FakeServer, TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler
from redis import ResponseError

from backend.host.broker import PASSWORD

SOON, LATER = 0.01, 0.25
"""Seconds between looks for what the server says unasked; a client that has subscribed to something hears it soon."""
PATIENCE = 10.0
"""Seconds that a client may take to say who it is, or to take in an answer."""
LONGEST_GREETING = 4096
REFUSAL = b"-NOAUTH Authentication required.\r\n"


class _Handler(TCPFakeRequestHandler):
    """One client."""

    server: "_Server"  # pyright: ignore[reportIncompatibleVariableOverride]
    request: socket.socket

    def setup(self) -> None:
        """Before the first word."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()
        self.request.settimeout(PATIENCE)

    def handle(self) -> None:
        """Until the client goes, or does not know the password."""
        greeting = self._greeting()
        if greeting is None:
            self.request.sendall(REFUSAL)
            return
        client = cast(Any, self.current_client)
        engine = client.get_socket()
        engine.sendall(greeting)
        while True:
            while client.can_read():
                self.writer.dump(_answer(client))
            readable, _, _ = select.select([self.request], [], [], SOON if engine._pubsub else LATER)
            if readable:
                data = self.request.recv(65536)
                if not data:
                    return
                engine.sendall(data)

    def _greeting(self) -> bytes | None:
        """The first bytes of a client; None unless they begin with a command that has the password in it."""
        said = b""
        while (words := command_in(said)) is None:
            data = self.request.recv(LONGEST_GREETING)
            said += data
            if not data or len(said) > LONGEST_GREETING:
                return None
        return said if hmac.compare_digest(password_in(words), self.server.password) else None


def _answer(client: Any) -> Any:
    """The next answer; an error is one as well, after which a client goes on."""
    try:
        return client.read_response()
    except ResponseError as error:
        return error


class _Server(TcpFakeServer):
    daemon_threads = True

    def __init__(self, port: int, password: bytes) -> None:
        super().__init__(("127.0.0.1", port), bind_and_activate=False, server_type="valkey")
        self.RequestHandlerClass = _Handler
        self.password = password
        self.fake_server = FakeServer(server_type="valkey", config={b"requirepass": password})
        self.server_bind()
        self.server_activate()


def password_in(words: list[bytes]) -> bytes:
    """What a command says as the password: `AUTH [name] password` or `HELLO 3 AUTH name password ...`; else nothing."""
    match [words[0].upper(), *words[1:]] if words else []:
        case [b"AUTH", password] | [b"AUTH", _, password] | [b"HELLO", _, b"AUTH", _, password, *_]:
            return password
        case _:
            return b""


def command_in(said: bytes) -> list[bytes] | None:
    """The first command in these bytes (Redis serialization protocol, arrays of bulk strings); None: more must come.

    What is no such command is an empty one.
    """
    head, whole, rest = said.partition(b"\r\n")
    if not whole:
        return None
    if not head.startswith(b"*") or not head[1:].isdigit():
        return []
    words: list[bytes] = []
    for _ in range(int(head[1:])):
        size, whole, rest = rest.partition(b"\r\n")
        if not whole:
            return None
        if not size.startswith(b"$") or not size[1:].isdigit():
            return []
        length = int(size[1:])
        if len(rest) < length + 2:
            return None
        words.append(rest[:length])
        rest = rest[length + 2 :]
    return words


def serve(port: int) -> int:
    """Serves on loopback until the process is ended. The password comes by the environment."""
    with _Server(port, os.environ.pop(PASSWORD).encode()) as server:
        server.serve_forever()
    return 0
