"""What every request passes: who asks, from where, under which number, and how long it took."""

import hmac
import logging
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.views import Problem

log = logging.getLogger("backend.api.requests")
OPEN_PATHS = frozenset({"/api/v1/health", "/docs", "/openapi.json"})
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
POLICY_VIOLATION = 1008


class Guard:
    """ASGI middleware: token, `Host` and `Origin` (against DNS rebinding and pages in a browser), id, log, timing."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the request through, or answers it with the one error shape."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")[:64] or uuid.uuid4().hex[:16]
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                spent = (time.perf_counter() - began) * 1000
                changed = MutableHeaders(scope=message)
                changed["X-Request-ID"] = request_id
                changed["Server-Timing"] = f"app;dur={spent:.2f}"
            await send(message)

        refused = self._refusal(scope["path"], headers)
        try:
            if refused is None:
                await self._app(scope, receive, answer)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": refused[1].message})
            else:
                await JSONResponse(refused[1].model_dump(), status_code=refused[0])(scope, receive, answer)
        finally:
            spent = (time.perf_counter() - began) * 1000
            what = scope.get("method", "WS")
            log.info("%s %s %s %s %.1f ms", request_id, what, scope["path"], status or "-", spent)

    def _refusal(self, path: str, headers: Headers) -> tuple[int, Problem] | None:
        host = headers.get("host", "").rsplit(":", 1)[0]
        origin = headers.get("origin")
        if host not in LOCAL_HOSTS:
            return 421, Problem(code="request.host", message="Deskhand answers only under its own address.")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            return 403, Problem(code="request.origin", message="Other pages may not talk to Deskhand.")
        if path in OPEN_PATHS or path.startswith("/docs/"):
            return None
        given = headers.get("authorization", "").partition(" ")[2]
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return 401, Problem(code="request.token", message="The token is missing or wrong.", hint="See host.json.")
        return None
