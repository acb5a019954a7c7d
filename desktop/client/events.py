"""What the backend announces over the event stream, as small dataclasses read from its JSON."""

from collections.abc import Callable
from dataclasses import dataclass

from desktop.client.shapes import Job, Json, LogEntry, Progress, Queue


@dataclass(slots=True)
class JobChanged:
    """A job was made or is in another state, place or shape than before."""

    job: Job


@dataclass(slots=True)
class JobProgressed:
    """A running job came on."""

    id: int
    progress: Progress


@dataclass(slots=True)
class JobLogged:
    """Lines were added to the log of an attempt; `offset` is where they begin, in bytes."""

    id: int
    attempt: int
    offset: int
    entries: list[LogEntry]


@dataclass(slots=True)
class JobRemoved:
    """A job was taken off the record."""

    id: int


@dataclass(slots=True)
class QueueChanged:
    """The queue was paused, resumed, or given another number of slots."""

    queue: Queue


@dataclass(slots=True)
class HostChanged:
    """A part of the backend went away or came back."""

    part: str
    ready: bool


@dataclass(slots=True)
class SavedChanged:
    """Saved jobs or schedules must be asked for anew."""


Event = JobChanged | JobProgressed | JobLogged | JobRemoved | QueueChanged | HostChanged | SavedChanged


@dataclass(slots=True)
class Snapshot:
    """How things stand, for a client that could not be brought up to date by numbers."""

    epoch: str
    number: int
    queue: Queue
    active: list[Job]


@dataclass(slots=True)
class Batch:
    """Events in order; the last has the number `number`."""

    epoch: str
    number: int
    events: list[Event]
    count: int
    """How many numbers the batch covers; events of a newer backend that are not known here count, too."""

    @property
    def first(self) -> int:
        """The number of the first event."""
        return self.number - self.count + 1


Message = Snapshot | Batch

_READERS: dict[str, Callable[[Json], Event]] = {
    "job.changed": lambda data: JobChanged(Job.read(data["job"])),
    "job.progressed": lambda data: JobProgressed(data["id"], Progress.read(data["progress"])),
    "job.logged": lambda data: JobLogged(
        data["id"], data["attempt"], data["offset"], [LogEntry.read(entry) for entry in data["entries"]]
    ),
    "job.removed": lambda data: JobRemoved(data["id"]),
    "queue.changed": lambda data: QueueChanged(Queue.read(data["queue"])),
    "host.changed": lambda data: HostChanged(data["part"], data["ready"]),
    "saved.changed": lambda _data: SavedChanged(),
}


def read_event(data: Json) -> Event | None:
    """The event, or None for a type that this window does not know."""
    reader = _READERS.get(data["type"])
    return reader(data) if reader else None


def read_message(data: Json) -> Message:
    """The message; raises `ValueError` for a type that is neither snapshot nor batch."""
    if data["type"] == "snapshot":
        return Snapshot(
            data["epoch"], data["number"], Queue.read(data["queue"]), [Job.read(item) for item in data["active"]]
        )
    if data["type"] == "batch":
        events = [event for event in map(read_event, data["events"]) if event is not None]
        return Batch(data["epoch"], data["number"], events, len(data["events"]))
    raise ValueError(f"unknown message {data['type']!r}")
