"""What the targets of the Makefile do."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from tests.helpers.bootstrap import display, system
from tests.helpers.bootstrap.console import say
from tests.helpers.bootstrap.environment import Environment
from tests.helpers.bootstrap.packages import of_groups
from tests.helpers.bootstrap.system import ROOT

PICTURE = ROOT / "var" / "window.png"
BYTECODE = ROOT / ".cache" / "bytecode"
NOT_FOR_TESTS = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
)
NOT_FOR_TESTS_PREFIXES = ("DESKHAND_", "XDG_", "QT_")
INTERRUPTED = 2
"""What pytest ends with after Ctrl+C (its `ExitCode`)."""
LONGEST_FIRST = ("tests/end2end", "tests/integration", "tests/gui", "tests/contract", "tests/unit")
FOR_EACH_CORE = 2
"""Tests mostly wait for processes to start, so that more of them than cores keep the cores busy."""


def ready(kind: str, *groups: str) -> Environment:
    """Brings in the system packages of the groups and the locked packages; returns the environment."""
    environment = Environment(ROOT)
    wanted = list(groups)
    if not environment.can_be_made():
        wanted.append("venv")
    if wanted:
        system.ensure(of_groups(*wanted))
    environment.ensure(kind)
    return environment


def run(arguments: Sequence[str]) -> int:
    """The window: on the user's screen, or on a virtual one with a picture of it."""
    on_screen = display.in_sight(os.environ)
    environment = ready("run", "run", *(() if on_screen else ("display",)))
    command = [str(environment.python), "-m", "desktop", *arguments]
    if on_screen:
        os.chdir(ROOT)
        os.execv(command[0], command)
    with display.virtual() as screen:
        picture = Path(os.environ.get("DESKHAND_SCREENSHOT") or PICTURE).absolute()
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.unlink(missing_ok=True)
        say(f"There is no screen here, so the window opens on a virtual one (DISPLAY={screen['DISPLAY']}).")
        say(f"A picture of it will be in {picture}. Ctrl+C closes it.")
        return watch(command, {**os.environ, **screen, "DESKHAND_SCREENSHOT": str(picture)}, picture)


@contextlib.contextmanager
def handing_on_signals(window: subprocess.Popen[bytes]) -> Generator[list[int]]:
    """Meanwhile, the first request to end goes to the window as a request, a second one ends it by force.

    Yields the list of the requests so far.
    """
    asked: list[int] = []

    def hand_on(number: int, _frame: object) -> None:
        window.kill() if asked else window.terminate()
        asked.append(number)

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def watch(command: Sequence[str], env: Mapping[str, str], picture: Path) -> int:
    """Runs the window to its end and says when its picture is there.

    Returns the window's exit code; 0 where it was asked to end, which is how it is closed on a virtual screen.
    """
    window = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True, preexec_fn=display.end_with_parent)
    with handing_on_signals(window) as asked:
        told = False
        while window.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                window.wait(None if told else 0.2)
            if not told and picture.exists():
                say(f"The picture is there: {picture}")
                told = True
    return 0 if asked else window.returncode


@contextlib.contextmanager
def private_surroundings() -> Generator[dict[str, str]]:
    """An environment in which nothing of the user's is read or changed; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="deskhand-test-"))
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_FOR_TESTS and not name.startswith(NOT_FOR_TESTS_PREFIXES)
    }
    own = {"HOME": folder / "home", "XDG_RUNTIME_DIR": folder / "run", "DESKHAND_DATA_DIR": folder / "data"}
    for path in own.values():
        path.mkdir(mode=0o700)
    try:
        folders = {name: str(path) for name, path in own.items()}
        yield {**kept, **folders, "QT_QPA_PLATFORM": "offscreen", "PYTHONPYCACHEPREFIX": str(BYTECODE)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test(arguments: Sequence[str]) -> int:
    """Those tests that are named, one after another; or all, several at once.

    What promises a time is marked `alone`, and runs when the others have ended.
    """
    environment = ready("dev", "run", "display", "test", "services")
    if arguments:
        return in_private(environment, "pytest", arguments)
    at_once = str(min(FOR_EACH_CORE * (os.cpu_count() or 1), 8))
    spread = ("-n", at_once, "--dist", "loadfile", "--no-loadscope-reorder")
    ended = in_private(environment, "pytest", ("-m", "not alone", *spread, *LONGEST_FIRST))
    if ended == INTERRUPTED:
        return ended
    say("Now those tests that promise a time, one after another")
    return in_private(environment, "pytest", ("-m", "alone")) or ended


def bench(arguments: Sequence[str]) -> int:
    """The benchmarks, or those that are named."""
    environment = ready("dev", "run", "display", "test", "services")
    return in_private(environment, "tests.bench", arguments)


def chaos(_arguments: Sequence[str]) -> int:
    """The storm of kills, and its control."""
    environment = ready("dev", "run", "test")
    return in_private(environment, "tests.chaos", ())


def in_private(environment: Environment, module: str, arguments: Sequence[str]) -> int:
    """Runs a module of the environment in private surroundings; returns its exit code."""
    with private_surroundings() as env:
        return subprocess.run(
            [str(environment.python), "-m", module, *arguments],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode


def tools(_arguments: Sequence[str]) -> int:
    """Only makes sure that the developers' tools are there."""
    ready("dev")
    return 0


def system_for_tests(_arguments: Sequence[str]) -> int:
    """Only the system packages that the tests need, for the administrator to install beforehand."""
    system.ensure(of_groups("venv", "run", "display", "test", "services", "freeze", "package"))
    return 0
