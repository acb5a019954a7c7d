"""What the API says of schedules and saved jobs, the window's reader takes in, whole."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from backend.api.v1 import schedules as api
from backend.core.states import JobState
from backend.core.views import Problem
from backend.queue import saved as saving
from backend.queue import saved_file
from backend.queue.following import FollowUp
from backend.queue.schedules import book
from backend.queue.schedules.rules import Rule
from desktop.client import drafts, saved
from desktop.client import schedules as read
from desktop.state.rules import answers_of, rule_of
from tests.contract.test_events_contract import same, wire

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
PROBLEM = Problem(code="kind.unknown", message="Not known.", hint="Choose another.", fields={"file": "Which?"})
RUN = book.Run(
    id=3,
    schedule_id=1,
    name="Month end",
    due_at=AT,
    decided_at=AT,
    state="due",
    reason="drive",
    times=2,
    waits_until=AT,
    job_id=9,
    job_state=JobState.RUNNING,
    problem=PROBLEM,
)
BARE_RUN = book.Run(id=4, schedule_id=1, name="Month end", due_at=AT, decided_at=AT, state="queued", reason="", times=1)
NEXT = [book.Upcoming(at=AT, wall="2026-03-29T02:30", moved=True)]
RULES = [
    Rule.model_validate({"starts_on": "2026-03-29", **more})
    for more in (
        {"repeat": "once", "at": "18:00"},
        {"repeat": "hours", "every": 2, "at": "07:00", "until": "19:00", "weekdays": [0, 1], "ends_on": "2026-05-01"},
        {"repeat": "weeks", "weekdays": [0, 4], "at": "07:30"},
        {"repeat": "months", "day": "last_working", "holidays": {"country": "DE", "region": "BY"}},
        {"repeat": "years", "day": 24, "month": 12, "not_on": [{"first": "2026-12-24", "last": "2026-12-26"}]},
    )
]


def schedule(rule: Rule, last: book.Run | None, waiting: book.Run | None) -> book.Schedule:
    return book.Schedule(
        id=1,
        saved_id=2,
        rule=rule,
        missed="all",
        overlap="beside",
        name="Month end",
        kind="report",
        words="Every day at 18:00",
        paused=True,
        next=NEXT,
        last=last,
        waiting=waiting,
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.repeat)
@pytest.mark.parametrize(("last", "waiting"), [(None, None), (BARE_RUN, RUN)], ids=["new", "has run"])
def test_the_window_reads_a_schedule_with_every_field(
    rule: Rule, last: book.Run | None, waiting: book.Run | None
) -> None:
    said = schedule(rule, last, waiting)
    found = read.Schedule.read(wire(said))
    assert found.rule == wire(rule)
    for name in set(book.Schedule.model_fields) - {"rule"}:
        same(getattr(found, name), getattr(said, name))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.repeat)
def test_a_rule_that_is_shown_in_the_form_and_kept_again_is_the_same_rule(rule: Rule) -> None:
    known = wire(rule)
    assert Rule.model_validate(rule_of(answers_of(known), known)) == rule


def test_the_window_reads_a_preview() -> None:
    same(
        read.Ahead.read(wire(api.Ahead(words="Once", zone="Europe/Berlin", next=NEXT))),
        api.Ahead(words="Once", zone="Europe/Berlin", next=NEXT),
    )


PAIRS: list[tuple[type, type[BaseModel]]] = [
    (read.Schedule, book.Schedule),
    (read.Run, book.Run),
    (read.Upcoming, book.Upcoming),
    (read.Ahead, api.Ahead),
    (saved.Arrival, saved_file.Arrival),
    (saved.Lack, saved_file.Lack),
    (drafts.FollowUp, FollowUp),
]


@pytest.mark.parametrize(("shape", "view"), PAIRS, ids=lambda one: one.__name__)
def test_no_field_of_the_api_is_unknown_to_the_window(shape: Any, view: type[BaseModel]) -> None:
    assert {field.name for field in dataclasses.fields(shape)} == set(view.model_fields)


def test_a_saved_job_is_read_and_sent_back_as_it_was() -> None:
    follow_ups = [FollowUp(kind="archive", params={"files": [{"from_step": 0}]}, name="Zip", when="ended")]
    kept = saving.SavedJob(
        id=5, name="Month end", kind="report", params={"file": "/a"}, priority="high", follow_ups=follow_ups
    )
    found = saved.SavedJob.read(wire(kept))
    assert (found.id, found.name) == (5, "Month end")
    assert saving.SavedAnswers.model_validate({"name": found.name, **found.draft.body()}) == saving.SavedAnswers(
        **kept.model_dump(exclude={"id"})
    )


def test_the_window_reads_what_a_file_would_bring() -> None:
    lack = saved_file.Lack(field="file", title="File", sentence="It is not there.", hint="Choose another.")
    arrival = saved_file.Arrival(name="Month end", kind="report", schedules=1, lacks=[lack])
    same(saved.Arrival.read(wire(arrival)), arrival)
