"""The pool of threads, with a process behind each place: what prefork does, it must do as well."""

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from tests.helpers.running_host import RunningHost, assert_runs_at_once, lives, running_host
from tests.helpers.waiting import until


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESKHAND_POOL", "threads")
        with running_host(tmp_path_factory.mktemp("threads") / "data") as running:
            yield running


def places(host: RunningHost) -> list[psutil.Process]:
    return [child for worker in host.children("backend worker") for child in worker.children()]


def bearer(host: RunningHost, job_id: int) -> psutil.Process:
    """The process that carries a running job."""
    with contextlib.closing(sqlite3.connect(host.data / "deskhand.sqlite3")) as record:
        (pid,) = record.execute("SELECT pid FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return next(place for place in places(host) if place.pid == pid)


def runs(host: RunningHost, **answers: object) -> tuple[int, psutil.Process]:
    job_id = host.job(**answers)
    host.reaches(job_id, "running")
    return job_id, bearer(host, job_id)


def test_there_is_a_warm_process_for_each_slot_and_one_for_what_forms_ask(host: RunningHost) -> None:
    assert len(until(lambda: places(host))) >= 3


def test_a_job_runs_in_a_process_of_its_own_and_tells_how_far_it_is(host: RunningHost, tmp_path: Path) -> None:
    job_id, _ = runs(host, steps=20, pause=0.02, folder=str(tmp_path))
    ended = host.reaches(job_id, "succeeded", "failed")
    assert (ended["progress"]["done"], ended["summary"]) == (20, "20 steps were done.")
    assert (tmp_path / "steps.txt").read_text() == "20"


@pytest.mark.alone
def test_a_running_job_stops_within_a_second(host: RunningHost) -> None:
    job_id, place = runs(host, steps=1000, pause=0.05)
    asked = time.monotonic()
    host.client.post(f"/jobs/{job_id}/stop")
    host.reaches(job_id, "stopped")
    assert time.monotonic() - asked < 1.0
    assert lives(place)


@pytest.mark.alone
def test_a_job_that_does_not_listen_is_ended_by_force_and_its_process_with_it(host: RunningHost) -> None:
    job_id, place = runs(host, steps=1000, pause=0.1, deaf=True)
    host.client.post(f"/jobs/{job_id}/stop")
    assert "by force" in host.reaches(job_id, "stopped")["summary"]
    until(lambda: not lives(place), 2.0)
    assert host.reaches(host.job(steps=1), "succeeded", "failed")["state"] == "succeeded"


def test_a_job_whose_process_is_killed_is_done_again(host: RunningHost) -> None:
    job_id, place = runs(host, steps=50, pause=0.02)
    os.kill(place.pid, signal.SIGKILL)
    ended = host.reaches(job_id, "succeeded", "failed")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["interrupted", "succeeded"]


def test_a_killed_idle_process_costs_no_job_its_time(host: RunningHost) -> None:
    for place in places(host):
        os.kill(place.pid, signal.SIGKILL)
    ended = host.reaches(host.job(steps=1), "succeeded", "failed")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["succeeded"]


def test_a_paused_job_rests_and_goes_on(host: RunningHost) -> None:
    job_id, _ = runs(host, steps=100, pause=0.01)
    host.client.post(f"/jobs/{job_id}/pause")
    host.reaches(job_id, "paused")
    host.client.post(f"/jobs/{job_id}/resume")
    assert host.reaches(job_id, "succeeded", "failed")["progress"]["done"] == 100


def test_a_hang_up_ends_neither_the_worker_nor_what_it_carries(host: RunningHost) -> None:
    job_id, place = runs(host, steps=40, pause=0.02)
    (worker,) = host.children("backend worker")
    for process in (worker, place):
        process.send_signal(signal.SIGHUP)
    ended = host.reaches(job_id, "succeeded", "failed")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["succeeded"]
    assert lives(worker)


def test_what_a_form_asks_is_answered_in_such_a_process(host: RunningHost) -> None:
    answer = host.client.post("/job-types/report/rehearsal", json={"params": {}})
    assert (answer.status_code, answer.json()["code"]) == (422, "answers.invalid")


def test_more_slots_hold_without_a_restart(host: RunningHost) -> None:
    assert_runs_at_once(host, 4)


@pytest.mark.alone
def test_a_killed_worker_takes_its_processes_with_it(host: RunningHost) -> None:
    (worker,) = host.children("backend worker")
    before = places(host)
    worker.kill()
    until(lambda: not any(lives(place) for place in before), 2.0)
    assert host.reaches(host.job(steps=1), "succeeded", "failed")["state"] == "succeeded"
