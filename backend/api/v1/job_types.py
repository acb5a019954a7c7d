"""Kinds of jobs: what they ask, and what would happen."""

import asyncio
import json
import uuid
from typing import Any

from fastapi import APIRouter
from kombu.exceptions import OperationalError as BrokerError
from pydantic import BaseModel

from backend.api.state import ApiState, State
from backend.core.errors import DeskhandError, UnavailableError
from backend.core.views import Option, Rehearsal
from backend.jobtypes import job_type, job_types
from backend.worker.app import ANSWER_SECONDS, ASK, celery_app

router = APIRouter(prefix="/job-types", tags=["job types"])


class JobTypeView(BaseModel):
    """A kind of job, with the JSON Schema of its answers (`x-kind` and friends: see docs/api.md)."""

    name: str
    title: str
    summary: str
    icon: str
    order: int
    can_rehearse: bool
    has_options: bool
    params_schema: dict[str, Any]


class Answers(BaseModel):
    """The answers given so far."""

    params: dict[str, Any]


class FieldQuestion(Answers):
    """Which field wants to know what can be picked; dotted for one inside a list of small forms."""

    field: str


class Options(BaseModel):
    """What can be picked."""

    options: list[Option]


@router.get("")
def listing() -> list[JobTypeView]:
    """The kinds of jobs that are offered."""
    return [
        JobTypeView(
            name=kind.name,
            title=kind.title,
            summary=kind.summary,
            icon=kind.icon,
            order=kind.order,
            can_rehearse=kind.rehearse is not None,
            has_options=kind.options is not None,
            params_schema=kind.params.model_json_schema(),
        )
        for kind in job_types().values()
        if not kind.hidden
    ]


@router.post("/{name}/rehearsal")
async def rehearsal(name: str, asked: Answers, parts: State) -> Rehearsal:
    """What would happen; worked out in the worker, and nothing is changed."""
    return Rehearsal.model_validate(await _ask(parts, "rehearsal", name, "", asked.params))


@router.post("/{name}/options")
async def options(name: str, asked: FieldQuestion, parts: State) -> Options:
    """What can be picked in a field, given the other answers."""
    return Options.model_validate({"options": await _ask(parts, "options", name, asked.field, asked.params)})


async def _ask(parts: ApiState, question: str, name: str, field: str, params: dict[str, Any]) -> Any:
    job_type(name)
    reply_to = f"deskhand.reply.{uuid.uuid4().hex}"
    try:
        await asyncio.to_thread(celery_app().send_task, ASK, args=[question, name, field, params, reply_to])
    except (BrokerError, OSError) as error:
        raise UnavailableError("broker.away", "Deskhand is just starting a part of itself.", "Try again.") from error
    reply = await parts.redis.blpop([reply_to], timeout=ANSWER_SECONDS)
    if reply is None:
        raise UnavailableError("question.late", "Looking at this took too long.", "You may still start the job.")
    answer = json.loads(reply[1])
    if "problem" in answer:
        problem = answer["problem"]
        raise DeskhandError(
            problem["code"], problem["message"], problem["hint"], fields=problem["fields"], status=answer["status"]
        )
    return answer["ok"]
