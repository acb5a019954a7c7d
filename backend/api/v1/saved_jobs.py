"""Saved jobs: a form's answers under a name."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from backend.api.state import ApiState, State
from backend.core.events import SavedChanged
from backend.core.views import JobView
from backend.queue import saved as saving
from backend.queue import saved_file
from backend.queue.saved import SavedAnswers, SavedJob
from backend.store import saved as store

router = APIRouter(prefix="/saved-jobs", tags=["saved jobs"])


class Wanted(BaseModel):
    """Which saved jobs go into the file; none named: all."""

    ids: list[int] = []


class Brought(BaseModel):
    """The content of such a file."""

    document: dict[str, Any]


def _announced(parts: ApiState, saved: SavedJob) -> SavedJob:
    parts.hub.publish_soon(SavedChanged())
    return saved


@router.get("")
def listing(parts: State) -> list[SavedJob]:
    """All saved jobs, by name."""
    with parts.record.read() as connection:
        return [saving.view_of(row) for row in store.all_saved(connection)]


@router.post("", status_code=201)
def create(answers: SavedAnswers, parts: State) -> SavedJob:
    """Keeps a form's answers under a name."""
    return _announced(parts, saving.save(parts.record, answers))


@router.post("/export")
def export(wanted: Wanted, parts: State) -> dict[str, Any]:
    """Saved jobs and their schedules as one document, without secrets."""
    return saved_file.written(parts.record, wanted.ids)


@router.post("/import/check")
def check(brought: Brought, parts: State) -> list[saved_file.Arrival]:
    """What such a document would bring, and what is missing here; changes nothing."""
    return saved_file.looked_at(parts.record, brought.document)


@router.post("/import", status_code=201)
def bring_in(brought: Brought, parts: State) -> list[SavedJob]:
    """Takes the saved jobs of such a document in; their schedules begin paused."""
    clocks = parts.scheduler.clocks
    made = saved_file.read_in(parts.record, brought.document, clocks.now(), clocks.zone())
    parts.hub.publish_soon(SavedChanged())
    return made


@router.get("/{saved_id}")
def read(saved_id: int, parts: State) -> SavedJob:
    """One saved job."""
    with parts.record.read() as connection:
        return saving.view_of(store.get_saved(connection, saved_id))


@router.put("/{saved_id}")
def change(saved_id: int, answers: SavedAnswers, parts: State) -> SavedJob:
    """Puts other answers in place of those there."""
    return _announced(parts, saving.change(parts.record, saved_id, answers))


@router.post("/{saved_id}/copy", status_code=201)
def copy(saved_id: int, parts: State) -> SavedJob:
    """A second one with the same answers."""
    return _announced(parts, saving.copy(parts.record, saved_id))


@router.delete("/{saved_id}", status_code=204)
def remove(saved_id: int, parts: State) -> Response:
    """Removes one and its schedules; the jobs it queued stay."""
    with parts.record.write() as connection:
        store.delete_saved(connection, saved_id)
    parts.hub.publish_soon(SavedChanged())
    return Response(status_code=204)


@router.post("/{saved_id}/run", status_code=201)
def run(saved_id: int, parts: State) -> list[JobView]:
    """Queues the job and what follows it."""
    return parts.all_changed(saving.run(parts.record, read(saved_id, parts)))
