"""Saved jobs: kept under a name, and run with one call, with what is to follow them."""

import uuid
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from backend.core.clock import now
from backend.core.errors import UserError
from backend.core.views import JobView, Priority
from backend.jobtypes import job_type
from backend.queue.checking import checked
from backend.queue.following import FollowUp, check_follow_ups, queue_all
from backend.queue.submission import Submission
from backend.store import saved as store
from backend.store.jobs import PRIORITIES
from backend.store.record import Record

_NAMESPACE = uuid.UUID("6f0f1f57-6f4b-4d0c-9a3d-0b6b4f3f3a77")


class SavedAnswers(BaseModel):
    """What a saved job is made of."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: str
    params: dict[str, Any]
    priority: Priority = "normal"
    follow_ups: list[FollowUp] = Field(default_factory=list["FollowUp"], max_length=10)


class SavedJob(SavedAnswers):
    """A saved job."""

    id: int


def view_of(row: store.Row) -> SavedJob:
    """A row as what the API says of it."""
    return SavedJob(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        params=row["params"],
        priority=cast("Priority", PRIORITIES[row["priority"]]),
        follow_ups=row["follow_ups"],
    )


def _values(answers: SavedAnswers) -> dict[str, Any]:
    name = answers.name.strip()
    if not name:
        raise UserError("saved.name", "A saved job needs a name.", "", fields={"name": "Please fill this in."})
    return {
        "name": name,
        "kind": answers.kind,
        "params": answers.params,
        "priority": PRIORITIES.index(answers.priority),
        "follow_ups": [each.model_dump() for each in answers.follow_ups],
        "changed_at": now().timestamp(),
    }


def check(answers: SavedAnswers) -> None:
    """Raises UserError, with a sentence for each field, where the job could not be queued with these answers.

    Fields of follow-ups are called as `check_follow_ups` has it.
    """
    checked(job_type(answers.kind), answers.params)
    check_follow_ups(answers.follow_ups)


def save(record: Record, answers: SavedAnswers, *, check_first: bool = True) -> SavedJob:
    """Keeps a job under a name that is not taken. Raises UserError for wrong answers and for a name that is."""
    if check_first:
        check(answers)
    values = _values(answers)
    with record.write() as connection:
        _refuse_taken(store.named(connection, values["name"]), None)
        saved_id = store.insert_saved(connection, {**values, "created_at": values["changed_at"]})
        return view_of(store.get_saved(connection, saved_id))


def change(record: Record, saved_id: int, answers: SavedAnswers) -> SavedJob:
    """Puts other answers in place of those there. Raises as `save` does."""
    check(answers)
    values = _values(answers)
    with record.write() as connection:
        _refuse_taken(store.named(connection, values["name"]), saved_id)
        store.update_saved(connection, saved_id, values)
        return view_of(store.get_saved(connection, saved_id))


def _refuse_taken(found: int | None, mine: int | None) -> None:
    if found is not None and found != mine:
        raise UserError(
            "saved.name_taken",
            "There is a saved job of this name already.",
            "Choose another name.",
            fields={"name": "There is a saved job of this name already."},
            status=409,
        )


def copy(record: Record, saved_id: int) -> SavedJob:
    """A second one with the same answers, under a name like it."""
    with record.write() as connection:
        row = {**store.get_saved(connection, saved_id)}
        del row["id"]
        moment = now().timestamp()
        row |= {"name": store.free_name(connection, row["name"]), "created_at": moment, "changed_at": moment}
        return view_of(store.get_saved(connection, store.insert_saved(connection, row)))


def run(record: Record, saved: SavedJob, key: str = "", schedule: str | None = None) -> list[JobView]:
    """Queues the job and what follows it, all or nothing; on return it is committed. Returns them in order.

    The same `key` twice queues nothing twice. Raises NotFoundError and UserError as `submit` does.
    """
    first = Submission(
        saved.kind,
        saved.params,
        name=saved.name,
        priority=saved.priority,
        request_key=uuid.uuid5(_NAMESPACE, f"{key or uuid.uuid4()}/0"),
        schedule=schedule,
    )
    return queue_all(record, first, saved.follow_ups)
