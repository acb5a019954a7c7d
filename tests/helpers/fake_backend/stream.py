"""The fake backend's events: numbered, kept, and told to everybody who listens."""

import asyncio
import secrets
import threading

from starlette.websockets import WebSocket, WebSocketDisconnect

from backend.core.events import Batch, Event, Snapshot


class FakeStream:
    """`events` are all that were posted; `number` counts them, in the run that `epoch` names."""

    def __init__(self, epoch: str = "") -> None:
        self.epoch, self.number = epoch or secrets.token_hex(4), 0
        self.events: list[Event] = []
        self.is_ending = False
        self.loop: asyncio.AbstractEventLoop | None = None
        self._listeners: set[asyncio.Event] = set()
        self._lock = threading.RLock()

    def post(self, *events: Event) -> None:
        """Numbers the events and sends them to everybody who listens."""
        with self._lock:
            self.events += events
            self.number += len(events)
        self._wake()

    def end_stream(self) -> None:
        """Lets everybody go who listens."""
        self.is_ending = True
        self._wake()

    def _wake(self) -> None:
        if self.loop and not self.loop.is_closed():
            for waiting in list(self._listeners):
                self.loop.call_soon_threadsafe(waiting.set)

    def snapshot(self) -> Snapshot:
        """What a listener is told first who knows nothing, or too much."""
        raise NotImplementedError

    async def follow(self, socket: WebSocket, epoch: str, since: int) -> None:
        """Speaks to one listener until it goes."""
        await socket.accept()
        waiting = asyncio.Event()
        self._listeners.add(waiting)
        listener = asyncio.create_task(_hear_out(socket, waiting))
        try:
            heard = since
            if epoch != self.epoch or since > self.number:
                with self._lock:
                    first = self.snapshot()
                heard = first.number
                await socket.send_text(first.model_dump_json())
            while not listener.done() and not self.is_ending:
                with self._lock:
                    events, number = self.events[heard:], self.number
                if events:
                    batch = Batch(epoch=self.epoch, number=number, events=events)
                    await socket.send_text(batch.model_dump_json())
                    heard = number
                    await asyncio.sleep(0.05)
                    continue
                await waiting.wait()
                waiting.clear()
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            self._listeners.discard(waiting)
            listener.cancel()


async def _hear_out(socket: WebSocket, waiting: asyncio.Event) -> None:
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        waiting.set()
