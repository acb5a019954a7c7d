"""Sizes, names and versions as people read them."""

from pathlib import Path

from backend.core.views import Progress as _Progress
from backend.lib.restic.progress import Progress
from backend.lib.restic.snapshots import Snapshot


def size(amount: float) -> str:
    """An amount of bytes in the unit that fits."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def shown(path: str) -> str:
    """A path of the system as text; what is no text becomes U+FFFD."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def version(snapshot: Snapshot) -> str:
    """When a version was made, in the machine's time."""
    return f"{snapshot.moment.astimezone():%d %B %Y, %H:%M}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 file`, `2,000 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def step(progress: Progress, noun: str = "file") -> _Progress:
    """How far a run is, for a job: in bytes where there are any, else in files."""
    message = f"{progress.files:,} of {counted(progress.total_files, noun)}"
    if progress.path:
        message += f": {shown(Path(progress.path).name)}"
    if progress.total_bytes:
        return _Progress(done=progress.bytes, total=progress.total_bytes, unit="bytes", message=message)
    return _Progress(done=progress.files, total=progress.total_files, unit=f"{noun}s", message=message)
