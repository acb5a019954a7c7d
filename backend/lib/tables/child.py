"""The parent's side of the child process that does the heavy work on tables.

The child is told what to do in one line of JSON and answers in lines of JSON. While it works, `poll` is called
ten times a second, so that a stop takes effect at once whatever the engines are doing; while `poll` holds (a
pause), the child is suspended. Its memory is watched: what an untrusted file can do, it does to the child only.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from backend.core.errors import UserError
from backend.core.roles import command
from backend.lib.holding import TICK, Holder
from backend.lib.tables import problems

ROLE = "reader"
LEAST_MEMORY = 1_000_000_000
MOST_MEMORY = 6_000_000_000
SHARE_OF_FREE = 0.7
STDERR_KEPT = 4000

Message = dict[str, Any]


class TookTooLong(Exception):
    """The child did not end within the time it was given."""


def memory_cap() -> int:
    """How many bytes a child may use: most of what is free now, within bounds."""
    return int(min(MOST_MEMORY, max(LEAST_MEMORY, psutil.virtual_memory().available * SHARE_OF_FREE)))


def work(
    task: str,
    request: Mapping[str, Any],
    path: Path,
    *,
    on_message: Callable[[Message], Message | None] = lambda _message: None,
    poll: Callable[[], None] = lambda: None,
    time_limit: float | None = None,
    memory: int | None = None,
) -> Any:
    """Has the child do `task` and returns its result.

    `on_message` gets every message on the way and may answer it. `path` is the file that is blamed when the child
    dies. Raises UserError for what the child found wrong, TookTooLong, and whatever `poll` or `on_message` raise;
    in each case the child is gone.
    """
    process = subprocess.Popen(
        command(ROLE),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=_environment(),
    )
    try:
        return _Conversation(process, path, memory or memory_cap(), time_limit).hold(task, request, on_message, poll)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                _close(stream)


def _environment() -> dict[str, str]:
    """Ours, with the folder of the program on Python's path: the worker may have been started from anywhere."""
    root = str(Path(__file__).resolve().parents[3])
    paths = [root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _close(stream: IO[str]) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return  # what was left in the buffer was for a child that has ended


class _Conversation:
    def __init__(self, process: subprocess.Popen[str], path: Path, memory: int, time_limit: float | None) -> None:
        self.process = process
        self.path = path
        self.memory = memory
        self.ends = time.monotonic() + time_limit if time_limit else None
        self.lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.errors = ""
        self.watch = psutil.Process(process.pid)

    def hold(
        self,
        task: str,
        request: Mapping[str, Any],
        on_message: Callable[[Message], Message | None],
        poll: Callable[[], None],
    ) -> Any:
        readers = [threading.Thread(target=reader, daemon=True) for reader in (self._read_lines, self._read_errors)]
        for reader in readers:
            reader.start()
        self._send({"task": task, "request": dict(request)})
        holder = Holder(self.watch)
        try:
            while True:
                holder.call(poll)
                try:
                    line = self.lines.get(timeout=TICK)
                except queue.Empty:
                    self._watch()
                    continue
                if line is None:
                    raise self._death(readers)
                message: Message = json.loads(line)
                if "result" in message:
                    return message["result"]
                if problem := message.get("problem"):
                    raise UserError(problem["code"], problem["message"], problem["hint"], fields=problem["fields"])
                if (answer := on_message(message)) is not None:
                    self._send(answer)
        finally:
            holder.end()

    def _send(self, message: Message) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return  # the child has died; the end of its output says so in a moment

    def _watch(self) -> None:
        if self.ends is not None and time.monotonic() > self.ends:
            raise TookTooLong
        try:
            used = self.watch.memory_info().rss
        except psutil.NoSuchProcess:
            return
        if used > self.memory:
            raise UserError(
                "file.too_large",
                f"'{self.path.name}' needs more memory than this computer has to spare.",
                "Close other programs, split the file, or choose fewer columns, and try again.",
                fields={"file": f"'{self.path.name}' needs more memory than this computer has to spare."},
            )

    def _death(self, readers: list[threading.Thread]) -> Exception:
        code = self.process.wait()
        for reader in readers:
            reader.join(1)
        if code in (1, 2):
            return RuntimeError(f"the reader failed with status {code}:\n{self.errors}")
        return problems.absurd(self.path, "reading it broke off, as happens with damaged or harmful files")

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors = (self.errors + line)[-STDERR_KEPT:]
