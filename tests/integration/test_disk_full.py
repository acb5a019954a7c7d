"""The real host with its data on a real file system that is small: what happens when that is full."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backend.store.room import RESERVE
from tests.helpers.children import with_small_disk
from tests.helpers.running_host import SETTINGS, HostClient
from tests.helpers.waiting import until

MEGABYTES = 96


class SmallHost(HostClient):
    """A host whose data folder is a file system of its own, seen from here through the host's root."""

    def __init__(self, folder: Path) -> None:
        self.inside = folder
        environment = {**os.environ, **SETTINGS, "DESKHAND_DATA_DIR": str(folder)}
        self.process = subprocess.Popen(
            with_small_disk(folder, MEGABYTES, [sys.executable, "-m", "backend", "host"]),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            super().__init__(Path(f"/proc/{self.process.pid}/root{folder}"))
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Ends the host; the file system goes with it."""
        self.process.terminate()
        try:
            self.process.wait(15)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def fill(self, kind: str = "fill", **params: Any) -> dict[str, Any]:
        """What the API answers to a further job."""
        answer = self.client.post("/jobs", json={"kind": kind, "params": params})
        return {"status": answer.status_code, **answer.json()}


def fill_up(ballast: Path) -> None:
    """Takes what room there is, to the last page."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))


@pytest.fixture
def host(tmp_path: Path) -> Generator[SmallHost]:
    running = SmallHost(tmp_path / "data")
    (running.data / "reserve").write_bytes(bytes(RESERVE))
    yield running
    running.end()


def test_jobs_fail_in_words_new_ones_are_refused_and_the_record_stays_whole(host: SmallHost, tmp_path: Path) -> None:
    filling = host.fill(folder=str(host.inside))["id"]
    ended = host.reaches(filling, "failed", "succeeded")
    assert ended["problem"]["message"] == "A disk that this job writes to is full."
    assert not list(host.data.glob("*filled*"))

    ballast = host.data / "ballast"
    running = host.job(steps=100_000, pause=0.01)
    host.reaches(running, "running")
    fill_up(ballast)
    refused = host.fill("steps")
    assert (refused["status"], refused["code"]) == (507, "disk.full")
    assert "is full" in refused["message"]
    assert host.client.post(f"/jobs/{running}/stop").status_code == 200
    ended = host.reaches(running, "stopped", "failed")
    assert ended["attempts"][0]["ended_at"] is not None

    ballast.unlink()
    assert host.reaches(host.job(steps=1), "succeeded", "failed")["state"] == "succeeded"
    # SQLite would follow the host's root to a place out here: it is given a copy.
    for file in host.data.glob("deskhand.sqlite3*"):
        shutil.copy(file, tmp_path)
    with closing(sqlite3.connect(tmp_path / "deskhand.sqlite3")) as record:
        assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert record.execute("SELECT count(*) FROM jobs").fetchone() == (3,)


def test_an_outcome_is_kept_on_a_full_disk_by_giving_up_the_reserve(host: SmallHost) -> None:
    running = host.job(steps=200, pause=0.01)
    host.reaches(running, "running")
    fill_up(host.data / "ballast")
    assert host.reaches(running, "succeeded", "failed")["state"] == "succeeded"
    until(lambda: host.client.get("/queue").status_code == 200)
