"""What a person's desk has: a screen, a window manager, and the bus on which a screen reader listens."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import psutil

from tests.helpers.bootstrap.display import end_with_parent, virtual
from tests.helpers.waiting import until

NOT_ON_A_DESK = ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS", "NO_AT_BRIDGE")


@contextlib.contextmanager
def desk() -> Generator[dict[str, str]]:
    """A desk of its own, as the whole environment for programs on it; all that was started is ended afterwards.

    Real parts: Xvfb, openbox, a D-Bus session and, started by it when it is asked for, AT-SPI.
    """
    kept = {name: value for name, value in os.environ.items() if name not in NOT_ON_A_DESK}
    folder = Path(tempfile.mkdtemp(prefix="deskhand-desk-"))
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    with virtual() as screen, contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        env = {
            **kept,
            **screen,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(runtime),
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "LC_ALL": "C.UTF-8",
        }
        env["DBUS_SESSION_BUS_ADDRESS"] = stack.enter_context(session_bus(env))
        stack.enter_context(_window_manager(env, folder))
        yield env


@contextlib.contextmanager
def session_bus(env: dict[str, str]) -> Generator[str]:
    """A bus of D-Bus of its own; yields its address."""
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=end_with_parent,
    )
    assert bus.stdout is not None
    try:
        yield bus.stdout.readline().strip()
    finally:
        served = psutil.Process(bus.pid).children(recursive=True)
        _end(bus)
        bus.stdout.close()
        for process in served:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        psutil.wait_procs(served, 5)


@contextlib.contextmanager
def _window_manager(env: dict[str, str], folder: Path) -> Generator[None]:
    log = folder / "openbox.log"
    with log.open("wb") as output:
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
    try:
        until(lambda: _is_managed(env))
        yield
    finally:
        _end(manager)


def _is_managed(env: dict[str, str]) -> bool:
    asked = subprocess.run(["xdotool", "get_desktop"], env=env, capture_output=True, check=False)
    return asked.returncode == 0


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
