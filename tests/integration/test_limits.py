"""What a job may take: time, tries, and room beside others. On a real record and a real broker."""

import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

from backend.api.dispatcher import Dispatcher
from backend.core.clock import now
from backend.core.events import Event
from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.core.views import JobDetail
from backend.jobtypes.contract import Retry
from backend.queue import claims, control, force
from backend.queue.dispatch import next_deliveries
from backend.queue.submission import submit
from backend.store.jobs import get_detail
from backend.store.record import Record
from backend.store.schema import jobs
from backend.worker import context, runner
from backend.worker.publisher import Publisher
from backend.worker.runner import backoff, run_delivery
from tests.helpers.broker import TestBroker
from tests.helpers.waiting import until


@pytest.fixture
def begin(record: Record, paths: DataPaths, broker: TestBroker) -> Generator[Callable[..., int]]:
    """Queues a job and runs it in a thread of its own."""
    publisher = Publisher(broker.redis_address)
    threads: list[threading.Thread] = []

    def start(kind: str, **answers: Any) -> int:
        job_id = submit(record, kind, answers)[0].id
        (delivery,) = next_deliveries(record, 9)
        arguments = (record, paths, publisher, job_id, delivery.number)
        threads.append(threading.Thread(target=run_delivery, args=arguments))
        threads[-1].start()
        return job_id

    yield start
    for thread in threads:
        thread.join(20)
    publisher.close()


@pytest.fixture
def dispatcher(record: Record) -> Generator[list[Event]]:
    said: list[Event] = []
    made = Dispatcher(record, 2, 60.0, said.append)
    made.hold()
    made.start()
    yield said
    made.end()


def detail(record: Record, job_id: int) -> JobDetail:
    with record.read() as connection:
        return get_detail(connection, job_id)


def reaches(record: Record, job_id: int, *states: JobState) -> JobDetail:
    return until(lambda: found if (found := detail(record, job_id)).state in states else None, 15.0)


@pytest.mark.usefixtures("dispatcher")
def test_a_job_that_takes_too_long_is_asked_to_stop_and_fails_with_the_reason(
    record: Record, begin: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "RENEW_EVERY", 0.2)
    ended = reaches(record, begin("short", steps=2000, pause=0.01), JobState.FAILED)
    assert ended.problem is not None
    assert ended.problem.code == "job.too_long"
    assert "longer than 1 second," in ended.problem.message
    assert [attempt.outcome for attempt in ended.attempts] == ["failed"]


def test_a_job_whose_time_is_up_and_that_does_not_listen_is_ended_by_force_and_fails_with_the_reason(
    record: Record,
) -> None:
    job_id = submit(record, "short", {})[0].id
    (delivery,) = next_deliveries(record, 2)
    held = claims.claim(record, job_id, delivery.number)
    assert held is not None
    long_ago = now().timestamp() - 100
    with record.write() as connection:
        connection.execute(jobs.update().values(limit_at=long_ago))
    assert force.ask_the_late(record) == [job_id]
    assert force.ask_the_late(record) == []
    assert [forced.job_id for forced in force.overdue(record, -1.0)] == [job_id]
    ended = detail(record, job_id)
    assert (ended.state, ended.problem and ended.problem.code) == (JobState.FAILED, "job.too_long")
    assert not claims.finish(record, held, JobState.SUCCEEDED)


@pytest.mark.usefixtures("dispatcher")
@pytest.mark.alone
def test_a_rest_does_not_count_for_the_time_limit(
    record: Record, begin: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "RENEW_EVERY", 0.2)
    job_id = begin("short", steps=30, pause=0.01)
    reaches(record, job_id, JobState.RUNNING)
    control.pause(record, job_id)
    reaches(record, job_id, JobState.PAUSED)
    limit = limit_of(record)
    until(lambda: now().timestamp() > limit + 0.5)
    control.resume(record, job_id)
    assert reaches(record, job_id, JobState.SUCCEEDED, JobState.FAILED).state is JobState.SUCCEEDED


