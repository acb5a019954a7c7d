"""What the API is asked when something does not work: how queue and record stand, and which errors there were."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desktop.client.accounts import AccountCalls
from desktop.client.api import Api

MOST_JOBS = 30
TROUBLED = ("failed", "needs_user", "warned", "interrupted")


@dataclass(frozen=True, slots=True)
class Answers:
    """`said` may be given away once it is cleaned; of `accounts` nothing may, not even where a log holds it."""

    said: Mapping[str, Any] = field(default_factory=dict[str, Any])
    accounts: tuple[Mapping[str, Any], ...] = ()


async def ask(api: Api) -> Answers:
    """Everything that helps, without names, answers and files of jobs. Raises `ApiError`."""
    accounts = await AccountCalls(api).accounts()
    record = await api.ask("GET", "/record")
    schedules = await api.ask("GET", "/schedules")
    troubled = await api.ask("GET", "/jobs", query=[*(("state", one) for one in TROUBLED), ("limit", MOST_JOBS)])
    said = {
        "version": api.announcement.version,
        "queue": await api.ask("GET", "/queue"),
        "record": {"history": record.get("history"), "was damaged": record.get("rescue") is not None},
        "secret places": await api.ask("GET", "/secret-places"),
        "kinds of jobs": [kind.name for kind in await api.job_types()],
        "kinds of accounts": [account.kind for account in accounts],
        "schedules": len(schedules),
        "jobs in trouble": [_without_names(job) for job in troubled["items"]],
    }
    return Answers(said, tuple({**account.settings, "name": account.name} for account in accounts))


def _without_names(job: Mapping[str, Any]) -> dict[str, Any]:
    problem = job.get("problem") or {}
    kept = {name: job.get(name) for name in ("id", "kind", "state", "attempt", "created_at", "started_at", "ended_at")}
    return {**kept, "problem": problem.get("code")}
