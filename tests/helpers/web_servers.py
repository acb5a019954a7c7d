"""A web server of a test's own on loopback, over HTTP or HTTPS: every request is kept, and answered by a function."""

import http.server
import ssl
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.lib.accounts import places
from backend.lib.accounts.kinds.web import NAME
from backend.lib.accounts.opening import reference
from backend.store import accounts
from backend.store.record import record


@dataclass(frozen=True)
class Asked:
    """One request as it came in; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is answered; `whole` is False for a connection that breaks off after the content that is there."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    whole: bool = True


Reply = Callable[[Asked], Answer]


@dataclass
class WebServer:
    """A running server; `reply` may be replaced at any time."""

    url: str
    reply: Reply
    asked: list[Asked] = field(default_factory=list[Asked])

    def at(self, path: str) -> str:
        """The address of a path on it."""
        return f"{self.url}{path}"


@contextmanager
def web_server(reply: Reply, certificate: tuple[Path, Path] | None = None) -> Generator[WebServer]:
    """Serves until the block ends; with a certificate and its key over HTTPS."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", "0")))
            asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, content)
            running.asked.append(asked)
            answer = running.reply(asked)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not {"content-length", "transfer-encoding"} & {name.lower() for name in answer.headers}:
                missing = 0 if answer.whole else 1000
                self.send_header("Content-Length", str(len(answer.body) + missing))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            self.close_connection = self.close_connection or not answer.whole

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
        setattr(Handler, f"do_{method}", Handler.serve)
    server = _Quiet(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    running = WebServer(f"{scheme}://localhost:{server.server_address[1]}", reply)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the tests."""


def add_web_account(address: str, secrets: Mapping[str, str] | None = None, **settings: Any) -> int:
    """Adds an account under Accounts as the window does it, and returns its number."""
    key = accounts.new_key()
    for name, secret in (secrets or {}).items():
        places.put("keyring", reference(key, name), secret)
    kept: dict[str, accounts.Place] = dict.fromkeys(secrets or {}, "keyring")
    given = {"address": address, "login": "none", "private": True, **settings}
    return accounts.insert(record(), key, NAME, "My service", given, kept).id
