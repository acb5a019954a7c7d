"""The fake backend's saved jobs: routes over a dictionary."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Response

from backend.core.errors import UserError

Json = dict[str, Any]


def route_saved(
    app: FastAPI,
    prefix: str,
    saved: dict[int, Json],
    lack: Callable[[], Json | None],
    changed: Callable[[], None],
    run: Callable[[Json], list[Json]],
) -> None:
    """Adds the routes; `changed` announces, `run` queues one, `lack` is what every import is told to miss."""

    @app.get(prefix + "/saved-jobs")
    async def saved_jobs() -> list[dict[str, Any]]:
        return list(saved.values())

    @app.post(prefix + "/saved-jobs", status_code=201)
    async def save(body: dict[str, Any]) -> dict[str, Any]:
        made = saved[len(saved) + 1] = {"id": len(saved) + 1, **body}
        changed()
        return made

    @app.put(prefix + "/saved-jobs/{number}")
    async def change_saved(number: int, body: dict[str, Any]) -> dict[str, Any]:
        saved[number] = {"id": number, **body}
        changed()
        return saved[number]

    @app.post(prefix + "/saved-jobs/export")
    async def export_saved(body: dict[str, Any]) -> dict[str, Any]:
        wanted = [one for number, one in saved.items() if not body["ids"] or number in body["ids"]]
        jobs = [{**{name: one[name] for name in ("name", "kind", "params")}, "schedules": []} for one in wanted]
        return {"format": "deskhand-saved-jobs", "version": 1, "jobs": jobs}

    @app.post(prefix + "/saved-jobs/import/check")
    async def check_saved(body: dict[str, Any]) -> list[dict[str, Any]]:
        if body["document"].get("format") != "deskhand-saved-jobs":
            raise UserError("saved_file.strange", "This is not a file of saved jobs.", "Choose another.")
        return [
            {
                "name": f"{job['name']} (2)",
                "kind": job["kind"],
                "schedules": len(job["schedules"]),
                "lacks": [missing] if (missing := lack()) else [],
            }
            for job in body["document"]["jobs"]
        ]

    @app.post(prefix + "/saved-jobs/import", status_code=201)
    async def bring_in_saved(body: dict[str, Any]) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        for job in body["document"]["jobs"]:
            number = max(saved, default=0) + 1
            made.append({"id": number, "name": f"{job['name']} (2)", "kind": job["kind"], "params": job["params"]})
            saved[number] = made[-1]
        changed()
        return made

    @app.post(prefix + "/saved-jobs/{number}/run", status_code=201)
    async def run_saved(number: int) -> list[dict[str, Any]]:
        return run(saved[number])

    @app.delete(prefix + "/saved-jobs/{number}")
    async def remove_saved(number: int) -> Response:
        del saved[number]
        changed()
        return Response(status_code=204)
