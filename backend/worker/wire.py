"""One connection to the broker for a few commands, without what a client does around each of them.

A client takes a connection from its pool for every command, looks whether it is still good, and keeps statistics: that
is most of the time that a command takes.
"""

from contextlib import suppress
from typing import Any

from redis import ConnectionPool
from redis.exceptions import ConnectionError, RedisError, TimeoutError


class Wire:
    """For one thread at a time; the connection is made on demand."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._connection: Any = None

    def ask(self, *command: str | bytes) -> Any:
        """What the broker answers. A kept connection that was lost meanwhile is made anew, once.

        The command may then have been carried out twice. Raises RedisError; nothing is kept then.
        """
        if self._connection is not None:
            with suppress(ConnectionError, TimeoutError):
                return self._asked(command)
            self.close()
        self._connection = self._pool.make_connection()
        return self._asked(command)

    def _asked(self, command: tuple[str | bytes, ...]) -> Any:
        try:
            self._connection.send_command(*command)
            return self._connection.read_response()
        except RedisError:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the connection."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None
