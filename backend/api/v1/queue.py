"""The queue as a whole, and the stream of events."""

import asyncio
import contextlib
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field

from backend.api.state import ApiState, State, api_state
from backend.core.events import QueueChanged, Snapshot
from backend.core.states import ACTIVE, ON_WORKER
from backend.core.views import QueueView
from backend.queue.calling import call_off
from backend.queue.dispatch import PAUSED, SLOTS
from backend.queue.listing import queue_view
from backend.store.jobs import views
from backend.store.record import set_option
from backend.store.schema import jobs

router = APIRouter(tags=["queue"])
BATCH_SECONDS = 0.05
MOST = 2000
"""Jobs in a snapshot: those that run are always among them, and the counts of the queue speak of all."""

_ON_WORKER_FIRST = jobs.c.state.not_in(sorted(ON_WORKER))


class QueueChange(BaseModel):
    """What is to be different."""

    paused: bool | None = None
    slots: Annotated[int, Field(ge=1, le=32)] | None = None


@router.get("/queue")
def read(parts: State) -> QueueView:
    """The queue as a whole."""
    with parts.record.read() as connection:
        return queue_view(connection, parts.settings.slots)


@router.patch("/queue")
def change(change: QueueChange, parts: State) -> QueueView:
    """Pauses or resumes the queue, or changes how many jobs run at once; both hold from the next dispatch on."""
    with parts.record.write() as connection:
        call_off(connection)
        if change.paused is not None:
            set_option(connection, PAUSED, change.paused)
        if change.slots is not None:
            set_option(connection, SLOTS, change.slots)
        view = queue_view(connection, parts.settings.slots)
    if change.slots is not None:
        parts.dispatcher.fit_pool(change.slots)
    parts.hub.publish_soon(QueueChanged(queue=view))
    parts.dispatcher.nudge()
    return view


def snapshot(parts: ApiState) -> Snapshot:
    """What a client must know that knows nothing. The number is taken first, so that nothing is missed."""
    number = parts.hub.number
    with parts.record.read() as connection:
        wanted = sa.select(jobs).where(jobs.c.state.in_(sorted(ACTIVE)))
        active = views(connection, wanted.order_by(_ON_WORKER_FIRST, jobs.c.id).limit(MOST))
        view = queue_view(connection, parts.settings.slots)
    return Snapshot(epoch=parts.hub.epoch, number=number, queue=view, active=active)


@router.websocket("/events")
async def events(socket: WebSocket, epoch: str = "", since: int = 0) -> None:
    """Batches of numbered events, after a replay of what was missed or a snapshot."""
    parts = api_state(socket)
    await socket.accept()
    sender = asyncio.create_task(_send(socket, parts, epoch, since))
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
    sender.cancel()
    with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
        await sender


async def _send(socket: WebSocket, parts: ApiState, epoch: str, number: int) -> None:
    while True:
        batch = parts.hub.since(epoch, number)
        if batch is None:
            fresh = await asyncio.to_thread(snapshot, parts)
            epoch, number = fresh.epoch, fresh.number
            await socket.send_text(fresh.model_dump_json())
        elif batch.events:
            number = batch.number
            await socket.send_text(batch.model_dump_json())
        await parts.hub.wait(number)
        await asyncio.sleep(BATCH_SECONDS)
