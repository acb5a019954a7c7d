"""The job that comes next, called ahead: its message stands by in the worker until a job there has ended.

Celery is thus handed one job more than there are free slots, and a slot that becomes free is taken at once. Until it is
claimed the job waits on the record like any other: what the user does to the line counts, and calls it off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.store.prepared import Lane, Prepared
from backend.store.record import get_option
from backend.store.schema import options, workers

CALLED = "queue.called"

_CALL = Prepared(
    sa.update(options).where(options.c.name == CALLED).values(value=sa.bindparam("called", type_=options.c.value.type))
)
_FIRST_CALL = Prepared(sa.insert(options).values(name=CALLED, value=sa.bindparam("called", type_=options.c.value.type)))
_WORKERS = Prepared(sa.select(workers.c.name).limit(2))


@dataclass(frozen=True)
class Called:
    """Who is called under which delivery number, and where it stands in line."""

    job_id: int
    number: int
    priority: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Called":
        """A waiting job, under its next number."""
        return cls(row["id"], row["delivery"] + 1, row["priority"])

    @classmethod
    def read(cls, value: Any) -> "Called | None":
        """As the option `CALLED` holds it."""
        return cls(*value) if value else None


def has_one_worker(lane: Lane) -> bool:
    """Whether jobs may be called: with several workers the message may stand by in another than has the slot.

    Those count that have said that they are ready, and were not found gone since.
    """
    return len(_WORKERS.rows(lane)) == 1


def called_now(lane: Lane) -> Called | None:
    """Who is called."""
    return Called.read(get_option(lane, CALLED, None))


def call(lane: Lane, called: Called | None) -> None:
    """Calls this job, and whoever was called no longer: the message that stands by for it finds nothing to claim."""
    value = [called.job_id, called.number, called.priority] if called else None
    if not _CALL.changed(lane, {"called": value}):
        _FIRST_CALL.changed(lane, {"called": value})


def call_off(lane: Lane) -> None:
    """Nobody is called: the line has changed."""
    call(lane, None)
