"""Calls about saved jobs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
