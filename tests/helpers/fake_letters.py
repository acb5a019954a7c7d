"""The fake backend's letters: as many as a test wants, all alike."""

from typing import Any

from fastapi import FastAPI

from backend.core.errors import UserError
from backend.core.views import Letter, LetterPage

PAGE = 20


class FakeLetters:
    """`people` are the recipients; of those in `unreadable` the letter cannot be written. `tried` are the places."""

    def __init__(self) -> None:
        self.people: list[str] = []
        self.unreadable: set[str] = set()
        self.html = False
        self.tried: list[int] = []
        self.looks: list[tuple[int, str]] = []

    def page(self, first: int, search: str) -> dict[str, Any]:
        """Some letters, up to the first that cannot be written."""
        found = [place for place, name in enumerate(self.people) if search.lower() in name.lower()]
        letters: list[Letter] = []
        for place in found[first : first + PAGE]:
            letters.append(self._letter(place))
            if letters[-1].problem:
                break
        return LetterPage(found=len(found), first=first, letters=letters).model_dump(mode="json")

    def _letter(self, place: int) -> Letter:
        name = self.people[place]
        letter = Letter(place=place, row=place + 2, sender="Office <office@example.com>", to=f"{name} <a@example.com>")
        if name in self.unreadable:
            return letter.model_copy(update={"problem": f"Row {place + 2} of the list cannot be filled in."})
        html = f"<p>Dear <b>{name}</b>, see <a href='https://example.com'>this</a>.</p>" if self.html else ""
        return letter.model_copy(update={"subject": f"For {name}", "text": f"Dear {name},\nhello.", "html": html})

    def route(self, app: FastAPI, v1: str) -> None:
        """Adds the routes."""

        @app.post(v1 + "/job-types/{name}/letters")
        async def letters(name: str, body: dict[str, Any]) -> dict[str, Any]:
            self.looks.append((body["first"], body["search"]))
            return self.page(body["first"], body["search"])

        @app.post(v1 + "/job-types/{name}/letters/test")
        async def test(name: str, body: dict[str, Any]) -> dict[str, Any]:
            if body["place"] == 1:
                raise UserError("mail.test_letter", "The mail server did not take the letter.", "Try again later.")
            self.tried.append(body["place"])
            return {"message": "Sent to office@example.com."}
