"""Asking the worker something that must not be worked out in the API's own process."""

import asyncio
import json
import uuid
from typing import Any

from kombu.exceptions import OperationalError as BrokerError

from backend.api.state import ApiState
from backend.core.errors import DeskhandError, UnavailableError
from backend.worker.app import ANSWER_SECONDS, ASK, sender

STEP_SECONDS = 2.0


async def ask(parts: ApiState, question: str, name: str, field: str, params: dict[str, Any]) -> Any:
    """The answer as JSON; see `backend.worker.questions`. Raises what the worker says, and UnavailableError."""
    reply_to = f"deskhand.reply.{uuid.uuid4().hex}"
    try:
        await asyncio.to_thread(sender().send, ASK, [question, name, field, params, reply_to], uuid.uuid4().hex)
    except BrokerError as error:
        raise UnavailableError("broker.away", "Deskhand is just starting a part of itself.", "Try again.") from error
    clock = asyncio.get_running_loop().time
    until, reply = clock() + ANSWER_SECONDS, None
    while reply is None and (left := until - clock()) > 0:
        # In steps: the client's own patience with a silent server is five seconds.
        reply = await parts.redis.blpop([reply_to], timeout=min(left, STEP_SECONDS))
    if reply is None:
        raise UnavailableError("question.late", "Looking at this took too long.", "You may still start the job.")
    answer = json.loads(reply[1])
    if "problem" in answer:
        problem = answer["problem"]
        raise DeskhandError(
            problem["code"], problem["message"], problem["hint"], fields=problem["fields"], status=answer["status"]
        )
    return answer["ok"]
