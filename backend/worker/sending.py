"""How messages get to the workers: in Celery's own form, over connections that are kept.

`Celery.send_task` looks up routes, pools and policies for each message anew, and kombu's producer asks about codecs,
exchanges and priorities that this queue does not have: together they take ten times as long as the broker does.
"""

import base64
import json
import uuid
from typing import Any

from kombu.exceptions import OperationalError
from redis import ConnectionPool
from redis.exceptions import RedisError

from backend.worker.wire import Wire

QUEUE = "celery"


def message(task: str, arguments: list[Any], task_id: str) -> str:
    """A task as the broker keeps it: Celery's message protocol 2 in kombu's envelope (docs.celeryq.dev, Internals)."""
    embedded = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    body = json.dumps([arguments, {}, embedded])
    return json.dumps(
        {
            "body": base64.b64encode(body.encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {
                "lang": "py",
                "task": task,
                "id": task_id,
                "root_id": task_id,
                "retries": 0,
                "timelimit": [None, None],
                "argsrepr": str(arguments),
                "kwargsrepr": "{}",
                "ignore_result": True,
            },
            "properties": {
                "correlation_id": task_id,
                "delivery_mode": 2,
                "delivery_info": {"exchange": "", "routing_key": QUEUE},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": uuid.uuid4().hex,
            },
        }
    )


class Sender:
    """Sends tasks to the queue, from any thread."""

    def __init__(self, address: str) -> None:
        self._pool = ConnectionPool.from_url(address, socket_connect_timeout=2, socket_timeout=10)
        self._idle: list[Wire] = []

    def send(self, task: str, arguments: list[Any], task_id: str, *, sure: bool = True) -> None:
        """On return, the broker has the message. Raises kombu's OperationalError.

        Without `sure` it is on its way, and may be lost with a broker that dies at this moment.
        """
        try:
            wire = self._idle.pop()
        except IndexError:
            wire = Wire(self._pool)
        try:
            (wire.ask if sure else wire.tell)("LPUSH", QUEUE, message(task, arguments, task_id))
        except (RedisError, OSError) as error:
            raise OperationalError(str(error)) from error
        self._idle.append(wire)
