"""What the API says, as small dataclasses read from its JSON. Names and meanings are the API's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desktop.client.drafts import Draft

Json = Mapping[str, Any]


def moment(text: str) -> datetime:
    """An aware moment from ISO 8601."""
    return datetime.fromisoformat(text)


def moment_or_none(text: str | None) -> datetime | None:
    """An aware moment, or None where there is none."""
    return datetime.fromisoformat(text) if text else None


@dataclass(slots=True)
class Problem:
    """Why something could not be done."""

    code: str
    message: str
    hint: str = ""
    fields: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def read(cls, data: Json | None) -> "Problem | None":
        if data is None:
            return None
        return cls(data["code"], data["message"], data.get("hint", ""), dict(data.get("fields") or {}))


@dataclass(slots=True)
class Progress:
    """How far a job is; `total` is None while it is unknown, `rate` is units a second."""

    done: float = 0.0
    total: float | None = None
    unit: str = ""
    message: str = ""
    rate: float | None = None
    seconds_left: float | None = None

    @classmethod
    def read(cls, data: Json) -> "Progress":
        return cls(
            data.get("done", 0.0),
            data.get("total"),
            data.get("unit", ""),
            data.get("message", ""),
            data.get("rate"),
            data.get("seconds_left"),
        )

    @property
    def fraction(self) -> float | None:
        """Between 0 and 1, or None while the total is unknown."""
        if not self.total or self.total <= 0:
            return None
        return min(1.0, max(0.0, self.done / self.total))


@dataclass(slots=True)
class Job:
    """One row of the list of jobs."""

    id: int
    kind: str
    name: str
    state: str
    wish: str | None
    priority: str
    position: float
    progress: Progress
    attempt: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    not_before: datetime | None
    schedule: str | None
    summary: str
    problem: Problem | None
    warnings: list[str]
    waits_for: list[int]

    @classmethod
    def read(cls, data: Json) -> "Job":
        return cls(
            data["id"],
            data["kind"],
            data["name"],
            data["state"],
            data.get("wish"),
            data.get("priority", "normal"),
            data.get("position", 0.0),
            Progress.read(data.get("progress") or {}),
            data.get("attempt", 0),
            moment(data["created_at"]),
            moment_or_none(data.get("started_at")),
            moment_or_none(data.get("ended_at")),
            moment_or_none(data.get("not_before")),
            data.get("schedule"),
            data.get("summary", ""),
            Problem.read(data.get("problem")),
            list(data.get("warnings") or ()),
            list(data.get("waits_for") or ()),
        )


@dataclass(slots=True)
class Artifact:
    """A result file; `size` in bytes."""

    id: int
    title: str
    path: str
    size: int
    media_type: str
    created_at: datetime

    @classmethod
    def read(cls, data: Json) -> "Artifact":
        return cls(
            data["id"],
            data["title"],
            data["path"],
            data["size"],
            data["media_type"],
            moment(data["created_at"]),
        )


@dataclass(slots=True)
class Attempt:
    """One run of a job; `outcome` is the state it ended in, empty while it runs."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    problem: Problem | None

    @classmethod
    def read(cls, data: Json) -> "Attempt":
        return cls(
            data["number"],
            moment(data["started_at"]),
            moment_or_none(data.get("ended_at")),
            data.get("outcome", ""),
            Problem.read(data.get("problem")),
        )


@dataclass(slots=True)
class Link:
    """Another job of the same chain; `when` is how the earlier one must end: `succeeded`, `failed` or `ended`."""

    job: int
    name: str
    state: str
    when: str
    settled: bool

    @classmethod
    def read(cls, data: Json) -> "Link":
        return cls(data["job"], data["name"], data["state"], data["when"], data["settled"])


@dataclass(slots=True)
class JobDetail:
    """One job with everything that is known of it."""

    job: Job
    params: dict[str, Any]
    artifacts: list[Artifact]
    attempts: list[Attempt]
    starts_after: list[Link] = field(default_factory=list[Link])
    followed_by: list[Link] = field(default_factory=list[Link])
    has_recipients: bool = False
    undo: Draft | None = None
    """The job that would undo what this one has done."""

    @classmethod
    def read(cls, data: Json) -> "JobDetail":
        return cls(
            Job.read(data),
            dict(data["params"]),
            [Artifact.read(item) for item in data.get("artifacts") or ()],
            [Attempt.read(item) for item in data.get("attempts") or ()],
            [Link.read(item) for item in data.get("starts_after") or ()],
            [Link.read(item) for item in data.get("followed_by") or ()],
            bool(data.get("has_recipients")),
            Draft.read(data["undo"]) if data.get("undo") else None,
        )


@dataclass(slots=True)
class LogEntry:
    """One line of a job's log."""

    at: datetime
    level: str
    message: str
    facts: dict[str, Any]

    @classmethod
    def read(cls, data: Json) -> "LogEntry":
        return cls(moment(data["at"]), data.get("level", "info"), data["message"], dict(data.get("facts") or {}))


@dataclass(slots=True)
class LogPage:
    """A stretch of an attempt's log; `next` is the byte where the following one begins, `size` where the log ends.

    A very long log has lost what was before the byte `first`.
    """

    attempt: int
    entries: list[LogEntry]
    next: int
    size: int
    first: int = 0

    @classmethod
    def read(cls, data: Json) -> "LogPage":
        entries = [LogEntry.read(item) for item in data["entries"]]
        return cls(data["attempt"], entries, data["next"], data["size"], data.get("first", 0))


@dataclass(slots=True)
class Queue:
    """The queue as a whole; `counts` by state."""

    paused: bool
    slots: int
    counts: dict[str, int]

    @classmethod
    def read(cls, data: Json) -> "Queue":
        return cls(bool(data.get("paused")), data["slots"], dict(data.get("counts") or {}))


@dataclass(slots=True)
class JobPage:
    """One page of the list of jobs; `total` counts all that match."""

    items: list[Job]
    next_cursor: str | None
    total: int

    @classmethod
    def read(cls, data: Json) -> "JobPage":
        return cls([Job.read(item) for item in data["items"]], data.get("next_cursor"), data["total"])


@dataclass(slots=True)
class JobType:
    """A kind of job; `raw` is what the form is built from."""

    name: str
    title: str
    summary: str
    icon: str
    raw: dict[str, Any]

    @classmethod
    def read(cls, data: Json) -> "JobType":
        return cls(data["name"], data["title"], data["summary"], data["icon"], dict(data))


@dataclass(slots=True)
class KindSwitch:
    """A kind of job that is off until it is switched on; `caution` says why."""

    name: str
    title: str
    caution: str
    on: bool

    @classmethod
    def read(cls, data: Json) -> "KindSwitch":
        return cls(data["name"], data["title"], data["caution"], bool(data["on"]))
