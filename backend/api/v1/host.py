"""The end of the host, in the way the user chose."""

import asyncio
import logging
import os
import signal
from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.state import ApiState, State
from backend.core.errors import ConflictError
from backend.core.events import JobChanged
from backend.core.states import ON_WORKER, JobState
from backend.queue import control
from backend.queue.dispatch import mark_ending
from backend.store.schema import jobs

log = logging.getLogger(__name__)
router = APIRouter(prefix="/host", tags=["host"])
POLL_SECONDS = 0.2
_ending: set[asyncio.Task[None]] = set()
_BUSY = (JobState.DISPATCHED.value, *(state.value for state in ON_WORKER))
_TO_DO = (JobState.WAITING.value, JobState.BLOCKED.value, JobState.DISPATCHED.value, JobState.RUNNING.value)


class Ending(BaseModel):
    """`finish`: after the last job that is not paused. `pause`: now; what runs goes on at the next start.

    `stop`: what runs is stopped first. What waits keeps its place in line in either case.
    """

    how: Literal["finish", "pause", "stop"]


@router.post("/stop", status_code=202)
async def stop(ending: Ending, parts: State) -> Ending:
    """Asks the host to end; the answer comes before it does. Raises ConflictError where no host started this API."""
    if parts.settings.parent_pid != os.getppid():
        raise ConflictError("host.none", "This API was not started by a host.", "End its process instead.")
    task = asyncio.create_task(_end(ending, parts))
    _ending.add(task)
    task.add_done_callback(_ending.discard)
    return ending


async def _end(ending: Ending, parts: ApiState) -> None:
    if ending.how == "finish":
        await _until_none(parts, _TO_DO)
    else:
        parts.dispatcher.hold()
        await asyncio.to_thread(mark_ending, parts.record, True)
    if ending.how == "stop":
        for job_id in await asyncio.to_thread(_ids, parts, _BUSY):
            try:
                job, *_ = await asyncio.to_thread(control.stop, parts.record, job_id, "keep")
            except ConflictError:
                log.info("job %s ended by itself meanwhile", job_id)
            else:
                parts.hub.publish(JobChanged(job=job))
        await _until_none(parts, _BUSY)
    os.kill(parts.settings.parent_pid, signal.SIGTERM)


async def _until_none(parts: ApiState, states: tuple[str, ...]) -> None:
    while await asyncio.to_thread(_ids, parts, states):
        await asyncio.sleep(POLL_SECONDS)


def _ids(parts: ApiState, states: tuple[str, ...]) -> list[int]:
    with parts.record.read() as connection:
        return list(connection.scalars(sa.select(jobs.c.id).where(jobs.c.state.in_(states))))
