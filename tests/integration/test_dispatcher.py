"""The loop of the dispatcher on a real record."""

import pytest

from backend.api.dispatcher import Dispatcher
from backend.core.events import Event
from backend.core.states import JobState
from backend.queue import claims
from backend.queue.dispatch import PAUSED, is_idle, next_deliveries
from backend.queue.submission import submit
from backend.store.jobs import get_view
from backend.store.record import Record, set_option
from backend.store.schema import jobs
from tests.helpers.waiting import until


@pytest.fixture
def lost(record: Record) -> int:
    """A job whose process is gone, in a queue that sends nothing."""
    job_id = submit(record, "steps", {})[0].id
    (delivery,) = next_deliveries(record, 2)
    assert claims.claim(record, job_id, delivery.number)
    with record.write() as connection:
        connection.execute(jobs.update().values(pid_start=1.0))
        set_option(connection, PAUSED, True)
    return job_id


def test_a_lost_job_is_found_however_often_the_dispatcher_is_nudged(record: Record, lost: int) -> None:
    said: list[Event] = []
    dispatcher = Dispatcher(record, 2, 10.0, said.append)
    dispatcher.start()

    def found_while_nudged() -> bool:
        dispatcher.nudge()
        return bool(said)

    try:
        until(found_while_nudged, 5.0)
    finally:
        dispatcher.end()
    with record.read() as connection:
        assert get_view(connection, lost).state is JobState.WAITING


def test_the_queue_is_idle_where_nothing_can_become_of_any_job_by_itself(record: Record) -> None:
    assert is_idle(record)
    submit(record, "steps", {})
    idle: set[JobState] = set()
    for state in JobState:
        with record.write() as connection:
            connection.execute(jobs.update().values(state=state.value))
        if is_idle(record):
            idle.add(state)
    assert idle == {JobState.SUCCEEDED, JobState.WARNED, JobState.FAILED, JobState.STOPPED}
