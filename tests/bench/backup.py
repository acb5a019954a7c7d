"""Backups against the official restic on the same trees: wall and processor time, size, memory, and the time to stop.

Both run as processes of their own, in turn, in one run. `python -m tests.bench.backup 2000 200` measures with 2,000
small files and 200 MB of large ones.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure, table
from tests.helpers.trees import change_inside, change_some, large_tree, office_tree

PASSWORD = "bench"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock and of processors, MiB of memory at its most."""

    wall: float
    processor: float
    memory: float


class _Stop(BaseException):
    pass


def bench(files: int = 20_000, megabytes: int = 2000) -> list[Figure]:
    """All figures. At full size it takes some minutes and 15 GB of scratch space."""
    scratch = Path(tempfile.mkdtemp(prefix="bench-backup-"))
    try:
        office_tree(scratch / "small", files)
        large_tree(scratch / "large", megabytes << 20)
        found: list[Figure] = []
        for tree, first, second, check, restored in (
            ("small", 0.9, 0.9, 1.0, 1.1),
            ("large", 1.0, 1.1, 1.0, 1.1),
        ):
            found += _rounds(scratch, tree, first, second, check, restored)
        found += _kills(scratch)
        found.append(_stop(scratch))
        return found
    finally:
        shutil.rmtree(scratch)


def run(command: Sequence[str | Path]) -> Cost:
    """Runs a command that must succeed."""
    environment = {**os.environ, "RESTIC_PASSWORD": PASSWORD, "PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def official(repository: Path, *arguments: str | Path) -> Cost:
    """Runs the official restic."""
    return run(["restic", "--quiet", "--no-cache", "--repo", repository, *arguments])


def ours(*arguments: str | Path) -> Cost:
    """Runs the engine in a process, its start included."""
    return run([sys.executable, "-m", "tests.bench.backup", "--", *arguments])


def _rounds(scratch: Path, tree: str, first: float, second: float, check: float, restored: float) -> list[Figure]:
    source, mine, theirs = scratch / tree, scratch / f"{tree}-ours", scratch / f"{tree}-restic"
    official(theirs, "init", "--repository-version", "2")
    ours("create", mine)
    pairs = {"first": (ours("backup", mine, source), official(theirs, "backup", source))}
    if tree == "small":
        change_some(source)
    else:
        change_inside(source)
    pairs["second"] = (ours("backup", mine, source), official(theirs, "backup", source))
    pairs["verify"] = (ours("verify", mine), official(theirs, "check", "--read-data"))
    back = (scratch / f"{tree}-back", scratch / f"{tree}-back-restic")
    pairs["restore"] = (ours("restore", mine, back[0]), official(theirs, "restore", "latest", "--target", back[1]))
    official(mine, "check", "--read-data")
    walls = {"first": first, "second": second, "verify": check, "restore": restored}
    processors = {"first": 0.7, "second": None, "verify": 0.7, "restore": 0.8}
    found: list[Figure] = []
    for name, (own, other) in pairs.items():
        found.append(_ratio(f"{tree}, {name}: wall ({own.wall:.1f} s)", own.wall / other.wall, walls[name]))
        if (limit := processors[name]) is not None:
            ratio = own.processor / other.processor
            found.append(_ratio(f"{tree}, {name}: processor ({own.processor:.1f} s)", ratio, limit))
    found.append(_ratio(f"{tree}: size of the repository", _size(mine) / _size(theirs), 1.01))
    memory = max(own.memory for own, _ in pairs.values())
    found.append(Figure(f"{tree}: memory at its most", memory, "<= 350 MiB", memory <= 350, "MiB"))
    return found


def _kills(scratch: Path) -> list[Figure]:
    source, place, calm = scratch / "large", scratch / "killed", scratch / "calm"
    ours("create", calm)
    whole = ours("backup", calm, source).wall
    ours("create", place)
    command = [sys.executable, "-m", "tests.bench.backup", "--", "backup", str(place), str(source)]
    for number in range(5):
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "RESTIC_PASSWORD": PASSWORD})
        try:
            process.wait(whole * (0.2 + 0.15 * number))
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
    ours("backup", place, source)
    return [_ratio("large: size after five kills and a rerun", _size(place) / _size(calm), 1.02)]


def _stop(scratch: Path) -> Figure:
    from backend.lib.restic.backup import back_up
    from backend.lib.restic.repository import Repository

    repository = Repository.create(scratch / "stopped", PASSWORD)
    stop, took = threading.Event(), list[float]()

    def checkpoint() -> None:
        if stop.is_set():
            raise _Stop

    def work() -> None:
        try:
            back_up(repository, [scratch / "large"], checkpoint=checkpoint)
        except _Stop:
            took.append(time.monotonic() - asked[0])

    asked: list[float] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(1.5)
    asked.append(time.monotonic())
    stop.set()
    thread.join()
    seconds = took[0] if took else float("inf")
    return Figure("time to stop", seconds, "<= 1 s", seconds <= 1, "s")


def _ratio(name: str, value: float, limit: float) -> Figure:
    return Figure(name, value, f"<= {limit}", value <= limit)


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def _child(verb: str, place: Path, *more: str) -> None:
    """What `ours` runs."""
    from backend.lib.restic.repository import Repository

    if verb == "create":
        Repository.create(place, PASSWORD)
        return
    repository = Repository.open(place, PASSWORD)
    if verb == "backup":
        from backend.lib.restic.backup import back_up

        assert not back_up(repository, more).skipped
    elif verb == "verify":
        from backend.lib.restic.verify import verify

        assert verify(repository).good
    else:
        from backend.lib.restic.restore import restore
        from backend.lib.restic.snapshots import load_snapshots

        assert not restore(repository, load_snapshots(repository)[-1], Path(more[0])).failed


if __name__ == "__main__":
    if sys.argv[1:2] == ["--"]:
        _child(sys.argv[2], Path(sys.argv[3]), *sys.argv[4:])
    else:
        print(table(bench(*map(int, sys.argv[1:]))))
