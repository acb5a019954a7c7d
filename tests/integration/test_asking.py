"""What a form asks before anything is queued, through the real API and worker."""

import time
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.helpers.running_host import RunningHost, running_host

LOOK = "/job-types/steps/rehearsal"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    """A host of these tests."""
    with running_host(tmp_path_factory.mktemp("host")) as running:
        yield running


def test_a_look_that_nobody_waits_for_any_more_is_given_up(host: RunningHost) -> None:
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(httpx.ReadTimeout):
            host.client.post(LOOK, json={"params": {"steps": 3, "pause": 10}}, timeout=0.3)
    answer = host.client.post(LOOK, json={"params": {"steps": 2}})
    assert answer.json()["headline"] == "2 steps"
    assert time.monotonic() - began < 10


def test_looks_one_after_the_other_are_all_answered(host: RunningHost) -> None:
    for steps in range(30):
        answer = host.client.post(LOOK, json={"params": {"steps": steps, "pause": 0.001}})
        assert answer.json()["headline"] == f"{steps} steps"


def test_a_job_is_not_disturbed_by_a_look_that_is_given_up(host: RunningHost, tmp_path: Path) -> None:
    job = host.job(steps=20, pause=0.05, folder=str(tmp_path))
    with pytest.raises(httpx.ReadTimeout):
        host.client.post(LOOK, json={"params": {"steps": 3, "pause": 10}}, timeout=0.3)
    assert host.reaches(job, "succeeded", "failed")["state"] == "succeeded"
