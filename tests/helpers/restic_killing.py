"""A process that forks workers on a repository and kills them, and looks at the repository after each.

Run as a module: forking is safe only in a process without threads, which a test run is not.
    backups SOURCE PLACE KILLS SECONDS     kills backups at random moments within so many seconds
    shares SOURCE PLACE KILLS              kills backups when so much and so much of the data is dealt with
    steps PLACE forget|prune|repair        kills a removal before and after each change on the disk, one by one
    prunes PLACE KILLS                     kills removals at random moments, on copies, then finishes them
    restore PLACE TARGET                   kills a restore as soon as a file stands there half written
Prints JSON; ends with an AssertionError where a version was harmed.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from backend.lib.restic.backup import back_up
from backend.lib.restic.keep import KeepRules
from backend.lib.restic.progress import Progress
from backend.lib.restic.prune import forget, prune, repair_index
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import load_snapshots
from backend.lib.restic.verify import verify
from tests.helpers.children import ROOT
from tests.helpers.idle_packs import packs_of, stored
from tests.helpers.restic_judge import PASSWORD, judge
from tests.helpers.trees import change_some

PARTS = ".deskhand-*.part"


def killing(*arguments: object, timeout: float = 300.0) -> dict[str, int]:
    """Runs a command of this module in a process of its own."""
    command = [sys.executable, "-m", "tests.helpers.restic_killing", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def forked(work: Callable[[], object]) -> int:
    """The process ID of a child that does the work and ends."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def ended(pid: int) -> int:
    """Waits; minus the signal that killed it, else the exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def looked_at(place: Path, share: float) -> None:
    """Fails unless every version there is whole."""
    found = verify(Repository.open(place, PASSWORD), share=share)
    assert found.good, found.damaged
    assert found.snapshots


def kill_backups(source: Path, place: Path, kills: int, seconds: float) -> dict[str, int]:
    """Kills backups at random moments until so many were killed; those that ended get something new to do."""
    generator = random.Random()
    outcomes = {"killed": 0, "ended": 0}
    for number in range(kills * 5):
        if outcomes["killed"] == kills:
            break
        pid = forked(lambda: back_up(Repository.open(place, PASSWORD), [source]))
        time.sleep(generator.uniform(0.05, seconds))  # the moment of the kill is what is random here
        os.kill(pid, signal.SIGKILL)
        if ended(pid) == -signal.SIGKILL:
            outcomes["killed"] += 1
        else:
            outcomes["ended"] += 1
            change_some(source, 0.3, seed=number)
            seconds *= 0.7  # what is new is less than the first time
        looked_at(place, share=1.0 if number % 5 == 0 else 0.0)
    return outcomes


def kill_at_shares(source: Path, place: Path, kills: int) -> dict[str, int]:
    """Kills backups one after the other, each when a larger share of the data is dealt with."""

    def run(share: float) -> None:
        def die(progress: Progress) -> None:
            if progress.bytes >= progress.total_bytes * share:
                os.kill(os.getpid(), signal.SIGKILL)

        back_up(Repository.open(place, PASSWORD), [source], on_progress=die)

    for number in range(1, kills + 1):
        share = number / (kills + 1)
        assert ended(forked(lambda share=share: run(share))) == -signal.SIGKILL
        looked_at(place, share=0.0)
    return {"killed": kills}


def kill_steps(place: Path, what: str) -> dict[str, int]:
    """Kills a removal at its first change on the disk, anew at its second, and so on until one comes to its end."""
    works: dict[str, Callable[[Repository], object]] = {
        "forget": lambda repository: forget(repository, KeepRules(last=1)),
        "prune": prune,
        "repair": repair_index,
    }

    def run(step: int) -> None:
        die_at(step)
        works[what](Repository.open(place, PASSWORD))

    for step in range(100):
        status = ended(forked(lambda step=step: run(step)))
        looked_at(place, share=1.0)
        if status == 0:
            return {"steps": step}
        assert status == -signal.SIGKILL, status
    raise AssertionError("it never came to its end")


def kill_prunes(place: Path, kills: int) -> dict[str, int]:
    """Kills a removal at random moments, each on a copy of its own, has the official restic look at it and goes on."""
    generator = random.Random()
    outcomes = {"killed": 0, "ended": 0, "left something": 0}
    calm = place.with_name("calm")
    shutil.copytree(place, calm)
    began = time.monotonic()
    prune(Repository.open(calm, PASSWORD))
    seconds = time.monotonic() - began
    for number in range(kills * 5):
        if outcomes["killed"] == kills:
            break
        copy = place.with_name(f"killed-{number}")
        shutil.copytree(place, copy)
        pid = forked(lambda copy=copy: prune(Repository.open(copy, PASSWORD)))
        time.sleep(generator.uniform(0.0, seconds))  # the moment of the kill is what is random here
        os.kill(pid, signal.SIGKILL)
        if ended(pid) == -signal.SIGKILL:
            outcomes["killed"] += 1
            looked_at(copy, share=1.0)
            judge(copy)
        else:
            outcomes["ended"] += 1
            seconds *= 0.9
        outcomes["left something"] += packs_of(copy) not in (packs_of(place), packs_of(calm))
        prune(Repository.open(copy, PASSWORD))
        looked_at(copy, share=0.0)
        assert abs(stored(copy) - stored(calm)) < 0.01 * stored(calm), "what was left is gone"
        shutil.rmtree(copy)
    prune(Repository.open(place, PASSWORD))
    return outcomes


def kill_restore(place: Path, target: Path) -> dict[str, int]:
    """Kills a restore with a file half written."""

    def die(_progress: Progress) -> None:
        if any(target.rglob(PARTS)):
            os.kill(os.getpid(), signal.SIGKILL)

    def run() -> None:
        repository = Repository.open(place, PASSWORD)
        restore(repository, load_snapshots(repository)[-1], target, on_progress=die)

    assert ended(forked(run)) == -signal.SIGKILL
    return {"left": sum(1 for _ in target.rglob(PARTS))}


def die_at(step: int) -> None:
    """From now on this process kills itself at the given change of a folder, counted from 0."""
    left = [step]
    real_replace, real_unlink = Path.replace, Path.unlink

    def count() -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def replace(self: Path, target: Path) -> Path:
        count()
        made = real_replace(self, target)
        count()
        return made

    def unlink(self: Path, missing_ok: bool = False) -> None:
        count()
        real_unlink(self, missing_ok=missing_ok)

    for name, counting in (("replace", replace), ("unlink", unlink)):
        setattr(Path, name, counting)


def main(arguments: list[str]) -> None:
    """The module's commands."""
    if arguments[0] == "backups":
        source, place, kills, seconds = arguments[1:]
        print(json.dumps(kill_backups(Path(source), Path(place), int(kills), float(seconds))))
    elif arguments[0] == "shares":
        source, place, kills = arguments[1:]
        print(json.dumps(kill_at_shares(Path(source), Path(place), int(kills))))
    elif arguments[0] == "prunes":
        print(json.dumps(kill_prunes(Path(arguments[1]), int(arguments[2]))))
    elif arguments[0] == "restore":
        print(json.dumps(kill_restore(Path(arguments[1]), Path(arguments[2]))))
    else:
        print(json.dumps(kill_steps(Path(arguments[1]), arguments[2])))


if __name__ == "__main__":
    main(sys.argv[1:])
