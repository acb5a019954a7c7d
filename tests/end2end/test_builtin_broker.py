"""The whole backend with the broker in Python, as on a system for which there is no Valkey."""

from collections.abc import Generator

import pytest

from tests.helpers.running_host import RunningHost, lives, running_host
from tests.helpers.waiting import until


@pytest.fixture(scope="module", params=["prefork", "threads"])
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    data = tmp_path_factory.mktemp("builtin")
    with running_host(data, DESKHAND_VALKEY="built-in", DESKHAND_POOL=request.param) as running:
        yield running


def test_jobs_run_and_a_running_one_is_stopped(host: RunningHost) -> None:
    assert host.children("backend broker")
    host.reaches(host.job(steps=3), "succeeded")
    long = host.job(steps=100_000, pause=0.01)
    host.reaches(long, "running")
    host.client.post(f"/jobs/{long}/stop")
    host.reaches(long, "stopped")


def test_a_job_that_does_not_listen_is_ended_by_force(host: RunningHost) -> None:
    deaf = host.job(steps=6, pause=10, deaf=True)
    host.reaches(deaf, "running")
    host.client.post(f"/jobs/{deaf}/stop")
    assert host.reaches(deaf, "stopped")["summary"].startswith("Stopped by force")


def test_a_killed_broker_is_started_again_in_its_place_and_no_job_is_lost(host: RunningHost) -> None:
    running = host.job(steps=100, pause=0.02)
    host.reaches(running, "running")
    (broker,) = host.children("backend broker")
    broker.kill()
    later = host.job(steps=1)
    # The worker may have to be started again, and with it a process for each of its places.
    until(lambda: all(host.client.get(f"/jobs/{job}").json()["state"] == "succeeded" for job in (running, later)), 60)
    until(lambda: not lives(broker))
