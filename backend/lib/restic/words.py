"""Sizes, names and versions as people read them."""

from datetime import UTC, datetime
from pathlib import Path

from backend.core.views import Progress as _Progress
from backend.lib.restic.progress import Progress
from backend.lib.restic.snapshots import Snapshot
from backend.lib.words import counted, shown, size

__all__ = ["counted", "moment", "shown", "size", "step", "version"]


def version(snapshot: Snapshot) -> str:
    """When a version was made, in the machine's time."""
    return f"{snapshot.moment.astimezone():%d %B %Y, %H:%M}"


def moment(nanoseconds: int) -> str:
    """A time that a file bears, in the machine's time; empty where the system cannot tell it."""
    try:
        return f"{datetime.fromtimestamp(nanoseconds / 1e9, UTC).astimezone():%d %b %Y, %H:%M}"
    except (OverflowError, ValueError, OSError):
        return ""


def step(progress: Progress, noun: str = "file") -> _Progress:
    """How far a run is, for a job: in bytes where there are any, else in files."""
    message = f"{progress.files:,} of {counted(progress.total_files, noun)}"
    if progress.path:
        message += f": {shown(Path(progress.path).name)}"
    if progress.total_bytes:
        return _Progress(done=progress.bytes, total=progress.total_bytes, unit="bytes", message=message)
    return _Progress(done=progress.files, total=progress.total_files, unit=f"{noun}s", message=message)
