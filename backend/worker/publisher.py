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

    def publish(self, *events: Event) -> None:
        """Sends events; with the broker away they are logged and forgotten: clients take a fresh snapshot after."""
        if not events:
            return
        try:
            if len(events) == 1:
                self._redis.publish(CHANNEL, events[0].model_dump_json())
                return
            with self._redis.pipeline(transaction=False) as together:
                for event in events:
                    together.publish(CHANNEL, event.model_dump_json())
                together.execute()
        except redis.RedisError as error:
            log.info("an event could not be announced: %s", error)

    def close(self) -> None:
        """Gives the connection back."""
        self._redis.close()
