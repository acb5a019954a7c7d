"""Filling in every row in a process of its own, which is ended when a row takes too long or too much memory."""

import contextlib
import json
import multiprocessing
import multiprocessing.process
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

from backend.core.errors import UnavailableError
from backend.core.processes import die_with_parent
from backend.lib.mail.letters import Cell, CompiledLetter, Letter, Part, Rendered, RowProblem

_BATCH = 64
_LARGEST_ANSWER = 64 << 20


@dataclass(frozen=True)
class Limits:
    """For one row: seconds, and characters of a part. For the process: bytes beyond what it starts with."""

    seconds: float = 5.0
    characters: int = 2_000_000
    memory: int = 256 << 20


def render_rows(
    letter: Letter,
    names: Mapping[str, str],
    rows: Iterable[tuple[int, Mapping[str, Cell]]],
    *,
    limits: Limits | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Generator[tuple[int, Rendered], None, None]:
    """Yields each row (number, filled-in letter), in order; the number of rows may be large.

    Raises UserError for a mistake in the letter, RowProblem for the first row that cannot be filled in, takes too
    long or too much memory. Close the generator to end early. `checkpoint` is called at least every 0.2 s.
    """
    CompiledLetter(letter, names)
    child = _Child(letter, names, limits or Limits(), checkpoint)
    try:
        source = iter(rows)
        while batch := list(islice(source, _BATCH)):
            yield from child.render(batch)
    finally:
        child.end()


class _Child:
    def __init__(
        self, letter: Letter, names: Mapping[str, str], limits: Limits, checkpoint: Callable[[], None]
    ) -> None:
        self._limits = limits
        self._checkpoint = checkpoint
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        with _allowed_to_have_children():
            self._process = context.Process(target=_serve, args=(theirs,), name="mail-rendering", daemon=True)
            self._process.start()
        theirs.close()
        self._pipe.send_bytes(
            json.dumps(
                {
                    "letter": [letter.subject, letter.text, letter.html],
                    "names": dict(names),
                    "characters": limits.characters,
                    "memory": limits.memory,
                }
            ).encode()
        )
        self._used_at_start = 0
        try:
            self._used_at_start = int(self._answer(60.0))
        except _TooMuchError as error:
            self.end()
            raise UnavailableError("mail.rendering", "The letter could not be tried out.", "Try again.") from error

    def render(self, batch: list[tuple[int, Mapping[str, Cell]]]) -> Generator[tuple[int, Rendered], None, None]:
        self._pipe.send_bytes(json.dumps([(row, dict(values)) for row, values in batch]).encode())
        for row, _ in batch:
            try:
                answer = self._answer(self._limits.seconds)
            except _TooMuchError as error:
                raise RowProblem(row, "html", error.args[0]) from None
            if answer["problem"]:
                raise RowProblem(row, _part(answer["part"]), answer["problem"])
            yield row, Rendered(*answer["parts"])

    def _answer(self, seconds: float) -> Any:
        until = time.monotonic() + seconds
        while not self._pipe.poll(0.1):
            self._checkpoint()
            if time.monotonic() > until:
                raise _TooMuchError(f"It takes longer than {seconds:g} seconds; is there a loop in the letter?")
            if self._grown() > self._limits.memory * 1.25:
                raise _TooMuchError("It takes too much memory; is there a loop in the letter?")
        try:
            return json.loads(self._pipe.recv_bytes(_LARGEST_ANSWER))
        except (EOFError, OSError) as error:
            raise _TooMuchError("It takes too much memory.") from error

    def _grown(self) -> int:
        import psutil

        with contextlib.suppress(psutil.Error):
            return psutil.Process(self._process.pid).memory_info().rss - self._used_at_start
        return 0

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


class _TooMuchError(Exception):
    pass


def _part(name: str) -> Part:
    return "subject" if name == "subject" else "text" if name == "text" else "html"


@contextlib.contextmanager
def _allowed_to_have_children() -> Generator[None, None, None]:
    """Lets a worker's process of Celery start a child by multiprocessing, which refuses it on two counts.

    It is marked as a daemon, and a daemon may have no children lest they be left behind: ours ends by itself when
    its parent is gone. And its key is of billiard's own class, which cannot be handed to a child: a copy can.
    """
    config: dict[str, Any] = getattr(multiprocessing.current_process(), "_config", {})
    kept = dict(config)
    config.pop("daemon", None)
    if "authkey" in config:
        kind: Callable[[bytes], bytes] = getattr(multiprocessing.process, "AuthenticationString")  # noqa: B009
        config["authkey"] = kind(bytes(config["authkey"]))
    try:
        yield
    finally:
        config.update(kept)


def _serve(pipe: Connection) -> None:
    die_with_parent(os.getppid())
    setup = json.loads(pipe.recv_bytes())
    letter = CompiledLetter(Letter(*setup["letter"]), setup["names"])
    pipe.send_bytes(json.dumps(_limit_memory(setup["memory"])).encode())
    while True:
        try:
            batch = json.loads(pipe.recv_bytes())
        except EOFError:
            return
        for row, values in batch:
            pipe.send_bytes(json.dumps(_rendered(letter, row, values, setup["characters"])).encode())


def _rendered(letter: CompiledLetter, row: int, values: dict[str, Cell], longest: int) -> dict[str, Any]:
    try:
        rendered = letter.fill(row, values)
        letter.check(row, rendered, longest)
    except RowProblem as problem:
        return {"problem": problem.why, "part": problem.part}
    return {"problem": "", "parts": [rendered.subject, rendered.text, rendered.html]}


def _limit_memory(extra: int) -> int:
    """Bounds the process where the system can (not on Windows, where the parent watches); bytes used now."""
    import psutil

    used = psutil.Process().memory_info()
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (used.vms + extra, resource.RLIM_INFINITY))
    return used.rss


def check_rows(
    letter: Letter,
    names: Mapping[str, str],
    rows: Iterable[tuple[int, Mapping[str, Cell]]],
    *,
    limits: Limits | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> int:
    """Fills in every row and throws the result away; how many there were. Raises as `render_rows` does."""
    return sum(1 for _ in render_rows(letter, names, rows, limits=limits, checkpoint=checkpoint))
