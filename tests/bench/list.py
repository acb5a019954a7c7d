"""The page of jobs at size: 100,000 jobs that have ended and 1,000 that wait, live progress, and a log of 100 MB.

Milliseconds of one run of the real window, offscreen, against the real host; not ratios.
"""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from backend.core.addresses import redis_address
from backend.core.clock import now
from backend.core.events import JobProgressed
from backend.core.paths import DataPaths
from backend.core.settings import Settings
from backend.core.states import JobState
from backend.core.views import LogEntry, Progress
from backend.store.job_logs import LogWriter
from backend.store.migrate import migrate
from backend.store.record import Record
from backend.store.schema import jobs
from backend.worker.publisher import Publisher
from tests.bench.figures import Figure
from tests.helpers.long_history import write_history
from tests.helpers.running_host import running_host
from tests.helpers.tree import ROOT

ENDED, WAITING, RUNNING = 100_000, 1_000, 50
LOG_BYTES = 100_000_000
TARGETS = [
    ("open", "list of 101,050 jobs: from the click to its rows", 300),
    ("filter", "a filter: from the click to its rows, the slowest of 5", 100),
    ("search", "a search: from Return to its rows, the slowest of 5", 100),
    ("scroll", "scrolling: longest gap between frames", 50),
    ("gap 200", "200 progress updates a second: longest gap", 50),
    ("gap 500", "500 progress updates a second: longest gap", 50),
    ("cpu 500", "500 a second: CPU between two frames, 99 in 100", 16),
    ("cpu 500 open", "the same with the details of one open", 16),
    ("log open", "a log of 100 MB: from the click to its lines", 300),
    ("log gap", "a log of 100 MB: longest gap while read and searched", 50),
]


class Progressing(threading.Thread):
    """Announces progress of the running jobs, the newest first, as workers do, so many times a second."""

    def __init__(self, publisher: Publisher, running: Sequence[int]) -> None:
        super().__init__(daemon=True)
        self.rate = 0
        self.over = threading.Event()
        self._publisher, self._running = publisher, sorted(running, reverse=True)

    def run(self) -> None:
        """Until `over`, spread over the second. Each job says ten times a second how far it is."""
        number = 0
        while not self.over.wait(0.02):
            rate = self.rate
            for _ in range(rate // 50):
                number += 1
                job_id = self._running[number % (rate // 10)]
                progress = Progress(done=number % 1000, total=1000, unit="rows", message="Reading rows", rate=50.0)
                self._publisher.publish(JobProgressed(id=job_id, progress=progress))


def write_log(folder: Path) -> None:
    """A log of 100 MB with a needle near its beginning and another near its end."""
    folder.mkdir(parents=True)
    writer = LogWriter(folder, 1)
    began, number = now(), 0
    while writer.size < LOG_BYTES:
        number += 1
        needle = " needle" if number in (1000, 600_000) else ""
        message = f"Row {number} of the sheet was read and compared with the list of customers{needle}"
        writer.append(LogEntry(at=began + timedelta(milliseconds=number), message=message, facts={"row": number}))
    writer.close()


def prepare(paths: DataPaths) -> tuple[int, list[int]]:
    """Fills the record. Returns the job with the long log, and those that run."""
    record = Record(f"sqlite:///{paths.record}")
    migrate(record, paths.copies)
    write_history(record, ENDED, WAITING, RUNNING)
    with record.read() as connection:
        running = list(connection.scalars(sa.select(jobs.c.id).where(jobs.c.state == JobState.RUNNING.value)))
    record.close()
    write_log(paths.job(ENDED))
    return ENDED, running


def measure() -> dict[str, float]:
    """What the window says of one run."""
    with tempfile.TemporaryDirectory(prefix="deskhand-list-") as folder:
        paths = DataPaths(Path(folder)).make()
        logged, running = prepare(paths)
        with running_host(paths.root):
            progressing = Progressing(Publisher(redis_address(Settings(data_dir=paths.root), paths)), running)
            progressing.start()
            command = [sys.executable, "-m", "tests.bench._list_window", folder, str(logged)]
            with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as window:
                assert window.stdout
                said: dict[str, float] = {}
                for line in window.stdout:
                    if line.startswith("rate "):
                        progressing.rate = int(line.split()[1])
                    else:
                        said = json.loads(line)
            progressing.over.set()
            progressing.join()
    return said


def bench() -> list[Figure]:
    """The figures."""
    said = measure()
    print({name: round(value, 1) for name, value in said.items()})
    return [Figure(title, said[name], f"<= {target} ms", said[name] <= target, "ms") for name, title, target in TARGETS]
