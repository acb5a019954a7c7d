"""Signing in with a mail provider by the user's own client id (OAuth 2.0 for native apps: RFC 8252; PKCE: RFC 7636).

The browser does the signing in; its answer comes to a loopback port, and is taken only with the right `state` and
exchanged only with the verifier. What is kept is the refresh token; access tokens live in this process alone.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.core.errors import NeedsUserError, UserError

ANSWER_SECONDS = 20.0
_SPARE_SECONDS = 120.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_EXTRAS: Mapping[str, Mapping[str, str]] = {
    # Google hands out a refresh token only where these are asked for.
    "accounts.google.com": {"access_type": "offline", "prompt": "consent"},
}
_NAMED_LOOPBACK = ("login.microsoftonline.com",)
"""Whoever lets any port be used for `localhost` only, against the advice of RFC 8252, 8.3."""


@dataclass(frozen=True)
class Client:
    """How this program is known to the provider, and where that is. `ca_file`: see `accounts.trust`."""

    client_id: str
    authorize_url: str
    token_url: str
    scope: str
    client_secret: str = field(default="", repr=False)
    ca_file: Path | None = None


def check_address(address: str) -> str:
    """An address that may be signed in at: https, or on this very computer. Raises ValueError."""
    parts = urlsplit(address.strip())
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("It must begin with https://.")
    return address.strip()


class SignIn:
    """One signing in: open `url` in a browser, then `wait`. Close it in any case."""

    def __init__(self, client: Client, login_hint: str = "") -> None:
        from oauthlib.oauth2 import WebApplicationClient

        self._client = client
        self._state = secrets.token_urlsafe(32)
        self._flow = WebApplicationClient(client.client_id)
        self._verifier: str = self._flow.create_code_verifier(96)
        self._answer = ""
        self._server = _listening(self._heard)
        where = urlsplit(client.authorize_url).hostname or ""
        name = "localhost" if where in _NAMED_LOOPBACK else "127.0.0.1"
        self._redirect = f"http://{name}:{self._server.server_address[1]}/"
        extras = {**_EXTRAS.get(where, {}), **({"login_hint": login_hint} if login_hint else {})}
        # oauthlib knows https only; what is signed in at on this very computer (see `check_address`) may do without.
        plain = client.authorize_url.startswith("http://")
        address = client.authorize_url.replace("http://", "https://", 1) if plain else client.authorize_url
        url: str = self._flow.prepare_request_uri(
            address,
            redirect_uri=self._redirect,
            scope=client.scope,
            state=self._state,
            code_challenge=self._flow.create_code_challenge(self._verifier, "S256"),
            code_challenge_method="S256",
            **extras,
        )
        self.url = url.replace("https://", "http://", 1) if plain else url

    def wait(self, seconds: float, checkpoint: Callable[[], None] = lambda: None) -> str:
        """The refresh token, once the user has signed in. Raises UserError `oauth.*` where that does not come about."""
        until = time.monotonic() + seconds
        while not self._answer:
            checkpoint()
            if time.monotonic() > until:
                raise UserError("oauth.late", "Nobody signed in in the browser.", "Try again.")
            self._server.handle_request()
        code = self._code()
        body = self._flow.prepare_request_body(
            code, self._redirect, code_verifier=self._verifier, **_secret_of(self._client)
        )
        token = _asked(self._client, body)
        if not token.get("refresh_token"):
            raise UserError(
                "oauth.no_refresh",
                "The provider gave no lasting permission.",
                "Look whether the client id may ask for access while you are away (offline access).",
            )
        return str(token["refresh_token"])

    def close(self) -> None:
        """Lets go of the port."""
        self._server.server_close()

    def _heard(self, query: str) -> bool:
        """Takes an answer that bears the right state; others are not for us."""
        from urllib.parse import parse_qs

        said = parse_qs(query)
        good = secrets.compare_digest(said.get("state", [""])[0], self._state)
        if good:
            self._answer = query
        return good

    def _code(self) -> str:
        from oauthlib.oauth2 import OAuth2Error

        try:
            # oauthlib knows https only; this answer came over the loopback interface.
            answer = self._flow.parse_request_uri_response(f"https://localhost/?{self._answer}", self._state)
        except OAuth2Error as error:
            why = error.description or error.error
            raise UserError("oauth.refused", f"The provider did not let you in: {why}.", "Try again.") from error
        return str(answer["code"])


class AccessTokens:
    """Access tokens of one process, each until shortly before it runs out. Thread-safe."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._known: dict[tuple[Client, str], tuple[str, float]] = {}

    def get(self, client: Client, refresh_token: str, renewed: Callable[[str], None]) -> str:
        """A token that is good for a while. `renewed` is told a refresh token that takes the place of this one.

        Raises NeedsUserError `mail.login.sign_in` where the permission is gone, UserError where nobody answers.
        """
        with self._mutex:
            token, until = self._known.get((client, refresh_token), ("", 0.0))
            if time.monotonic() < until:
                return token
            return self._fresh(client, refresh_token, renewed)

    def _fresh(self, client: Client, refresh_token: str, renewed: Callable[[str], None]) -> str:
        from oauthlib.oauth2 import InvalidGrantError, WebApplicationClient

        extras = {"client_id": client.client_id, **_secret_of(client)}
        body = WebApplicationClient(client.client_id).prepare_refresh_body(refresh_token=refresh_token, **extras)
        try:
            said = _asked(client, body)
        except UserError as error:
            if isinstance(error.__cause__, InvalidGrantError):
                raise NeedsUserError(
                    "mail.login.sign_in",
                    "The provider does not accept the earlier sign-in any more.",
                    "Open the account, sign in again, save it, then try again.",
                    fields={"refresh_token": "Please sign in again."},
                ) from error
            raise
        token = str(said["access_token"])
        following = str(said.get("refresh_token") or refresh_token)
        self._known.pop((client, refresh_token), None)
        lasts = float(said.get("expires_in") or 0.0) - _SPARE_SECONDS
        self._known[client, following] = (token, time.monotonic() + lasts)
        if following != refresh_token:
            renewed(following)
        return token


def _secret_of(client: Client) -> dict[str, Any]:
    return {"client_secret": client.client_secret} if client.client_secret else {}


def _asked(client: Client, body: str) -> dict[str, Any]:
    """What the provider's token address answers to this form."""
    import httpx
    from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

    from backend.lib.mail.accounts import trust

    where = urlsplit(client.token_url).hostname
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        with httpx.Client(verify=trust(client.ca_file), timeout=ANSWER_SECONDS) as web:
            answer = web.post(client.token_url, content=body, headers=headers)
        return dict(WebApplicationClient(client.client_id).parse_request_body_response(answer.text))
    except httpx.HTTPError as error:
        raise UserError(
            "mail.connect", f"The provider's sign-in at {where} is not reached: {error}.", "Try again later."
        ) from error
    except OAuth2Error as error:
        why = error.description or error.error
        hint = "Check client id and secret; the provider's page says what they are."
        raise UserError("oauth.refused", f"The provider gave no permission: {why}.", hint) from error


def _listening(heard: Callable[[str], bool]) -> HTTPServer:
    class Answer(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            good = heard(urlsplit(self.path).query)
            text = "You can close this page and go back to Deskhand." if good else "This is not what was asked for."
            body = f"<!doctype html><meta charset=utf-8><title>Deskhand</title><p>{text}</p>".encode()
            self.send_response(200 if good else 400)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the request line holds the code."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    server.timeout = 0.2
    return server
