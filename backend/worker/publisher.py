"""Live hints over Redis pub/sub. They are never the truth, so one that cannot be sent is dropped."""

import logging

import redis

from backend.core.events import Event

log = logging.getLogger(__name__)
CHANNEL = "deskhand.events"


class Publisher:
    """Announces events to whoever listens."""

    def __init__(self, address: str) -> None:
        self._redis = redis.Redis.from_url(address, socket_connect_timeout=1, socket_timeout=1)

    def publish(self, event: Event) -> None:
        """Sends one event; with the broker away it is logged and forgotten: clients take a fresh snapshot after."""
        try:
            self._redis.publish(CHANNEL, event.model_dump_json())
        except redis.RedisError as error:
            log.info("an event could not be announced: %s", error)

    def close(self) -> None:
        """Gives the connection back."""
        self._redis.close()
