"""Time, and what a machine is known by: the boot and the start of a process outlast a wrong clock."""

import contextlib
import functools
import os
import platform
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import psutil


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Seconds on a scale that no set clock changes; on Linux it goes on while the machine sleeps (clock_gettime(2))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


@functools.cache
def boot_id() -> str:
    """A name for this run of the operating system; a restart changes it, a suspend does not.

    Linux: `/proc/sys/kernel/random/boot_id` (proc(5)). Elsewhere the boot time in whole seconds.
    """
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"boot-{round(psutil.boot_time())}"


@functools.cache
def machine_id() -> str:
    """A name for this machine that stays the same over restarts and differs between machines."""
    for candidate in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with contextlib.suppress(OSError):
            if text := Path(candidate).read_text().strip():
                return f"{platform.node()}-{text[:12]}"
    return f"{platform.node()}-{uuid.getnode():012x}"


def process_start(pid: int) -> float | None:
    """When the process began (seconds, on a scale of its own), or None where there is no such process.

    Together with the pid it names one process for ever: a pid that is used again starts at another time.
    On Linux it counts from the boot (proc(5)), so that neither a clock that is set nor a suspend changes it.
    A zombie counts as gone.
    """
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else int(fields[19]) / os.sysconf("SC_CLK_TCK")
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.create_time()
    except psutil.Error:
        return None


def is_running(pid: int, started: float) -> bool:
    """Whether exactly this process, and not a later one with the same number, is still there."""
    current = process_start(pid)
    return current is not None and abs(current - started) < 0.05
