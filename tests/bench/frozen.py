"""The double-click program: its size, its start against a bare window's, what it costs at rest, what it leaves behind.

It freezes what is not frozen yet. Both windows are watched from outside, by a pixel of a screen of their own, in turns;
their figure is the median of the ratios of neighbours, so that a machine that swings slows both.
The figures at rest count all processes: window, host, broker, API, worker and its children. MB are millions of bytes.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from tests.bench.figures import Figure
from tests.bench.start import BARE
from tests.chaos.monkey import processes_of
from tests.helpers.bootstrap.display import virtual
from tests.helpers.bootstrap.frozen import PROGRAM, bring_up_to_date
from tests.helpers.pixels import Pixel, pixel
from tests.helpers.running_host import HostClient
from tests.helpers.waiting import until

RUNS = 9
PLACE = (500, 420)
SETTLED, AT_REST = 25.0, 60.0
ORPHANS_END_WITHIN = 2.0


def frozen_bare_window(folder: Path) -> Path:
    """Freezes the bare window, in PyInstaller's own way."""
    source = folder / "bare.py"
    source.write_text(BARE.replace("os._exit(0)", "pass"), "utf-8")
    where = [f"--{name}path={folder / name}" for name in ("dist", "work", "spec")]
    pyinstaller = Path(sys.executable).with_name("pyinstaller")
    command = [str(pyinstaller), "--noconfirm", "--log-level=ERROR", "--windowed", *where, str(source)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, cwd=folder)
    return folder / "dist" / "bare" / "bare"


def begin(program: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts a program; what it says is dropped."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen([program], env=environment, stdin=quiet, stdout=quiet, stderr=quiet, cwd="/")


def seconds_of_bare(program: Path, environment: Mapping[str, str], spot: Pixel) -> float:
    """From the start of the process to the first paint."""
    empty, began = spot.value(), time.monotonic()
    window = begin(program, environment)
    painted = spot.changes(empty, 30)
    window.kill()
    window.wait()
    until(lambda: spot.value() == empty)
    return painted - began


def seconds_of_ours(environment: Mapping[str, str], spot: Pixel) -> tuple[float, float]:
    """From the start of the process to the first paint, and from there until a job could run."""
    empty, began = spot.value(), time.monotonic()
    window = begin(PROGRAM, environment)
    painted = spot.changes(empty, 30)
    HostClient(Path(environment["DESKHAND_DATA_DIR"])).client.close()
    ready = time.monotonic()
    window.terminate()
    window.wait(30)
    until(lambda: spot.value() == empty)
    return painted - began, ready - painted


def at_rest(processes: list[psutil.Process]) -> tuple[float, float]:
    """Memory in MB, each page divided among those that share it (PSS), and percent of one core over a minute."""

    def cpu() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    before, began = cpu(), time.monotonic()
    time.sleep(AT_REST)
    used = (cpu() - before) / (time.monotonic() - began)
    return sum(process.memory_full_info().pss for process in processes) / 1e6, used * 100


def left_behind(environment: Mapping[str, str]) -> tuple[float, float, int]:
    """What an idle program costs; and how many processes are left two seconds after window and host were killed."""
    data = Path(environment["DESKHAND_DATA_DIR"])
    window = begin(PROGRAM, environment)
    host = psutil.Process(HostClient(data).said.pid)
    time.sleep(SETTLED)
    memory, cpu = at_rest([*processes_of(data)])
    behind = [process for process in psutil.Process(window.pid).children(recursive=True) if process != host]
    behind = [process for process in behind if host not in process.parents()]
    window.kill()
    window.wait()
    behind += host.children(recursive=True)
    host.kill()
    _, alive = psutil.wait_procs(behind, ORPHANS_END_WITHIN)
    return memory, cpu, len(alive)


def bench() -> list[Figure]:
    """The figures."""
    bring_up_to_date()
    files = (path for path in PROGRAM.parent.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.stat().st_size for path in files) / 1e6
    with tempfile.TemporaryDirectory(prefix="deskhand-frozen-") as name, virtual() as screen:
        folder = Path(name)
        environment = {**os.environ, **screen, "DESKHAND_DATA_DIR": str(folder / "data")}
        bare = frozen_bare_window(folder)
        with pixel(screen, *PLACE) as spot:
            times: list[tuple[float, float, float]] = []
            for _ in range(RUNS + 1):
                times.append((seconds_of_bare(bare, environment, spot), *seconds_of_ours(environment, spot)))
        times = times[1:]
        plain, painted, ready = (statistics.median(column) for column in zip(*times, strict=True))
        ratio = statistics.median(ours / theirs for theirs, ours, _ in times)
        print(f"painted after {painted * 1000:.0f} ms, bare {plain * 1000:.0f} ms; ready after {ready:.2f} s")
        memory, cpu, left = left_behind(environment)
    return [
        Figure("frozen: folder", size, "<= 400", size <= 400, "MB"),
        Figure("frozen: window painted / bare window", ratio, "<= 1.5", ratio <= 1.5),
        Figure("frozen: backend ready after the paint", ready, "<= 3", ready <= 3, "s"),
        Figure("frozen: memory at rest (PSS)", memory, "<= 260", memory <= 260, "MB"),
        Figure("frozen: CPU at rest", cpu, "<= 1", cpu <= 1, "% of a core"),
        Figure("frozen: processes left 2 s after window and host were killed", left, "0", left == 0, "processes"),
    ]
