"""Backups of a few large files against the official restic, what kills leave, and the time to stop."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.bench._backup import PASSWORD, ROOT, ours, ratio, rounds, size
from tests.bench.figures import Figure, table
from tests.helpers.trees import change_inside, large_tree


class _Stop(BaseException):
    pass


def bench(megabytes: int = 2000) -> list[Figure]:
    """All figures. At full size it takes some minutes and 30 GB of scratch space."""
    with tempfile.TemporaryDirectory(prefix="bench-backup-") as folder:
        scratch = Path(folder)
        large_tree(scratch / "large", megabytes << 20)
        walls = {"first": 1.0, "second": 1.1, "verify": 1.0, "restore": 1.1}
        return [*rounds(scratch, "large", change_inside, walls), _kills(scratch), _stop(scratch)]


def _kills(scratch: Path) -> Figure:
    source, place, calm = scratch / "large", scratch / "killed", scratch / "calm"
    ours("create", calm)
    whole = ours("backup", calm, source).wall
    ours("create", place)
    command = [sys.executable, "-m", "tests.bench._backup", "--", "backup", str(place), str(source)]
    for number in range(5):
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "RESTIC_PASSWORD": PASSWORD})
        try:
            process.wait(whole * (0.2 + 0.15 * number))
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
    ours("backup", place, source)
    return ratio("large: size after five kills and a rerun", size(place) / size(calm), 1.02)


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


if __name__ == "__main__":
    print(table(bench(*map(int, sys.argv[1:]))))
