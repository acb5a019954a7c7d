"""The jobs in the record: rows in, views out, and the one way in which a state changes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from backend.core.errors import NotFoundError
from backend.core.states import IN_CHAIN, TRANSITIONS, JobState, sources
from backend.core.views import Artifact, Attempt, JobDetail, JobView, Link, Problem, Progress
from backend.store.prepared import Lane, Prepared
from backend.store.schema import artifacts, attempts, dependencies, jobs

PRIORITIES = ("high", "normal", "low")
_UNSEEN = {"params", "facts", "request_key", "machine", "boot", "pid", "pid_start", "lease_until", "limit_at"}
SEEN = [column for column in jobs.c if column.name not in _UNSEEN]
"""The columns that a view and the rules of the line take; answers may be long."""


def moment(seconds: float | None) -> datetime | None:
    """A time of the record as an aware datetime."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def view_of(row: Mapping[str, Any], waits_for: Iterable[int] = ()) -> JobView:
    """What the API says of a row of `jobs`."""
    return JobView.model_validate(
        {
            **{key: row[key] for key in ("id", "kind", "name", "state", "wish", "position", "attempt", "schedule")},
            "priority": PRIORITIES[row["priority"]],
            "progress": Progress(done=row["done"], total=row["total"], unit=row["unit"], message=row["message"]),
            "created_at": moment(row["created_at"]),
            "started_at": moment(row["started_at"]),
            "ended_at": moment(row["ended_at"]),
            "not_before": moment(row["not_before"]),
            "summary": row["summary"],
            "problem": row["problem"],
            "warnings": row["warnings"] or [],
            "waits_for": list(waits_for),
        }
    )


def _unknown() -> NotFoundError:
    return NotFoundError("job.unknown", "This job is not on the record (any more).", "Look at the list of jobs.")


def get_row(connection: Lane, job_id: int) -> Mapping[str, Any]:
    """One row of `jobs`. Raises NotFoundError."""
    row = _ONE.first(connection, {"job_id": job_id})
    if row is None:
        raise _unknown()
    return row


def views(connection: sa.Connection, statement: sa.Select[Any]) -> list[JobView]:
    """The rows of `jobs` that a statement selects, in its order, as the list shows them."""
    rows = connection.execute(statement).mappings().all()
    waits: dict[int, list[int]] = {}
    if may_wait := [row["id"] for row in rows if row["state"] in IN_CHAIN]:
        wanted = sa.select(dependencies).where(dependencies.c.job_id.in_(may_wait), ~dependencies.c.settled)
        for link in connection.execute(wanted):
            waits.setdefault(link.job_id, []).append(link.on_id)
    return [view_of({str(key): value for key, value in row.items()}, waits.get(row["id"], ())) for row in rows]


_WAITS = Prepared(
    sa.select(dependencies.c.on_id).where(dependencies.c.job_id == sa.bindparam("job_id"), ~dependencies.c.settled)
)


def get_view(lane: Lane, job_id: int) -> JobView:
    """One job as the list shows it. Raises NotFoundError."""
    row = get_row(lane, job_id)
    waits = _WAITS.rows(lane, {"job_id": job_id}) if row["state"] in IN_CHAIN else []
    return view_of(row, [each["on_id"] for each in waits])


def get_detail(connection: sa.Connection, job_id: int) -> JobDetail:
    """One job with answers, attempts and result files. Raises NotFoundError."""
    tried = connection.execute(sa.select(attempts).where(attempts.c.job_id == job_id).order_by(attempts.c.number))
    made = connection.execute(sa.select(artifacts).where(artifacts.c.job_id == job_id).order_by(artifacts.c.id))
    return JobDetail(
        **get_view(connection, job_id).model_dump(),
        params=get_row(connection, job_id)["params"],
        starts_after=_links(connection, dependencies.c.job_id, dependencies.c.on_id, job_id),
        followed_by=_links(connection, dependencies.c.on_id, dependencies.c.job_id, job_id),
        attempts=[
            Attempt.model_validate(
                {**row, "started_at": moment(row["started_at"]), "ended_at": moment(row["ended_at"])}
            )
            for row in tried.mappings()
        ],
        artifacts=[
            Artifact.model_validate({**row, "created_at": moment(row["created_at"])}) for row in made.mappings()
        ],
    )


