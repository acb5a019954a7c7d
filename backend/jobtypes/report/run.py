"""Runs the report job: the child process does the work, this side keeps the bar, the log and the files."""

from __future__ import annotations

import math
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from backend.jobtypes.contract import JobContext, Outcome
from backend.jobtypes.report.params import ReportParams
from backend.lib.results import check_folder, file_name
from backend.lib.tables.child import Message, work

WHOLE = 1000.0
MOST_BY_TIME = 0.95


class Bar:
    """Keeps the bar honest and moving: what the child counted, or else what the time suggests; never backwards."""

    def __init__(self, ctx: JobContext) -> None:
        self.ctx = ctx
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
        self.ctx.progress(self.shown, WHOLE, "", self.words)


def run(params: ReportParams, ctx: JobContext) -> Outcome:
    """Makes the files. Raises UserError at the answer that is wrong."""
    check_folder(params.folder)
    bar = Bar(ctx)
    files = _Files(params, ctx)

    def poll() -> None:
        ctx.checkpoint()
        bar.tick()

    def hear(message: Message) -> Message | None:
        match message:
            case {"phase": words, "start": start, "end": end, "seconds": seconds}:
                bar.phase(words, start, end, seconds)
            case {"part": part, "words": words}:
                bar.part = max(bar.part, part)
                bar.words = words or bar.words
            case {"warn": sentence}:
                ctx.warn(sentence)
            case {"log": sentence, "facts": facts}:
                ctx.log(sentence, **facts)
            case {"open": suffix, "title": title}:
                return {"path": str(files.open(suffix, title))}
            case {"close": _}:
                files.close()
                return {"closed": True}
            case _:
                raise ValueError(f"a message of no known kind: {message}")
        return None

    try:
        made = work("report", params.request(ctx.scratch), params.file, on_message=hear, poll=poll)
    except BaseException as error:
        files.abandon(error)
        raise
    ctx.progress(WHOLE, WHOLE, "", "Done")
    return Outcome(summary=_summary(params, made), facts=made)


class _Files:
    """The result files: one at a time is being written."""

    def __init__(self, params: ReportParams, ctx: JobContext) -> None:
        self.params, self.ctx = params, ctx
        self.current: AbstractContextManager[Path] | None = None

    def open(self, suffix: str, title: str) -> Path:
        target = self.params.folder / file_name(self.params.heading, suffix)
        self.current = self.ctx.artifact(target, f"{self.params.heading} ({title})")
        return self.current.__enter__()

    def close(self) -> None:
        assert self.current is not None
        current, self.current = self.current, None
        current.__exit__(None, None, None)

    def abandon(self, error: BaseException) -> None:
        if self.current is not None:
            current, self.current = self.current, None
            current.__exit__(type(error), error, error.__traceback__)


def _summary(params: ReportParams, made: dict[str, Any]) -> str:
    rows = f"{made['rows']:,} row{'' if made['rows'] == 1 else 's'}"
    groups = f" in {made['groups']:,} group{'' if made['groups'] == 1 else 's'}" if made["groups"] else ""
    titles = [each["title"] for each in made["files"]]
    pages = next((each["pages"] for each in made["files"] if "pages" in each), 0)
    paged = f" The PDF has {pages:,} page{'' if pages == 1 else 's'}." if pages else ""
    kinds = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
    return f"A report of {rows}{groups} was made from '{params.file.name}': {kinds}.{paged}"
