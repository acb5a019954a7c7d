"""One storm: jobs are queued, parts are killed, everything is given time to end, and the books are compared."""

import contextlib
import random
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx

from backend.core.paths import DataPaths
from backend.store.migrate import migrate
from backend.store.record import Record
from desktop.client.announcement import read_announcement
from tests.chaos.audit import Audit, audit
from tests.chaos.monkey import VICTIMS, Monkey, Window, gone_within
from tests.helpers.waiting import until

KINDS = ("chaos-file", "chaos-count", "chaos-steps")
AHEAD = 12
ORPHAN_SECONDS = 20.0


@dataclass(frozen=True)
class Storm:
    """How many jobs and kills. `patience`: seconds that everything may take to end after the last kill; `seconds`: how
    long a job takes; `pauses`: how long lies between two kills. Both from and to. `victims`: which parts.
    """

    jobs: int
    kills: int
    seed: int
    patience: float
    recovery: bool = True
    seconds: tuple[float, float] = (0.02, 0.6)
    pauses: tuple[float, float] = (0.05, 0.8)
    victims: tuple[str, ...] = VICTIMS


@dataclass(frozen=True)
class Aftermath:
    """What came of it."""

    audit: Audit
    killed: dict[str, int]
    took: float


def blow(storm: Storm, folder: Path) -> Aftermath:
    """Runs it. All processes that it started are gone afterwards, or named among the orphans."""
    data, results = folder / "data", folder / "results"
    results.mkdir()
    paths = DataPaths(data).make()
    record = Record(f"sqlite:///{paths.record}")
    migrate(record, paths.copies)
    record.close()
    began = time.monotonic()
    window = Window(data, storm.recovery)
    window.keep_open()
    monkey = Monkey(data, window, storm.kills, storm.pauses, storm.seed, storm.victims)
    queue = Queue(data)
    wanted: dict[int, str] = {}
    try:
        until(lambda: queue.active() is not None, 60)
        monkey.start()
        dice = random.Random(storm.seed + 1)
        for key in range(storm.jobs):
            kind = dice.choice(KINDS)
            if not queue.has_room(storm.patience):
                break
            queue.submit(kind, {"key": key, "folder": str(results), "seconds": dice.uniform(*storm.seconds)})
            wanted[key] = kind
        monkey.join(storm.patience + storm.kills * 2 * storm.pauses[1])
        with contextlib.suppress(AssertionError):
            until(lambda: queue.active() == 0, storm.patience)
    finally:
        monkey.over.set()
        monkey.join()
        window.end()
    orphans = gone_within(data, ORPHAN_SECONDS)
    found = audit(data, results, wanted)
    found.orphans = orphans
    return Aftermath(found, monkey.killed, time.monotonic() - began)


class Queue:
    """The API of whatever host is there now. Calls are sent again until they are answered."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def submit(self, kind: str, params: dict[str, object]) -> None:
        """Queues a job, once, however often it must be said."""
        job = {"kind": kind, "params": params, "request_key": str(uuid.uuid4())}
        until(lambda: (answer := self._call("POST", "/jobs", json=job)) and answer.status_code == 201, 180)

    def has_room(self, patience: float) -> bool:
        """Whether, sooner or later, only a few jobs are waiting: so there are some to the end of the storm."""
        with contextlib.suppress(AssertionError):
            return until(lambda: (number := self.active()) is not None and number < AHEAD, patience)
        return False

    def active(self) -> int | None:
        """How many jobs have not ended; None when nobody answers."""
        states = ["waiting", "dispatched", "running", "interrupted", "paused", "held", "blocked"]
        answer = self._call("GET", "/jobs", params={"state": states, "limit": 1})
        return answer.json()["total"] if answer and answer.status_code == 200 else None

    def _call(self, method: str, path: str, **rest: object) -> httpx.Response | None:
        said = read_announcement(self._data)
        if said is None:
            return None
        headers = {"Authorization": f"Bearer {said.token}"}
        with contextlib.suppress(httpx.TransportError):
            return httpx.request(method, said.base + path, headers=headers, timeout=5, **rest)  # type: ignore[arg-type]
        return None
