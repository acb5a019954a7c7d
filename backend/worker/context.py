"""What a running job is given, and how the record and the listeners are kept up to date meanwhile."""

import logging
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from backend.core.clock import now
from backend.core.errors import DeskhandError, UserError
from backend.core.events import Event, JobChanged, JobLogged, JobProgressed
from backend.core.paths import DataPaths, private_dir
from backend.core.views import Level, LogEntry, Progress, Wish
from backend.jobtypes.contract import JobStopped
from backend.queue import claims
from backend.queue.claims import Claim, Made
from backend.queue.relay import Relay
from backend.store.job_logs import LogWriter
from backend.store.record import Record
from backend.worker.pace import Pace
from backend.worker.placement import Placement
from backend.worker.publisher import Publisher
from backend.worker.ticker import ticker

log = logging.getLogger(__name__)
RENEW_EVERY = 5.0
NO_PLACE = UserError(
    "job.no_place",
    "Deskhand could not write into its own folder, so this job could not be done.",
    "The disk may be full. Free some space on it, then try again.",
)
ANNOUNCED_LINES = 20
"""Of lines that come together only so many are sent to everybody; who shows the log reads the rest."""


class RunningJob:
    """The `JobContext` of one attempt. Use as a context manager around the run."""

    def __init__(
        self, record: Record, held: Claim, paths: DataPaths, publisher: Publisher, relay: Relay | None = None
    ) -> None:
        self.job_id, self.attempt = held.job_id, held.attempt
        self.relay = relay
        self._paths = paths
        self._scratch: Path | None = None
        self._keep: Path | None = None
        self.warnings: list[str] = []
        self._record, self._held, self._publisher = record, held, publisher
        self._lock = threading.Lock()
        self._progress = Progress()
        self._progress_is_new = False
        self._pace = Pace(time.monotonic())
        self._entries: list[LogEntry] = []
        self._entries_at = 0
        self._stop, self._pause, self._go_on = threading.Event(), threading.Event(), threading.Event()
        self._renewed, self._by_the_clock = time.monotonic(), time.time()
        self._said_running = False
        self._log: LogWriter | None = None
        self._placement = Placement(held.job_id, paths.job(held.job_id))

    def __enter__(self) -> "RunningJob":
        ticker().add(self)
        return self

    def __exit__(self, *_: object) -> None:
        ticker().remove(self)
        if self._log is not None:
            self._log.close()
        if self._scratch is not None:
            import shutil

            shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def scratch(self) -> Path:
        """Made when it is first asked for; most jobs never do."""
        if self._scratch is None:
            self._scratch = _made(self._paths.scratch(self.job_id, self.attempt))
        return self._scratch

    @property
    def keep(self) -> Path:
        """The same: a job is sooner at work when it finds its folder made by itself."""
        if self._keep is None:
            self._keep = _made(self._paths.job(self.job_id))
        return self._keep

    @property
    def made(self) -> list[Made]:
        """The result files that stand under their names."""
        return self._placement.made

    def progress(self, done: float, total: float | None = None, unit: str = "", message: str = "") -> None:
        """Keeps the latest; the ticker announces it at most ten times a second."""
        with self._lock:
            rate = self._pace.rate(done, unit, time.monotonic())
            left = (total - done) / rate if rate and total is not None and total >= done else None
            self._progress = Progress(done=done, total=total, unit=unit, message=message, rate=rate, seconds_left=left)
            self._progress_is_new = True

    def latest(self) -> Progress:
        """The progress that was said last."""
        with self._lock:
            return self._progress

    def log(self, message: str, level: Level = "info", **facts: Any) -> None:
        """Writes the line at once; the ticker announces it. A disk that is full ends no job only for its log."""
        entry = LogEntry(at=now(), level=level, message=message, facts=facts)
        with self._lock:
            try:
                self._opened_log().append(entry)
            except (OSError, UserError) as error:
                log.error("a line of the log of job %s could not be written: %s", self.job_id, error)
            self._entries.append(entry)

    def conclude(self, summary: str) -> bool:
        """The last line of a success. In a log without any other it is left to the record: False then."""
        if self._log is None:
            return False
        self.log(summary)
        return True

    def announce(self, line: str) -> None:
        """Says a line that stands in the record alone."""
        with self._lock:
            self._entries.append(LogEntry(at=now(), message=line))

    def _opened_log(self) -> LogWriter:
        if self._log is None:
            self._log = LogWriter(self.keep, self.attempt)
            self._entries_at = self._log.size
        return self._log

    def warn(self, message: str) -> None:
        """A line in the log and in the outcome."""
        self.warnings.append(message)
        self.log(message, "warning")

    def artifact(self, target: Path, title: str = "") -> AbstractContextManager[Path]:
        """See `JobContext.artifact`."""
        return self._placement.place(target, title)

    def stop_requested(self) -> bool:
        """Whether the user stopped the job, or the claim was lost."""
        return self._stop.is_set()

    def pause_requested(self) -> bool:
        """Whether the user paused the job."""
        return self._pause.is_set()

    def checkpoint(self) -> None:
        """Rests while paused; raises JobStopped."""
        if self._pause.is_set() and not self._stop.is_set():
            claims.note_paused(self._record, self._held, True)
            since = time.monotonic()
            while self._pause.is_set() and not self._stop.is_set():
                self._go_on.wait()
            if not self._stop.is_set():
                claims.note_paused(self._record, self._held, False, time.monotonic() - since)
        if self._stop.is_set():
            raise JobStopped

    def tick(self) -> None:
        """Announces what is new, hears what the user wants, and renews the lease."""
        self._publisher.publish(*self.beginning(), *self.news())
        try:
            self._listen(claims.wish_of(self._record, self._held))
            if (passed := time.monotonic() - self._renewed) >= RENEW_EVERY:
                slept = time.time() - self._by_the_clock - passed
                claims.renew(self._record, self._held, self._progress, slept)
                self._renewed, self._by_the_clock = time.monotonic(), time.time()
        except (SQLAlchemyError, DeskhandError) as error:
            log.warning("the record could not be reached for job %s: %s", self.job_id, error)

    def _listen(self, wish: Wish | None) -> None:
        if wish == "stop":
            self._stop.set()
        if wish == "pause":
            self._pause.set()
            self._go_on.clear()
            with self._lock:
                self._pace.rest(time.monotonic())
        else:
            with self._lock:
                self._pace.go_on(time.monotonic())
            self._pause.clear()
            self._go_on.set()

    def beginning(self) -> list[Event]:
        """That it runs, the first time. A job that ends before anybody asks is only said to have ended."""
        if self._said_running:
            return []
        self._said_running = True
        return [JobChanged(job=self._held.view)]

    def news(self) -> list[Event]:
        """What was not announced yet."""
        with self._lock:
            progress = self._progress if self._progress_is_new else None
            self._progress_is_new = False
            entries, self._entries = self._entries, []
            offset, self._entries_at = self._entries_at, self._log.size if self._log else 0
        found: list[Event] = []
        if progress is not None:
            found.append(JobProgressed(id=self.job_id, progress=progress))
        if entries:
            newest = entries[-ANNOUNCED_LINES:]
            found.append(JobLogged(id=self.job_id, attempt=self.attempt, offset=offset, entries=newest))
        return found


def _made(folder: Path) -> Path:
    try:
        return private_dir(folder)
    except OSError as error:
        raise UserError(NO_PLACE.code, NO_PLACE.message, NO_PLACE.hint) from error
