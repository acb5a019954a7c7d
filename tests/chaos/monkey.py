"""Kills the parts of a running Deskhand, one after the other, as `kill -9` does."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from backend.core.paths import DataPaths
from tests.helpers.running_host import command_line, lives

VICTIMS = ("window", "host", "api", "worker", "child", "broker")
ROOT = Path(__file__).resolve().parents[2]
WITHOUT_RECOVERY = Path(__file__).resolve().parent / "without_recovery"


def processes_of(data: Path) -> Iterator[psutil.Process]:
    """All that run for this data folder, whoever started them. (The broker writes its title over its environment.)"""
    socket = str(DataPaths(data).broker_dir())
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            ours = process.environ().get("DESKHAND_DATA_DIR") == str(data) or socket in command_line(process)
            if ours and lives(process):
                yield process


def part(process: psutil.Process) -> str:
    """Which part of Deskhand it is; empty for others, and for what has just ended."""
    words = command_line(process)
    if "valkey-server" in words:
        return "broker"
    for name, mark in (("window", "-m desktop"), ("host", "backend host"), ("api", "backend api")):
        if mark in words:
            return name
    if "backend worker" in words:
        with contextlib.suppress(psutil.Error):
            parent = process.parent()
            return "child" if parent and "backend worker" in command_line(parent) else "worker"
    return ""


class Window:
    """Keeps one window open, offscreen; it starts the host, and starts it again when it has died."""

    def __init__(self, data: Path, recovery: bool) -> None:
        self._data = data
        own = [] if recovery else [str(WITHOUT_RECOVERY)]
        self._env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([*own, str(ROOT)]),
            "DESKHAND_DATA_DIR": str(data),
            "DESKHAND_JOBTYPE_PACKAGES": "tests.chaos.jobtypes",
            "DESKHAND_SLOTS": "4",
            "QT_QPA_PLATFORM": "offscreen",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def keep_open(self) -> None:
        """Opens one where there is none."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "desktop"],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def end(self) -> None:
        """Asks it to end, which ends its host, too. One that was opened only just now has not met the host yet, and
        leaves it be: then the host is told.
        """
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(30)
            finally:
                if self._process.poll() is None:
                    self._process.kill()
                    self._process.wait()
        for process in processes_of(self._data):
            if part(process) == "host":
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.terminate()


class Monkey(threading.Thread):
    """Kills so many times, with pauses (seconds, from and to) and in an order that the seed decides; then is done.

    Each part has its turn before one has a second: else a short storm would, by chance, pass over some.
    """

    def __init__(
        self,
        data: Path,
        window: Window,
        kills: int,
        pauses: tuple[float, float],
        seed: int,
        victims: Sequence[str] = VICTIMS,
    ) -> None:
        super().__init__(name="monkey", daemon=True)
        self._victims = victims
        self._data, self._window, self._left, self._pauses = data, window, kills, pauses
        self._dice = random.Random(seed)
        self.killed: dict[str, int] = dict.fromkeys(VICTIMS, 0)
        self.over = threading.Event()

    def run(self) -> None:
        """Until enough are dead, or `over`."""
        turns: list[str] = []
        while self._left and not self.over.wait(self._dice.uniform(*self._pauses)):
            self._window.keep_open()
            if not turns:
                turns = self._dice.sample(self._victims, len(self._victims))
            there = [process for process in processes_of(self._data) if part(process) == turns[-1]]
            if not there:
                continue
            with contextlib.suppress(psutil.NoSuchProcess):
                self._dice.choice(there).send_signal(signal.SIGKILL)
                self.killed[turns.pop()] += 1
                self._left -= 1
        self._window.keep_open()


def gone_within(data: Path, seconds: float) -> list[str]:
    """What still runs for the data folder after so long, in words."""
    end = time.monotonic() + seconds
    while (left := list(processes_of(data))) and time.monotonic() < end:
        psutil.wait_procs(left, 0.1)
    return [f"{process.pid} {command_line(process)}" for process in left]
