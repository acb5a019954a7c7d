"""Kombu's Redis transport, less what the record does better.

Kombu notes each message that a worker holds in the broker, and gives it out again after a time: two calls to the broker
for every job, and a second copy of a long one if that time should ever pass. Here the record knows what was not done,
and sends it again. Kombu also makes a new client for each command; here a channel keeps one.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from kombu.transport.virtual import QoS


class Held(redis.QoS):
    """Counts what this worker holds, so that it takes no more than it has places; the broker keeps no account."""

    restore_at_shutdown = False

    def append(self, message: Any, delivery_tag: str) -> None:
        """Counts one more."""
        QoS.append(self, message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        """Counts one less."""
        QoS.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: ARG002 - kombu names it
        """The same: what was not done is sent again by the record."""
        QoS.ack(self, delivery_tag)

    def restore_unacked(self, client: Any = None) -> None:
        """There is nothing to give back."""

    def restore_visible(self, start: int = 0, num: int = 10, interval: int = 10) -> None:
        """There is nothing to look for."""


class Channel(redis.Channel):
    """A channel that keeps its client, as long as the pool of connections is the same."""

    QoS = Held
    do_restore = False
    _kept: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()
        return self._kept


class Transport(redis.Transport):
    """The transport of the addresses `redis://`, `rediss://` and `redis+socket://`, once `use` was called."""

    Channel = Channel


def use() -> None:
    """Has this process's Celery use it."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
