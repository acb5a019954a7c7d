"""Where the data lies, and the file in which the host says how to reach it."""

import os
import sys
from pathlib import Path
from typing import NamedTuple


def data_dir() -> Path:
    """The folder of this user's data: `DESKHAND_DATA_DIR`, or the platform's own."""
    if chosen := os.environ.get("DESKHAND_DATA_DIR"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("Deskhand", appauthor=False))


def announcement_file(folder: Path) -> Path:
    """The announcement of the host of this data folder."""
    return folder / "run" / "host.json"


class Announcement(NamedTuple):
    """How to reach a host, and which process it is."""

    pid: int
    process_start: float
    port: int
    token: str
    version: str

    @property
    def base(self) -> str:
        """The address of the API, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}/api/v1"

    @property
    def events(self) -> str:
        """The address of the event stream."""
        return f"ws://127.0.0.1:{self.port}/api/v1/events"

    def alive(self) -> bool:
        """Whether exactly this process, and not a later one with its number, still runs."""
        began = process_start(self.pid)
        return began is not None and abs(began - self.process_start) < 0.05

    async def gone(self, seconds: float) -> bool:
        """Waits until it runs no more, and answers whether that came about in time."""
        import asyncio

        deadline = asyncio.get_running_loop().time() + seconds
        while self.alive():
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.03)
        return True


def process_start(pid: int) -> float | None:
    """When a process began, on the scale that the host uses; None where it is gone, or waits to be reaped.

    On Linux in seconds since the boot (proc(5)): a clock that is set does not change it, as it does psutil's figure.
    """
    if sys.platform == "linux":
        try:
            state, *figures = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if state in "ZX" else int(figures[18]) / os.sysconf("SC_CLK_TCK")
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None


def read_announcement(folder: Path) -> Announcement | None:
    """The announcement of a host that is alive, or None: no file, half a file, or one that a dead host left."""
    import json

    try:
        data = json.loads(announcement_file(folder).read_bytes())
        found = Announcement(
            int(data["pid"]), float(data["process_start"]), int(data["port"]), str(data["token"]), str(data["version"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.alive() else None
