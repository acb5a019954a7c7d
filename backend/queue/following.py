"""What is to follow a job: queued with it in one transaction, each step behind the one before."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from backend.core.errors import DeskhandError, UserError
from backend.core.states import JobState
from backend.core.views import JobView, When
from backend.jobtypes import job_type
from backend.queue.chains import After, take_over
from backend.queue.checking import checked
from backend.queue.dispatch import Delivery, Way, call_next, dispatch_line, room_now
from backend.queue.references import stand_ins
from backend.queue.submission import Ready, Submission, name_in, name_of, prepared, put, require_room_for
from backend.store.jobs import get_view
from backend.store.record import Record

FROM_STEP = "from_step"


class FollowUp(BaseModel):
    """A job to be queued behind the one before it.

    Its answers may name result files of an earlier one: `{"from_step": 0, "files": "*.pdf"}` in place of a path;
    step 0 is the first job itself.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str
    params: dict[str, Any]
    name: str = Field(default="", max_length=200)
    when: When = "succeeded"


def check_follow_ups(follow_ups: Sequence[FollowUp]) -> None:
    """Raises UserError, with a sentence for each field, where one of them could not be queued with these answers.

    Fields of the follow-up number n are called `follow_ups.n.params.<field>`.
    """
    for place, each in enumerate(follow_ups):
        try:
            kind = job_type(each.kind)
            ahead = [1 + step for step in range(place + 1)]
            checked(kind, stand_ins(kind, resolved(each.params, ahead), lambda _job: "results"))
        except DeskhandError as error:
            error.fields = {f"follow_ups.{place}.params.{field}": said for field, said in error.fields.items()}
            raise


def queue_all(
    record: Record,
    first: Submission,
    follow_ups: Sequence[FollowUp],
    *,
    instead_of: int | None = None,
    way: Way | None = None,
) -> list[JobView]:
    """Queues a job and what follows it, all or nothing; on return it is committed. Returns them in order.

    What waits for the job `instead_of`, which has ended, waits for the first one instead, and is returned after them.

    With a `way`, a job that waits for no other goes on it meanwhile, if it may, or is called if it comes next.
    The same `request_key` of the first twice queues nothing twice. Raises NotFoundError and UserError as `submit` does.
    """
    require_room_for(record)
    check_follow_ups(follow_ups)
    if follow_ups and first.request_key is None:
        first = replace(first, request_key=uuid.uuid4())
    ready = prepared(first, partial(name_of, record))
    is_alone = not follow_ups and not ready.links and instead_of is None
    if is_alone and way is not None:
        return [_queued_and_sent(record, ready, way)]
    with record.write() as connection:
        first_view, is_new = put(connection, ready)
        made = [first_view]
        for step in follow_ups:
            following = _behind(first, step, made)
            made.append(put(connection, prepared(following, partial(name_in, connection)))[0])
        if instead_of is not None and is_new:
            made += [get_view(connection, each) for each in take_over(connection, instead_of, first_view.id)]
    return made


def _queued_and_sent(record: Record, ready: Ready, way: Way) -> JobView:
    with record.lean(durable=not record.is_sqlite) as lane:
        room = room_now(lane, way.slots)
        deliveries = dispatch_line(lane, room)
        job, new = put(lane, ready, room)
        if new and job.state is JobState.DISPATCHED:
            deliveries.append(Delivery(job, 1))
        if way.ahead:
            deliveries += call_next(lane, room)
    for each in deliveries:
        way.send(each)
    record.sync()
    return job


def _behind(first: Submission, step: FollowUp, made: Sequence[JobView]) -> Submission:
    assert first.request_key is not None
    return Submission(
        step.kind,
        resolved(step.params, [job.id for job in made]),
        name=step.name,
        priority=first.priority,
        request_key=uuid.uuid5(first.request_key, str(len(made))),
        after=[After(job=made[-1].id, when=step.when)],
        schedule=first.schedule,
    )


def resolved(answers: Mapping[str, Any], made: list[int]) -> dict[str, Any]:
    """The answers with the numbers of the jobs in place of the steps they stand for."""
    return {name: _with_jobs(value, made) for name, value in answers.items()}


def _with_jobs(value: Any, made: list[int]) -> Any:
    if isinstance(value, list):
        return list(map(partial(_with_jobs, made=made), cast("list[Any]", value)))
    if isinstance(value, dict) and FROM_STEP in value:
        meant = cast("dict[str, Any]", value)
        step = meant[FROM_STEP]
        if not isinstance(step, int) or not 0 <= step < len(made):
            raise UserError("saved.step", "A step takes files of one that comes later.", "Choose the files anew.")
        return {"from_job": made[step], **{name: part for name, part in meant.items() if name != FROM_STEP}}
    return value
