"""The jobs that are known to the window, reduced from the events of the backend."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from desktop.client.events import (
    Batch,
    HostChanged,
    JobChanged,
    JobLogged,
    JobProgressed,
    JobRemoved,
    Message,
    QueueChanged,
    SavedChanged,
)
from desktop.client.shapes import Job, Progress, Queue
from desktop.state.measures import SpanUnit, left_parts
from desktop.state.standing import ACTIVE, RUNNING


@dataclass
class Changes:
    """What a number of messages came to: each job once, in its newest shape."""

    reset: bool = False
    """Numbers were lost: what is shown must be asked for again."""
    changed: dict[int, Job] = field(default_factory=dict[int, Job])
    progressed: dict[int, Progress] = field(default_factory=dict[int, Progress])
    retimed: set[int] = field(default_factory=set[int])
    """Those of `progressed` whose time left reads otherwise than before."""
    removed: set[int] = field(default_factory=set[int])
    logged: list[JobLogged] = field(default_factory=list[JobLogged])
    parts: list[HostChanged] = field(default_factory=list[HostChanged])
    queue: bool = False
    saved: bool = False
    """Saved jobs or schedules must be asked for anew."""
    ended: list[Job] = field(default_factory=list[Job])
    """Jobs that were seen active and have come to their end."""


@dataclass(frozen=True)
class Together:
    """All running jobs as one: how many, how far (None while nobody knows), and the longest time left."""

    running: int
    waiting: int
    fraction: float | None
    seconds_left: float | None


class Jobs:
    """Every job that has not ended, and the queue."""

    def __init__(self) -> None:
        self.active: dict[int, Job] = {}
        self._running: dict[int, Job] = {}
        self.queue = Queue(paused=False, slots=1, counts={})

    def apply(self, messages: Iterable[Message]) -> Changes:
        """Takes the messages in, in order."""
        changes = Changes()
        for message in messages:
            if isinstance(message, Batch):
                self._take(message, changes)
                continue
            gone = self.active.keys() - {job.id for job in message.active}
            self.active = {job.id: job for job in message.active}
            self._running = {job.id: job for job in message.active if job.state in RUNNING}
            self.queue = message.queue
            changes.reset = changes.queue = changes.saved = True
            changes.changed = {job: view for job, view in changes.changed.items() if job not in gone}
            changes.changed |= self.active
        return changes

    def _take(self, batch: Batch, changes: Changes) -> None:
        for event in batch.events:
            match event:
                case JobChanged(job):
                    self.take(job, changes)
                case JobProgressed(number, progress):
                    if job := self.active.get(number):
                        if _time_left(job.progress) != _time_left(progress):
                            changes.retimed.add(number)
                        job.progress = progress
                        changes.progressed[number] = progress
                case JobLogged():
                    changes.logged.append(event)
                case JobRemoved(number):
                    self.active.pop(number, None)
                    self._running.pop(number, None)
                    changes.changed.pop(number, None)
                    changes.removed.add(number)
                case QueueChanged(queue):
                    self.queue = queue
                    changes.queue = True
                case HostChanged():
                    changes.parts.append(event)
                case SavedChanged():
                    changes.saved = True

    def take(self, job: Job, changes: Changes) -> None:
        """Takes one job's new view in."""
        known = self.active.get(job.id)
        if job.state in ACTIVE:
            self.active[job.id] = job
        elif known is not None:
            del self.active[job.id]
            changes.ended.append(job)
        if job.state in RUNNING:
            self._running[job.id] = job
        else:
            self._running.pop(job.id, None)
        changes.changed[job.id] = job
        changes.removed.discard(job.id)

    def together(self) -> Together:
        """All running jobs as one."""
        running = self._running.values()
        fractions = [fraction for job in running if (fraction := job.progress.fraction) is not None]
        left = [seconds for job in running if (seconds := job.progress.seconds_left) is not None]
        return Together(
            running=len(running),
            waiting=len(self.active) - len(running),
            fraction=sum(fractions) / len(fractions) if fractions else None,
            seconds_left=max(left) if left and len(left) == len(running) else None,
        )


def _time_left(progress: Progress) -> list[tuple[int, SpanUnit]] | None:
    return None if progress.seconds_left is None else left_parts(progress.seconds_left)
