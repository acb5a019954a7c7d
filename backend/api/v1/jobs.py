"""Jobs: queue, list, look, and steer."""

import uuid
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from backend.api.state import ApiState, State
from backend.api.v1.recipients import ledger_path
from backend.core.errors import NotFoundError
from backend.core.events import Event, JobChanged, JobRemoved
from backend.core.states import TERMINAL, JobState
from backend.core.views import Artifact, JobDetail, JobView, LogEntry, Priority, Undo
from backend.jobtypes import job_types
from backend.queue import control
from backend.queue.chains import After, Dependents
from backend.queue.following import FollowUp, queue_all
from backend.queue.listing import Order, Sort, Wanted, page
from backend.queue.submission import Submission
from backend.store import job_logs
from backend.store.history import forget_files
from backend.store.jobs import get_detail

router = APIRouter(prefix="/jobs", tags=["jobs"])


class NewJob(BaseModel):
    """What is to be queued. The same `request_key` twice is the same job.

    It starts when all that is in `after` has come about. Where the form asks for files, `{"from_job": 12, "files":
    "*.pdf"}` stands for the result files of another job, which then must succeed first. `follow_ups` are queued with
    it, each behind the one before; in them, `{"from_step": 0, "files": "*.pdf"}` stands for the files of this job.
    What still waits for the job `instead_of`, which has ended, waits for this one instead and takes its files.
    """

    kind: str
    params: dict[str, Any]
    name: str = Field(default="", max_length=200)
    priority: Priority = "normal"
    request_key: uuid.UUID | None = None
    hold: bool = False
    after: list[After] = Field(default_factory=list[After], max_length=50)
    follow_ups: list[FollowUp] = Field(default_factory=list[FollowUp], max_length=10)
    instead_of: int | None = None


class Rest(BaseModel):
    """What becomes of the jobs that wait for this one; without an answer, the request is refused if there are some."""

    dependents: Dependents | None = None


class JobPage(BaseModel):
    """A page of the list; `total` counts all that match."""

    items: list[JobView]
    next_cursor: str | None
    total: int


class LogPage(BaseModel):
    """Lines of a log; ask on from the byte `next`. What was before `first` in a very long log is gone."""

    attempt: int
    entries: list[LogEntry]
    next: int
    first: int
    size: int


@router.post("", status_code=201)
def create(new: NewJob, parts: State) -> JobView:
    """Queues a job and what follows it; the answer, about the first, comes after the commit."""
    return queued(new, parts, parts.hub.publish_soon)


def queued(new: NewJob, parts: ApiState, announce: Callable[[Event], None]) -> JobView:
    """The same; `announce` is told of a job that goes by itself."""
    wanted = Submission(
        new.kind,
        new.params,
        name=new.name,
        priority=new.priority,
        request_key=new.request_key,
        hold=new.hold,
        after=new.after,
    )
    way = parts.dispatcher.way(announce)
    made = queue_all(parts.record, wanted, new.follow_ups, instead_of=new.instead_of, way=way)
    if made[0].state is JobState.DISPATCHED:
        return made[0]
    if made[0].state is JobState.WAITING and not new.follow_ups and new.instead_of is None:
        announce(JobChanged(job=made[0]))
        return made[0]
    return parts.all_changed(made)[0]


