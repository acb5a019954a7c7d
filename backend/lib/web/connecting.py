"""Connections of web calls: to allowed addresses only, and never deaf to a stop.

The address that was judged is the one that is connected to, so a name that changes its address between check and
connection (DNS rebinding) gains nothing; the certificate is still checked against the name.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import httpcore

from backend.lib.web.addresses import Allowed, NotAllowed, check

TICK = 0.1
CONNECT_SECONDS = 15.0
MOST_AT_ONCE = 65536
T = TypeVar("T")


class TooSlow(Exception):
    """The whole answer was not there in the time that the call has."""


class Watch:
    """Looks after one call: `poll` is called ten times a second while something is waited for, and may raise."""

    def __init__(self, poll: Callable[[], None], seconds: float) -> None:
        self._poll, self.seconds = poll, seconds
        self._rested = 0.0
        self.start()

    def start(self) -> None:
        """The time begins to run."""
        self._ends = time.monotonic() + self.seconds

    def tick(self) -> None:
        """Raises TooSlow when the time is up, and whatever `poll` raises; a pause within `poll` does not count."""
        before = time.monotonic()
        if before > self._ends:
            raise TooSlow
        self._poll()
        self._ends += time.monotonic() - before

    def during(self, act: Callable[[], T]) -> T:
        """Does what cannot be interrupted in a thread of its own, and goes away from it when `tick` raises."""
        answers: list[T] = []
        errors: list[Exception] = []
        done = threading.Event()

        def run() -> None:
            try:
                answers.append(act())
            except Exception as error:  # noqa: BLE001 - handed on to the caller
                errors.append(error)
            finally:
                done.set()

        threading.Thread(target=run, daemon=True, name="web-call").start()
        while not done.wait(TICK):
            self.tick()
        if errors:
            raise errors[0]
        return answers[0]


class GuardedBackend(httpcore.NetworkBackend):
    """Looks names up by itself, and lets `allowed` decide by name and address. Raises NotAllowed."""

    def __init__(self, allowed: Callable[[str], Allowed], watch: Watch) -> None:
        self._allowed, self._watch = allowed, watch
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Tries the allowed addresses of the name one after the other."""
        failed: Exception | None = None
        for address in self._addresses(host, port):
            try:
                stream = self._watch.during(
                    lambda address=address: self._plain.connect_tcp(
                        address, port, timeout or CONNECT_SECONDS, local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
                continue
            return WatchedStream(stream, self._watch)
        raise failed or httpcore.ConnectError(f"{host} has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        found = self._watch.during(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        allowed, good, refused = self._allowed(host), list[str](), None
        for address in addresses:
            try:
                check(host, address, allowed)
            except NotAllowed as error:
                refused = error
            else:
                good.append(address)
        if not good and refused:
            raise refused
        return good


class WatchedStream(httpcore.NetworkStream):
    """A connection that looks up from its waiting."""

    def __init__(self, stream: httpcore.NetworkStream, watch: Watch) -> None:
        self._stream, self._watch = stream, watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As it comes; TooSlow ends the waiting."""
        while True:
            self._watch.tick()
            try:
                return self._stream.read(max_bytes, timeout=min(TICK, timeout or TICK))
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """In portions, each when there is room for it."""
        plain = cast("socket.socket", self._stream.get_extra_info("socket"))
        for at in range(0, len(buffer), MOST_AT_ONCE):
            self._watch.tick()
            while not select.select([], [plain], [], TICK)[1]:
                self._watch.tick()
            self._stream.write(buffer[at : at + MOST_AT_ONCE], timeout=timeout or self._watch.seconds)

    def close(self) -> None:
        """Closes it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Shakes hands."""
        stream = self._watch.during(
            lambda: self._stream.start_tls(ssl_context, server_hostname, timeout or CONNECT_SECONDS)
        )
        return WatchedStream(stream, self._watch)

    def get_extra_info(self, info: str) -> Any:
        """What is known of the connection."""
        return self._stream.get_extra_info(info)
