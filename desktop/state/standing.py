"""The states of a job in named sets, as the window groups them, and what may be done in each."""

from collections.abc import Iterable
from enum import Enum

from desktop.client.problems import CHAIN_BROKEN
from desktop.client.shapes import Job, Queue

IN_LINE = frozenset({"blocked", "waiting", "held", "dispatched"})
RUNNING = frozenset({"running", "paused", "interrupted"})
NEEDS_YOU = frozenset({"needs_user", "failed"})
DONE = frozenset({"succeeded", "warned", "stopped"})
ACTIVE = IN_LINE | RUNNING
ENDED = NEEDS_YOU | DONE


IN_CHAIN = frozenset({"blocked", "held", "needs_user"})
"""What a job waits for may not have come about yet."""


class Chip(Enum):
    """The groups above the table."""

    ALL = "all"
    RUNNING = "running"
    WAITING = "waiting"
    NEEDS_YOU = "needs_you"
    DONE = "done"

    @property
    def states(self) -> frozenset[str]:
        """The states in this group; empty for all."""
        return _CHIPS[self]

    @property
    def is_active(self) -> bool:
        """Whether the group holds only jobs that have not ended, all of which are known without asking."""
        return self in (Chip.RUNNING, Chip.WAITING)


_CHIPS = {
    Chip.ALL: frozenset[str](),
    Chip.RUNNING: RUNNING,
    Chip.WAITING: IN_LINE,
    Chip.NEEDS_YOU: NEEDS_YOU,
    Chip.DONE: DONE,
}


def count(queue: Queue, chip: Chip) -> int:
    """How many jobs are in the group."""
    states = chip.states
    return sum(number for state, number in queue.counts.items() if not states or state in states)


class Deed(Enum):
    """What the user can do with a job."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    RETRY = "retry"
    RERUN = "rerun"
    CHANGE = "change"
    TOP = "top"
    UP = "up"
    DOWN = "down"
    REMOVE = "remove"


_POSSIBLE: dict[Deed, frozenset[str]] = {
    Deed.PAUSE: frozenset({"waiting", "blocked", "dispatched", "running"}),
    Deed.RESUME: frozenset({"held", "paused"}),
    Deed.STOP: ACTIVE,
    Deed.RETRY: frozenset({"failed", "stopped", "needs_user", "warned"}),
    Deed.RERUN: ENDED,
    Deed.CHANGE: ENDED,
    Deed.TOP: frozenset({"waiting", "held"}),
    Deed.UP: frozenset({"waiting", "held"}),
    Deed.DOWN: frozenset({"waiting", "held"}),
    Deed.REMOVE: ENDED,
}


def possible(job: Job, deed: Deed) -> bool:
    """Whether the deed makes sense for the job as it stands, and has not been asked for already."""
    if job.state not in _POSSIBLE[deed]:
        return False
    if job.wish == "stop":
        return False
    if deed is Deed.RETRY and job.problem is not None and job.problem.code == CHAIN_BROKEN:
        return False
    return not (job.wish == "pause" and deed is Deed.PAUSE)


def doable(jobs: Iterable[Job], deed: Deed) -> list[Job]:
    """Those of the jobs with which it can be done; a form can be opened for one only."""
    fitting = [job for job in jobs if possible(job, deed)]
    return [] if deed is Deed.CHANGE and len(fitting) != 1 else fitting
