"""Calls about schedules, and what they answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from desktop.client.shapes import Job, Json, Problem, moment, moment_or_none

if TYPE_CHECKING:
    from desktop.client.api import Api

Missed = Literal["latest", "all", "skip"]
Overlap = Literal["wait", "skip", "beside"]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A time to come; `wall` is what the rule says, `moved`: the clocks skip that time."""

    at: datetime
    wall: str
    moved: bool

    @classmethod
    def read(cls, data: Json) -> "Upcoming":
        return cls(moment(data["at"]), data["wall"], data["moved"])


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a time at which a schedule was due; states and reasons are the API's."""

    id: int
    schedule_id: int
    name: str
    due_at: datetime
    decided_at: datetime
    state: str
    reason: str
    times: int
    waits_until: datetime | None
    job_id: int | None
    job_state: str | None
    problem: Problem | None

    @classmethod
    def read(cls, data: Json) -> "Run":
        return cls(
            data["id"],
            data["schedule_id"],
            data["name"],
            moment(data["due_at"]),
            moment(data["decided_at"]),
            data["state"],
            data["reason"],
            data["times"],
            moment_or_none(data.get("waits_until")),
            data["job_id"],
            data["job_state"],
            Problem.read(data["problem"]),
        )


@dataclass(frozen=True, slots=True)
class Ahead:
    """A rule in words, its next times, and the time zone they are in."""

    words: str
    zone: str
    next: list[Upcoming]

    @classmethod
    def read(cls, data: Json) -> "Ahead":
        return cls(data["words"], data["zone"], [Upcoming.read(one) for one in data["next"]])


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of a saved job, with what comes and what came."""

    id: int
    saved_id: int
    name: str
    kind: str
    words: str
    rule: dict[str, Any]
    missed: Missed
    overlap: Overlap
    paused: bool
    next: list[Upcoming]
    last: Run | None
    waiting: Run | None

    @classmethod
    def read(cls, data: Json) -> "Schedule":
        return cls(
            data["id"],
            data["saved_id"],
            data["name"],
            data["kind"],
            data["words"],
            dict(data["rule"]),
            data["missed"],
            data["overlap"],
            data["paused"],
            [Upcoming.read(one) for one in data["next"]],
            Run.read(data["last"]) if data["last"] else None,
            Run.read(data["waiting"]) if data["waiting"] else None,
        )


class ScheduleCalls:
    """Each is a coroutine that returns data or raises `ApiError`."""

    def __init__(self, api: "Api") -> None:
        self._api = api

    async def all(self) -> list[Schedule]:
        """All, those that come next first."""
        return [Schedule.read(item) for item in await self._api.ask("GET", "/schedules")]

    async def countries(self) -> list[str]:
        """The countries (ISO 3166-1) whose public holidays are known."""
        return [item["code"] for item in await self._api.ask("GET", "/schedules/countries")]

    async def preview(self, rule: Json) -> Ahead:
        """The rule in words, and its next five times."""
        return Ahead.read(await self._api.ask("POST", "/schedules/preview", body=rule))

    async def make(self, saved_id: int, rule: Json, missed: str, overlap: str) -> Schedule:
        """A schedule for a saved job."""
        body = {"saved_id": saved_id, "rule": rule, "missed": missed, "overlap": overlap}
        return Schedule.read(await self._api.ask("POST", "/schedules", body=body))

    async def change(self, number: int, **what: Any) -> Schedule:
        """Another rule, other choices, paused or not."""
        return Schedule.read(await self._api.ask("PATCH", f"/schedules/{number}", body=what))

    async def run(self, number: int) -> list[Job]:
        """Queues its job now, beside its times."""
        return [Job.read(item) for item in await self._api.ask("POST", f"/schedules/{number}/run")]

    async def remove(self, number: int) -> None:
        """Removes it; the saved job and what was queued stay."""
        await self._api.ask("DELETE", f"/schedules/{number}")

    async def missed(self, since: datetime) -> list[Run]:
        """The runs that were found missed, or could not be started, since then; newest first."""
        query = [("state", "missed"), ("state", "refused"), ("since", since.isoformat())]
        return [Run.read(item) for item in await self._api.ask("GET", "/schedules/runs", query=query)]
