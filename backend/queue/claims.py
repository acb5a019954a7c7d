"""From claim to end: what a worker does to the record. Each step is a compare-and-set on the delivery number."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa

from backend.core.clock import boot_id, machine_id, now, process_start
from backend.core.states import ON_WORKER, JobState
from backend.core.views import JobView, Problem, Progress, Wish
from backend.jobtypes import job_types
from backend.queue.calling import call_off, called_now
from backend.queue.relay import Relay
from backend.store.jobs import SEEN, change_state, end_attempt, require_allowed, view_of
from backend.store.prepared import Lane, Prepared, one_of
from backend.store.record import Record
from backend.store.schema import artifacts, attempts, jobs

LEASE_SECONDS = 30.0
"""A worker on another machine that is not heard of for so long is taken for dead."""


@dataclass(frozen=True)
class Claim:
    """The right to run one job once."""

    job_id: int
    delivery: int
    attempt: int
    kind: str
    name: str
    params: Mapping[str, Any]
    row: Mapping[str, Any] = field(repr=False)

    @property
    def view(self) -> JobView:
        """The job as it was then."""
        return view_of(self.row)


@dataclass(frozen=True)
class Made:
    """A result file that stands under its final name."""

    title: str
    path: str
    size: int
    media_type: str


@cache
def _began(pid: int) -> float | None:
    """When this process did; asked once, since it is part of every claim."""
    return process_start(pid)


def claim(record: Record, job_id: int, delivery: int, beside: int | None = None) -> Claim | None:
    """*dispatched* -> *running*, for exactly one bearer of this delivery number. None: drop the message.

    One that stood by `beside` so many, and was called, may claim the job that still waits, if one of them has ended.
    """
    moment = now().timestamp()
    pid = os.getpid()
    bearer = {
        "job_id": job_id,
        "number": delivery,
        "moment": moment,
        "here": machine_id(),
        "this_boot": boot_id(),
        "process": pid,
        "process_start": _began(pid),
        "lease": moment + LEASE_SECONDS,
    }
    with record.lean(durable=False) as lane:
        row = _CLAIM.first(lane, bearer) if beside is None else _claimed_by_call(lane, bearer, beside)
        if row is None:
            return None
        if (known := job_types().get(row["kind"])) and known.time_limit:
            _LIMIT.changed(lane, {"job_id": job_id, "latest": moment + known.time_limit})
        _BEGIN.changed(lane, {**bearer, "attempt": row["attempt"]})
    return Claim(job_id, delivery, row["attempt"], row["kind"], row["name"], row["params"], row)


def _claimed_by_call(lane: Lane, bearer: Mapping[str, Any], beside: int) -> Mapping[str, Any] | None:
    called = called_now(lane)
    if called and (called.job_id, called.number) == (bearer["job_id"], bearer["number"]):
        call_off(lane)
        if (row := _CLAIM_CALLED.first(lane, {**bearer, "beside": beside})) is not None:
            return row
    return _CLAIM.first(lane, bearer)


# Made once: putting a statement together takes longer than SQLite needs to carry it out.
_CLAIM_WHERE = (
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("job_id"))
    .values(
        state=JobState.RUNNING.value,
        attempt=jobs.c.attempt + 1,
        unclaimed=0,
        started_at=sa.bindparam("moment"),
        ended_at=None,
        not_before=None,
        machine=sa.bindparam("here"),
        boot=sa.bindparam("this_boot"),
        pid=sa.bindparam("process"),
        pid_start=sa.bindparam("process_start"),
        lease_until=sa.bindparam("lease"),
        limit_at=None,
        done=0.0,
        total=None,
        unit="",
        message="",
        summary="",
        problem=sa.null(),
        warnings=sa.null(),
    )
    .returning(jobs)
)
_CLAIM = Prepared(
    _CLAIM_WHERE.where(jobs.c.delivery == sa.bindparam("number"), jobs.c.state == JobState.DISPATCHED.value)
)
_other = jobs.alias("other")
_CLAIM_CALLED = Prepared(
    _CLAIM_WHERE.where(
        jobs.c.delivery == sa.bindparam("number") - 1,
        jobs.c.state == JobState.WAITING.value,
        sa.select(sa.func.count())
        .select_from(_other)
        .where(one_of(_other.c.state, {JobState.DISPATCHED, JobState.RUNNING}))
        .scalar_subquery()
        < sa.bindparam("beside"),
    ).values(delivery=sa.bindparam("number"))
)
_LIMIT = Prepared(sa.update(jobs).where(jobs.c.id == sa.bindparam("job_id")).values(limit_at=sa.bindparam("latest")))
_BEGIN = Prepared(
    sa.insert(attempts).values(
        job_id=sa.bindparam("job_id"),
        number=sa.bindparam("attempt"),
        started_at=sa.bindparam("moment"),
        machine=sa.bindparam("here"),
        pid=sa.bindparam("process"),
        outcome="",
    )
)
_HELD = sa.and_(
    jobs.c.id == sa.bindparam("job_id"),
    jobs.c.delivery == sa.bindparam("number"),
    one_of(jobs.c.state, ON_WORKER),
)
_WISH = Prepared(sa.select(jobs.c.wish).where(_HELD))
_FINISH = (
    sa.update(jobs)
    .where(_HELD, sa.or_(sa.bindparam("also_paused", type_=sa.Boolean), jobs.c.state == JobState.RUNNING.value))
    .values(
        state=sa.bindparam("to"),
        wish=None,
        wished_at=None,
        lease_until=None,
        pid=None,
        ended_at=sa.bindparam("over"),
        not_before=sa.bindparam("later"),
        tries=jobs.c.tries + sa.bindparam("more"),
        summary=sa.bindparam("said"),
        facts=sa.bindparam("found"),
        warnings=sa.bindparam("doubts"),
        problem=sa.bindparam("why"),
    )
    .returning(*SEEN)
)
_FINISH_ALONE = Prepared(_FINISH)
_FINISH_AT = Prepared(
    _FINISH.values(
        done=sa.bindparam("at"),
        total=sa.bindparam("whole"),
        unit=sa.bindparam("in_unit"),
        message=sa.bindparam("doing"),
    )
)
_FORGET = Prepared(
    sa.delete(artifacts).where(artifacts.c.job_id == sa.bindparam("job"), artifacts.c.path == sa.bindparam("where"))
)
_KEEP = Prepared(
    sa.insert(artifacts).values(
        job_id=sa.bindparam("job"),
        attempt=sa.bindparam("run"),
        title=sa.bindparam("called"),
        path=sa.bindparam("where"),
        size=sa.bindparam("bytes"),
        media_type=sa.bindparam("form"),
        created_at=sa.bindparam("moment"),
    )
)
_REST = Prepared(
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("job_id"), jobs.c.state == JobState.WAITING.value)
    .values(state=JobState.HELD.value)
)


def _at(progress: Progress) -> dict[str, Any]:
    return {"at": progress.done, "whole": progress.total, "in_unit": progress.unit, "doing": progress.message}


def _held(held: Claim) -> sa.ColumnElement[bool]:
    return sa.and_(
        jobs.c.id == held.job_id, jobs.c.delivery == held.delivery, jobs.c.state.in_([s.value for s in ON_WORKER])
    )


def wish_of(record: Record, held: Claim) -> Wish | None:
    """What the user wants of the running job. A claim that is no longer held answers `stop`."""
    with record.glance() as lane:
        found = _WISH.first(lane, {"job_id": held.job_id, "number": held.delivery})
    return "stop" if found is None else found["wish"]


def _kept(progress: Progress) -> dict[str, Any]:
    return progress.model_dump(include={"done", "total", "unit", "message"})


def renew(record: Record, held: Claim, progress: Progress, slept: float = 0.0) -> bool:
    """Prolongs the lease and keeps the latest progress. False: the claim is lost, wind down.

    `slept`: seconds by which the clock went on while the machine did not; they do not count for the time limit.
    """
    lease = {"lease_until": now().timestamp() + LEASE_SECONDS, "limit_at": jobs.c.limit_at + slept}
    values = {**lease, **_kept(progress)}
    with record.write(durable=False) as connection:
        return connection.execute(sa.update(jobs).where(_held(held)).values(**values)).rowcount == 1


def note_paused(record: Record, held: Claim, paused: bool, rested: float = 0.0) -> bool:
    """*running* <-> *paused*, once the job has really come to rest or gone on after so many seconds."""
    to, since = (JobState.PAUSED, JobState.RUNNING) if paused else (JobState.RUNNING, JobState.PAUSED)
    with record.write(durable=False) as connection:
        return change_state(
            connection, held.job_id, to, since={since}, delivery=held.delivery, limit_at=jobs.c.limit_at + rested
        )


def finish(
    record: Record,
    held: Claim,
    to: JobState,
    *,
    summary: str = "",
    facts: Mapping[str, Any] | None = None,
    warnings: list[str] | None = None,
    problem: Problem | None = None,
    made: list[Made] | None = None,
    not_before: float | None = None,
    progress: Progress | None = None,
    relay: Relay | None = None,
) -> JobView | None:
    """Commits outcome, result files and the end of the attempt in one durable transaction; the job as it is then.

    None: another bearer or the user has decided already, and this outcome counts for nothing.
    `to` = *waiting* with `not_before` is a planned retry; a job that was asked to stop or rest meanwhile does so.
    `relay`: hands the slot on in the same transaction.
    """
    moment = now().timestamp()
    bearer = {"job_id": held.job_id, "number": held.delivery}
    if relay:
        relay.begin()
    with record.lean() as lane:
        retry = to is JobState.WAITING
        wish = (_WISH.first(lane, bearer) or {}).get("wish") if retry else None
        if wish == "stop":
            to, retry, not_before, summary = JobState.STOPPED, False, None, "Stopped."
        also_paused = to in (JobState.STOPPED, JobState.FAILED)
        require_allowed(to, ON_WORKER if also_paused else {JobState.RUNNING})
        values = {
            **bearer,
            "also_paused": also_paused,
            "to": to.value,
            "over": None if retry else moment,
            "later": not_before,
            "more": 1 if problem else 0,
            "said": summary,
            "found": dict(facts or {}),
            "doubts": warnings or [],
            "why": problem.model_dump() if problem else None,
        }
        if progress:
            row = _FINISH_AT.first(lane, {**values, **_at(progress)})
        else:
            row = _FINISH_ALONE.first(lane, values)
        if row is None:
            return None
        view = view_of(row)
        if retry and wish == "pause":
            require_allowed(JobState.HELD, {JobState.WAITING})
            _REST.changed(lane, {"job_id": held.job_id})
            view = view.model_copy(update={"state": JobState.HELD})
        for file in made or []:
            _FORGET.changed(lane, {"job": held.job_id, "where": file.path})
            _KEEP.changed(
                lane,
                {
                    "job": held.job_id,
                    "run": held.attempt,
                    "called": file.title,
                    "where": file.path,
                    "bytes": file.size,
                    "form": file.media_type,
                    "moment": moment,
                },
            )
        outcome = JobState.FAILED if retry else to
        end_attempt(lane, held.job_id, held.attempt, moment, outcome.value, problem)
        if relay:
            relay.hand_on(lane, held.job_id)
    return view
