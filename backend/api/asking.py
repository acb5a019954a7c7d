"""Asking the worker something that must not be worked out in the API's own process."""

import asyncio
import json
import uuid
from typing import Any

from fastapi import Request
from kombu.exceptions import OperationalError as BrokerError

from backend.api.state import ApiState
from backend.core.errors import DeskhandError, UnavailableError
from backend.worker.app import ANSWER_SECONDS, ASK, sender
from backend.worker.wanted import OFF, off_key

STEP_SECONDS = 2.0


async def ask(
    parts: ApiState, question: str, name: str, field: str, params: dict[str, Any], request: Request | None = None
) -> Any:
    """The answer as JSON; see `backend.worker.questions`. Raises what the worker says, and UnavailableError.

    With the `request` that it is for, the worker is told when its client has gone, and may give the question up.
    """
    reply_to = f"deskhand.reply.{uuid.uuid4().hex}"
    try:
        await asyncio.to_thread(sender().send, ASK, [question, name, field, params, reply_to], uuid.uuid4().hex)
    except BrokerError as error:
        raise UnavailableError("broker.away", "Deskhand is just starting a part of itself.", "Try again.") from error
    clock = asyncio.get_running_loop().time
    until, reply = clock() + ANSWER_SECONDS, None
    telling = asyncio.create_task(_tell_when_gone(parts, request, reply_to)) if request else None
    try:
        while reply is None and (left := until - clock()) > 0:
            # In steps: the client's own patience with a silent server is five seconds.
            reply = await parts.redis.blpop([reply_to], timeout=min(left, STEP_SECONDS))
    finally:
        if telling:
            telling.cancel()
    if reply is None:
        raise UnavailableError("question.late", "Looking at this took too long.", "You may still start the job.")
    answer = json.loads(reply[1])
    if "problem" in answer:
        problem = answer["problem"]
        raise DeskhandError(
            problem["code"], problem["message"], problem["hint"], fields=problem["fields"], status=answer["status"]
        )
    return answer["ok"]


async def _tell_when_gone(parts: ApiState, request: Request, reply_to: str) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    key = off_key(reply_to)
    await parts.redis.rpush(key, OFF)
    await parts.redis.expire(key, ANSWER_SECONDS)
