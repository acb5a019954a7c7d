"""The recipients of a mailing, as the API says and takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from desktop.client.api import Api
from desktop.client.shapes import Json, moment_or_none

Decision = Literal["send_again", "sent"]


@dataclass(frozen=True)
class Recipient:
    """One recipient; `row` is that of the list, `words` are the server's last answer or the reason."""

    id: int
    row: int
    address: str
    name: str
    state: str
    tries: int
    changed_at: datetime | None
    words: str

    @classmethod
    def read(cls, data: Json) -> "Recipient":
        return cls(
            data["id"],
            data["row"],
            data["address"],
            data.get("name", ""),
            data["state"],
            data.get("tries", 0),
            moment_or_none(data.get("changed_at")),
            data.get("words", ""),
        )


@dataclass(frozen=True)
class RecipientPage:
    """Some recipients in the order of the list; `total` counts all that match, `counts` all there are, by state."""

    items: list[Recipient]
    next_cursor: int | None
    total: int
    counts: dict[str, int]

    @classmethod
    def read(cls, data: Json) -> "RecipientPage":
        items = [Recipient.read(item) for item in data["items"]]
        return cls(items, data.get("next_cursor"), data["total"], dict(data["counts"]))


class RecipientCalls:
    """What can be asked about the recipients of one job, over the API in force."""

    def __init__(self, api: Api, job: int) -> None:
        self._api = api
        self._path = f"/jobs/{job}/recipients"

    async def page(
        self, states: Sequence[str], search: str, cursor: int, limit: int, *, count: bool = True
    ) -> RecipientPage:
        """Those behind the recipient `cursor`; without `count`, `total` and `counts` are left out."""
        query: list[tuple[str, str | int]] = [("state", state) for state in states]
        query += [("search", search), ("cursor", cursor), ("limit", limit), ("count", str(count).lower())]
        return RecipientPage.read(await self._api.ask("GET", self._path, query=query))

    async def export(self, target: str, states: Sequence[str], search: str) -> int:
        """Has those that fit written to a file, CSV or Excel by its name; how many."""
        body = {"target": target, "state": list(states), "search": search}
        return (await self._api.ask("POST", f"{self._path}/export", body=body, patience=90))["count"]

    async def decide(self, what: Decision, ids: Sequence[int] | None) -> int:
        """Settles unknown ones, all or some; how many."""
        body = {"what": what, "ids": None if ids is None else list(ids)}
        return (await self._api.ask("POST", f"{self._path}/decision", body=body))["count"]

    async def look_in_sent_folder(self) -> tuple[int, int]:
        """Has unknown ones looked for in the Sent folder: how many were looked for, and how many are there."""
        looked = await self._api.ask("POST", f"{self._path}/sent-folder", patience=90)
        return looked["looked"], looked["found"]
