"""The fake backend's job types: what may be started, rehearsed and switched on."""

from typing import Any

from fastapi import FastAPI

from backend.core.errors import UserError
from tests.helpers.fake_backend.state import FakeState
from tests.helpers.made_up_jobs import KINDS


def route_kinds(app: FastAPI, prefix: str, fake: FakeState) -> None:
    """Adds the routes."""
    place = prefix + "/job-types"

    @app.get(place)
    async def job_types() -> list[dict[str, Any]]:
        return KINDS + [
            {**KINDS[0], "name": name, "title": "Run a program"} for name, on in fake.switches.items() if on
        ]

    def switch_view(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "title": "Run a program",
            "caution": "Programs can do anything.",
            "on": fake.switches[name],
        }

    @app.get(place + "/switches")
    async def switches() -> list[dict[str, Any]]:
        return [switch_view(name) for name in fake.switches]

    @app.put(place + "/{name}/switch")
    async def switch(name: str, body: dict[str, Any]) -> dict[str, Any]:
        fake.switches[name] = body["on"]
        return switch_view(name)

    @app.post(place + "/{name}/rehearsal")
    async def rehearsal(name: str, body: dict[str, Any]) -> dict[str, Any]:
        if not body["params"].get("source"):
            raise UserError("answers.wrong", "Something is missing.", fields={"source": "Choose a spreadsheet."})
        facts = [{"label": "Rows", "value": "18,204"}, {"label": "Groups", "value": "12"}]
        letters = fake.letters.page(0, "") if fake.letters.people else None
        told = {"headline": "A PDF of about 9 pages", "facts": facts, "warnings": [], "tables": [], "pictures": []}
        return {**told, "letters": letters}

    @app.post(place + "/{name}/options")
    async def options(name: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"options": [{"value": word, "label": word, "note": ""} for word in ("Region", "Amount")]}
