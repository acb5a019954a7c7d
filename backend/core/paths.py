"""Where things lie: below the data folder, and the files that come with the program."""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs


def private_dir(path: Path) -> Path:
    """Makes the folder, open to its user only (mode 0700), and returns it."""
    try:
        path.mkdir(mode=0o700)
    except (FileNotFoundError, FileExistsError):
        path.mkdir(parents=True, exist_ok=True)
        if os.name == "posix":
            path.chmod(0o700)
    return path


def default_data_dir() -> Path:
    """The platform's own folder for data of this user."""
    return Path(platformdirs.user_data_dir("Deskhand", appauthor=False))


def resources() -> Path:
    """The folder of data files that come with the program, frozen or not."""
    bundled = getattr(sys, "_MEIPASS", None)
    return (Path(bundled) if bundled else Path(__file__).resolve().parents[2]) / "resources"


@dataclass(frozen=True)
class DataPaths:
    """The layout of one data folder."""

    root: Path

    @property
    def record(self) -> Path:
        """The SQLite file."""
        return self.root / "deskhand.sqlite3"

    @property
    def copies(self) -> Path:
        """Copies of the record: before migrations, and daily."""
        return self.root / "copies"

    @property
    def run(self) -> Path:
        """Runtime files: the announcement, the lock, the broker's socket."""
        return self.root / "run"

    @property
    def announcement(self) -> Path:
        """The file in which the host tells its port and token; mode 0600."""
        return self.run / "host.json"

    @property
    def lock(self) -> Path:
        """The file that the one host of this data folder holds locked."""
        return self.run / "host.lock"

    @property
    def logs(self) -> Path:
        """The logs of host, API, worker and broker."""
        return self.root / "logs"

    def job(self, job_id: int) -> Path:
        """What belongs to one job and outlasts its attempts: its own record, and the logs."""
        return self.root.joinpath("jobs", f"{job_id // 1000:05d}", str(job_id))

    def scratch(self, job_id: int, attempt: int) -> Path:
        """Scratch space of one attempt; removed when it ends."""
        return self.root / "scratch" / f"{job_id}-{attempt}"

    def broker_dir(self) -> Path:
        """A folder for the broker's socket; a socket's path may have 107 bytes at most (unix(7))."""
        if len(os.fsencode(self.run / "broker.sock")) <= 100:
            return self.run
        return Path(tempfile.gettempdir()) / f"deskhand-{os.getuid()}-{hash_of(self.root):x}"

    @property
    def broker_socket(self) -> Path:
        """The Unix socket of the embedded broker."""
        return self.broker_dir() / "broker.sock"

    def make(self) -> "DataPaths":
        """Makes the folders, each for its user only."""
        for folder in (self.root, self.run, self.logs, self.copies):
            private_dir(folder)
        return self


def hash_of(path: Path) -> int:
    """A number that stands for a path, the same in every process (32 bits)."""
    import zlib

    return zlib.crc32(os.fsencode(path.resolve()))
