"""An office: the record on PostgreSQL, the broker on a server, and a second worker that brings more hands."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import sqlalchemy as sa

from backend.store.record import Record
from backend.store.schema import jobs, workers
from tests.helpers.running_host import SETTINGS, lives, running_host
from tests.helpers.servers import postgresql, valkey
from tests.helpers.waiting import until

JOBS = 12


def workers_of(database: str) -> int:
    """How many workers have said that they are ready."""
    record = Record(database)
    with record.read() as connection:
        found = connection.execute(sa.select(workers)).all()
    record.close()
    return len(found)


ELSEWHERE = """
from backend.core import clock
clock.machine_id = lambda: "another-machine"
from backend.worker.serving import serve
serve()
"""
"""A worker that takes itself for one on another machine, as the record and the host see it."""


def test_a_job_on_another_machine_that_does_not_listen_is_ended_there(tmp_path: Path) -> None:
    with postgresql() as database, valkey() as broker:
        shared = {"DESKHAND_DATABASE_URL": database, "DESKHAND_BROKER_URL": broker}
        with running_host(tmp_path / "data", **shared) as host:
            environment = {**os.environ, **SETTINGS, **shared, "DESKHAND_DATA_DIR": str(tmp_path / "other")}
            with subprocess.Popen([sys.executable, "-c", ELSEWHERE], env=environment) as second:
                here = host.children("backend worker")
                try:
                    until(lambda: workers_of(database) == 2)
                    for process in here:
                        process.suspend()
                    job = host.job(steps=2000, pause=0.05, deaf=True)
                    host.reaches(job, "running")
                    deaf = until(lambda: busy_process(database, job))
                    assert deaf.ppid() == second.pid
                    assert host.client.post(f"/jobs/{job}/stop").status_code == 200
                    assert host.reaches(job, "stopped", "failed")["state"] == "stopped"
                    until(lambda: not lives(deaf))
                    assert second.poll() is None
                finally:
                    for process in here:
                        process.resume()
                    second.terminate()
                    until(lambda: second.poll() is not None)


def busy_process(database: str, job: int) -> psutil.Process | None:
    """The process in which a job runs, as the record has it."""
    record = Record(database)
    with record.read() as connection:
        pid = connection.scalar(sa.select(jobs.c.pid).where(jobs.c.id == job))
    record.close()
    return psutil.Process(pid) if pid else None


def test_jobs_on_shared_servers_are_done_once_by_the_workers_of_two_machines(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    with postgresql() as database, valkey() as broker:
        shared = {"DESKHAND_DATABASE_URL": database, "DESKHAND_BROKER_URL": broker, "DESKHAND_SLOTS": "4"}
        with running_host(tmp_path / "data", **shared) as host:
            assert not [child for child in host.children() if "valkey-server" in " ".join(child.cmdline())]
            other = tmp_path / "other"
            environment = {**os.environ, **SETTINGS, **shared, "DESKHAND_DATA_DIR": str(other)}
            with subprocess.Popen([sys.executable, "-m", "backend", "worker"], env=environment) as second:
                try:
                    until(lambda: workers_of(database) == 2)
                    queued = [host.job(steps=10, pause=0.05, folder=str(results)) for _ in range(JOBS)]
                    ended = [host.reaches(job, "succeeded", "failed") for job in queued]
                    assert [job["state"] for job in ended] == ["succeeded"] * JOBS
                    assert [len(job["attempts"]) for job in ended] == [1] * JOBS
                    logs = {job for job in queued if (other / "jobs" / "00000" / str(job)).exists()}
                    assert 0 < len(logs) < JOBS
                    assert len(list(results.iterdir())) == JOBS

                    long = host.job(steps=2000, pause=0.05)
                    host.reaches(long, "running")
                    assert host.client.post(f"/jobs/{long}/stop").status_code == 200
                    assert host.reaches(long, "stopped", "failed")["state"] == "stopped"
                finally:
                    second.terminate()
                    until(lambda: second.poll() is not None)
