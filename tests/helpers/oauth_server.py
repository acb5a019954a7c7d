"""An authorisation server on the loopback interface, strict about PKCE (RFC 7636) and about each code and token."""

import base64
import contextlib
import hashlib
import http.server
import json
import secrets
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from backend.lib.mail.oauth import Client


@dataclass
class Authority:
    """What it gives out, and what it has seen. `denies`: the user says no. `rotates`: a refresh token is good once."""

    access_token: str
    client_id: str = "desk"
    client_secret: str = ""
    denies: bool = False
    rotates: bool = False
    expires_in: int = 3600
    port: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    good: set[str] = field(default_factory=set[str])
    refreshed: int = 0
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    @property
    def base(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> Client:
        """A client of it."""
        return Client(self.client_id, f"{self.base}/authorize", f"{self.base}/token", "mail", self.client_secret)

    def authorize(self, query: dict[str, str]) -> str:
        """The address that the browser is sent to."""
        self.asked.append(query)
        assert query["response_type"] == "code"
        assert query["client_id"] == self.client_id
        assert query["code_challenge_method"] == "S256"
        if self.denies:
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = secrets.token_hex(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        if form.get("client_id") != self.client_id or form.get("client_secret", "") != self.client_secret:
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"], None)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if not asked or asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge"] != challenge:
                return 400, {"error": "invalid_grant"}
            return 200, self._tokens(new=True)
        self.refreshed += 1
        if form["refresh_token"] not in self.good:
            return 400, {"error": "invalid_grant", "error_description": "revoked"}
        if self.rotates:
            self.good.discard(form["refresh_token"])
        return 200, self._tokens(new=self.rotates)

    def _tokens(self, *, new: bool) -> dict[str, Any]:
        said: dict[str, Any] = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": "mail",
        }
        if new:
            said["refresh_token"] = secrets.token_hex(8)
            self.good.add(said["refresh_token"])
        return said

    @contextlib.contextmanager
    def serving(self) -> Generator["Authority", None, None]:
        """Serves on a free port while the block runs."""
        authority = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", authority.authorize(_flat(urlsplit(self.path).query)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, said = authority.token(_flat(form))
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
