"""One connection to the broker for a few commands, without what a client does around each of them.

A client takes a connection from its pool for every command, looks whether it is still good, and keeps statistics: that
is most of the time that a command takes.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis import ConnectionPool
from redis.exceptions import ConnectionError, RedisError, TimeoutError


class Wire:
    """For one thread at a time; the connection is made on demand."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._connection: Any = None
        self._owed = 0
        """Answers that were not waited for."""

    def ask(self, *command: str | bytes) -> Any:
        """What the broker answers. A kept connection that was lost meanwhile is made anew, once.

        The command may then have been carried out twice. Raises RedisError; nothing is kept then.
        """
        return self._surely(self._asked, command)

    def tell(self, *command: str | bytes) -> None:
        """The same without waiting for the answer, of which the next command hears; what is lost on the way, is lost.

        To wait takes two turns of processes, while the broker has nothing to say.
        """
        self._surely(self._told, command)

    def _surely(self, do: Callable[[tuple[str | bytes, ...]], Any], command: tuple[str | bytes, ...]) -> Any:
        if self._connection is not None:
            with suppress(ConnectionError, TimeoutError):
                return do(command)
        self._connection = self._pool.make_connection()
        return do(command)

    def _asked(self, command: tuple[str | bytes, ...]) -> Any:
        self._told(command)
        return self._heard()

    def _told(self, command: tuple[str | bytes, ...]) -> None:
        while self._owed:
            self._heard()
        try:
            self._connection.send_command(*command)
        except RedisError:
            self.close()
            raise
        self._owed += 1

    def _heard(self) -> Any:
        try:
            self._owed -= 1
            return self._connection.read_response()
        except RedisError:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the connection."""
        self._owed = 0
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None
