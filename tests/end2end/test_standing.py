"""One message more than there are slots: what it changes, and what it does not."""

import itertools
from collections.abc import Generator

import pytest

from backend.queue.calling import Called, called_now
from backend.store.record import Record
from tests.helpers.running_host import RunningHost, running_host
from tests.helpers.waiting import until


@pytest.fixture(scope="module", params=["prefork", "threads"])
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    with running_host(tmp_path_factory.mktemp("host"), DESKHAND_POOL=request.param, DESKHAND_SLOTS="1") as made:
        yield made


def called(host: RunningHost) -> Called | None:
    record = Record(f"sqlite:///{host.data / 'deskhand.sqlite3'}")
    try:
        with record.glance() as lane:
            return called_now(lane)
    finally:
        record.close()


def test_the_next_job_stands_by_while_forms_are_answered_and_begins_when_the_slot_is_free(host: RunningHost) -> None:
    first = host.job(steps=1000, pause=0.05)
    host.reaches(first, "running")
    following = host.job(steps=1)
    until(lambda: (found := called(host)) and found.job_id == following)
    answer = host.client.post("/job-types/steps/rehearsal", json={"params": {"steps": 3}})
    assert answer.status_code == 200, answer.text
    assert host.client.get(f"/jobs/{following}").json()["state"] == "waiting"
    host.client.post(f"/jobs/{first}/stop").raise_for_status()
    assert host.reaches(following, "succeeded")["attempt"] == 1


def test_of_a_long_line_no_more_run_at_once_than_may(host: RunningHost) -> None:
    numbers = [host.job(steps=2, pause=0.01) for _ in range(30)]
    for number in numbers:
        host.reaches(number, "succeeded")
    times = sorted(
        (attempt["started_at"], attempt["ended_at"])
        for number in numbers
        for attempt in host.client.get(f"/jobs/{number}").json()["attempts"]
    )
    assert len(times) == len(numbers)
    assert all(ended <= began for (_, ended), (began, _) in itertools.pairwise(times))


def test_a_job_that_was_called_waits_on_when_the_queue_is_paused(host: RunningHost) -> None:
    first = host.job(steps=1000, pause=0.05)
    host.reaches(first, "running")
    following = host.job(steps=1)
    until(lambda: (found := called(host)) and found.job_id == following)
    host.client.patch("/queue", json={"paused": True}).raise_for_status()
    host.client.post(f"/jobs/{first}/stop").raise_for_status()
    host.reaches(first, "stopped")
    other = host.client.post("/jobs", json={"kind": "steps", "params": {"steps": 1}, "priority": "high"}).json()["id"]
    assert host.client.get(f"/jobs/{following}").json()["state"] == "waiting"
    host.client.patch("/queue", json={"paused": False}).raise_for_status()
    ended = [host.reaches(number, "succeeded") for number in (other, following)]
    assert ended[0]["started_at"] < ended[1]["started_at"]
