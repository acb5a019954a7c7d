"""The job's side of a running program: hears what it writes, lets it rest, and ends it with all it has started."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from backend.core.errors import UserError
from backend.core.roles import command
from backend.lib.holding import TICK, Holder

ROLE = "program"
PORTION = 65536
MOST_WAITING = 64
END_SECONDS = 12.0


class TookTooLong(Exception):
    """The program did not end within the time it was given; it is gone now."""


@dataclass(frozen=True)
class Ended:
    """How it ended: its exit code (below zero: the signal that ended it), and the names of what it had left running,
    which was ended, too."""

    code: int
    left: Sequence[str] = field(default_factory=list[str])


def run_program(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    hear: Callable[[bytes], None],
    poll: Callable[[], None],
    seconds: float,
) -> Ended:
    """Runs a program without a shell and returns when it and all it started have ended.

    `hear` gets what it writes, output and errors in one, as it comes. `poll` is called ten times a second and may
    raise; while it holds (a pause), the program rests. Raises TookTooLong, UserError where the program cannot be
    started, and what `poll` raises; in each case nothing of it is left.
    """
    keeper = subprocess.Popen(
        command(ROLE),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
    )
    running = _Running(keeper)
    try:
        running.tell(json.dumps({"command": list(words), "folder": str(folder), "environment": dict(environment)}))
        return running.follow(words[0], hear, poll, seconds)
    finally:
        running.end()


def own_environment() -> dict[str, str]:
    """The environment for a program of the user's: ours, without what belongs to Deskhand."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DESKHAND_", "PYTHON", "_PYI_"))}
    if getattr(sys, "frozen", False):
        # The frozen program sets its own paths and keeps those of the user beside them (PyInstaller).
        for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
            kept.pop(name, None)
            if (before := kept.pop(f"{name}_ORIG", None)) is not None:
                kept[name] = before
    return kept


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[3])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))}


class _Running:
    def __init__(self, keeper: subprocess.Popen[bytes]) -> None:
        self.keeper = keeper
        self.parts: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        self.told: list[dict[str, Any]] = []
        self.strange = ""
        self.readers = [threading.Thread(target=read, daemon=True) for read in (self._read_output, self._read_words)]
        for reader in self.readers:
            reader.start()

    def tell(self, line: str) -> None:
        """One line to the keeper."""
        assert self.keeper.stdin is not None
        try:
            self.keeper.stdin.write(f"{line}\n".encode())
            self.keeper.stdin.flush()
        except OSError:
            return  # it has ended; the end of its output says so in a moment

    def suspend(self) -> None:
        """The program and all it has started stand still."""
        self.tell("hold")

    def resume(self) -> None:
        """They go on."""
        self.tell("go")

    def follow(self, name: str, hear: Callable[[bytes], None], poll: Callable[[], None], seconds: float) -> Ended:
        """Until the keeper has ended and all is heard. Raises as `run_program`."""
        holder, open_ = Holder(self), True
        ends = time.monotonic() + seconds
        try:
            while open_ or self.keeper.poll() is None:
                before = time.monotonic()
                holder.call(poll)
                ends += time.monotonic() - before
                if time.monotonic() > ends:
                    raise TookTooLong
                part = self._part(wait=open_)
                if part:
                    hear(part)
                open_ = open_ and part is not None
        finally:
            holder.end()
        self.readers[1].join(END_SECONDS)
        return self._ended(name)

    def _part(self, *, wait: bool) -> bytes | None:
        """What was written next; empty for nothing yet, None for the end."""
        if not wait:
            time.sleep(TICK)
            return None
        try:
            return self.parts.get(timeout=TICK)
        except queue.Empty:
            # What could not be ended may hold the output open; it is not waited for.
            return b"" if self.keeper.poll() is None else None

    def _ended(self, name: str) -> Ended:
        for message in self.told:
            if "refused" in message:
                raise _not_started(name, message["refused"], message["words"])
            if "code" in message:
                return Ended(message["code"], message["left"])
        raise RuntimeError(f"the keeper of a program ended without a word:\n{self.strange}")

    def end(self) -> None:
        """Nothing is left when this returns."""
        assert self.keeper.stdin is not None
        with contextlib.suppress(OSError):
            self.keeper.stdin.close()
        until = time.monotonic() + END_SECONDS
        while self.keeper.poll() is None and time.monotonic() < until:
            try:
                self.parts.get(timeout=TICK)
            except queue.Empty:
                continue
        if self.keeper.poll() is None:
            self.keeper.kill()
        self.keeper.wait()
        for stream in (self.keeper.stdout, self.keeper.stderr):
            if stream:
                stream.close()

    def _read_output(self) -> None:
        assert self.keeper.stdout is not None
        while part := _some(self.keeper.stdout):
            self.parts.put(part)
        self.parts.put(None)

    def _read_words(self) -> None:
        assert self.keeper.stderr is not None
        for line in self.keeper.stderr:
            try:
                self.told.append(json.loads(line))
            except ValueError:
                self.strange = (self.strange + line.decode("utf-8", "replace"))[-4000:]


def _some(stream: IO[bytes]) -> bytes:
    try:
        return os.read(stream.fileno(), PORTION)
    except (OSError, ValueError):
        return b""


def _not_started(name: str, number: int | None, words: str) -> UserError:
    shown = Path(name).name
    if number == errno.ENOENT:
        message, hint = (
            f"“{shown}” could not be started: it, or what it is to be run by, is not there.",
            "Pick it again.",
        )
    elif number in (errno.EACCES, errno.EPERM):
        message, hint = f"“{shown}” may not be run.", "Make it executable, or ask for permission."
    elif number == errno.ENOEXEC:
        message = f"“{shown}” is no program that this computer can run."
        hint = "If it is a script, pick the program that runs it, and give the script as its first argument."
    else:
        message, hint = f"“{shown}” could not be started: {words}.", "Check program, folder and arguments."
    return UserError("program.start", message, hint, fields={"program": f"{message} {hint}"})
