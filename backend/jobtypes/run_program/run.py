"""Runs the program and judges how it ended."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO

from backend.core.errors import UserError
from backend.jobtypes.contract import JobContext, Outcome
from backend.jobtypes.run_program.params import RunProgramParams, codes
from backend.lib.programs.output import Excerpt, Lines
from backend.lib.programs.running import TookTooLong, own_environment, run_program
from backend.lib.results import file_name
from backend.lib.words import counted, size

MOST_KEPT = 1_000_000_000
SAID = 200


def run(params: RunProgramParams, ctx: JobContext) -> Outcome:
    """Until it has ended, with all it started. Raises UserError for a code that is no success."""
    path = params.found()
    lines, excerpt = Lines(params.encoding), Excerpt(ctx.log)
    environment = own_environment() | {row.name: row.value for row in params.variables}
    written = 0
    with _kept(params, ctx) as file:

        def hear(part: bytes) -> None:
            nonlocal written
            if file is not None and written < MOST_KEPT:
                file.write(part[: MOST_KEPT - written])
            written += len(part)
            for line in lines.feed(part):
                excerpt.add(line)
            ctx.progress(excerpt.count, None, "lines", excerpt.latest[:SAID])

        ctx.progress(0, None, "lines", f"{path.name} is running")
        try:
            ended = run_program(
                [str(path), *params.arguments],
                params.start_folder,
                environment,
                hear=hear,
                poll=ctx.checkpoint,
                seconds=params.minutes * 60.0,
            )
        except TookTooLong:
            message = f"“{path.name}” ran for longer than {counted(params.minutes, 'minute')} and was ended."
            raise UserError(
                "program.too_long",
                message,
                "Allow it more time, or look at why it takes so long.",
                fields={"minutes": message},
            ) from None
        finally:
            for line in lines.end():
                excerpt.add(line)
            excerpt.end()
    if written > MOST_KEPT and params.keep:
        ctx.warn(f"It wrote {size(written)}; the file has the first {size(MOST_KEPT)}.")
    if ended.left:
        ctx.warn(f"What it had left running was ended, too: {', '.join(ended.left)}.")
    facts = {"code": ended.code, "lines": excerpt.count, "bytes": written}
    return Outcome(summary=_judged(params, path.name, ended.code, excerpt, ctx), facts=facts)


def _judged(params: RunProgramParams, name: str, code: int, excerpt: Excerpt, ctx: JobContext) -> str:
    if any(code in each for each in codes(params.good)):
        return f"“{name}” ended well (exit code {code}) and wrote {counted(excerpt.count, 'line')}."
    if any(code in each for each in codes(params.fair)):
        ctx.warn(f"“{name}” ended with exit code {code}, which means warnings.")
        return f"“{name}” ended with warnings (exit code {code}) and wrote {counted(excerpt.count, 'line')}."
    last = f" The last it wrote: {excerpt.latest[:SAID]}" if excerpt.latest else ""
    if code < 0:
        message = f"“{name}” was ended from outside ({_signal(-code)}).{last}"
    else:
        message = f"“{name}” ended with exit code {code}, which is no success.{last}"
    hint = "The log has what it wrote. If this code is fine, add it under “More options”."
    raise UserError("program.failed", message, hint)


def _signal(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


@contextmanager
def _kept(params: RunProgramParams, ctx: JobContext) -> Generator[IO[bytes] | None]:
    if not params.keep or params.into is None:
        yield None
        return
    target = params.into / file_name(f"{params.title} output", "txt", "Output")
    with ctx.artifact(target, "What it wrote") as part, part.open("wb") as file:
        yield file
