"""How messages get to the workers: as Celery sends them, over connections that are kept.

`Celery.send_task` looks up routes, pools and policies for each message anew, which takes longer than all the rest.
"""

from contextlib import suppress
from typing import Any

from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from kombu.messaging import Producer

QUEUE = "celery"


class Line:
    """One connection to the broker, for one thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._errors = (*connection.connection_errors, *connection.channel_errors, OSError)
        self._producer: Producer | None = None

    def publish(self, body: Any, headers: dict[str, Any], properties: dict[str, Any]) -> None:
        """Hands one message over. Raises OperationalError; the line is of no use then."""
        try:
            if self._producer is None:
                self._producer = Producer(self._connection.channel(), auto_declare=False)
            self._producer.publish(
                body, exchange="", routing_key=QUEUE, serializer="json", headers=headers, **properties
            )
        except self._errors as error:
            with suppress(*self._errors):
                self._connection.release()
            raise OperationalError(str(error)) from error


class Sender:
    """Sends tasks of one app to its queue, from any thread."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._idle: list[Line] = []

    def send(self, task: str, arguments: list[Any], task_id: str) -> None:
        """On return, the broker has the message. Raises kombu's OperationalError."""
        message = self._app.amqp.create_task_message(
            task_id, task, arguments, {}, argsrepr=str(arguments), kwargsrepr="{}"
        )
        try:
            line = self._idle.pop()
        except IndexError:
            line = Line(self._app.connection_for_write())
        line.publish(message.body, message.headers, message.properties)
        self._idle.append(line)
