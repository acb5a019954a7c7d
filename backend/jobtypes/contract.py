"""What a job type is: its answers, what it does with them, and the rules it is run by."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from backend.core.errors import RetryableError
from backend.core.views import LetterPage, Level, Option, Rehearsal, Undo


class Params(BaseModel):
    """The answers a job type asks for. Subclasses build their fields with `backend.jobtypes.fields`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JobStopped(BaseException):
    """Raised by `checkpoint` when the user stopped the job. Let it pass; clean up in `finally`."""


class JobContext(Protocol):
    """What a running job is given. Methods may be called from any thread of the job."""

    @property
    def job_id(self) -> int:
        """The job's number."""
        ...

    @property
    def attempt(self) -> int:
        """Which run this is, counted from 1."""
        ...

    @property
    def scratch(self) -> Path:
        """An empty folder of this attempt, removed when it ends."""
        ...

    @property
    def keep(self) -> Path:
        """A folder of this job that outlasts its attempts: for a record to go on from."""
        ...

    def progress(self, done: float, total: float | None = None, unit: str = "", message: str = "") -> None:
        """Says how far the job is. Cheap: what comes too fast is coalesced. `unit`: bytes, files, rows, ..."""
        ...

    def log(self, message: str, level: Level = "info", **facts: Any) -> None:
        """Adds a line to the attempt's log; `facts` are JSON values. Never put a secret in."""
        ...

    def warn(self, message: str) -> None:
        """Adds a warning to log and outcome: the job then ends as *done with warnings*."""
        ...

    def artifact(self, target: Path, title: str = "") -> AbstractContextManager[Path]:
        """Yields a path beside `target` to write to; on leaving, it is synced, renamed to `target` and recorded.

        Where `target` exists already and is not from an earlier attempt of this job, ` (2)`, ` (3)`, ... is
        added to its name. On an exception nothing stays behind. The temporary name keeps the suffix.
        """
        ...

    def checkpoint(self) -> None:
        """To be called at least every half second: waits while paused, raises `JobStopped` when stopped."""
        ...

    def stop_requested(self) -> bool:
        """Whether `checkpoint` would raise; for loops that must wind down in their own way."""
        ...

    def pause_requested(self) -> bool:
        """Whether `checkpoint` would wait; for what must not be left half done for so long."""
        ...


class Outcome(BaseModel):
    """What a job that came to its end says: one or two plain sentences, and figures for programs."""

    summary: str
    facts: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Retry:
    """When a failed job is tried again by itself: on these errors, so often, after `delay * 2**n` seconds."""

    on: tuple[type[Exception], ...] = (RetryableError,)
    attempts: int = 3
    delay: float = 5.0
    longest: float = 600.0


P = TypeVar("P", bound=Params)
AfterInterruption = Literal["start_over", "resume", "ask"]


@dataclass(frozen=True)
class Letters(Generic[P]):
    """Of a job type that writes letters: how they are looked at, and how the user gets one of them for a try.

    `look` gives some letters from a place on, out of those that a search finds (all, where it is empty).
    `to_myself` sends the letter at a place to the user instead of its recipient, and says so in a sentence.
    """

    look: Callable[[P, int, str], LetterPage]
    to_myself: Callable[[P, int], str]


def _no_target(_params: Any) -> str | None:
    return None


@dataclass(frozen=True)
class JobType(Generic[P]):
    """A declaration. Each module of a job type has one under the name `JOB_TYPE`.

    `caution` makes it one that is off until the user switches it on in the settings, and says why beside the switch.
    Scheduled jobs of a kind that needs the `network` wait for it. `undo` finds in the folder that an ended job kept
    (`ctx.keep`) which other job would undo it, if one can; it is asked often, and looks at no other drive.
    """

    name: str
    title: str
    summary: str
    icon: str
    params: type[P]
    run: Callable[[P, JobContext], Outcome]
    rehearse: Callable[[P], Rehearsal] | None = None
    options: Callable[[str, Mapping[str, Any]], Sequence[Option]] | None = None
    letters: Letters[P] | None = None
    undo: Callable[[Path], Undo | None] | None = None
    job_name: Callable[[P], str] | None = None
    order: int = 100
    hidden: bool = False
    retry: Retry = field(default_factory=Retry)
    after_interruption: AfterInterruption = "start_over"
    at_once: int | None = None
    target: Callable[[P], str | None] = _no_target
    time_limit: float | None = None
    caution: str = ""
    network: bool = False

    def name_for(self, params: P) -> str:
        """What a job with these answers is called when the user gives it no name."""
        return self.job_name(params) if self.job_name else self.title
