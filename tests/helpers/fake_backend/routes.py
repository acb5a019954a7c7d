"""The fake backend's application: who may ask, and the routes of the whole; others have files of their own."""

import asyncio
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response

from backend.api.v1 import recipients, suppressed
from backend.core.errors import DeskhandError
from backend.core.events import QueueChanged, SavedChanged
from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.core.views import QueueView
from backend.lib.mail.exporting import export_ledger
from tests.helpers.fake_backend.job_routes import route_jobs
from tests.helpers.fake_backend.kind_routes import route_kinds
from tests.helpers.fake_backend.state import FakeState
from tests.helpers.fake_saved import route_saved

V1 = "/api/v1"


def make_app(fake: FakeState, token: str) -> FastAPI:
    """Everything the window asks for, for who has the token."""
    app = FastAPI(openapi_url=None)
    _guard(app, fake, token)
    route_kinds(app, V1, fake)
    fake.letters.route(app, V1)
    fake.schedules.route(app, V1, fake.saved, lambda: fake.post(SavedChanged()), fake.queue_saved)
    route_saved(app, V1, fake.saved, lambda: fake.lack, lambda: fake.post(SavedChanged()), fake.queue_saved)
    _route_recipients(app, fake)
    route_jobs(app, V1, fake)
    _route_host(app, fake, token)
    return app


def _guard(app: FastAPI, fake: FakeState, token: str) -> None:
    @app.middleware("http")
    async def guard(request: Request, go_on: Any) -> Response:
        fake.requests.append((request.method, request.url.path.removeprefix(V1)))
        if request.headers.get("authorization") != f"Bearer {token}":
            return _refusal(DeskhandError("auth.missing", "The token is wrong.", status=401))
        if fake.delay:
            await asyncio.sleep(fake.delay)
        if fake.refusal is not None and request.method not in ("GET", "HEAD"):
            return _refusal(fake.refusal)
        answer = await go_on(request)
        if fake.late:
            await asyncio.sleep(fake.late)
        return answer

    @app.exception_handler(DeskhandError)
    async def refuse(_request: Request, error: DeskhandError) -> Response:
        return _refusal(error)


def _refusal(error: DeskhandError) -> Response:
    said = {"code": error.code, "message": error.message, "hint": error.hint, "fields": error.fields}
    return JSONResponse(said, error.status)


def _route_recipients(app: FastAPI, fake: FakeState) -> None:
    @app.post(V1 + "/jobs/{number}/recipients/decision")
    async def decide_recipients(number: int, body: dict[str, Any]) -> dict[str, Any]:
        fake.decided.append(body)
        fake.change(number, state=JobState.WAITING)
        return {"count": 1}

    @app.post(V1 + "/jobs/{number}/recipients/sent-folder")
    async def look_in_sent_folder(number: int) -> dict[str, Any]:
        return {"looked": 2, "found": 1, "folder": "Sent"}

    @app.post(V1 + "/jobs/{number}/recipients/export")
    async def export_recipients(number: int, body: dict[str, Any]) -> dict[str, Any]:
        ledger = str(recipients.ledger_path(DataPaths(fake.data_dir), number))
        return {"count": export_ledger(ledger, body["target"], body["search"], body["state"])}

    # These routes need nothing but a ledger in the folder of the job, or a record: they are the real ones.
    app.state.parts = SimpleNamespace(paths=DataPaths(fake.data_dir), record=fake.record)
    app.include_router(recipients.router, prefix=V1)
    app.include_router(suppressed.router, prefix=V1)


def _route_host(app: FastAPI, fake: FakeState, token: str) -> None:
    @app.get(V1 + "/ready")
    async def ready() -> Response:
        return JSONResponse({"ready": fake.ready, "parts": {}}, 200 if fake.ready else 503)

    @app.get(V1 + "/queue")
    async def queue() -> QueueView:
        return fake.queue_view()

    @app.patch(V1 + "/queue")
    async def set_queue(body: dict[str, Any]) -> QueueView:
        fake.paused, fake.slots = body.get("paused", fake.paused), body.get("slots", fake.slots)
        fake.post(QueueChanged(queue=fake.queue_view()))
        return fake.queue_view()

    @app.get(V1 + "/record")
    async def record() -> dict[str, Any]:
        return {"history": fake.history, "rescue": fake.rescue}

    @app.put(V1 + "/record/history")
    async def keep_history(body: dict[str, int]) -> dict[str, int]:
        fake.history = body
        return body

    @app.delete(V1 + "/record/rescue")
    async def acknowledge_rescue() -> Response:
        fake.rescue = None
        return Response(status_code=204)

    @app.post(V1 + "/host/stop")
    async def stop(body: dict[str, Any]) -> dict[str, Any]:
        fake.stopped_how = body["how"]
        return {}

    @app.websocket(V1 + "/events")
    async def events(socket: WebSocket, epoch: str = "", since: int = 0) -> None:
        if socket.headers.get("authorization") == f"Bearer {token}":
            await fake.follow(socket, epoch, since)
