"""What is sent and what comes back: calls, logins, redirects, and how long a server asks to wait."""

from __future__ import annotations

import email.utils
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

import httpx

from backend.core.clock import now
from backend.core.errors import UserError
from backend.lib.masking import shown_url

Headers = list[tuple[str, str]]
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
"""Methods that may be done twice without doing more than once (RFC 9110, 9.2.2)."""
_EVERYWHERE = frozenset({"accept", "accept-language", "content-type", "user-agent", "accept-encoding"})
"""What of the headers may follow a redirect to another server; any other may be a key."""


@dataclass(frozen=True)
class Login:
    """An account's part in calls: the header that logs in is sent to its `origin` only; `secret` is never shown."""

    name: str
    origin: tuple[str, str, int]
    header: tuple[str, str] | None = None
    secret: str = ""
    private: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True)
class Call:
    """What is sent. `content` is text as bytes, or a file."""

    method: str
    url: str
    headers: Headers = field(default_factory=list[tuple[str, str]])
    content: bytes | Path | None = None


@dataclass(frozen=True)
class Fetched:
    """An answer that was a success; what it holds is in the file that was named."""

    url: str
    status: int
    headers: httpx.Headers
    size: int

    @property
    def next_link(self) -> str | None:
        """The address of the next page, where a header `Link` says it (RFC 8288)."""
        found = httpx.Response(self.status, headers=self.headers).links.get("next", {}).get("url")
        try:
            return str(httpx.URL(self.url).join(found)) if found else None
        except httpx.InvalidURL as error:
            message = f"{host_of(self.url)} names a next page that has no address."
            raise UserError("web.next_page", message, "Fetch the first page only, and tell its makers.") from error


@dataclass(frozen=True)
class Bounds:
    """How much and how long: bytes of an answer, seconds for it, and how often it is asked for again."""

    bytes: int = 100_000_000
    seconds: float = 60.0
    again: int = 3


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host as it is looked up, and port. Raises UserError for what is no address after all."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        message = "This is no web address."
        raise UserError("web.url", message, "Check it.", fields={"url": message}) from error
    return parsed.scheme, parsed.raw_host.decode().lower(), parsed.port or (443 if parsed.scheme == "https" else 80)


def host_of(url: str | httpx.URL) -> str:
    """The host of an address as people read it."""
    parsed = httpx.URL(url)
    try:
        return parsed.host
    except UnicodeError:  # looks like an international name and is none
        return parsed.raw_host.decode()


def redirected(call: Call, status: int, location: str) -> Call:
    """Where the server sends to. Nothing that may be a key goes to another server, nor does content."""
    here = httpx.URL(call.url)
    try:
        there = here.join(location).copy_with(fragment=None)
    except httpx.InvalidURL as error:
        raise _astray(here, "an address that is none") from error
    if there.scheme not in ("http", "https") or not there.raw_host:
        raise _astray(here, shown_url(str(there)))
    if here.scheme == "https" and there.scheme == "http":
        raise _astray(here, f"{shown_url(str(there))}, without encryption")
    method, content, headers = call.method, call.content, call.headers
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, content = "GET", None
        headers = [each for each in headers if each[0].lower() != "content-type"]
    if origin_of(str(there)) != origin_of(call.url):
        if content is not None:
            raise _astray(here, f"{shown_url(str(there))}, another server, and would have the content sent there")
        headers = [each for each in headers if each[0].lower() in _EVERYWHERE]
    # Names in the address are not taken along: what a redirect says there is for its own server.
    if there.userinfo:
        there = there.copy_with(username="", password="")
    return Call(method, str(there), headers, content)


def _astray(here: httpx.URL, where: str) -> UserError:
    message = f"{host_of(here)} sends on to {where}."
    hint = "Call that address itself, if it is the right one."
    return UserError("web.redirect", message, hint, fields={"url": f"{message} {hint}"})


def wait_asked(headers: httpx.Headers) -> float | None:
    """How many seconds to wait, where the server says so: a number, or a moment (RFC 9110, 10.2.3)."""
    told = headers.get("retry-after", "").strip()
    if told.isdigit():
        return float(told)
    try:
        moment = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now()).total_seconds())


def span(seconds: float) -> str:
    """Seconds in the unit that fits."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60):,} minutes" if seconds < 5400 else f"{round(seconds / 3600):,} hours"
