"""Calls about saved jobs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop.client.drafts import Draft
from desktop.client.shapes import Job, Json

if TYPE_CHECKING:
    from desktop.client.api import Api


@dataclass(slots=True)
class SavedJob:
    """A form's answers under a name."""

    id: int
    name: str
    draft: Draft

    @classmethod
    def read(cls, data: Json) -> "SavedJob":
        return cls(data["id"], data["name"], Draft.read(data))


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that an answer of a saved job names and that is not on this computer."""

    field: str
    title: str
    sentence: str
    hint: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One saved job of a file: the name it would get, how many schedules it brings, and what is missing here."""

    name: str
    kind: str
    schedules: int
    lacks: list[Lack]

    @classmethod
    def read(cls, data: Json) -> "Arrival":
        lacks = [Lack(one["field"], one["title"], one["sentence"], one["hint"]) for one in data["lacks"]]
        return cls(data["name"], data["kind"], data["schedules"], lacks)


class SavedCalls:
    """Each is a coroutine that returns data or raises `ApiError`."""

    def __init__(self, api: "Api") -> None:
        self._api = api

    async def all(self) -> list[SavedJob]:
        """All, by name."""
        return [SavedJob.read(item) for item in await self._api.ask("GET", "/saved-jobs")]

    async def save(self, name: str, draft: Draft) -> SavedJob:
        """Keeps answers under a name that is not taken."""
        return SavedJob.read(await self._api.ask("POST", "/saved-jobs", body={"name": name, **draft.body()}))

    async def change(self, number: int, name: str, draft: Draft) -> SavedJob:
        """Puts other answers in place of those there."""
        return SavedJob.read(await self._api.ask("PUT", f"/saved-jobs/{number}", body={"name": name, **draft.body()}))

    async def run(self, number: int) -> list[Job]:
        """Queues the job and what follows it."""
        return [Job.read(item) for item in await self._api.ask("POST", f"/saved-jobs/{number}/run")]

    async def copy(self, number: int) -> SavedJob:
        """A second one with the same answers."""
        return SavedJob.read(await self._api.ask("POST", f"/saved-jobs/{number}/copy"))

    async def remove(self, number: int) -> None:
        """Removes it; the jobs it queued stay."""
        await self._api.ask("DELETE", f"/saved-jobs/{number}")

    async def export(self, numbers: Sequence[int]) -> dict[str, Any]:
        """These and their schedules as one document, without secrets."""
        return await self._api.ask("POST", "/saved-jobs/export", body={"ids": list(numbers)})

    async def check(self, document: Json) -> list[Arrival]:
        """What such a document would bring."""
        body = {"document": document}
        return [Arrival.read(item) for item in await self._api.ask("POST", "/saved-jobs/import/check", body=body)]

    async def bring_in(self, document: Json) -> list[SavedJob]:
        """Takes in what is in such a document; schedules begin paused."""
        body = {"document": document}
        return [SavedJob.read(item) for item in await self._api.ask("POST", "/saved-jobs/import", body=body)]
