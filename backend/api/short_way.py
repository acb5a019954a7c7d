"""The one route that every job passes, answered before FastAPI looks for it: that takes longer than all else here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.api.state import api_state
from backend.api.v1.jobs import NewJob, queued

PATH = "/api/v1/jobs"
Handlers = Mapping[type[Exception], Callable[[Request, Any], Awaitable[Response]]]


class ShortWay:
    """ASGI middleware: queues jobs as the route does that stands in the API's reference, and errors look the same."""

    def __init__(self, app: ASGIApp, handlers: Handlers) -> None:
        self._app, self._handlers = app, handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what queues a job, and hands on the rest."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await _answered(request)
        except tuple(self._handlers) as error:
            kind = next(kind for kind in self._handlers if isinstance(error, kind))
            response = await self._handlers[kind](request, error)
        await response(scope, receive, send)


async def _answered(request: Request) -> Response:
    try:
        new = NewJob.model_validate_json(await request.body())
    except ValidationError as error:
        told = error.errors(include_url=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in told]) from error
    parts = api_state(request)
    try:
        made = await asyncio.to_thread(queued, new, parts, parts.hub.publish_with_next)
    finally:
        parts.hub.publish()
    return Response(made.model_dump_json(), 201, media_type="application/json")
