"""Whatever the backend may say, the window's reader takes in, whole."""

import dataclasses
import json
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from backend.core import events as said
from backend.core import views
from backend.core.states import JobState
from desktop.client import events as heard
from desktop.client import shapes

AT = datetime(2026, 3, 29, 1, 59, 59, 123456, UTC)

PROBLEM = views.Problem(
    code="drive.missing", message="The drive is not there.", hint="Connect it.", fields={"to": "Where?"}
)
PROGRESS = views.Progress(done=3, total=9, unit="files", message="Copying", rate=1.5, seconds_left=4)
JOB = views.JobView(
    id=7,
    kind="backup",
    name="Accounts – 帐目",
    state=JobState.PAUSED,
    wish="stop",
    priority="high",
    position=2.5,
    progress=PROGRESS,
    attempt=2,
    created_at=AT,
    started_at=AT,
    ended_at=AT,
    not_before=AT,
    schedule="Every weekday",
    summary="Copied.",
    problem=PROBLEM,
    warnings=["One file was in use."],
    waits_for=[3, 4],
)
BARE = views.JobView(id=1, kind="report", name="Bare", state=JobState.WAITING, created_at=AT)
QUEUE = views.QueueView(paused=True, slots=3, counts={JobState.RUNNING: 2, JobState.FAILED: 1})
ENTRY = views.LogEntry(at=AT, level="warning", message="Slow.", facts={"seconds": 2.5, "path": "a/b"})

EVENTS: list[BaseModel] = [
    said.JobChanged(job=JOB),
    said.JobChanged(job=BARE),
    said.JobProgressed(id=7, progress=PROGRESS),
    said.JobProgressed(id=7, progress=views.Progress()),
    said.JobLogged(id=7, attempt=2, offset=120, entries=[ENTRY]),
    said.JobRemoved(id=7),
    said.QueueChanged(queue=QUEUE),
    said.HostChanged(part="worker", ready=False),
    said.SavedChanged(),
]


def variants(union: Any) -> set[type]:
    """The members of a union of models, annotated or not."""
    inner = get_args(union)[0] if get_origin(union) not in (Union, UnionType) else union
    return set(get_args(inner))


def wire(model: BaseModel) -> Any:
    """What travels."""
    return json.loads(model.model_dump_json())


def same(read: Any, model: Any) -> None:
    """Every field of the model has been read, with the same value."""
    if isinstance(model, BaseModel):
        for name in type(model).model_fields:
            if name != "type":
                same(getattr(read, name), getattr(model, name))
    elif isinstance(model, list):
        assert len(read) == len(model)
        for one, other in zip(read, model, strict=True):
            same(one, other)
    elif isinstance(model, dict):
        assert {str(name): value for name, value in model.items()} == read
    else:
        assert read == model


def test_there_is_an_example_of_every_event_the_backend_knows() -> None:
    assert {type(event) for event in EVENTS} == variants(said.Event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_the_window_reads_every_event_with_every_field(event: BaseModel) -> None:
    read = heard.read_event(wire(event))
    assert type(read).__name__ == type(event).__name__
    same(read, event)


def test_the_window_reads_a_snapshot() -> None:
    snapshot = said.Snapshot(epoch="a1", number=41, queue=QUEUE, active=[JOB, BARE])
    read = heard.read_message(wire(snapshot))
    assert isinstance(read, heard.Snapshot)
    same(read, snapshot)


def test_the_window_reads_a_batch_of_everything_and_knows_its_numbers() -> None:
    batch = said.Batch.model_validate({"epoch": "a1", "number": 20, "events": [wire(event) for event in EVENTS]})
    read = heard.read_message(wire(batch))
    assert isinstance(read, heard.Batch)
    same(read.events, batch.events)
    assert read.first == 20 - len(EVENTS) + 1


def test_there_are_no_kinds_of_messages_beside_snapshot_and_batch() -> None:
    assert variants(said.Message) == {said.Snapshot, said.Batch}


def test_an_event_of_a_newer_backend_is_passed_over_and_still_counted() -> None:
    read = heard.read_message(
        {"type": "batch", "epoch": "a", "number": 5, "events": [{"type": "job.sang"}, wire(EVENTS[5])]}
    )
    assert isinstance(read, heard.Batch)
    assert read.events == [heard.JobRemoved(7)]
    assert read.first == 4


SHAPES: list[tuple[type, type[BaseModel]]] = [
    (shapes.Problem, views.Problem),
    (shapes.Progress, views.Progress),
    (shapes.Job, views.JobView),
    (shapes.Artifact, views.Artifact),
    (shapes.Attempt, views.Attempt),
    (shapes.Link, views.Link),
    (shapes.LogEntry, views.LogEntry),
    (shapes.Queue, views.QueueView),
]


@pytest.mark.parametrize(("shape", "view"), SHAPES, ids=lambda one: one.__name__)
def test_no_field_of_the_api_is_unknown_to_the_window(shape: Any, view: type[BaseModel]) -> None:
    assert {field.name for field in dataclasses.fields(shape)} == set(view.model_fields)


def test_a_job_in_detail_is_read_with_its_answers_files_and_runs() -> None:
    detail = views.JobDetail(
        **JOB.model_dump(),
        params={"folder": "/a", "deep": [{"n": 1}]},
        artifacts=[views.Artifact(id=1, title="T", path="/a.pdf", size=9, media_type="application/pdf", created_at=AT)],
        attempts=[views.Attempt(number=1, started_at=AT, ended_at=AT, outcome="failed", problem=PROBLEM)],
        starts_after=[views.Link(job=3, name="First", state=JobState.RUNNING, when="ended", settled=False)],
        followed_by=[views.Link(job=9, name="Last", state=JobState.BLOCKED, when="failed", settled=True)],
        undo=views.Undo(kind="bring-back", params={"quarantine": "a1"}),
    )
    read = shapes.JobDetail.read(wire(detail))
    same(read.job, JOB)
    assert read.params == detail.params
    same(read.artifacts, detail.artifacts)
    same(read.attempts, detail.attempts)
    same(read.starts_after, detail.starts_after)
    same(read.followed_by, detail.followed_by)
    same(read.undo, detail.undo)
