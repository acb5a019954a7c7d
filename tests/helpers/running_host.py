"""The real host with its broker, worker and API, from outside."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import psutil

from desktop.client.announcement import Announcement, read_announcement
from tests.helpers.waiting import until

SETTINGS = {"DESKHAND_JOBTYPE_PACKAGES": "tests.helpers.jobtypes", "DESKHAND_STOP_GRACE": "1"}
ENDS_WITHIN = 15.0


def lives(process: psutil.Process) -> bool:
    """Whether it still runs; one that has ended and waits to be reaped by init does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command_line(process: psutil.Process) -> str:
    """The words a process was started with; none for one that has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class HostClient:
    """Calls the host of a data folder that is announced and ready, or soon will be."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.said: Announcement = until(lambda: read_announcement(data))
        # Nothing is held open between calls, so that nobody has to close anything.
        self.client = httpx.Client(
            base_url=self.said.base,
            headers={"Authorization": f"Bearer {self.said.token}"},
            timeout=20,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        until(self.is_ready)

    def is_ready(self) -> bool:
        """Whether a job could be run now."""
        try:
            return self.client.get("/ready").status_code == 200
        except httpx.TransportError:
            return False

    def job(self, **params: Any) -> int:
        """Queues a job of steps and returns its number."""
        answer = self.client.post("/jobs", json={"kind": "steps", "params": params})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def reaches(self, job_id: int, *states: str) -> dict[str, Any]:
        """The job, once it is in one of the states."""

        def look() -> dict[str, Any] | None:
            job = self.client.get(f"/jobs/{job_id}").json()
            return job if job["state"] in states else None

        return until(look)

    def active(self) -> list[int]:
        """The jobs that have not ended."""
        states = ("blocked", "waiting", "held", "dispatched", "running", "paused", "interrupted", "needs_user")
        page = self.client.get("/jobs", params={"state": states, "limit": 200}).json()
        return [job["id"] for job in page["items"]]


class RunningHost(HostClient):
    """A host of its own data folder, started here; nothing of it is left when the start fails."""

    def __init__(self, data: Path, **settings: str) -> None:
        data.mkdir(exist_ok=True)
        self.environment = {**os.environ, **SETTINGS, "DESKHAND_DATA_DIR": str(data), **settings}
        self.output = data / "host.out"
        with self.output.open("ab") as output:
            self.process = self.start(output.fileno())
        try:
            super().__init__(data)
        except BaseException as error:
            self._end_process()
            error.add_note(self.output.read_text("utf-8", "replace"))
            raise

    def start(self, output: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Starts a host for the data folder; what it says goes to `output`."""
        return subprocess.Popen(
            [sys.executable, "-m", "backend", "host"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
        )

    def children(self, role: str = "") -> list[psutil.Process]:
        """What the host has started, and what that has, with `role` in the command line."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in found if (words := command_line(child)) and role in words]

    def end(self) -> None:
        """Ends the host and all that it has started."""
        self.client.close()
        self._end_process()

    def _end_process(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(ENDS_WITHIN)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


def assert_runs_at_once(host: HostClient, number: int) -> None:
    """Sets so many slots, fills them with jobs that run at the same time, and stops these again."""
    host.client.patch("/queue", json={"slots": number})
    running = [host.job(steps=1000, pause=0.05) for _ in range(number)]
    for job_id in running:
        host.reaches(job_id, "running")
    for job_id in running:
        host.client.post(f"/jobs/{job_id}/stop")
        host.reaches(job_id, "stopped")


@contextlib.contextmanager
def running_host(data: Path, **settings: str) -> Generator[RunningHost]:
    """A host that is ended afterwards; `settings` are added to its environment."""
    host = RunningHost(data, **settings)
    try:
        yield host
    finally:
        host.end()
