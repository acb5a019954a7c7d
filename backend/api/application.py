"""The application: routes, errors in one shape, and the parts that live as long as it does."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from typing import Any

import redis.asyncio as redis
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from backend import __version__
from backend.api.caretaker import look_after
from backend.api.dispatcher import Dispatcher
from backend.api.guard import Guard
from backend.api.hub import Hub
from backend.api.scheduler import Scheduler
from backend.api.short_way import ShortWay
from backend.api.state import ApiState, State
from backend.api.v1 import (
    accounts,
    host,
    job_types,
    jobs,
    keeping,
    queue,
    recipients,
    saved_jobs,
    schedules,
    sign_ins,
    suppressed,
)
from backend.core.addresses import redis_address
from backend.core.errors import DeskhandError, UnavailableError
from backend.core.events import SavedChanged
from backend.core.paths import DataPaths, resources
from backend.core.settings import Settings
from backend.core.views import Problem
from backend.queue.dispatch import mark_ending
from backend.queue.recovery import worker_is_there
from backend.queue.wording import field_sentences
from backend.store.record import Record

log = logging.getLogger(__name__)
system = APIRouter(tags=["system"])


@system.get("/health")
async def health() -> dict[str, str]:
    """That the API is alive; asks for no token."""
    return {"status": "ok"}


@system.get("/ready")
async def ready(parts: State) -> dict[str, Any]:
    """That a job could be queued and run now."""
    try:
        await parts.redis.ping()
    except redis.RedisError as error:
        raise UnavailableError("broker.away", "Deskhand is still starting.", "It will be ready in a moment.") from error
    if not await asyncio.to_thread(worker_is_there, parts.record):
        raise UnavailableError("worker.away", "Deskhand is still starting.", "It will be ready in a moment.")
    return {"ready": True, "parts": {"broker": True, "record": True, "worker": True}}


@system.get("/version")
async def version() -> dict[str, str]:
    """Which Deskhand this is."""
    return {"version": __version__}


def make_application(settings: Settings, record: Record, token: str) -> FastAPI:
    """The API over a migrated record."""
    paths = DataPaths(settings.data_dir)

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncGenerator[None]:
        hub = Hub()
        dispatcher = Dispatcher(record, settings.slots, settings.stop_grace, hub.publish_soon)
        scheduler = Scheduler(record, lambda made: parts.all_changed(made), lambda: hub.publish_soon(SavedChanged()))
        address = redis_address(settings, paths)
        async with redis.Redis.from_url(address) as client:
            parts = ApiState(settings, paths, record, hub, dispatcher, scheduler, client, token)
            app.state.parts = parts
            listener = asyncio.create_task(hub.listen(address, dispatcher.nudge))
            caretaker = asyncio.create_task(look_after(record, paths, hub.publish_soon))
            await asyncio.to_thread(mark_ending, record, False)
            dispatcher.start()
            scheduler.start()
            yield
            await asyncio.to_thread(scheduler.end)
            await asyncio.to_thread(dispatcher.end)
            for task in (listener, caretaker):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    app = FastAPI(title="Deskhand", version=__version__, lifespan=life, docs_url=None, redoc_url=None)
    routers = (
        jobs,
        job_types,
        recipients,
        queue,
        host,
        keeping,
        accounts,
        sign_ins,
        suppressed,
        saved_jobs,
        schedules,
    )
    for router in (*(module.router for module in routers), system):
        app.include_router(router, prefix="/api/v1")
    app.mount("/docs/assets", StaticFiles(directory=resources() / "swagger"), name="swagger")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Deskhand API",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon-32x32.png",
        )

    app.add_exception_handler(DeskhandError, _expected)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(ShortWay, handlers={DeskhandError: _expected, RequestValidationError: _malformed})
    app.add_middleware(Guard, token=token)
    assert docs is not None
    return app


async def _expected(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DeskhandError)
    problem = Problem(code=error.code, message=error.message, hint=error.hint, fields=error.fields)
    return JSONResponse(problem.model_dump(), status_code=error.status)


async def _malformed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problem = Problem(
        code="request.invalid",
        message="The request is not as it should be.",
        hint="See /docs for what is expected.",
        fields=field_sentences(error, skip=1),
    )
    return JSONResponse(problem.model_dump(), status_code=422)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed unexpectedly", request.method, request.url.path, exc_info=error)
    problem = Problem(
        code="internal",
        message="Something went wrong inside Deskhand.",
        hint="This is our mistake. Try again; if it happens again, send us the log.",
    )
    return JSONResponse(problem.model_dump(), status_code=500)