@router.get("")
def listing(
    parts: State,
    state: Annotated[list[JobState] | None, Query()] = None,
    kind: str = "",
    search: str = "",
    sort: Sort = "created",
    order: Order = "desc",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> JobPage:
    """A page of jobs."""
    wanted = Wanted(state or (), kind, search, sort, order)
    with parts.record.read() as connection:
        items, following, total = page(connection, wanted, cursor, limit)
    return JobPage(items=items, next_cursor=following, total=total)


@router.get("/{job_id}")
def read(job_id: int, parts: State) -> JobDetail:
    """One job with everything that is known of it."""
    with parts.record.read() as connection:
        found = get_detail(connection, job_id)
    more = {"has_recipients": ledger_path(parts.paths, job_id).exists(), "undo": _undo(found, parts)}
    return found.model_copy(update=more)


def _undo(job: JobDetail, parts: ApiState) -> Undo | None:
    kind = job_types().get(job.kind)
    return kind.undo(parts.paths.job(job.id)) if kind and kind.undo and job.state in TERMINAL else None


@router.get("/{job_id}/artifacts")
def result_files(job_id: int, parts: State) -> list[Artifact]:
    """The result files of a job."""
    return read(job_id, parts).artifacts


@router.get("/{job_id}/log")
def log(
    job_id: int,
    parts: State,
    attempt: int | None = None,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    search: Annotated[str, Query(max_length=200)] = "",
) -> LogPage:
    """Lines of an attempt's log (the last one's, unless told) from a byte on; inside a line, from the next one.

    With `search` only those that hold the text, whatever its case; a long log is gone through in several calls.
    """
    job = read(job_id, parts)
    number = job.attempt if attempt is None else attempt
    folder = parts.paths.job(job_id)
    ended = next((tried.ended_at for tried in job.attempts if tried.number == number), None)
    if ended and not job_logs.parts(folder, number):
        if job.state is not JobState.SUCCEEDED or number != job.attempt:
            raise NotFoundError("log.gone", "The log of this attempt is not there any more.", "The outcome still is.")
        page = job_logs.only_line(LogEntry(at=ended, message=job.summary), search.strip(), after)
    elif search.strip():
        page = job_logs.search(folder, number, search.strip(), after, limit)
    else:
        page = job_logs.read(folder, number, after, limit)
    return LogPage(attempt=number, entries=page.entries, next=page.next, first=page.first, size=page.size)


@router.post("/{job_id}/stop")
def stop(job_id: int, parts: State, rest: Rest | None = None) -> JobView:
    """Stops the job: at once in line, at its next checkpoint when running. 409 `job.has_dependents`: see `Rest`."""
    return parts.all_changed(control.stop(parts.record, job_id, rest.dependents if rest else None))[0]


@router.post("/{job_id}/pause")
def pause(job_id: int, parts: State) -> JobView:
    """Holds the job back, or lets it rest at its next checkpoint."""
    return parts.changed(control.pause(parts.record, job_id))


@router.post("/{job_id}/resume")
def resume(job_id: int, parts: State) -> JobView:
    """Lets a paused job go on."""
    return parts.changed(control.resume(parts.record, job_id))


@router.post("/{job_id}/retry")
def retry(job_id: int, parts: State) -> JobView:
    """Tries an ended job again; the jobs that had given up waiting for it wait again."""
    return parts.all_changed(control.retry(parts.record, job_id))[0]


@router.post("/{job_id}/rerun", status_code=201)
def rerun(job_id: int, parts: State) -> JobView:
    """Queues a new job with the same answers."""
    return parts.changed(control.rerun(parts.record, job_id))


class Move(BaseModel):
    """Where to, within the line of the job's priority."""

    where: control.Where


class JobChange(BaseModel):
    """What is to be different."""

    priority: Priority | None = None
    name: str | None = Field(default=None, min_length=1, max_length=200)


class Afters(BaseModel):
    """What a job waits for, in place of what it waited for; nothing: it waits for its turn only."""

    after: Annotated[list[After], Field(max_length=50)]


@router.put("/{job_id}/after")
def wait_for(job_id: int, waits: Afters, parts: State) -> JobView:
    """Has a job that has not started wait for others. A chain that would lead back to itself is refused."""
    return parts.changed(control.wait_for(parts.record, job_id, waits.after))


@router.post("/{job_id}/move")
def move(job_id: int, to: Move, parts: State) -> JobView:
    """Moves a waiting job in line."""
    return parts.changed(control.move(parts.record, job_id, to.where))


@router.patch("/{job_id}")
def change(job_id: int, change: JobChange, parts: State) -> JobView:
    """Another priority or name."""
    return parts.changed(control.change(parts.record, job_id, change.priority, change.name))


@router.delete("/{job_id}", status_code=204)
def remove(job_id: int, parts: State, dependents: Dependents | None = None) -> Response:
    """Takes an ended job off the record; its files stay. 409 `job.has_dependents`: see `Rest`."""
    made = [file.path for file in read(job_id, parts).artifacts]
    parts.all_changed(control.remove(parts.record, job_id, dependents))
    forget_files(parts.paths, job_id, made)
    parts.hub.publish_soon(JobRemoved(id=job_id))
    return Response(status_code=204)
