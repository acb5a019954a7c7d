"""What the backend announces: one union, told apart by `type`. Truth is in the record; these are hints in time."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from backend.core.views import JobView, LogEntry, Progress, QueueView


class JobChanged(BaseModel):
    """A job was made or is in another state, place or shape than before."""

    type: Literal["job.changed"] = "job.changed"
    job: JobView


class JobProgressed(BaseModel):
    """A running job came on. At most ten a second a job."""

    type: Literal["job.progressed"] = "job.progressed"
    id: int
    progress: Progress


class JobLogged(BaseModel):
    """Lines were added to the log of an attempt, from the byte `offset` on. Of many, `entries` are the newest."""

    type: Literal["job.logged"] = "job.logged"
    id: int
    attempt: int
    offset: int
    entries: list[LogEntry]


class JobRemoved(BaseModel):
    """A job was taken off the record."""

    type: Literal["job.removed"] = "job.removed"
    id: int


class QueueChanged(BaseModel):
    """The queue was paused, resumed, or given another number of slots."""

    type: Literal["queue.changed"] = "queue.changed"
    queue: QueueView


class HostChanged(BaseModel):
    """A part of the backend went away or came back."""

    type: Literal["host.changed"] = "host.changed"
    part: Literal["broker", "worker"]
    ready: bool


class SavedChanged(BaseModel):
    """Saved jobs or schedules were changed, or a schedule was due: what is shown of them must be asked for anew."""

    type: Literal["saved.changed"] = "saved.changed"


Event = Annotated[
    JobChanged | JobProgressed | JobLogged | JobRemoved | QueueChanged | HostChanged | SavedChanged,
    Field(discriminator="type"),
]

EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event])
"""What a worker announces together."""


class Snapshot(BaseModel):
    """The first thing a client hears when it could not be brought up to date from the numbers it knows.

    `epoch` names this run of the API; numbers of another epoch mean nothing.
    """

    type: Literal["snapshot"] = "snapshot"
    epoch: str
    number: int
    queue: QueueView
    active: list[JobView]


class Batch(BaseModel):
    """Events in order; the last of them has the number `number`, the first `number - len(events) + 1`."""

    type: Literal["batch"] = "batch"
    epoch: str
    number: int
    events: list[Event]


Message = Annotated[Snapshot | Batch, Field(discriminator="type")]

MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)
