"""Numbers the events and hands them on in batches; who missed too many is given a fresh snapshot."""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Callable

import redis.asyncio as redis
from pydantic import ValidationError

from backend.core.events import EVENTS, Batch, Event, HostChanged
from backend.core.states import JobState
from backend.worker.publisher import CHANNEL, SEEN_TO

log = logging.getLogger(__name__)
REMEMBERED = 10_000
_TAKES_A_SLOT = {JobState.DISPATCHED, JobState.RUNNING}
RETRY_SECONDS = 0.5


class Hub:
    """The events of this run of the API. All methods belong to one event loop but `publish_soon`."""

    def __init__(self) -> None:
        self.epoch = uuid.uuid4().hex
        self.number = 0
        self._events: deque[Event] = deque(maxlen=REMEMBERED)
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._soon: deque[Event] = deque()

    def publish(self, *events: Event) -> None:
        """Gives each event the next number, after those that are to come soon."""
        while self._soon:
            self.number += 1
            self._events.append(self._soon.popleft())
        self.number += len(events)
        self._events.extend(events)
        self._news.set()
        self._news = asyncio.Event()

    def publish_soon(self, event: Event) -> None:
        """The same from any thread."""
        self._soon.append(event)
        self._loop.call_soon_threadsafe(self.publish)

    def publish_with_next(self, event: Event) -> None:
        """The same without waking the loop, for who calls `publish` there at once; nothing overtakes it."""
        self._soon.append(event)

    def since(self, epoch: str, number: int) -> Batch | None:
        """What came after `number`; None where that is not remembered and a snapshot is due."""
        missed = self.number - number
        if epoch != self.epoch or missed < 0 or missed > len(self._events):
            return None
        events = list(self._events)[len(self._events) - missed :]
        return Batch(epoch=self.epoch, number=self.number, events=events)

    async def wait(self, number: int) -> None:
        """Returns once there are events after `number`."""
        while self.number <= number:
            await self._news.wait()

    def _take_in(self, text: bytes, on_change: Callable[[], None] | None) -> None:
        try:
            events = EVENTS.validate_json(text)
        except ValidationError as error:
            log.warning("an announcement could not be read: %s", error)
            return
        self.publish(*events)
        if on_change and any(event.type == "job.changed" and event.job.state not in _TAKES_A_SLOT for event in events):
            on_change()

    async def listen(self, address: str, on_change: Callable[[], None]) -> None:
        """Takes in what workers announce, until cancelled; a lost broker is said, and joined again.

        `on_change` is called for each job whose state changed so that it may have freed a slot that nobody has taken.
        """
        while True:
            try:
                async with redis.Redis.from_url(address) as client, client.pubsub() as channel:
                    await channel.subscribe(CHANNEL, SEEN_TO)
                    self.publish(HostChanged(part="broker", ready=True))
                    async for message in channel.listen():
                        if message["type"] == "message":
                            self._take_in(
                                message["data"], on_change if message["channel"] == CHANNEL.encode() else None
                            )
            except (redis.RedisError, OSError) as error:
                log.warning("the broker is away: %s", error)
                self.publish(HostChanged(part="broker", ready=False))
                await asyncio.sleep(RETRY_SECONDS)
