"""A small real server that speaks the API with made-up jobs: for working on the window, and for its tests.

python -m tests.helpers.fake_backend DATA_DIR [--jobs 40] [--rate 20] [--port 0]
"""

import argparse
import asyncio
import base64
import itertools
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect

from backend.api.v1 import recipients, suppressed
from backend.core.clock import now, process_start
from backend.core.errors import ConflictError, DeskhandError, NotFoundError, UserError
from backend.core.events import (
    Batch,
    Event,
    JobChanged,
    JobLogged,
    JobProgressed,
    JobRemoved,
    QueueChanged,
    SavedChanged,
    Snapshot,
)
from backend.core.paths import DataPaths
from backend.core.states import ACTIVE, TERMINAL, JobState
from backend.core.views import JobDetail, JobView, LogEntry, QueueView
from backend.lib.mail.exporting import export_ledger
from backend.store.record import Record
from tests.helpers.fake_letters import FakeLetters
from tests.helpers.fake_saved import route_saved
from tests.helpers.fake_schedules import FakeSchedules
from tests.helpers.made_up_jobs import KINDS, dress, history, made_up


class FakeBackend:
    """State, rules made easy, and a server in a thread of its own."""

    def __init__(self, data_dir: Path, jobs: Iterable[JobDetail] = (), *, epoch: str = "") -> None:
        self.data_dir = data_dir
        self.jobs = {job.id: job for job in jobs}
        self.slots, self.paused = 2, False
        self.epoch, self.number = epoch or secrets.token_hex(4), 0
        self.events: list[Event] = []
        self.token = secrets.token_hex(16)
        self.requests: list[tuple[str, str]] = []
        self.started: list[dict[str, Any]] = []
        self.decided: list[dict[str, Any]] = []
        self.record: Record | None = None
        self.saved: dict[int, dict[str, Any]] = {}
        self.lack: dict[str, Any] | None = None
        self.schedules = FakeSchedules()
        self.switches = {"run-program": False}
        self.letters = FakeLetters()
        self.stopped_how = ""
        self.ready = True
        self.logs: dict[int, bytes] = {}
        self.refusal: DeskhandError | None = None
        self.rescue: dict[str, Any] | None = None
        self.history = {"months": 12, "jobs": 100_000}
        self.port = 0
        self.delay = 0.0
        self.late = 0.0
        self._sockets: set[asyncio.Event] = set()
        self._lock = threading.RLock()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, port: int = 0) -> "FakeBackend":
        """Listens, and announces itself once it answers."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            make_app(self), log_level="error", lifespan="off", timeout_graceful_shutdown=1, ws="websockets-sansio"
        )
        self._server = uvicorn.Server(config)

        def serve() -> None:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                assert self._server
                runner.run(self._server.serve([listener]))

        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "the fake backend did not start"
            time.sleep(0.005)
        self.announce()
        return self

    def announce(self) -> None:
        """Writes the announcement."""
        target = self.data_dir / "run" / "host.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        said = {
            "pid": os.getpid(),
            "process_start": process_start(os.getpid()),
            "port": self.port,
            "token": self.token,
            "version": "0.0.0-fake",
            "data_dir": str(self.data_dir),
        }
        beside = target.with_suffix(".new")
        beside.write_text(json.dumps(said))
        beside.replace(target)

    def stop(self) -> None:
        """Ends the server; the announcement stays, as after a crash."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._wake()
            self._thread.join(10)
            assert not self._thread.is_alive()

    def post(self, *events: Event) -> None:
        """Numbers the events and sends them to everybody who listens."""
        with self._lock:
            self.events += events
            self.number += len(events)
        self._wake()

    def _wake(self) -> None:
        if self._loop and not self._loop.is_closed():
            for waiting in list(self._sockets):
                self._loop.call_soon_threadsafe(waiting.set)

    def queue_view(self) -> QueueView:
        """The queue as it stands."""
        counts: dict[JobState, int] = {}
        for job in self.jobs.values():
            counts[job.state] = counts.get(job.state, 0) + 1
        return QueueView(paused=self.paused, slots=self.slots, counts=counts)

    def change(self, number: int, **more: Any) -> JobDetail:
        """Changes a job and announces it."""
        job = self.jobs[number] = self.job(number).model_copy(update=more)
        self.post(JobChanged(job=view(job)))
        return job

    def end(self, number: int, state: JobState) -> JobDetail:
        """Brings a job to its end, with what belongs to it."""
        job = self.job(number).model_copy(update={"state": state, "wish": None})
        dress(job, job.created_at)
        return self.change(number, **dict(job))

    def add(self, state: JobState = JobState.WAITING, **more: Any) -> JobDetail:
        """A new job, announced."""
        job = made_up(max(self.jobs, default=0) + 1, state, now(), **more)
        self.jobs[job.id] = job
        self.post(JobChanged(job=view(job)))
        return job

    def log(self, number: int, *messages: str) -> None:
        """Adds lines to a job's log and announces them."""
        entries = [LogEntry(at=now(), message=message) for message in messages]
        offset = len(self.logs.get(number, b""))
        self.logs[number] = self.logs.get(number, b"") + b"".join(
            entry.model_dump_json().encode() + b"\n" for entry in entries
        )
        self.post(JobLogged(id=number, attempt=1, offset=offset, entries=entries))

    def job(self, number: int) -> JobDetail:
        """The job, or the error that says it is not there."""
        if number not in self.jobs:
            raise NotFoundError("job.missing", "This job is not on the list any more.")
        return self.jobs[number]

    async def follow(self, socket_: WebSocket, epoch: str, since: int) -> None:
        """Speaks to one listener until it goes."""
        await socket_.accept()
        waiting = asyncio.Event()
        self._sockets.add(waiting)
        listener = asyncio.create_task(_hear_out(socket_, waiting))
        try:
            heard = since
            if epoch != self.epoch or since > self.number:
                with self._lock:
                    heard = self.number
                    active = [view(job) for job in self.jobs.values() if job.state in ACTIVE]
                    first = Snapshot(epoch=self.epoch, number=heard, queue=self.queue_view(), active=active)
                await socket_.send_text(first.model_dump_json())
            while not listener.done() and not (self._server and self._server.should_exit):
                with self._lock:
                    events, number = self.events[heard:], self.number
                if events:
                    batch = Batch(epoch=self.epoch, number=number, events=events)
                    await socket_.send_text(batch.model_dump_json())
                    heard = number
                    await asyncio.sleep(0.05)
                    continue
                await waiting.wait()
                waiting.clear()
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            self._sockets.discard(waiting)
            listener.cancel()


