"""A `JobContext` that needs no queue and no record: for running a job type by itself."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from backend.core.views import Level, Progress
from backend.jobtypes.contract import JobStopped
from backend.worker.placement import Placement


class DirectContext:
    """Keeps what the job says, places its files for real, and stops at the checkpoint numbered `stop_at`."""

    def __init__(self, folder: Path, *, attempt: int = 1, stop_at: int | None = None) -> None:
        self.job_id = 1
        self.attempt = attempt
        self.scratch = folder / f"scratch-{attempt}"
        self.keep = folder / "keep"
        for made in (self.scratch, self.keep):
            made.mkdir(parents=True, exist_ok=True)
        self.told: list[Progress] = []
        self.lines: list[tuple[Level, str, dict[str, Any]]] = []
        self.warnings: list[str] = []
        self.checkpoints = 0
        self._stop_at = stop_at
        self._placement = Placement(self.job_id, self.keep)

    @property
    def artifacts(self) -> list[Path]:
        """The result files, in the order in which they were made."""
        return [Path(made.path) for made in self._placement.made]

    def progress(self, done: float, total: float | None = None, unit: str = "", message: str = "") -> None:
        """Kept in `told`."""
        self.told.append(Progress(done=done, total=total, unit=unit, message=message))

    def log(self, message: str, level: Level = "info", **facts: Any) -> None:
        """Kept in `lines`."""
        self.lines.append((level, message, facts))

    def warn(self, message: str) -> None:
        """Kept in `warnings`."""
        self.warnings.append(message)

    def artifact(self, target: Path, title: str = "") -> AbstractContextManager[Path]:
        """As the worker does it."""
        return self._placement.place(target, title)

    def checkpoint(self) -> None:
        """Counts, and raises JobStopped when it is time."""
        self.checkpoints += 1
        if self.stop_requested():
            raise JobStopped

    def pause_requested(self) -> bool:
        """Never."""
        return False

    def stop_requested(self) -> bool:
        """Whether the checkpoint to stop at was reached."""
        return self._stop_at is not None and self.checkpoints >= self._stop_at
