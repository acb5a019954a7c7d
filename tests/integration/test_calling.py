"""The job that comes next is called ahead, and stays in the user's hands until it is claimed."""

from collections.abc import Callable

import pytest

from backend.core.clock import now
from backend.core.states import JobState
from backend.queue import control
from backend.queue.calling import called_now
from backend.queue.claims import Claim, claim, finish
from backend.queue.dispatch import PAUSED, Delivery, Way, next_deliveries
from backend.queue.following import queue_all
from backend.queue.recovery import Leases, recover
from backend.queue.submission import Submission, submit
from backend.store.jobs import get_row
from backend.store.record import Record, set_option
from backend.store.schema import jobs


def ahead(record: Record, slots: int = 1) -> list[Delivery]:
    return next_deliveries(record, slots, ahead=True)


def claimed(record: Record, delivery: Delivery) -> Claim | None:
    return claim(record, delivery.job.id, delivery.number, delivery.beside)


def state(record: Record, job_id: int) -> str:
    with record.glance() as lane:
        return get_row(lane, job_id)["state"]


def job(record: Record) -> int:
    return submit(record, "steps", {})[0].id


@pytest.fixture
def running(record: Record) -> Claim:
    """A job that runs in the only slot."""
    job(record)
    (delivery,) = ahead(record)
    held = claimed(record, delivery)
    assert held
    return held


@pytest.fixture
def called(record: Record, running: Claim) -> Delivery:
    """The message of the next one, which stands by."""
    assert running
    following = job(record)
    (delivery,) = ahead(record)
    assert (delivery.job.id, delivery.beside) == (following, 1)
    return delivery


def test_the_next_job_is_called_once_and_still_waits(record: Record, called: Delivery) -> None:
    assert state(record, called.job.id) == JobState.WAITING
    assert ahead(record) == []


def test_it_is_claimed_when_a_job_has_ended(record: Record, running: Claim, called: Delivery) -> None:
    assert finish(record, running, JobState.SUCCEEDED)
    assert claimed(record, called)
    assert state(record, called.job.id) == JobState.RUNNING
    assert claimed(record, called) is None


def test_it_is_not_claimed_while_as_many_run_as_may(record: Record, called: Delivery) -> None:
    assert claimed(record, called) is None
    assert state(record, called.job.id) == JobState.WAITING
    (again,) = ahead(record)
    assert again == called


def test_a_slot_that_is_free_already_is_its_own_and_no_second_message_goes_out(
    record: Record, running: Claim, called: Delivery
) -> None:
    sent: list[Delivery] = []
    (later,) = queue_all(record, Submission("steps", {}), (), way=Way(1, sent.append))
    finish(record, running, JobState.SUCCEEDED)
    (following,) = ahead(record)
    assert (following.job.id, sent) == (later.id, [])
    assert state(record, called.job.id) == JobState.DISPATCHED
    assert claimed(record, called)
    assert claimed(record, following) is None


def test_a_lost_call_is_made_up_for(record: Record, running: Claim, called: Delivery) -> None:
    finish(record, running, JobState.SUCCEEDED)
    assert ahead(record) == []
    with record.write() as connection:
        connection.execute(
            jobs.update().where(jobs.c.id == called.job.id).values(dispatched_at=now().timestamp() - 3.0)
        )
    assert recover(record, Leases()) == [called.job.id]
    (sent,) = ahead(record)
    assert (sent.job.id, sent.beside) == (called.job.id, None)
    assert claimed(record, called) is None
    assert claimed(record, sent)


def test_the_slot_of_a_job_that_rests_is_taken_by_a_message_of_its_own(
    record: Record, running: Claim, called: Delivery
) -> None:
    with record.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == running.job_id).values(state=JobState.PAUSED.value))
    (sent,) = ahead(record)
    assert (sent.job.id, sent.beside) == (called.job.id, None)
    assert claimed(record, sent)
    assert claimed(record, called) is None


@pytest.mark.parametrize(
    "steer",
    [
        lambda record, _, other: control.move(record, other, "top"),
        lambda record, _, other: control.change(record, other, "high", None),
        lambda record, called, _: control.pause(record, called),
        lambda record, called, _: control.stop(record, called),
        lambda record, *_: submit(record, "steps", {}, priority="high"),
        lambda record, *_: queue_all(record, Submission("steps", {}, priority="high"), (), way=Way(1, lambda _: None)),
    ],
    ids=["move another", "prefer another", "hold it", "stop it", "submit an urgent one", "queue an urgent one"],
)
def test_what_the_user_does_to_the_line_counts_from_then_on(
    record: Record, running: Claim, called: Delivery, steer: Callable[[Record, int, int], object]
) -> None:
    other = job(record)
    steer(record, called.job.id, other)
    finish(record, running, JobState.SUCCEEDED)
    assert claimed(record, called) is None
    (first, *_) = ahead(record)
    assert first.job.id != called.job.id


def test_a_paused_queue_calls_nobody(record: Record, running: Claim, called: Delivery) -> None:
    with record.write() as connection:
        set_option(connection, PAUSED, True)
    assert ahead(record) == []
    finish(record, running, JobState.SUCCEEDED)
    assert claimed(record, called) is None
    with record.glance() as lane:
        assert called_now(lane) is None


def test_one_that_may_not_run_beside_those_that_run_is_not_called(record: Record) -> None:
    submit(record, "steps", {"target": "drive"})
    assert len(ahead(record)) == 1
    submit(record, "steps", {"target": "drive"})
    free = job(record)
    assert [delivery.job.id for delivery in ahead(record)] == [free]


def test_a_late_call_does_not_bring_a_planned_retry_forward(record: Record, running: Claim, called: Delivery) -> None:
    finish(record, running, JobState.SUCCEEDED)
    held = claimed(record, called)
    assert held
    finish(record, held, JobState.WAITING, not_before=now().timestamp() + 60.0)
    assert claimed(record, called) is None
    assert state(record, called.job.id) == JobState.WAITING
