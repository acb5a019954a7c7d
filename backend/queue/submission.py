"""How a job comes on the record."""

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from backend.core.clock import now
from backend.core.errors import UserError
from backend.core.states import JobState
from backend.core.views import JobView, Priority
from backend.jobtypes import job_type
from backend.jobtypes.contract import JobType, Params
from backend.queue.wording import field_sentences
from backend.store.jobs import PRIORITIES, get_view, insert_job
from backend.store.record import Record
from backend.store.schema import jobs


def checked(kind: JobType[Any], answers: Mapping[str, Any]) -> Params:
    """The answers as the job type's `Params`. Raises UserError with a sentence for each field that is wrong."""
    try:
        return kind.params.model_validate(answers)
    except ValidationError as error:
        raise UserError(
            "answers.invalid",
            "Some answers in the form are missing or not right.",
            "Look at the marked fields.",
            fields=field_sentences(error),
        ) from error


def submit(
    record: Record,
    kind_name: str,
    answers: Mapping[str, Any],
    *,
    name: str = "",
    priority: Priority = "normal",
    request_key: uuid.UUID | None = None,
    hold: bool = False,
) -> tuple[JobView, bool]:
    """Puts a job on the record; on return it is committed. Returns it and whether it is new.

    The same `request_key` twice is the same job, so that a submission whose answer was lost may be sent again.
    Raises NotFoundError for an unknown kind and UserError for wrong answers.
    """
    kind = job_type(kind_name)
    params = checked(kind, answers)
    key = str(request_key) if request_key else None
    with record.write() as connection:
        if key is not None:
            known = connection.scalar(sa.select(jobs.c.id).where(jobs.c.request_key == key))
            if known is not None:
                return get_view(connection, known), False
        job_id = insert_job(
            connection,
            {
                "request_key": key,
                "kind": kind.name,
                "name": name.strip() or kind.name_for(params),
                "params": params.model_dump(mode="json"),
                "state": (JobState.HELD if hold else JobState.WAITING).value,
                "priority": PRIORITIES.index(priority),
                "target": kind.target(params),
                "created_at": now().timestamp(),
            },
        )
        return get_view(connection, job_id), True
