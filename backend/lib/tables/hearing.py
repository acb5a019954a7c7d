"""The parent's side of a talk with the child: keeps the bar, the log and the result files of a job."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from backend.lib.tables.child import Message, work

WHOLE = 1000.0
MOST_BY_TIME = 0.95


class Job(Protocol):
    """What is needed of a running job."""

    def progress(self, done: float, total: float | None = None, unit: str = "", message: str = "") -> None:
        """How far it is."""
        ...

    def log(self, message: str, **facts: Any) -> None:
        """A line in its log."""
        ...

    def warn(self, message: str) -> None:
        """A warning."""
        ...

    def artifact(self, target: Path, title: str = "") -> AbstractContextManager[Path]:
        """A result file."""
        ...

    def checkpoint(self) -> None:
        """Where it pauses and stops."""
        ...


class Bar:
    """Keeps the bar honest and moving: what the child counted, or else what the time suggests; never backwards."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.words, self.start, self.end, self.seconds = "Starting", 0.0, 0.02, 0.3
        self.began = time.monotonic()
        self.part = 0.0
        self.shown = 0.0

    def phase(self, words: str, start: float, end: float, seconds: float) -> None:
        """A new phase, from one part of the whole to another."""
        self.words, self.start, self.end, self.seconds = words, start, end, max(0.05, seconds)
        self.began = time.monotonic()
        self.part = 0.0
        self.tick()

    def tick(self) -> None:
        """Shows where it stands now."""
        by_time = MOST_BY_TIME * (1 - math.exp(-1.6 * (time.monotonic() - self.began) / self.seconds))
        part = self.part if self.part > 0 else by_time
        self.shown = max(self.shown, WHOLE * (self.start + (self.end - self.start) * min(1.0, part)))
        self.job.progress(self.shown, WHOLE, "", self.words)


Place = Callable[[str, str], tuple[Path, str]]


class _Files:
    """The result files: one at a time is being written."""

    def __init__(self, job: Job, place: Place) -> None:
        self.job, self.place = job, place
        self.current: AbstractContextManager[Path] | None = None

    def open(self, suffix: str, title: str) -> Path:
        self.current = self.job.artifact(*self.place(suffix, title))
        return self.current.__enter__()

    def close(self) -> None:
        assert self.current is not None
        current, self.current = self.current, None
        current.__exit__(None, None, None)

    def abandon(self, error: BaseException) -> None:
        if self.current is not None:
            current, self.current = self.current, None
            current.__exit__(type(error), error, error.__traceback__)


def work_for(job: Job, task: str, request: Mapping[str, Any], file: Path, place: Place) -> Any:
    """Has the child do `task` for a job and returns its result; see `child.work`.

    `place` gives target and title of a result file for the suffix and the title that the child asks with.
    """
    bar, files = Bar(job), _Files(job, place)

    def poll() -> None:
        job.checkpoint()
        bar.tick()

    def hear(message: Message) -> Message | None:
        match message:
            case {"phase": words, "start": start, "end": end, "seconds": seconds}:
                bar.phase(words, start, end, seconds)
            case {"part": part, "words": words}:
                bar.part = max(bar.part, part)
                bar.words = words or bar.words
            case {"warn": sentence}:
                job.warn(sentence)
            case {"log": sentence, "facts": facts}:
                job.log(sentence, **facts)
            case {"open": suffix, "title": title}:
                return {"path": str(files.open(suffix, title))}
            case {"close": _}:
                files.close()
                return {"closed": True}
            case _:
                raise ValueError(f"a message of no known kind: {message}")
        return None

    try:
        made = work(task, request, file, on_message=hear, poll=poll)
    except BaseException as error:
        files.abandon(error)
        raise
    job.progress(WHOLE, WHOLE, "", "Done")
    return made
