"""A worker that stands still for longer than its lease, and messages that come twice."""

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Generator

import psutil
import pytest
from celery import Celery

from backend.worker.app import RUN
from tests.helpers.running_host import RunningHost, running_host
from tests.helpers.waiting import until


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    with running_host(tmp_path_factory.mktemp("suspend") / "data") as running:
        yield running


def in_record(host: RunningHost, statement: str, *values: object) -> object:
    with contextlib.closing(sqlite3.connect(host.data / "deskhand.sqlite3", timeout=20)) as record, record:
        found = record.execute(statement, values).fetchone()
    return found[0] if found else None


def test_a_worker_that_is_suspended_beyond_its_lease_goes_on_with_its_job(host: RunningHost) -> None:
    job_id = host.job(steps=100, pause=0.01)
    host.reaches(job_id, "running")
    pid = in_record(host, "SELECT pid FROM jobs WHERE id = ?", job_id)
    assert isinstance(pid, int)
    child = psutil.Process(pid)
    worker = child.parent()
    assert worker is not None
    for process in (worker, child):
        process.suspend()
    long_ago = time.time() - 3600
    in_record(host, "UPDATE jobs SET lease_until = ?, started_at = ? WHERE id = ?", long_ago, long_ago, job_id)
    sent = host.client.post("/jobs", json={"kind": "steps", "params": {}}).json()["id"]
    until(lambda: in_record(host, "SELECT unclaimed FROM jobs WHERE id = ?", sent))
    assert host.client.get(f"/jobs/{job_id}").json()["state"] == "running"
    for process in (child, worker):
        process.resume()
    ended = host.reaches(job_id, "succeeded", "failed")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["succeeded"]
    other = host.reaches(sent, "succeeded", "failed")
    assert [attempt["outcome"] for attempt in other["attempts"]] == ["succeeded"]


def test_a_message_that_comes_twice_starts_no_second_copy(host: RunningHost) -> None:
    job_id = host.job(steps=150, pause=0.01)
    host.reaches(job_id, "running")
    delivery = in_record(host, "SELECT delivery FROM jobs WHERE id = ?", job_id)
    app = Celery(broker=f"redis+socket://{host.data}/run/broker.sock?virtual_host=0", set_as_current=False)
    with app.connection() as connection:
        assert connection.default_channel.client.hlen("unacked") == 0
        app.send_task(RUN, args=[job_id, delivery], connection=connection)
    log = host.data / "logs" / "worker.log"
    until(lambda: f"of job {job_id} finds nothing to claim" in log.read_text("utf-8"))
    ended = host.reaches(job_id, "succeeded", "failed")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["succeeded"]


def test_a_hang_up_ends_no_job(host: RunningHost) -> None:
    job_id = host.job(steps=50, pause=0.01)
    host.reaches(job_id, "running")
    for process in host.children("backend worker"):
        os.kill(process.pid, signal.SIGHUP)
    ended = host.reaches(job_id, "succeeded", "failed")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["succeeded"]
