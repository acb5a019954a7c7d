"""A job from the form's answers to its committed outcome, on a real record and a real broker."""

import json
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import redis

from backend.core.errors import UserError
from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.core.views import JobDetail
from backend.queue import claims
from backend.queue.dispatch import Delivery, next_deliveries, take_back
from backend.queue.recovery import Leases, recover
from backend.queue.submission import submit
from backend.store.jobs import get_detail
from backend.store.record import Record, set_option
from backend.store.schema import jobs
from backend.worker.publisher import CHANNEL, Publisher
from backend.worker.runner import run_delivery
from tests.helpers.broker import TestBroker

Run = Callable[[Delivery], JobState | None]


@pytest.fixture
def publisher(broker: TestBroker) -> Generator[Publisher]:
    made = Publisher(broker.redis_address)
    yield made
    made.close()


@pytest.fixture
def run(record: Record, paths: DataPaths, publisher: Publisher) -> Run:
    return lambda delivery: run_delivery(record, paths, publisher, delivery.job.id, delivery.number)


def detail(record: Record, job_id: int) -> JobDetail:
    with record.read() as connection:
        return get_detail(connection, job_id)


def queue(record: Record, **answers: Any) -> int:
    return submit(record, "steps", answers)[0].id


def test_a_job_ends_with_its_file_its_summary_and_one_attempt(record: Record, run: Run, tmp_path: Path) -> None:
    job_id = queue(record, steps=3, folder=str(tmp_path))
    (delivery,) = next_deliveries(record, 2)
    assert run(delivery) is JobState.SUCCEEDED
    ended = detail(record, job_id)
    assert (ended.state, ended.summary) == (JobState.SUCCEEDED, "3 steps were done.")
    assert [attempt.outcome for attempt in ended.attempts] == ["succeeded"]
    assert [Path(file.path).read_text() for file in ended.artifacts] == ["3"]
    assert {path.name for path in tmp_path.iterdir()} == {"data", "steps.txt"}


def test_a_second_delivery_of_the_same_message_finds_nothing_to_claim(record: Record, run: Run) -> None:
    job_id = queue(record)
    (delivery,) = next_deliveries(record, 2)
    assert run(delivery) is JobState.SUCCEEDED
    assert run(delivery) is None
    assert len(detail(record, job_id).attempts) == 1


@pytest.mark.parametrize(
    ("ending", "state", "code"),
    [
        ("warn", JobState.WARNED, None),
        ("bug", JobState.FAILED, "internal"),
        ("user", JobState.FAILED, "test.user"),
        ("needs", JobState.NEEDS_USER, "test.needs"),
    ],
)
def test_an_ending_is_kept_in_words(record: Record, run: Run, ending: str, state: JobState, code: str | None) -> None:
    job_id = queue(record, ending=ending)
    assert run(next_deliveries(record, 2)[0]) is state
    ended = detail(record, job_id)
    assert ended.state is state
    assert (ended.problem.code if ended.problem else None) == code


def test_a_passing_fault_is_tried_again_as_often_as_the_kind_allows(record: Record, run: Run) -> None:
    job_id = queue(record, ending="retry")
    assert run(next_deliveries(record, 2)[0]) is JobState.WAITING
    waiting = detail(record, job_id)
    assert waiting.not_before is not None
    with record.write() as connection:
        connection.execute(jobs.update().values(not_before=None))
    assert run(next_deliveries(record, 2)[0]) is JobState.FAILED
    assert [attempt.number for attempt in detail(record, job_id).attempts] == [1, 2]


def test_a_running_job_stops_at_its_next_checkpoint(record: Record, run: Run) -> None:
    job_id = queue(record, steps=1000, pause=0.01)
    (delivery,) = next_deliveries(record, 2)
    ends: list[JobState | None] = []
    worker = threading.Thread(target=lambda: ends.append(run(delivery)))
    worker.start()
    with record.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == job_id).values(wish="stop"))
    worker.join(5)
    assert ends == [JobState.STOPPED]
    assert detail(record, job_id).summary == "Stopped."


def test_a_result_never_replaces_a_file_that_was_there(record: Record, run: Run, tmp_path: Path) -> None:
    (tmp_path / "steps.txt").write_text("hers")
    queue(record, folder=str(tmp_path))
    run(next_deliveries(record, 2)[0])
    assert (tmp_path / "steps.txt").read_text() == "hers"
    assert (tmp_path / "steps (2).txt").read_text() == "1"


