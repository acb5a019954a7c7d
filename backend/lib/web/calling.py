"""One request and its answer: over redirects, with repetitions, within bounds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import httpcore
import httpx

from backend.core.errors import UserError
from backend.lib.masking import COVER
from backend.lib.trust import trust
from backend.lib.web.addresses import Allowed, NotAllowed
from backend.lib.web.calls import (
    REPEATABLE,
    Bounds,
    Call,
    Fetched,
    Headers,
    Login,
    host_of,
    origin_of,
    redirected,
    span,
    wait_asked,
)
from backend.lib.web.connecting import TICK, GuardedBackend, TooSlow, Watch
from backend.lib.web.words import PASSING, Broken, broken, refused
from backend.lib.words import size

MOST_REDIRECTS = 10
LONGEST_WAIT = 900.0
FIRST_WAIT = 1.0
SAID = 300


class Caller:
    """Makes the calls of one job over its connections. Use it as a context.

    `poll` is called ten times a second and may raise; `say` hears what is being waited for, `got` how many bytes
    of how many are there.
    """

    def __init__(
        self,
        login: Login | None,
        bounds: Bounds,
        poll: Callable[[], None] = lambda: None,
        say: Callable[[str], None] = lambda _words: None,
        got: Callable[[int, int | None], None] = lambda _done, _total: None,
    ) -> None:
        self.login, self.bounds = login, bounds
        self._poll, self._say, self._got = poll, say, got
        self._watch = Watch(poll, bounds.seconds)
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust(login.ca_file if login else None),
            network_backend=GuardedBackend(self._allowed, self._watch),
            max_connections=2,
        )

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.close()

    def _allowed(self, host: str) -> Allowed:
        """Private addresses for the account's own server only; a login in the clear never over the internet."""
        login = self.login
        if login is None or not login.private or host.strip("[]").lower() != login.origin[1]:
            return "public"
        return "private" if login.origin[0] == "http" and login.header else "any"

    def fetch(self, call: Call, into: Path) -> Fetched:
        """Sends the request and puts the answer into the file. Raises UserError, or NeedsUserError for a login.

        What may pass is tried again: anything for methods that may be done twice, else only what was surely not
        done. The server's `Retry-After` is kept to.
        """
        for turn in range(self.bounds.again + 1):
            last = turn == self.bounds.again
            try:
                with self._answer(call) as (response, url):
                    status, asked = response.status_code, wait_asked(response.headers)
                    not_done = status == 429 or (status == 503 and asked is not None)
                    if status < 400:
                        return Fetched(url, status, response.headers, self._take(response, into))
                    again = status in PASSING and (not_done or call.method in REPEATABLE)
                    if last or not again or (asked or 0) > LONGEST_WAIT:
                        raise self._refused(response, url, asked)
                    why = f"{host_of(url)} is busy ({status})."
            except Broken as found:
                if last or not found.passing or (found.sent and call.method not in REPEATABLE):
                    raise self._final(call, found) from found.__cause__
                why, asked = found.problem.message, None
            self._rest(why, FIRST_WAIT * 2**turn if asked is None else asked)
        raise AssertionError("the last turn returns or raises")

    @contextmanager
    def _answer(self, call: Call) -> Generator[tuple[httpx.Response, str]]:
        """The answer at the end of the redirects, its content not yet read. Raises Broken, also while it is read."""
        with ExitStack() as open_ones:
            for _ in range(MOST_REDIRECTS + 1):
                host = host_of(call.url)
                self._watch.start()
                try:
                    response = open_ones.enter_context(self._send(call))
                except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
                    raise broken(error, host) from error
                except (NotAllowed, TooSlow, OSError, UnicodeError) as error:
                    raise broken(error, host) from error
                location = response.headers.get("location")
                if response.status_code not in (301, 302, 303, 307, 308) or not location:
                    yield response, call.url
                    return
                self._drain(response)
                open_ones.pop_all().close()
                call = redirected(call, response.status_code, location)
        raise UserError(
            "web.redirects",
            f"{host_of(call.url)} sends from one address to the next without end.",
            "Check the address.",
            fields={"url": "It leads in a circle."},
        )

    @contextmanager
    def _send(self, call: Call) -> Generator[httpx.Response]:
        with ExitStack() as open_ones:
            content = call.content
            if isinstance(content, Path):
                content = open_ones.enter_context(content.open("rb"))
            headers = [*_DEFAULTS, *call.headers]
            if self.login and self.login.header and origin_of(call.url) == self.login.origin:
                headers.append(self.login.header)
            request = httpx.Request(call.method, call.url, headers=_once(headers), content=content)
            url = httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            )
            answer = self._pool.handle_request(
                httpcore.Request(call.method, url, headers=request.headers.raw, content=cast("Any", request.stream))
            )
            open_ones.callback(answer.close)
            response = httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer), request=request)
            yield response

    def _take(self, response: httpx.Response, into: Path) -> int:
        """Writes what comes; never more than the bound, however small it came packed."""
        told = response.headers.get("content-length", "")
        total = int(told) if told.isdigit() and "content-encoding" not in response.headers else None
        host = host_of(response.request.url)
        if total is not None and total > self.bounds.bytes and response.request.method != "HEAD":
            raise self._too_large(host)
        done = 0
        with into.open("wb") as file:
            for part in self._parts(response, host):
                done += len(part)
                if done > self.bounds.bytes:
                    raise self._too_large(host)
                file.write(part)
                self._got(done, total)
        return done

    def _parts(self, response: httpx.Response, host: str) -> Iterator[bytes]:
        try:
            yield from response.iter_bytes(65536)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, TooSlow) as error:
            raise broken(error, host) from error
        except httpx.DecodingError as error:
            raise UserError(
                "web.damaged", f"The answer of {host} is damaged.", "Try again; if it stays so, tell its makers."
            ) from error

    def _too_large(self, host: str) -> UserError:
        message = f"The answer of {host} is larger than the {size(self.bounds.bytes)} that are allowed."
        hint = "Ask for less, or allow more."
        return UserError("web.too_large", message, hint, fields={"most_mb": f"{message} {hint}"})

    def _drain(self, response: httpx.Response) -> None:
        """A short answer is read to its end, so that the connection can be used again."""
        if response.headers.get("content-length", "").isdigit() and int(response.headers["content-length"]) < 65536:
            for _ in self._parts(response, host_of(response.request.url)):
                continue

    def _refused(self, response: httpx.Response, url: str, asked: float | None) -> Exception:
        said = ""
        with contextlib.suppress(Broken, UserError):
            kind = response.headers.get("content-type", "")
            if "json" in kind or kind.startswith("text/plain"):
                first = next(self._parts(response, host_of(url)), b"")
                said = " ".join(first.decode("utf-8", "replace").split())[:SAID]
        if self.login and self.login.header:
            for secret in (self.login.header[1], self.login.secret):
                said = said.replace(secret, COVER) if secret else said
        if asked is not None and response.status_code in PASSING:
            said = f" It asks for a rest of {span(asked)}."
        elif said:
            said = f" It says: {said}"
        here = self.login and self.login.header and origin_of(url) == self.login.origin
        return refused(response.status_code, host_of(url), self.login.name if self.login and here else None, said)

    def _final(self, call: Call, found: Broken) -> UserError:
        if not found.sent or call.method in REPEATABLE:
            return found.problem
        return unknown_outcome(host_of(call.url), found.problem.message)

    def _rest(self, why: str, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self._say(f"{why} Trying again in {span(left)}.")
            self._poll()
            time.sleep(min(TICK, left))


_DEFAULTS: Headers = [("User-Agent", "Deskhand"), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate")]


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()


def unknown_outcome(host: str, why: str) -> UserError:
    """Whether a request that must not be done twice was done cannot be known."""
    return UserError(
        "web.unknown",
        f"{why} Whether {host} has done what was asked is not known.",
        "Look at the service first, so that nothing is done twice; then try again if it was not done.",
    )


def _once(headers: Headers) -> Headers:
    """Of headers with the same name the last holds, so that what the user gives replaces what is usual."""
    kept: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        kept[name.lower()] = (name, value)
    return list(kept.values())
