"""Those who get no mail, as the API says and takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desktop.client.api import Api
from desktop.client.shapes import Json, moment


@dataclass(frozen=True)
class Suppressed:
    """Somebody who gets no mail; `key` stands for the address."""

    key: str
    address: str
    reason: str
    added_at: datetime

    @classmethod
    def read(cls, data: Json) -> "Suppressed":
        return cls(data["key"], data["address"], data.get("reason", ""), moment(data["added_at"]))


@dataclass(frozen=True)
class Added:
    """How many are new, how many were there already, and some of what is no address."""

    new: int
    known: int
    wrong: list[str]

    @classmethod
    def read(cls, data: Json) -> "Added":
        return cls(data["new"], data["known"], list(data["wrong"]))


class SuppressedCalls:
    """What can be done with the list, over the API in force."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def page(self, search: str = "", limit: int = 200) -> tuple[list[Suppressed], int]:
        """The first of those that fit, and how many there are."""
        found = await self._api.ask("GET", "/suppressed", query=[("search", search), ("limit", limit)])
        return [Suppressed.read(item) for item in found["items"]], found["total"]

    async def add(self, addresses: Sequence[str], reason: str) -> Added:
        """Adds addresses."""
        body = {"addresses": list(addresses), "reason": reason}
        return Added.read(await self._api.ask("POST", "/suppressed", body=body))

    async def remove(self, keys: Sequence[str]) -> int:
        """Takes some off; how many."""
        return (await self._api.ask("POST", "/suppressed/remove", body={"keys": list(keys)}))["count"]

    async def read_in(self, path: str, reason: str) -> Added:
        """Adds every address in a file."""
        body = {"path": path, "reason": reason}
        return Added.read(await self._api.ask("POST", "/suppressed/import", body=body, patience=90))

    async def write(self, path: str) -> int:
        """Writes all of them to a CSV file; how many."""
        return (await self._api.ask("POST", "/suppressed/export", body={"path": path}, patience=90))["count"]