def _links(connection: sa.Connection, mine: sa.Column[Any], other: sa.Column[Any], job_id: int) -> list[Link]:
    found = connection.execute(
        sa.select(jobs.c.id, jobs.c.name, jobs.c.state, dependencies.c.condition, dependencies.c.settled)
        .join(dependencies, other == jobs.c.id)
        .where(mine == job_id)
        .order_by(jobs.c.id)
    )
    return [Link(job=row.id, name=row.name, state=row.state, when=row.condition, settled=row.settled) for row in found]


_LAST = sa.select(sa.func.coalesce(sa.func.max(jobs.c.position), 0.0) + 1.0).scalar_subquery()


_NEW = {
    **dict.fromkeys(("request_key", "kind", "name", "params", "state", "priority", "target", "schedule", "created_at")),
    "delivery": 0,
    "dispatched_at": None,
}
"""What is given with a new job, and what it begins with when it is not."""

_BEGINS = ("unclaimed", "attempt", "tries", "losses")
_INSERT = Prepared(
    sa.insert(jobs)
    .values(
        position=_LAST,
        **{name: sa.bindparam(f"new_{name}", type_=jobs.c[name].type) for name in _NEW},
        **dict.fromkeys(_BEGINS, 0),
        done=0.0,
        unit="",
        message="",
        summary="",
    )
    .returning(jobs)
)
_KEYED = Prepared(sa.select(jobs.c.id).where(jobs.c.request_key == sa.bindparam("key")))
_ONE = Prepared(sa.select(jobs).where(jobs.c.id == sa.bindparam("job_id")))


def insert_job(lane: Lane, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Adds a job at the end of the line of its priority and returns its row."""
    row = _INSERT.first(lane, {f"new_{name}": values.get(name, usual) for name, usual in _NEW.items()})
    assert row is not None
    return row


def job_of_key(lane: Lane, request_key: str) -> int | None:
    """The job that was queued under a submitter's own key."""
    row = _KEYED.first(lane, {"key": request_key})
    return row["id"] if row else None


def require_allowed(to: JobState, since: Iterable[JobState]) -> None:
    """Raises ValueError where one of the states may not be followed by `to`."""
    if wrong := sorted(state for state in since if to not in TRANSITIONS[state]):
        raise ValueError(f"{to} may not follow {wrong}")


def change_state(
    connection: sa.Connection,
    job_id: int,
    to: JobState,
    *,
    delivery: int | None = None,
    since: Iterable[JobState] | None = None,
    **values: Any,
) -> bool:
    """Compare-and-set: enters `to` if the job stands in a state from which that is allowed, else changes nothing.

    `delivery` further asks that no newer message stands for the job; `since` narrows the states it may come from.
    Returns whether the job was changed.
    """
    allowed = sources(to) if since is None else frozenset(since)
    require_allowed(to, allowed)
    statement = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(sorted(allowed)))
    if delivery is not None:
        statement = statement.where(jobs.c.delivery == delivery)
    return connection.execute(statement.values(state=to.value, **values)).rowcount == 1


_END_ATTEMPT = Prepared(
    sa.update(attempts)
    .where(
        attempts.c.job_id == sa.bindparam("job"),
        attempts.c.number == sa.bindparam("run"),
        attempts.c.ended_at.is_(None),
    )
    .values(ended_at=sa.bindparam("at"), outcome=sa.bindparam("said"), problem=sa.bindparam("why"))
)


def end_attempt(lane: Lane, job_id: int, number: int, at: float, outcome: str, problem: Problem | None) -> None:
    """Closes one attempt; what is closed already stays as it is."""
    why = problem.model_dump() if problem else None
    _END_ATTEMPT.changed(lane, {"job": job_id, "run": number, "at": at, "said": outcome, "why": why})
