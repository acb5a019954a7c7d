"""The official restic as the independent judge: it must check and restore whatever a test makes."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from backend.lib.restic import locks, repository
from backend.lib.restic.crypto import Kdf
from backend.lib.restic.repository import Repository
from tests.helpers.trees import picture

PASSWORD = "correct horse <battery> & ünï"
QUICK = Kdf(n=1 << 12, r=8, p=1)
repository.KDF = QUICK
locks.SETTLE = 0.02  # it is for shares that are slow to show a file; here they are at once


def make_repository(root: Path) -> Repository:
    """A repository whose password costs little to open."""
    return Repository.create(root, PASSWORD, QUICK)


def restic(place: Path, *arguments: str, refused: bool = False, password: str = PASSWORD) -> str:
    """Runs the official restic and returns what it said; it must succeed, or fail if `refused`."""
    environment = {**os.environ, "RESTIC_PASSWORD": password, "RESTIC_CACHE_DIR": str(place.parent / "cache")}
    done = subprocess.run(
        ["restic", "--repo", str(place), "--no-cache", *arguments],
        env=environment,
        capture_output=True,
        timeout=100,
        check=False,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert (done.returncode != 0) == refused, said
    return said if refused else done.stdout.decode("utf-8", "replace")


def judge(place: Path, password: str = PASSWORD) -> None:
    """Fails unless the official restic finds the whole repository sound, its data included."""
    restic(place, "unlock", password=password)
    said = restic(place, "check", "--read-data", password=password)
    assert "no errors were found" in said, said


def judge_restores(place: Path, source: Path, scratch: Path, snapshot: str = "latest") -> None:
    """Fails unless the official restic brings `source` back as it is, times, modes and links included."""
    restic(place, "restore", snapshot, "--target", str(scratch))
    back = Path(f"{scratch}{source}")
    found, wanted = picture(back), picture(source)
    names = (found.keys() | wanted.keys()) - {b"to latin"}  # restic before 0.16 spoils targets that are not UTF-8
    differing = {key: (found.get(key), wanted.get(key)) for key in names}
    differing = {key: pair for key, pair in differing.items() if pair[0] != pair[1]}
    assert not differing, differing


def listed(place: Path) -> list[dict[str, Any]]:
    """The snapshots as the official restic sees them."""
    return json.loads(restic(place, "snapshots", "--json")) or []
