"""The jobs' own ledger: one line a trace, appended whole; the record knows nothing of it."""

import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Trace:
    """What a job did, when (the machine's steady clock), and in which process."""

    key: int
    what: str
    pid: int
    at: float


def note(folder: Path, key: int, what: str) -> None:
    """Adds a line."""
    handle = os.open(folder / "ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, f"{key} {what} {os.getpid()} {time.monotonic()}\n".encode())
    finally:
        os.close(handle)


def traces(folder: Path) -> list[Trace]:
    """All lines, in the order of time."""
    ledger = folder / "ledger"
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    parts = (line.split() for line in lines)
    found = [Trace(int(key), what, int(pid), float(at)) for key, what, pid, at in parts]
    return sorted(found, key=lambda trace: trace.at)
