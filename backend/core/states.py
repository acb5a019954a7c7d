"""The states of a job, the named sets of them, and the one table of allowed transitions."""

from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands. The values are part of the API."""

    BLOCKED = "blocked"
    WAITING = "waiting"
    HELD = "held"
    DISPATCHED = "dispatched"
    RUNNING = "running"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    NEEDS_USER = "needs_user"
    SUCCEEDED = "succeeded"
    WARNED = "warned"
    FAILED = "failed"
    STOPPED = "stopped"


_S = JobState

TERMINAL = frozenset({_S.SUCCEEDED, _S.WARNED, _S.FAILED, _S.STOPPED, _S.NEEDS_USER})
"""Nothing happens any more unless a person asks for it."""

ON_WORKER = frozenset({_S.RUNNING, _S.PAUSED})
"""A worker has claimed the job and holds its lease."""

IN_LINE = frozenset({_S.BLOCKED, _S.WAITING, _S.HELD})
"""The record alone knows the job; no message and no worker stands for it."""

IN_CHAIN = frozenset({_S.BLOCKED, _S.HELD, _S.NEEDS_USER})
"""What it waits for may not have come about yet."""

ACTIVE = frozenset(_S) - TERMINAL
"""Everything that still has something to happen."""

SUCCESS = frozenset({_S.SUCCEEDED, _S.WARNED})
"""The result is there."""

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    _S.BLOCKED: frozenset({_S.WAITING, _S.HELD, _S.STOPPED, _S.NEEDS_USER}),
    _S.WAITING: frozenset({_S.DISPATCHED, _S.RUNNING, _S.HELD, _S.STOPPED, _S.BLOCKED}),
    _S.HELD: frozenset({_S.WAITING, _S.STOPPED, _S.BLOCKED}),
    _S.DISPATCHED: frozenset({_S.RUNNING, _S.WAITING, _S.HELD, _S.STOPPED}),
    _S.RUNNING: frozenset(
        {_S.PAUSED, _S.SUCCEEDED, _S.WARNED, _S.FAILED, _S.STOPPED, _S.NEEDS_USER, _S.WAITING, _S.INTERRUPTED}
    ),
    _S.PAUSED: frozenset({_S.RUNNING, _S.STOPPED, _S.FAILED, _S.INTERRUPTED}),
    _S.INTERRUPTED: frozenset({_S.WAITING, _S.HELD, _S.NEEDS_USER, _S.FAILED, _S.STOPPED}),
    _S.NEEDS_USER: frozenset({_S.WAITING, _S.BLOCKED, _S.STOPPED}),
    _S.SUCCEEDED: frozenset(),
    _S.WARNED: frozenset({_S.WAITING, _S.BLOCKED}),
    _S.FAILED: frozenset({_S.WAITING, _S.BLOCKED}),
    _S.STOPPED: frozenset({_S.WAITING, _S.BLOCKED}),
}
"""From each state, the states that may follow. A succeeded job is run again as a new job."""


def sources(target: JobState) -> frozenset[JobState]:
    """The states from which `target` may be entered."""
    return frozenset(state for state, following in TRANSITIONS.items() if target in following)