@pytest.mark.alone
def test_a_clock_that_is_put_forward_does_not_end_a_job_before_its_time(
    record: Record, begin: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "RENEW_EVERY", 0.2)
    job_id = begin("short", steps=60, pause=0.01)
    reaches(record, job_id, JobState.RUNNING)
    limit = limit_of(record)
    real = context.time.time
    monkeypatch.setattr(context.time, "time", lambda: real() + 3600)
    until(lambda: limit_of(record) > limit + 3000)
    assert reaches(record, job_id, JobState.SUCCEEDED).state is JobState.SUCCEEDED


def limit_of(record: Record) -> float:
    with record.read() as connection:
        return connection.execute(jobs.select()).one().limit_at


def test_only_so_many_of_a_kind_run_at_once_and_others_pass_them(record: Record) -> None:
    first, second = submit(record, "short", {})[0].id, submit(record, "short", {})[0].id
    other = submit(record, "steps", {})[0].id
    assert [delivery.job.id for delivery in next_deliveries(record, 5)] == [first, other]
    with record.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == first).values(state="succeeded"))
    assert [delivery.job.id for delivery in next_deliveries(record, 5)] == [second]


def test_a_paused_job_gives_its_slot_free_but_not_its_target(record: Record) -> None:
    first = submit(record, "steps", {"target": "drive"})[0].id
    next_deliveries(record, 1)
    submit(record, "steps", {"target": "drive"})
    free = submit(record, "steps", {})[0].id
    assert next_deliveries(record, 1) == []
    with record.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == first).values(state="paused"))
    assert [delivery.job.id for delivery in next_deliveries(record, 1)] == [free]


def test_the_time_until_the_next_try_doubles_up_to_the_longest_and_is_spread() -> None:
    policy = Retry(delay=10.0, longest=60.0)
    waits = {tries: [backoff(policy, tries) for _ in range(200)] for tries in range(6)}
    for tries, middle in enumerate([10.0, 20.0, 40.0, 60.0, 60.0, 60.0]):
        assert all(0.8 * middle <= wait <= 1.2 * middle for wait in waits[tries])
        assert max(waits[tries]) - min(waits[tries]) > 0.2 * middle


def failing(record: Record, wish: str | None = None) -> int:
    """A job that runs, may have been asked something, and is about to fail in a way that passes."""
    job_id = submit(record, "steps", {})[0].id
    (delivery,) = next_deliveries(record, 2)
    held = claims.claim(record, job_id, delivery.number)
    assert held is not None
    with record.write() as connection:
        connection.execute(jobs.update().values(wish=wish))
    assert claims.finish(record, held, JobState.WAITING, problem=runner.BUG, not_before=now().timestamp() + 60)
    return job_id


def test_a_job_that_is_to_be_tried_again_waits_for_its_time_and_keeps_its_reason(record: Record) -> None:
    waiting = detail(record, failing(record))
    assert (waiting.state, waiting.problem) == (JobState.WAITING, runner.BUG)
    assert next_deliveries(record, 2) == []
    assert [attempt.outcome for attempt in waiting.attempts] == ["failed"]


@pytest.mark.parametrize(("wish", "state"), [("stop", JobState.STOPPED), ("pause", JobState.HELD)])
def test_what_the_user_asked_of_a_job_holds_when_it_fails_meanwhile(record: Record, wish: str, state: JobState) -> None:
    assert detail(record, failing(record, wish)).state is state


def test_an_error_that_does_not_pass_is_not_tried_again(record: Record, begin: Callable[..., int]) -> None:
    ended = reaches(record, begin("steps", ending="user"), JobState.FAILED, JobState.WAITING)
    assert (ended.state, len(ended.attempts)) == (JobState.FAILED, 1)


def test_an_outcome_that_the_record_cannot_take_yet_is_kept_as_soon_as_it_can(
    record: Record, begin: Callable[..., int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runner, "COMMIT_AGAIN_SECONDS", 0.05)
    with record.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE OF summary ON jobs WHEN NEW.summary != ''"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    job_id = begin("steps", steps=1)
    until(lambda: "cannot be kept yet" in caplog.text)
    assert detail(record, job_id).state is JobState.RUNNING
    with record.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    assert reaches(record, job_id, JobState.SUCCEEDED).summary == "1 steps were done."
