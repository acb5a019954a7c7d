"""Live hints over Redis pub/sub. They are never the truth, so one that cannot be sent is dropped."""

import logging
import threading

import redis

from backend.core.events import EVENTS, Event
from backend.worker.wire import Wire

log = logging.getLogger(__name__)
CHANNEL = "deskhand.events"
SEEN_TO = "deskhand.events.seen-to"
"""The same, where the slot that an event sets free has been handed on already."""


class Publisher:
    """Announces events to whoever listens, from any thread."""

    def __init__(self, address: str) -> None:
        self._wire = Wire(redis.ConnectionPool.from_url(address, socket_connect_timeout=1, socket_timeout=1))
        self._lock = threading.Lock()

    def publish(self, *events: Event, channel: str = CHANNEL) -> None:
        """Sends events, together; with the broker away they are logged and forgotten: clients take a fresh snapshot."""
        if not events:
            return
        try:
            with self._lock:
                self._wire.tell("PUBLISH", channel, EVENTS.dump_json(list(events)))
        except redis.RedisError as error:
            log.info("an event could not be announced: %s", error)

    def close(self) -> None:
        """Gives the connection back."""
        with self._lock:
            self._wire.close()