def test_no_more_go_out_than_there_are_free_slots_and_the_urgent_go_first(record: Record) -> None:
    first, second = queue(record), queue(record)
    urgent = submit(record, "steps", {}, priority="high")[0].id
    assert [delivery.job.id for delivery in next_deliveries(record, 2)] == [urgent, first]
    assert next_deliveries(record, 2) == []
    with record.write() as connection:
        set_option(connection, "queue.slots", 3)
    assert [delivery.job.id for delivery in next_deliveries(record, 2)] == [second]


def test_a_paused_queue_sends_nothing(record: Record) -> None:
    queue(record)
    with record.write() as connection:
        set_option(connection, "queue.paused", True)
    assert next_deliveries(record, 2) == []


def test_two_jobs_on_one_target_never_overlap(record: Record, run: Run) -> None:
    first, second = queue(record, target="drive"), queue(record, target="drive")
    (delivery,) = next_deliveries(record, 2)
    assert delivery.job.id == first
    run(delivery)
    assert [delivery.job.id for delivery in next_deliveries(record, 2)] == [second]


def test_a_message_that_could_not_be_sent_leaves_the_job_waiting(record: Record, run: Run) -> None:
    queue(record)
    (delivery,) = next_deliveries(record, 2)
    assert take_back(record, delivery)
    assert run(delivery) is None
    (again,) = next_deliveries(record, 2)
    assert again.number == delivery.number + 1


def test_a_job_whose_process_is_gone_waits_again_and_its_late_end_counts_for_nothing(record: Record) -> None:
    job_id = queue(record)
    (delivery,) = next_deliveries(record, 2)
    held = claims.claim(record, job_id, delivery.number)
    assert held is not None
    assert recover(record, Leases()) == []
    with record.write() as connection:
        connection.execute(jobs.update().values(pid_start=1.0))
    assert recover(record, Leases()) == [job_id]
    assert detail(record, job_id).state is JobState.WAITING
    assert not claims.finish(record, held, JobState.SUCCEEDED)
    assert [attempt.outcome for attempt in detail(record, job_id).attempts] == ["interrupted"]


def test_an_unclaimed_message_is_sent_again(record: Record) -> None:
    job_id = queue(record)
    next_deliveries(record, 2)
    assert recover(record, Leases()) == []
    with record.write() as connection:
        connection.execute(jobs.update().values(dispatched_at=0.0))
    assert recover(record, Leases()) == [job_id]
    assert [delivery.job.id for delivery in next_deliveries(record, 2)] == [job_id]


def test_the_same_request_twice_is_one_job(record: Record) -> None:
    import uuid

    key = uuid.uuid4()
    first, new = submit(record, "steps", {}, request_key=key)
    second, again = submit(record, "steps", {}, request_key=key)
    assert (first.id, new, again) == (second.id, True, False)


def test_wrong_answers_are_refused_with_a_sentence_at_the_field(record: Record) -> None:
    with pytest.raises(UserError) as caught:
        queue(record, steps=-1, ending="never")
    assert caught.value.fields == {
        "steps": "The smallest number allowed is 0.",
        "ending": "Please choose one of the answers that are offered.",
    }


def heard_of(record: Record, run: Run, broker: TestBroker) -> list[dict[str, Any]]:
    """What is announced while the next job runs, up to its end."""
    with redis.Redis.from_url(broker.redis_address) as client, client.pubsub() as listener:
        listener.subscribe(CHANNEL)
        assert listener.get_message(timeout=5)
        run(next_deliveries(record, 2)[0])
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1].get("job", {}).get("state") != "succeeded":
            message = listener.get_message(timeout=5)
            assert message is not None
            heard += json.loads(message["data"] or "")
    return heard


def test_a_job_is_heard_of_from_its_start_to_its_end(record: Record, run: Run, broker: TestBroker) -> None:
    job_id = queue(record, steps=2, pause=0.1)
    heard = heard_of(record, run, broker)
    assert heard[0]["job"]["state"] == "running"
    assert {event["type"] for event in heard} == {"job.changed", "job.progressed", "job.logged"}
    assert all(event.get("id", job_id) == job_id for event in heard)


def test_a_job_that_is_over_at_once_is_only_said_to_have_ended(record: Record, run: Run, broker: TestBroker) -> None:
    queue(record, steps=0)
    heard = heard_of(record, run, broker)
    assert [event["job"]["state"] for event in heard if event["type"] == "job.changed"] == ["succeeded"]


def test_a_success_that_says_nothing_else_writes_no_log_and_announces_its_line(
    record: Record, run: Run, broker: TestBroker, paths: DataPaths
) -> None:
    job_id = queue(record, steps=0)
    heard = heard_of(record, run, broker)
    assert [line["message"] for event in heard if event["type"] == "job.logged" for line in event["entries"]] == [
        "0 steps were done."
    ]
    assert not paths.job(job_id).exists()
