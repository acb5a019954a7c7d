"""Starting the host as a process of its own, which outlives the window."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop.client.problems import HOST_MISSING, ApiError

HELD_BY_ANOTHER = 3
"""The exit status with which a host says that another one has the data folder."""

NEWER_RECORD = 4
"""The exit status with which a host says that the record was made by a newer Deskhand."""

LARGEST_OUTPUT = 5_000_000
"""Bytes of the host's output; beyond, the next host begins it anew, and one earlier one is kept."""


def host_command() -> list[str]:
    """The command that starts the host: our own executable when frozen, else the interpreter."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "host"]
    return [sys.executable, "-m", "backend", "host"]


class Launcher:
    """Starts the host of one data folder, once at a time, and knows how it ended."""

    def __init__(self, folder: Path, command: Sequence[str] | None = None) -> None:
        self._folder = folder
        self._command = list(command or host_command())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> Path:
        """Where the host's own output goes."""
        return self._folder / "logs" / "host.out"

    def start(self) -> None:
        """Starts the host, detached: in a session of its own, with nothing of the window's held open.

        Raises `ApiError` where it cannot be started at all. Does nothing while the last one still runs.
        """
        if self._process is not None and self._process.poll() is None:
            return
        try:
            self.output.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.output.exists() and self.output.stat().st_size > LARGEST_OUTPUT:
                self.output.replace(self.output.with_name(f"{self.output.name}.old"))
            with self.output.open("ab") as output:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=None if getattr(sys, "frozen", False) else Path(__file__).resolve().parents[2],
                    env={**os.environ, "DESKHAND_DATA_DIR": str(self._folder)},
                    start_new_session=sys.platform != "win32",
                    creationflags=_creation_flags(),
                )
        except OSError as error:
            raise ApiError(HOST_MISSING, str(error)) from error
        # Without the note the host is taken for somebody else's, and left running.
        with contextlib.suppress(OSError):
            self._note.parent.mkdir(exist_ok=True, mode=0o700)
            self._note.write_text(str(self._process.pid), "ascii")

    @property
    def _note(self) -> Path:
        return self._folder / "run" / "launched"

    def launched(self, pid: int) -> bool:
        """Whether the host with this process number was started by a window: this one, or one that was before."""
        try:
            return int(self._note.read_text("ascii")) == pid
        except (OSError, ValueError):
            return False

    def exit_status(self) -> int | None:
        """How the host that was started here ended, or None while it runs or none was started."""
        return None if self._process is None else self._process.poll()

    def end(self) -> None:
        """Asks the started host to end, where it can be told nothing yet: it has not announced itself."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, seconds: float) -> int | None:
        """Waits for the started host to end; for tests and for leaving, never on a running window."""
        if self._process is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def forget(self) -> None:
        """Lets the started host go on by itself."""
        if self._process is not None and self._process.returncode is None:
            # The host is meant to outlive the window: without this, CPython warns of a child left behind.
            self._process.returncode = 0
        self._process = None


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0
