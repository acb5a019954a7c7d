"""A message that was put together here is Celery's own in all that a worker reads of it."""

import base64
import json

from backend.worker.app import RUN, celery_app
from backend.worker.sending import message


def test_a_message_says_what_celerys_own_says() -> None:
    own = celery_app().amqp.create_task_message("7-1", RUN, [7, 1], {}, argsrepr="[7, 1]", kwargsrepr="{}")
    ours = json.loads(message(RUN, [7, 1], "7-1"))
    args, kwargs, embedded = json.loads(base64.b64decode(ours["body"]))
    assert (args, kwargs, embedded) == ([7, 1], own.body[1], own.body[2])
    assert ours["properties"]["correlation_id"] == own.properties["correlation_id"]
    meant = {name: value for name, value in own.headers.items() if value is not None} | {"ignore_result": True}
    unread = {"origin", "replaced_task_nesting", "stamps"}
    assert {name: ours["headers"].get(name) for name in set(meant) - unread} == {
        name: value for name, value in meant.items() if name not in unread
    }
