"""The queue of record against Celery alone, on the same machine, in one run; and how soon it is back after kill -9.

Jobs say that they begin into a named pipe, with the machine's steady clock, so nothing is polled while it is timed.
Blocks of both sides take turns.
"""

import contextlib
import json
import os
import re
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import httpx
import psutil
from celery import Celery

from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.store.jobs import insert_job
from backend.store.migrate import migrate
from backend.store.record import Record
from backend.worker.app import RUN
from tests.bench.figures import Figure
from tests.helpers.broker import TestBroker
from tests.helpers.running_host import SETTINGS, RunningHost, command_line, running_host
from tests.helpers.tree import ROOT
from tests.helpers.waiting import until

BLOCKS, JOBS_A_BLOCK = 4, 50
LINE = 400
PAUSE = 0.02
"""Seconds in which a job comes to its end on either side before the next one is sent."""
KILLS = 3
STARTS = 5
PATIENCE = 60.0


class Pipe:
    """Where jobs say that they begin."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "pipe"
        os.mkfifo(self.path)
        self._file = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self._rest = b""
        self._lines: list[bytes] = []

    def next(self) -> tuple[int, float, int]:
        """The next beginning: number, moment, process. Fails after a minute."""
        while not self._lines:
            if not select.select([self._file], [], [], PATIENCE)[0]:
                raise AssertionError("nothing began within a minute")
            *self._lines, self._rest = (self._rest + os.read(self._file, 65536)).split(b"\n")
        number, moment, pid = self._lines.pop(0).split()
        return int(number), float(moment), int(pid)

    def close(self) -> None:
        """Lets go of it."""
        os.close(self._file)


Send = Callable[[Pipe, int], object]


def latencies(pipe: Pipe, send: Send, count: int) -> list[float]:
    """Seconds from the call to the job's beginning, one job after the other, each when the one before is over."""
    found: list[float] = []
    for number in range(count):
        time.sleep(PAUSE)
        began = time.monotonic()
        send(pipe, number)
        seen, moment, _ = pipe.next()
        assert seen == number
        found.append(moment - began)
    return found


def rate(pipe: Pipe, send: Send, count: int = LINE) -> float:
    """Jobs a second, from the first call to the last beginning."""
    began = time.monotonic()
    for number in range(count):
        send(pipe, number)
    return count / (max(pipe.next()[1] for _ in range(count)) - began)


def rate_of_a_line(host: RunningHost, pipe: Pipe, send: Send) -> float:
    """Jobs a second when all of them are waiting already."""
    host.client.patch("/queue", json={"paused": True})
    for number in range(LINE):
        send(pipe, number)
    began = time.monotonic()
    host.client.patch("/queue", json={"paused": False})
    return LINE / (max(pipe.next()[1] for _ in range(LINE)) - began)


@contextlib.contextmanager
def raw_worker(broker: str, pool: str) -> Generator[Celery]:
    """Celery alone with a worker that is ready."""
    environment = {**os.environ, "RAW_BROKER": broker}
    program = f"from tests.helpers.raw_celery import serve; serve({pool!r})"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment) as worker:
        sender = Celery("sender", broker=broker, set_as_current=False)
        sender.conf.task_ignore_result = True
        try:
            until(lambda: sender.control.ping(timeout=0.2), PATIENCE)
            yield sender
        finally:
            for child in psutil.Process(worker.pid).children(recursive=True):
                child.kill()
            worker.kill()


@contextlib.contextmanager
def ours(host: RunningHost) -> Generator[Send]:
    """Queues through the API, over one connection, with the leanest client there is: it is not what is measured."""
    address = httpx.URL(host.said.base)
    head = (
        f"POST {address.path.rstrip('/')}/jobs HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
        f"Authorization: Bearer {host.said.token}\r\nContent-Type: application/json\r\nContent-Length: "
    )

    def send(pipe: Pipe, number: int) -> None:
        body = json.dumps({"kind": "mark", "params": {"pipe": str(pipe.path), "number": number}})
        line.sendall(f"{head}{len(body)}\r\n\r\n{body}".encode())
        said = b""
        while (end := said.find(b"\r\n\r\n")) < 0 or len(said) < end + 4 + _length(said[:end]):
            part = line.recv(65536)
            assert part, "the API has closed the connection"
            said += part
        assert said.startswith(b"HTTP/1.1 201"), said

    with socket.create_connection((address.host, address.port or 80), PATIENCE) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield send


