"""The fake backend's jobs: listed, started, looked into, moved, and ended."""

import base64
import itertools
import json
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from backend.core.errors import ConflictError
from backend.core.events import JobRemoved
from backend.core.states import ACTIVE, TERMINAL, JobState
from tests.helpers.fake_backend.state import FakeState, view


def route_jobs(app: FastAPI, prefix: str, fake: FakeState) -> None:
    """Adds the routes."""
    place = prefix + "/jobs"
    _route_looks(app, place, fake)
    _route_acts(app, place, fake)


def _route_looks(app: FastAPI, place: str, fake: FakeState) -> None:
    @app.get(place)
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

    @app.get(place + "/{number}")
    async def job(number: int) -> dict[str, Any]:
        return fake.job(number).model_dump(mode="json")

    @app.get(place + "/{number}/artifacts")
    async def artifacts(number: int) -> list[dict[str, Any]]:
        return [item.model_dump(mode="json") for item in fake.job(number).artifacts]

    @app.get(place + "/{number}/log")
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


def _route_acts(app: FastAPI, place: str, fake: FakeState) -> None:
    @app.post(place, status_code=201)
    async def start(body: dict[str, Any]) -> dict[str, Any]:
        fake.started.append(body)
        job = fake.add(kind=body["kind"], name=body.get("name") or body["kind"].title(), params=body["params"])
        return view(job).model_dump(mode="json")

    @app.post(place + "/{number}/move")
    async def move(number: int, body: dict[str, Any]) -> dict[str, Any]:
        line = sorted((job for job in fake.jobs.values() if job.state in ("waiting", "held")), key=lambda j: j.position)
        places = [job.position for job in line]
        order = [job.id for job in line]
        here = order.index(number)
        there = {"up": here - 1, "down": here + 1, "top": 0, "bottom": len(order)}[body["where"]]
        order.insert(max(0, there), order.pop(here))
        for job_id, position in zip(order, places, strict=True):
            if fake.jobs[job_id].position != position:
                fake.change(job_id, position=position)
        return view(fake.job(number)).model_dump(mode="json")

    @app.post(place + "/{number}/{verb}")
    async def act(number: int, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        waiting = [job.id for job in fake.jobs.values() if number in job.waits_for and job.state in ACTIVE]
        if verb == "stop" and waiting and not body:
            raise ConflictError("job.has_dependents", "Others wait for this one.", "Say what becomes of them.")
        if verb == "stop" and body and body["dependents"] == "stop":
            for job_id in waiting:
                fake.end(job_id, JobState.STOPPED)
        return view(fake.act(fake.job(number), verb)).model_dump(mode="json")

    @app.delete(place + "/{number}")
    async def remove(number: int) -> Response:
        if fake.job(number).state not in TERMINAL:
            raise ConflictError("job.active", "This job has not ended yet.", "Stop it first.")
        del fake.jobs[number]
        fake.post(JobRemoved(id=number))
        return Response(status_code=204)


def _lines(whole: bytes, start: int) -> Iterable[bytes]:
    while (end := whole.find(b"\n", start) + 1) > 0:
        yield whole[start:end]
        start = end
