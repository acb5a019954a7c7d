"""A `JobContext` for tests of one job type: real files, no worker, and a record of all that was said."""

import contextlib
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from backend.core.views import Level
from backend.jobtypes.contract import JobStopped


class OwnContext:
    """Keeps progress, log, warnings and artifacts. `stop_when` is asked at every checkpoint."""

    def __init__(self, folder: Path, stop_when: Callable[["OwnContext"], bool] = lambda _ctx: False) -> None:
        self.job_id, self.attempt = 1, 1
        self.scratch, self.keep = folder / "scratch", folder / "keep"
        self.scratch.mkdir(parents=True)
        self.keep.mkdir()
        self.stop_when = stop_when
        self.reported: list[tuple[float, float | None, str]] = []
        self.lines: list[tuple[str, str]] = []
        self.warnings: list[str] = []
        self.artifacts: list[Path] = []
        self.checked: list[float] = []
        self.stopped_at: float | None = None
        self.summary = ""

    def progress(self, done: float, total: float | None = None, unit: str = "", message: str = "") -> None:
        self.reported.append((done, total, message))

    def log(self, message: str, level: Level = "info", **facts: Any) -> None:
        self.lines.append((level, message))

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def artifact(self, target: Path, title: str = "") -> contextlib.AbstractContextManager[Path]:
        return self._placed(target)

    @contextlib.contextmanager
    def _placed(self, target: Path) -> Generator[Path]:
        temporary = target.with_name(f".{target.stem}.part{target.suffix}")
        try:
            yield temporary
            os.replace(temporary, target)
            self.artifacts.append(target)
        finally:
            temporary.unlink(missing_ok=True)

    def checkpoint(self) -> None:
        self.checked.append(time.monotonic())
        if self.stop_when(self):
            self.stopped_at = self.stopped_at or time.monotonic()
            raise JobStopped

    def pause_requested(self) -> bool:
        return False

    def stop_requested(self) -> bool:
        return self.stop_when(self)
