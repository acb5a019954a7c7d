"""What the fake backend knows, and the rules made easy by which it changes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from backend.core.clock import now
from backend.core.errors import ConflictError, DeskhandError, NotFoundError
from backend.core.events import Event, JobChanged, JobLogged, JobProgressed, Snapshot
from backend.core.states import ACTIVE, TERMINAL, JobState
from backend.core.views import JobDetail, JobView, LogEntry, QueueView
from backend.store.record import Record
from tests.helpers.fake_backend.stream import FakeStream
from tests.helpers.fake_letters import FakeLetters
from tests.helpers.fake_schedules import FakeSchedules
from tests.helpers.made_up_jobs import dress, made_up


class FakeState(FakeStream):
    """All that a test may set or look at; what changes by a method is announced."""

    def __init__(self, data_dir: Path, jobs: Iterable[JobDetail], epoch: str) -> None:
        super().__init__(epoch)
        self.data_dir = data_dir
        self.jobs = {job.id: job for job in jobs}
        self.slots, self.paused = 2, False
        self.requests: list[tuple[str, str]] = []
        self.started: list[dict[str, Any]] = []
        self.decided: list[dict[str, Any]] = []
        self.record: Record | None = None
        self.saved: dict[int, dict[str, Any]] = {}
        self.lack: dict[str, Any] | None = None
        self.schedules = FakeSchedules()
        self.switches = {"run-program": False}
        self.letters = FakeLetters()
        self.stopped_how = ""
        self.ready = True
        self.logs: dict[int, bytes] = {}
        self.refusal: DeskhandError | None = None
        self.rescue: dict[str, Any] | None = None
        self.history = {"months": 12, "jobs": 100_000}
        self.delay = 0.0
        self.late = 0.0

    def queue_view(self) -> QueueView:
        """The queue as it stands."""
        counts: dict[JobState, int] = {}
        for job in self.jobs.values():
            counts[job.state] = counts.get(job.state, 0) + 1
        return QueueView(paused=self.paused, slots=self.slots, counts=counts)

    def snapshot(self) -> Snapshot:
        """The queue and the jobs that have not ended."""
        active = [view(job) for job in self.jobs.values() if job.state in ACTIVE]
        return Snapshot(epoch=self.epoch, number=self.number, queue=self.queue_view(), active=active)

    def job(self, number: int) -> JobDetail:
        """The job, or the error that says it is not there."""
        if number not in self.jobs:
            raise NotFoundError("job.missing", "This job is not on the list any more.")
        return self.jobs[number]

    def change(self, number: int, **more: Any) -> JobDetail:
        """Changes a job and announces it."""
        job = self.jobs[number] = self.job(number).model_copy(update=more)
        self.post(JobChanged(job=view(job)))
        return job

    def end(self, number: int, state: JobState) -> JobDetail:
        """Brings a job to its end, with what belongs to it."""
        job = self.job(number).model_copy(update={"state": state, "wish": None})
        dress(job, job.created_at)
        return self.change(number, **dict(job))

    def add(self, state: JobState = JobState.WAITING, **more: Any) -> JobDetail:
        """A new job, announced."""
        job = made_up(max(self.jobs, default=0) + 1, state, now(), **more)
        self.jobs[job.id] = job
        self.post(JobChanged(job=view(job)))
        return job

    def queue_saved(self, saved: dict[str, Any]) -> list[dict[str, Any]]:
        """Queues a saved job; returns the rows as the API tells them."""
        job = self.add(kind=saved["kind"], name=saved["name"], params=saved["params"])
        return [view(job).model_dump(mode="json")]

    def log(self, number: int, *messages: str) -> None:
        """Adds lines to a job's log and announces them."""
        entries = [LogEntry(at=now(), message=message) for message in messages]
        offset = len(self.logs.get(number, b""))
        self.logs[number] = self.logs.get(number, b"") + b"".join(
            entry.model_dump_json().encode() + b"\n" for entry in entries
        )
        self.post(JobLogged(id=number, attempt=1, offset=offset, entries=entries))

    def act(self, job: JobDetail, verb: str) -> JobDetail:
        """What a button of the window does to a job."""
        running = job.state in ("running", "paused")
        match verb:
            case "pause":
                return self.change(job.id, state=JobState.PAUSED if running else JobState.HELD)
            case "resume":
                return self.change(job.id, state=JobState.RUNNING if running else JobState.WAITING)
            case "stop":
                return self.end(job.id, JobState.STOPPED)
            case "retry" if job.state in TERMINAL:
                return self.change(job.id, state=JobState.WAITING, problem=None, ended_at=None)
            case "rerun":
                return self.add(kind=job.kind, name=job.name, params=job.params)
            case _:
                raise ConflictError("job.state", "This cannot be done to the job as it stands.")

    def come_on(self, seconds: float) -> None:
        """Lets every running job come on by so many seconds."""
        events: list[Event] = []
        for job in list(self.jobs.values()):
            if job.state is not JobState.RUNNING or job.progress.total is None:
                continue
            done = job.progress.done + (job.progress.rate or 0) * seconds
            if done >= job.progress.total:
                self.end(job.id, JobState.SUCCEEDED)
                waiting = [other for other in self.jobs.values() if other.state is JobState.WAITING]
                if waiting:
                    following = waiting[0].model_copy(update={"state": JobState.RUNNING})
                    dress(following, now())
                    self.change(following.id, **dict(following))
                continue
            left = (job.progress.total - done) / (job.progress.rate or 1)
            job.progress = job.progress.model_copy(update={"done": done, "seconds_left": left})
            events.append(JobProgressed(id=job.id, progress=job.progress))
        self.post(*events)


def view(job: JobDetail) -> JobView:
    """The row of a job."""
    return JobView.model_validate(job.model_dump(include=set(JobView.model_fields)))