def _length(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    assert found, head
    return int(found[1])


def compared(folder: Path, broker: str, pool: str) -> tuple[float, float, float]:
    """The ratios of submit-to-start (p50), jobs a second through the API, and jobs a second of a waiting line."""
    pipe = Pipe(folder)
    with running_host(folder / "data", DESKHAND_POOL=pool, DESKHAND_LOG_LEVEL="WARNING") as host:
        with raw_worker(broker, pool) as celery, ours(host) as through_api:

            def raw(pipe: Pipe, number: int) -> object:
                return celery.send_task("raw.mark", args=[str(pipe.path), number])

            took: dict[Send, list[float]] = {raw: [], through_api: []}
            for send in took:
                latencies(pipe, send, 20)
            for _ in range(BLOCKS):
                for send, found in took.items():
                    found += latencies(pipe, send, JOBS_A_BLOCK)
            bare, through = (statistics.median(found) for found in took.values())
            raw_rate = statistics.median(rate(pipe, raw) for _ in range(3))
            api_rate = statistics.median(rate(pipe, through_api) for _ in range(3))
            line_rate = statistics.median(rate_of_a_line(host, pipe, through_api) for _ in range(3))
        print(
            f"{pool}: submit-to-start {through * 1000:.2f} / {bare * 1000:.2f} ms, "
            f"jobs a second {api_rate:.0f} (API), {line_rate:.0f} (line) / {raw_rate:.0f}"
        )
    pipe.close()
    return through / bare, api_rate / raw_rate, line_rate / raw_rate


def seconds_until_ready(command: Sequence[str], environment: dict[str, str], pipe: Pipe) -> float:
    """From the start of a worker's process to the beginning of the job whose message was there before."""
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as worker:
        try:
            return pipe.next()[1] - began
        finally:
            for child in psutil.Process(worker.pid).children(recursive=True):
                child.kill()
            worker.kill()


def readiness(folder: Path) -> float:
    """Our worker's time to ready / that of Celery's command line with default flags; the record is there already.

    Ready is who has begun a job: whether a worker answers is seen no sooner than it is asked.
    """
    data = DataPaths(folder / "ready").make()
    record, pipe = Record(f"sqlite:///{data.record}"), Pipe(folder)
    migrate(record, data.copies)
    with TestBroker(folder) as broker:
        address = f"redis+socket://{broker.socket}?virtual_host=0"
        celery = Celery("sender", broker=address, set_as_current=False)
        data.broker_socket.symlink_to(broker.socket)
        environment = {**os.environ, **SETTINGS, "DESKHAND_DATA_DIR": str(data.root), "RAW_BROKER": address}

        def ours() -> None:
            job = {"kind": "mark", "name": "Mark", "params": {"pipe": str(pipe.path)}, "priority": 1}
            sent = {"state": JobState.DISPATCHED.value, "delivery": 1}
            with record.write() as connection:
                row = insert_job(connection, {**job, **sent, "created_at": time.time(), "dispatched_at": time.time()})
            celery.send_task(RUN, args=[row["id"], 1])

        def raw() -> None:
            celery.send_task("raw.mark", args=[str(pipe.path), 0])

        sides: dict[Callable[[], None], list[str]] = {
            ours: ["backend", "worker"],
            raw: ["celery", "-A", "tests.helpers.raw_celery", "worker", "-c", "2"],
        }
        took: dict[Callable[[], None], list[float]] = {side: [] for side in sides}
        for number in range(STARTS + 1):
            for send, module in sides.items():
                send()
                one = seconds_until_ready([sys.executable, "-m", *module], environment, pipe)
                if number:
                    took[send].append(one)
    pipe.close()
    print(f"worker ready: {statistics.median(took[ours]):.2f} / {statistics.median(took[raw]):.2f} s")
    return statistics.median(mine / theirs for mine, theirs in zip(took[ours], took[raw], strict=True))


def running_again(folder: Path) -> dict[str, float]:
    """Seconds from kill -9 of a part to a job that runs again, or for the first time when nothing had to: medians."""
    pipe = Pipe(folder)
    took: dict[str, list[float]] = {"child": [], "worker": [], "broker": []}
    with running_host(folder / "data", DESKHAND_LOG_LEVEL="WARNING") as host:
        for name, found in took.items():
            for _ in range(KILLS):
                job = host.client.post(
                    "/jobs", json={"kind": "mark", "params": {"pipe": str(pipe.path), "seconds": 60}}
                ).json()["id"]
                _, _, pid = pipe.next()
                if name == "broker":
                    (broker,) = [each for each in host.children() if "valkey-server" in command_line(each)]
                    killed = time.monotonic()
                    broker.send_signal(signal.SIGKILL)
                    other = host.client.post("/jobs", json={"kind": "mark", "params": {"pipe": str(pipe.path)}})
                    other.raise_for_status()
                else:
                    victim = pid if name == "child" else psutil.Process(pid).ppid()
                    killed = time.monotonic()
                    os.kill(victim, signal.SIGKILL)
                found.append(pipe.next()[1] - killed)
                host.client.post(f"/jobs/{job}/stop").raise_for_status()
                host.reaches(job, "stopped")
                until(host.is_ready)
    pipe.close()
    return {name: statistics.median(found) for name, found in took.items()}


def bench() -> list[Figure]:
    """The figures."""
    made: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="deskhand-queue-") as name:
        top = Path(name)
        for pool, most in (("prefork", 1.4), ("threads", 1.5)):
            folder = top / pool
            folder.mkdir()
            with TestBroker(folder) as broker:
                start, through, line = compared(folder, f"redis+socket://{broker.socket}?virtual_host=0", pool)
            made += [
                Figure(f"submit-to-start p50 / raw Celery, {pool}", start, f"<= {most}", start <= most),
                Figure(f"no-op jobs a second through the API / raw, {pool}", through, ">= 0.55", through >= 0.55),
                Figure(f"no-op jobs a second of a waiting line / raw, {pool}", line, ">= 0.55", line >= 0.55),
            ]
        folder = top / "ready"
        folder.mkdir()
        ready = readiness(folder)
        made.append(Figure("worker ready / Celery's command line", ready, "<= 0.4", ready <= 0.4))
        folder = top / "kills"
        folder.mkdir()
        for part, seconds in running_again(folder).items():
            most = {"child": 0.5, "worker": 2.0, "broker": 5.0}[part]
            made.append(
                Figure(f"kill -9 of the {part} to a job that runs", seconds, f"<= {most:g} s", seconds <= most, "s")
            )
    return made
