"""The slot of a job that ends is handed on in the transaction that ends it."""

import pytest

from backend.core.clock import now
from backend.core.states import JobState
from backend.queue.calling import called_now
from backend.queue.chains import After
from backend.queue.claims import Claim, claim, finish
from backend.queue.dispatch import Delivery, mark_ending, next_deliveries
from backend.queue.relay import Relay
from backend.queue.submission import submit
from backend.store.jobs import get_row
from backend.store.record import Record
from backend.store.schema import workers


def worker(record: Record, name: str) -> None:
    with record.write() as connection:
        moment = now().timestamp()
        connection.execute(
            workers.insert().values(
                name=name, machine="here", boot="this", pid=1, pid_start=1.0, ready_at=moment, seen_at=moment,
                slots=1, own=True,
            )
        )  # fmt: skip


def state(record: Record, job_id: int) -> str:
    with record.glance() as lane:
        return get_row(lane, job_id)["state"]


def running(record: Record) -> Claim:
    (delivery,) = next_deliveries(record, 1)
    held = claim(record, delivery.job.id, delivery.number)
    assert held
    return held


def told(deliveries: list[Delivery]) -> list[tuple[int, int | None]]:
    return [(each.job.id, each.beside) for each in deliveries]


@pytest.fixture
def line(record: Record) -> list[int]:
    worker(record, "one")
    return [submit(record, "steps", {})[0].id for _ in range(4)]


def test_the_next_two_are_let_in_and_called_where_nobody_stood_by(record: Record, line: list[int]) -> None:
    relay = Relay(1)
    assert finish(record, running(record), JobState.SUCCEEDED, relay=relay)
    assert (told(relay.deliveries), relay.done) == ([(line[1], None), (line[2], 1)], True)
    assert [state(record, each) for each in line[1:]] == ["dispatched", "waiting", "waiting"]
    assert next_deliveries(record, 1, ahead=True) == []


def test_who_stood_by_has_the_slot_and_only_the_one_behind_is_sent_for(record: Record, line: list[int]) -> None:
    first = running(record)
    (called,) = next_deliveries(record, 1, ahead=True)
    relay = Relay(1)
    assert finish(record, first, JobState.SUCCEEDED, relay=relay)
    assert told(relay.deliveries) == [(line[2], 1)]
    assert claim(record, called.job.id, called.number, called.beside)


def test_a_job_for_which_others_wait_leaves_these_to_the_dispatcher(record: Record) -> None:
    worker(record, "one")
    first = submit(record, "steps", {})[0].id
    submit(record, "steps", {}, after=[After(job=first)])
    relay = Relay(1)
    assert finish(record, running(record), JobState.SUCCEEDED, relay=relay)
    assert not relay.done


def test_with_two_workers_the_dispatcher_sees_to_it(record: Record, line: list[int]) -> None:
    worker(record, "two")
    relay = Relay(1)
    assert finish(record, running(record), JobState.SUCCEEDED, relay=relay)
    assert (relay.deliveries, relay.done) == ([], False)
    assert [each.job.id for each in next_deliveries(record, 1)] == [line[1]]


def test_an_outcome_that_comes_too_late_hands_nothing_on(record: Record, line: list[int]) -> None:
    first, relay = running(record), Relay(1)
    assert finish(record, first, JobState.SUCCEEDED)
    relay.deliveries = next_deliveries(record, 1)
    assert finish(record, first, JobState.SUCCEEDED, relay=relay) is None
    assert (relay.deliveries, relay.done) == ([], False)
    assert state(record, line[1]) == JobState.DISPATCHED


def test_a_host_that_is_about_to_end_keeps_the_slot_free_until_its_next_start(record: Record, line: list[int]) -> None:
    first = running(record)
    (called,) = next_deliveries(record, 1, ahead=True)
    mark_ending(record, True)
    with record.glance() as lane:
        assert called_now(lane) is None
    relay = Relay(1)
    assert finish(record, first, JobState.STOPPED, relay=relay)
    assert relay.deliveries == []
    assert claim(record, called.job.id, called.number, called.beside) is None
    mark_ending(record, False)
    assert [each.job.id for each in next_deliveries(record, 1)] == [line[1]]
