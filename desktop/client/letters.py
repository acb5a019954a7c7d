"""The letters that a job would write, as the API says them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from desktop.client.api import Api
from desktop.client.shapes import Json


@dataclass(frozen=True)
class Letter:
    """One letter as its recipient will see it; with a `problem` there is no text. `files`: names, sizes in bytes."""

    place: int
    row: int
    sender: str
    to: str
    subject: str
    text: str
    html: str
    files: tuple[tuple[str, int], ...]
    problem: str

    @classmethod
    def read(cls, data: Json) -> "Letter":
        files = tuple((str(one["name"]), int(one["size"])) for one in data["files"])
        return cls(
            data["place"],
            data["row"],
            data["sender"],
            data["to"],
            data["subject"],
            data["text"],
            data["html"],
            files,
            data["problem"],
        )


@dataclass(frozen=True)
class LetterPage:
    """Some letters out of those `found`, from the one at `first` on."""

    found: int
    first: int
    letters: tuple[Letter, ...]

    @classmethod
    def read(cls, data: Json) -> "LetterPage":
        return cls(data["found"], data["first"], tuple(Letter.read(one) for one in data["letters"]))


class LetterCalls:
    """What a form asks about its letters."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def look(self, kind: str, params: dict[str, Any], first: int, search: str) -> LetterPage:
        """Some letters out of those that the search finds (all, where it is empty)."""
        body = {"params": params, "first": first, "search": search}
        return LetterPage.read(
            await self._api.ask("POST", f"/job-types/{quote(kind)}/letters", body=body, patience=120)
        )

    async def to_myself(self, kind: str, params: dict[str, Any], place: int) -> str:
        """Sends the letter at this place to the user; what was done, in a sentence."""
        body = {"params": params, "place": place}
        path = f"/job-types/{quote(kind)}/letters/test"
        return (await self._api.ask("POST", path, body=body, patience=120))["message"]
