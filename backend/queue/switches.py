"""Kinds of jobs that are off until they are switched on: the switch is on the record, and counts for every worker."""

from typing import Any

import sqlalchemy as sa

from backend.core.errors import ConflictError
from backend.jobtypes import job_types
from backend.jobtypes.contract import JobType
from backend.store.prepared import Lane
from backend.store.record import get_option, set_option


def _option(name: str) -> str:
    return f"job_type.{name}.on"


def is_on(lane: Lane, kind: JobType[Any]) -> bool:
    """Whether jobs of this kind may be queued and run."""
    return not kind.caution or get_option(lane, _option(kind.name), False) is True


def require_on(lane: Lane, kind: JobType[Any]) -> None:
    """Raises ConflictError for a kind that is switched off."""
    if not is_on(lane, kind):
        raise ConflictError(
            "job_type.off", f"“{kind.title}” is switched off.", "Switch it on under Settings, then try again."
        )


def switch(connection: sa.Connection, kind: JobType[Any], on: bool) -> None:
    """Switches a kind on or off. Raises ConflictError for one that has no switch."""
    if not kind.caution:
        raise ConflictError("job_type.no_switch", f"“{kind.title}” is always on.")
    set_option(connection, _option(kind.name), on)


def switched() -> list[JobType[Any]]:
    """The kinds that have a switch."""
    return [kind for kind in job_types().values() if kind.caution and not kind.hidden]