async def _hear_out(socket_: WebSocket, waiting: asyncio.Event) -> None:
    try:
        while True:
            await socket_.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        waiting.set()


def view(job: JobDetail) -> JobView:
    """The row of a job."""
    return JobView.model_validate(job.model_dump(include=set(JobView.model_fields)))


def make_app(fake: FakeBackend) -> FastAPI:
    """The routes."""
    app = FastAPI(openapi_url=None)
    v1 = "/api/v1"

    @app.middleware("http")
    async def guard(request: Request, go_on: Any) -> Response:
        fake.requests.append((request.method, request.url.path.removeprefix(v1)))
        if request.headers.get("authorization") != f"Bearer {fake.token}":
            return _refuse(DeskhandError("auth.missing", "The token is wrong.", status=401))
        if fake.delay:
            await asyncio.sleep(fake.delay)
        if fake.refusal is not None and request.method not in ("GET", "HEAD"):
            return _refuse(fake.refusal)
        answer = await go_on(request)
        if fake.late:
            await asyncio.sleep(fake.late)
        return answer

    def _refuse(error: DeskhandError) -> Response:
        said = {"code": error.code, "message": error.message, "hint": error.hint, "fields": error.fields}
        return JSONResponse(said, error.status)

    @app.exception_handler(DeskhandError)
    async def refuse(_request: Request, error: DeskhandError) -> Response:
        return _refuse(error)

    @app.get(v1 + "/ready")
    async def ready() -> Response:
        return JSONResponse({"ready": fake.ready, "parts": {}}, 200 if fake.ready else 503)

    @app.get(v1 + "/job-types")
    async def job_types() -> list[dict[str, Any]]:
        return KINDS + [
            {**KINDS[0], "name": name, "title": "Run a program"} for name, on in fake.switches.items() if on
        ]

    def switch_view(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "title": "Run a program",
            "caution": "Programs can do anything.",
            "on": fake.switches[name],
        }

    @app.get(v1 + "/job-types/switches")
    async def switches() -> list[dict[str, Any]]:
        return [switch_view(name) for name in fake.switches]

    @app.put(v1 + "/job-types/{name}/switch")
    async def switch(name: str, body: dict[str, Any]) -> dict[str, Any]:
        fake.switches[name] = body["on"]
        return switch_view(name)

    @app.post(v1 + "/job-types/{name}/rehearsal")
    async def rehearsal(name: str, body: dict[str, Any]) -> dict[str, Any]:
        if not body["params"].get("source"):
            raise UserError("answers.wrong", "Something is missing.", fields={"source": "Choose a spreadsheet."})
        facts = [{"label": "Rows", "value": "18,204"}, {"label": "Groups", "value": "12"}]
        letters = fake.letters.page(0, "") if fake.letters.people else None
        told = {"headline": "A PDF of about 9 pages", "facts": facts, "warnings": [], "tables": [], "pictures": []}
        return {**told, "letters": letters}

    fake.letters.route(app, v1)

    @app.post(v1 + "/job-types/{name}/options")
    async def options(name: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"options": [{"value": word, "label": word, "note": ""} for word in ("Region", "Amount")]}

    def queue_saved(saved: dict[str, Any]) -> list[dict[str, Any]]:
        job = fake.add(kind=saved["kind"], name=saved["name"], params=saved["params"])
        return [view(job).model_dump(mode="json")]

    fake.schedules.route(app, v1, fake.saved, lambda: fake.post(SavedChanged()), queue_saved)

    route_saved(app, v1, fake.saved, lambda: fake.lack, lambda: fake.post(SavedChanged()), queue_saved)

    @app.get(v1 + "/jobs")
    async def jobs(request: Request) -> dict[str, Any]:
        ask = request.query_params
        states, kind, search = set(ask.getlist("state")), ask.get("kind"), ask.get("search", "").casefold()
        found = [
            job
            for job in fake.jobs.values()
            if (not states or job.state in states)
            and (not kind or job.kind == kind)
            and (not search or search in job.name.casefold())
        ]
        sort = ask.get("sort", "created")
        name = f"{sort}_at" if sort in ("created", "started", "ended") else sort
        found.sort(
            key=lambda job: (getattr(job, name) is not None, getattr(job, name) or 0, job.id),
            reverse=ask.get("order", "desc") == "desc",
        )
        start = int(base64.b64decode(ask["cursor"])) if "cursor" in ask else 0
        stop = start + int(ask.get("limit", 200))
        following = base64.b64encode(str(stop).encode()).decode() if stop < len(found) else None
        items = [view(job).model_dump(mode="json") for job in found[start:stop]]
        return {"items": items, "next_cursor": following, "total": len(found)}

    @app.post(v1 + "/jobs", status_code=201)
    async def start(body: dict[str, Any]) -> dict[str, Any]:
        fake.started.append(body)
        job = fake.add(kind=body["kind"], name=body.get("name") or body["kind"].title(), params=body["params"])
        return view(job).model_dump(mode="json")

    @app.get(v1 + "/jobs/{number}")
    async def job(number: int) -> dict[str, Any]:
        return fake.job(number).model_dump(mode="json")

    @app.get(v1 + "/jobs/{number}/artifacts")
    async def artifacts(number: int) -> list[dict[str, Any]]:
        return [item.model_dump(mode="json") for item in fake.job(number).artifacts]

    @app.get(v1 + "/jobs/{number}/log")
    async def log(number: int, after: int = 0, limit: int = 500, attempt: int = 1, search: str = "") -> dict[str, Any]:
        whole = fake.logs.get(fake.job(number).id, b"")
        if after and whole[after - 1 : after] != b"\n":
            after = whole.find(b"\n", after) + 1 or len(whole)
        lines = list(itertools.islice(_lines(whole, after), limit))
        if search:
            lines = list(_lines(whole, after))
        entries = [json.loads(line) for line in lines]
        entries = [entry for entry in entries if search.casefold() in entry["message"].casefold()]
        return {"attempt": attempt, "entries": entries, "next": after + sum(map(len, lines)), "size": len(whole)}

    @app.post(v1 + "/jobs/{number}/move")
    async def move(number: int, body: dict[str, Any]) -> dict[str, Any]:
        line = sorted((job for job in fake.jobs.values() if job.state in ("waiting", "held")), key=lambda j: j.position)
        places = [job.position for job in line]
        order = [job.id for job in line]
        here = order.index(number)
        there = {"up": here - 1, "down": here + 1, "top": 0, "bottom": len(order)}[body["where"]]
        order.insert(max(0, there), order.pop(here))
        for job_id, place in zip(order, places, strict=True):
            if fake.jobs[job_id].position != place:
                fake.change(job_id, position=place)
        return view(fake.job(number)).model_dump(mode="json")

    @app.post(v1 + "/jobs/{number}/{verb}")
    async def act(number: int, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        waiting = [job.id for job in fake.jobs.values() if number in job.waits_for and job.state in ACTIVE]
        if verb == "stop" and waiting and not body:
            raise ConflictError("job.has_dependents", "Others wait for this one.", "Say what becomes of them.")
        if verb == "stop" and body and body["dependents"] == "stop":
            for job_id in waiting:
                fake.end(job_id, JobState.STOPPED)
        return view(_act(fake, fake.job(number), verb)).model_dump(mode="json")

    @app.delete(v1 + "/jobs/{number}")
    async def remove(number: int) -> Response:
        if fake.job(number).state not in TERMINAL:
            raise ConflictError("job.active", "This job has not ended yet.", "Stop it first.")
        del fake.jobs[number]
        fake.post(JobRemoved(id=number))
        return Response(status_code=204)

    @app.get(v1 + "/queue")
    async def queue() -> QueueView:
        return fake.queue_view()

    @app.patch(v1 + "/queue")
    async def set_queue(body: dict[str, Any]) -> QueueView:
        fake.paused, fake.slots = body.get("paused", fake.paused), body.get("slots", fake.slots)
        fake.post(QueueChanged(queue=fake.queue_view()))
        return fake.queue_view()

    @app.post(v1 + "/jobs/{number}/recipients/decision")
    async def decide_recipients(number: int, body: dict[str, Any]) -> dict[str, Any]:
        fake.decided.append(body)
        fake.change(number, state=JobState.WAITING)
        return {"count": 1}

    @app.post(v1 + "/jobs/{number}/recipients/sent-folder")
    async def look_in_sent_folder(number: int) -> dict[str, Any]:
        return {"looked": 2, "found": 1, "folder": "Sent"}

    @app.post(v1 + "/jobs/{number}/recipients/export")
    async def export_recipients(number: int, body: dict[str, Any]) -> dict[str, Any]:
        ledger = str(recipients.ledger_path(DataPaths(fake.data_dir), number))
        return {"count": export_ledger(ledger, body["target"], body["search"], body["state"])}

    # These routes need nothing but a ledger in the folder of the job, or a record: they are the real ones.
    app.state.parts = SimpleNamespace(paths=DataPaths(fake.data_dir), record=fake.record)
    app.include_router(recipients.router, prefix=v1)
    app.include_router(suppressed.router, prefix=v1)

    @app.get(v1 + "/record")
    async def record() -> dict[str, Any]:
        return {"history": fake.history, "rescue": fake.rescue}

    @app.put(v1 + "/record/history")
    async def keep_history(body: dict[str, int]) -> dict[str, int]:
        fake.history = body
        return body

    @app.delete(v1 + "/record/rescue")
    async def acknowledge_rescue() -> Response:
        fake.rescue = None
        return Response(status_code=204)

    @app.post(v1 + "/host/stop")
    async def stop(body: dict[str, Any]) -> dict[str, Any]:
        fake.stopped_how = body["how"]
        return {}

    @app.websocket(v1 + "/events")
    async def events(socket_: WebSocket, epoch: str = "", since: int = 0) -> None:
        if socket_.headers.get("authorization") == f"Bearer {fake.token}":
            await fake.follow(socket_, epoch, since)

    return app


def _act(fake: FakeBackend, job: JobDetail, verb: str) -> JobDetail:
    running = job.state in ("running", "paused")
    match verb:
        case "pause":
            return fake.change(job.id, state=JobState.PAUSED if running else JobState.HELD)
        case "resume":
            return fake.change(job.id, state=JobState.RUNNING if running else JobState.WAITING)
        case "stop":
            return fake.end(job.id, JobState.STOPPED)
        case "retry" if job.state in TERMINAL:
            return fake.change(job.id, state=JobState.WAITING, problem=None, ended_at=None)
        case "rerun":
            return fake.add(kind=job.kind, name=job.name, params=job.params)
        case _:
            raise ConflictError("job.state", "This cannot be done to the job as it stands.")


def _lines(whole: bytes, start: int) -> Iterable[bytes]:
    while (end := whole.find(b"\n", start) + 1) > 0:
        yield whole[start:end]
        start = end


def come_on(fake: FakeBackend, seconds: float) -> None:
    """Lets every running job come on by so many seconds."""
    events: list[Event] = []
    for job in list(fake.jobs.values()):
        if job.state is not JobState.RUNNING or job.progress.total is None:
            continue
        done = job.progress.done + (job.progress.rate or 0) * seconds
        if done >= job.progress.total:
            fake.end(job.id, JobState.SUCCEEDED)
            waiting = [other for other in fake.jobs.values() if other.state is JobState.WAITING]
            if waiting:
                following = waiting[0].model_copy(update={"state": JobState.RUNNING})
                dress(following, now())
                fake.change(following.id, **dict(following))
            continue
        left = (job.progress.total - done) / (job.progress.rate or 1)
        job.progress = job.progress.model_copy(update={"done": done, "seconds_left": left})
        events.append(JobProgressed(id=job.id, progress=job.progress))
    fake.post(*events)


def main() -> None:
    """Runs until it is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data_dir", nargs="?", type=Path, default=Path(os.environ.get("DESKHAND_DATA_DIR", ".")))
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--rate", type=float, default=10, help="rounds of progress a second")
    parser.add_argument("--lines", type=int, default=300, help="lines in the log of each job")
    options = parser.parse_args()
    fake = FakeBackend(options.data_dir, history(options.jobs))
    for number in list(fake.jobs)[-60:]:
        fake.log(number, *(f"Read sheet {line} of the workbook, {line * 37} rows" for line in range(options.lines)))
    fake.events.clear()
    fake.number = 0
    fake.start()
    while not fake.stopped_how:
        time.sleep(1 / options.rate)
        come_on(fake, 1 / options.rate)
    fake.stop()


if __name__ == "__main__":
    main()
