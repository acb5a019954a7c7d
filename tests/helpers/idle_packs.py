"""Repositories in whose packs what is needed and what is not lie side by side."""

import random
from collections.abc import Callable
from pathlib import Path

from backend.lib.restic.backup import back_up
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import load_snapshots
from tests.helpers.restic_judge import make_repository


def numbered_files(source: Path, count: int = 120, size: int = 400_000, seed: int = 5) -> None:
    """Files that do not become smaller, a pack's worth of them in every forty."""
    generator = random.Random(seed)
    source.mkdir(parents=True)
    for number in range(count):
        (source / f"{number:04d}.bin").write_bytes(generator.randbytes(size - 2000 + number))


def remove_some(source: Path, goes: Callable[[int], bool] = lambda number: number % 2 == 0) -> None:
    """Removes files by their numbers."""
    for path in list(source.glob("*.bin")):
        if goes(int(path.stem)):
            path.unlink()


def forget_oldest(repository: Repository) -> None:
    """Removes the first version, and nothing of its data."""
    repository.store.remove("snapshots", load_snapshots(repository)[0].id)


def half_idle(source: Path, place: Path, count: int = 120) -> Repository:
    """A repository with one version, in whose packs of data about every second blob is idle."""
    numbered_files(source, count)
    repository = make_repository(place)
    back_up(repository, [source])
    remove_some(source)
    back_up(repository, [source])
    forget_oldest(repository)
    return repository


def stored(place: Path) -> int:
    """The bytes of all files of a repository."""
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def packs_of(place: Path) -> set[str]:
    """The names of the packs that are there."""
    return {path.name for path in (place / "data").rglob("*") if path.is_file()}
