"""Backups against the official restic on the same trees: wall and processor time, size, memory, and the time to stop.

Both run as processes of their own, in turn, each after the disk has come to rest: the odd rounds ours first, the even
ones theirs. What counts is the median of the ratios of such pairs, since disk and machine are quicker at one time than
at another. Nothing is removed before the end: ext4 is slow to make files for minutes after many have gone. What was
restored leaves the memory at once, so that the last round finds as much of it free as the first.
`backup_small` and `backup_large` are the benchmarks; `python -m tests.bench.backup_small 2000` measures with 2,000
files, `... backup_large 200` with 200 MB.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure

PASSWORD = "bench"
ROUNDS = 3
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock and of processors, MiB of memory at its most."""

    wall: float
    processor: float
    memory: float


def run(command: Sequence[str | Path]) -> Cost:
    """Runs a command that must succeed."""
    os.sync()
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
    return run([sys.executable, "-m", "tests.bench._backup", "--", *arguments])


def rounds(
    scratch: Path, tree: str, change: Callable[..., object], walls: dict[str, float], changes: int = 1
) -> Iterator[Figure]:
    """The figures of a first run, a second after a change, a look through all, and a restore of all of `tree`.

    `change` takes the tree and a seed, and is done so many times, with a second run after each; `walls` are the targets
    of the wall times by the steps' names.
    """
    from statistics import median  # here, since what is measured loads this module, too

    costs: dict[str, list[tuple[Cost, Cost]]] = {}
    for seed, step in enumerate(("first", *["second"] * changes, "verify", "restore"), start=3):
        if step == "second":
            change(scratch / tree, seed=seed)
        for number in range(ROUNDS):
            costs.setdefault(step, []).append(_pair(scratch, tree, step, number))
    both = [(scratch / f"{tree}-ours-{number}", scratch / f"{tree}-restic-{number}") for number in range(ROUNDS)]
    official(both[0][0], "check", "--read-data")
    processors = {"first": 0.7, "second": None, "verify": 0.7, "restore": 0.8}
    for step, pairs in costs.items():
        yield _of_pairs(f"{tree}, {step}: wall", [(own.wall, other.wall) for own, other in pairs], walls[step])
        if limit := processors[step]:
            spent = [(own.processor, other.processor) for own, other in pairs]
            yield _of_pairs(f"{tree}, {step}: processor", spent, limit)
    # Where files are cut hangs on each repository's own secret: of one that was changed, sizes differ by some per cent.
    sizes = median(size(mine) / size(theirs) for mine, theirs in both)
    yield ratio(f"{tree}: size of the repository", sizes, 1.01)
    memory = max(own.memory for pairs in costs.values() for own, _ in pairs)
    yield Figure(f"{tree}: memory at its most", memory, "<= 350 MiB", memory <= 350, "MiB")


def _pair(scratch: Path, tree: str, step: str, number: int) -> tuple[Cost, Cost]:
    source, mine, theirs = scratch / tree, scratch / f"{tree}-ours-{number}", scratch / f"{tree}-restic-{number}"
    back = scratch / f"{tree}-back-{number}"
    if step == "first":
        official(theirs, "init", "--repository-version", "2")
        ours("create", mine)
    steps: dict[str, tuple[Callable[[], Cost], Callable[[], Cost]]] = {
        "verify": (lambda: ours("verify", mine), lambda: official(theirs, "check", "--read-data")),
        "restore": (
            lambda: ours("restore", mine, back / "ours"),
            lambda: official(theirs, "restore", "latest", "--target", back / "restic"),
        ),
    }
    backup = (lambda: ours("backup", mine, source), lambda: official(theirs, "backup", source))
    own, other = steps.get(step, backup)
    try:
        if number % 2:
            spent = other()
            return own(), spent
        return own(), other()
    finally:
        _leave_memory(back)


def _leave_memory(place: Path) -> None:
    if not hasattr(os, "posix_fadvise"):
        return
    os.sync()
    for path in place.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _of_pairs(name: str, pairs: Sequence[tuple[float, float]], limit: float) -> Figure:
    from statistics import median  # here, since what is measured loads this module, too

    seconds = f"{median(own for own, _ in pairs):.1f} against {median(other for _, other in pairs):.1f} s"
    return ratio(f"{name} ({seconds})", median(own / other for own, other in pairs), limit)


def ratio(name: str, value: float, limit: float) -> Figure:
    """A figure that is met up to a limit."""
    return Figure(name, value, f"<= {limit}", value <= limit)


def size(place: Path) -> int:
    """The bytes of all files there."""
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def _child(verb: str, place: Path, *more: str) -> None:
    """What `ours` runs."""
    from backend.lib.restic.repository import Repository

    if verb == "create":
        Repository.create(place, PASSWORD)
        return
    if verb == "backup":
        from backend.lib.restic.backup import back_up
        from backend.lib.restic.exclusions import Exclusions
        from backend.lib.restic.survey import Surveying

        with Surveying(more, Exclusions(), place) as survey:  # as the job does it
            repository = Repository.open(place, PASSWORD)
            assert not back_up(repository, more, survey=survey).skipped
        return
    repository = Repository.open(place, PASSWORD)
    if verb == "verify":
        from backend.lib.restic.verify import verify

        assert verify(repository).good
    else:
        from backend.lib.restic.restore import restore
        from backend.lib.restic.snapshots import load_snapshots

        assert not restore(repository, load_snapshots(repository)[-1], Path(more[0])).failed


if __name__ == "__main__":
    _child(sys.argv[2], Path(sys.argv[3]), *sys.argv[4:])
