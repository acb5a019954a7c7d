"""A drill: files chosen at random are restored for real and compared, with the live file where it has not changed.

Where the live file has changed or is gone, the restored one is compared with what the version recorded: the length,
and the SHA-256 of every piece, which `Repository.load_blob` checks on each read.
"""

import hashlib
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backend.lib.restic.browse import Found, local_path, walk
from backend.lib.restic.progress import Listener, Progress
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import NothingRestoredError, restore
from backend.lib.restic.scan import native
from backend.lib.restic.snapshots import Snapshot

Verdict = Literal["same as the live file", "as recorded", "differs", "could not be restored"]
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Drilled:
    """One file of the sample: its path as people read it, its size, the SHA-256 of what came back, and the verdict."""

    path: str
    size: int
    sha256: str
    verdict: Verdict
    why: str = ""

    @property
    def good(self) -> bool:
        """Whether it came back as it was."""
        return self.verdict in ("same as the live file", "as recorded")


@dataclass(frozen=True)
class DrillResult:
    """The sample, and of how many files it was taken."""

    snapshot: Snapshot
    files: int
    sample: list[Drilled]

    @property
    def good(self) -> bool:
        """Whether all of the sample came back."""
        return all(drilled.good for drilled in self.sample)


def drill(
    repository: Repository,
    snapshot: Snapshot,
    scratch: Path,
    count: int,
    *,
    on_progress: Listener | None = None,
    checkpoint: Callable[[], None] = lambda: None,
    seed: int | None = None,
) -> DrillResult:
    """Restores `count` files of the snapshot under `scratch`, one after the other, and removes them again.

    Raises NothingRestoredError where the snapshot holds no file.
    """
    chosen, files = _sample(repository, snapshot, count, random.Random(seed), checkpoint)
    if not chosen:
        raise NothingRestoredError("drill.nothing", "The version holds no file.", "Choose another backup.")
    total = sum(found.node.size for found in chosen)
    done = 0
    sample: list[Drilled] = []
    for number, found in enumerate(chosen):
        checkpoint()
        if on_progress:
            on_progress(Progress(number, len(chosen), done, total, found.shown))
        sample.append(_try(repository, found, scratch / str(number), checkpoint))
        done += found.node.size
    return DrillResult(snapshot, files, sample)


def _sample(
    repository: Repository,
    snapshot: Snapshot,
    count: int,
    generator: random.Random,
    checkpoint: Callable[[], None],
) -> tuple[list[Found], int]:
    """Every file is as likely as any other (reservoir sampling: Vitter 1985, algorithm R)."""
    chosen: list[Found] = []
    seen = 0
    for found in walk(repository, snapshot, checkpoint):
        if found.node.kind != "file":
            continue
        seen += 1
        if len(chosen) < count:
            chosen.append(found)
        elif (place := generator.randrange(seen)) < count:
            chosen[place] = found
    return sorted(chosen, key=lambda found: found.path), seen


def _try(repository: Repository, found: Found, place: Path, checkpoint: Callable[[], None]) -> Drilled:
    size = found.node.size
    try:
        result = restore(repository, found.snapshot, place, [found.path], checkpoint=checkpoint)
    except NothingRestoredError as error:
        return Drilled(found.shown, size, "", "could not be restored", error.message)
    if result.damaged:
        return Drilled(found.shown, size, "", "could not be restored", result.damaged[0][1].message)
    (restored,) = place.iterdir()
    sha256 = _sha256(str(restored), checkpoint)
    is_as_recorded = restored.stat().st_size == size
    restored.unlink()
    live = native(local_path(found.path))
    if not is_as_recorded:
        return Drilled(found.shown, size, sha256, "differs", "its length is not what was recorded")
    if not _is_unchanged(live, found):
        return Drilled(found.shown, size, sha256, "as recorded", "the live file has changed since")
    if _sha256(live, checkpoint) == sha256:
        return Drilled(found.shown, size, sha256, "same as the live file")
    if _is_unchanged(live, found):
        return Drilled(found.shown, size, sha256, "differs", "the live file has the same date and length")
    return Drilled(found.shown, size, sha256, "as recorded", "the live file has changed since")


def _is_unchanged(live: str, found: Found) -> bool:
    try:
        info = os.lstat(live)
    except OSError:
        return False
    return info.st_size == found.node.size and info.st_mtime_ns == found.node.mtime and os.access(live, os.R_OK)


def _sha256(path: str, checkpoint: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:  # noqa: PTH123 - the system's own string
        while block := file.read(_BLOCK):
            checkpoint()
            digest.update(block)
    return digest.hexdigest()
