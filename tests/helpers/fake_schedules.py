"""The fake backend's schedules: kept in memory, with the backend's own rules, words and times."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Response

from backend.core.errors import UserError
from backend.queue.schedules.book import ScheduleChange, shown
from backend.queue.schedules.occurrences import after
from backend.queue.schedules.rules import Rule
from backend.queue.schedules.wording import words

UTC = ZoneInfo("UTC")


def a_run(due_at: dt.datetime, **more: object) -> dict[str, object]:
    """A run of a schedule as the API tells it, with what is not named left empty."""
    empty = dict.fromkeys(("waits_until", "job_id", "job_state", "problem"))
    known = {"id": 1, "schedule_id": 1, "name": "Month end", "state": "due", "reason": "", "times": 1}
    return {**empty, **known, "due_at": due_at.isoformat(), "decided_at": due_at.isoformat(), **more}


class FakeSchedules:
    """`kept` is what the API would answer, by number; `missed` the runs nobody looked at."""

    def __init__(self) -> None:
        self.kept: dict[int, dict[str, Any]] = {}
        self.missed: list[dict[str, Any]] = []

    def ahead(self, rule: Rule) -> dict[str, Any]:
        """A rule in words and its next five times."""
        now = dt.datetime.now(UTC)
        times = [one.model_dump(mode="json") for one in shown(after(rule, UTC, now, 5), UTC)]
        return {"words": words(rule, now.date()), "zone": "UTC", "next": times}

    def add(self, number: int, saved: dict[str, Any], rule: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Makes one."""
        read = Rule.model_validate(rule)
        self.kept[number] = {
            "id": number,
            "saved_id": saved["id"],
            "name": saved["name"],
            "kind": saved["kind"],
            "rule": read.model_dump(mode="json"),
            "missed": "latest",
            "overlap": "wait",
            "paused": False,
            "last": None,
            "waiting": None,
            **self.ahead(read),
            **more,
        }
        return self.kept[number]

    def route(
        self,
        app: FastAPI,
        prefix: str,
        saved: dict[int, dict[str, Any]],
        changed: Callable[[], None],
        run: Callable[[dict[str, Any]], list[dict[str, Any]]],
    ) -> None:
        """Adds the routes; `changed` announces, `run` queues a saved job."""
        place = prefix + "/schedules"

        @app.get(place)
        async def listing() -> list[dict[str, Any]]:
            return list(self.kept.values())

        @app.get(place + "/countries")
        async def countries() -> list[dict[str, Any]]:
            return [{"code": "DE", "regions": []}, {"code": "CN", "regions": []}]

        @app.get(place + "/runs")
        async def runs() -> list[dict[str, Any]]:
            return self.missed

        @app.post(place + "/preview")
        async def preview(body: dict[str, Any]) -> dict[str, Any]:
            if body["repeat"] == "weeks" and not body["weekdays"]:
                sentence = "Choose at least one day of the week."
                raise UserError("answers.wrong", "Something is missing.", fields={"weekdays": sentence})
            return self.ahead(Rule.model_validate(body))

        @app.post(place, status_code=201)
        async def create(body: dict[str, Any]) -> dict[str, Any]:
            choices = {"missed": body["missed"], "overlap": body["overlap"]}
            made = self.add(max(self.kept, default=0) + 1, saved[body["saved_id"]], body["rule"], **choices)
            changed()
            return made

        @app.patch(place + "/{number}")
        async def change(number: int, body: ScheduleChange) -> dict[str, Any]:
            one = self.kept[number]
            one |= body.model_dump(mode="json", exclude_none=True)
            one |= {**self.ahead(Rule.model_validate(one["rule"])), **({"next": []} if one["paused"] else {})}
            changed()
            return one

        @app.delete(place + "/{number}")
        async def remove(number: int) -> Response:
            del self.kept[number]
            changed()
            return Response(status_code=204)

        @app.post(place + "/{number}/run", status_code=201)
        async def run_now(number: int) -> list[dict[str, Any]]:
            return run(saved[self.kept[number]["saved_id"]])
