"""Remembers what a rehearsal listed, so that the job takes away that and nothing more.

The lists lie in the data folder, one for each set of answers, and are good for half a day. A job uses its list up.
"""

import hashlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from backend.core.paths import private_dir
from backend.core.settings import settings
from backend.lib.cleaning.items import Item

GOOD_FOR = 12 * 3600.0


def own_folder(name: str) -> Path:
    """A folder of the clean-ups in the data folder."""
    return private_dir(private_dir(settings().data_dir / "clean-ups") / name)


def save(path: Path, items: Sequence[Item]) -> None:
    """Writes a list of items, whole or not at all."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(items), "utf-8")
    part.replace(path)


def load(path: Path) -> list[Item]:
    """The items that `save` wrote."""
    return [Item(*each) for each in json.loads(path.read_text("utf-8"))]


def remember(answers: str, items: Sequence[Item]) -> None:
    """Keeps what was shown for these answers; forgets lists that have had their time."""
    folder = own_folder("shown")
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - GOOD_FOR:
            old.unlink(missing_ok=True)
    save(_path(answers), items)


def take(answers: str) -> list[Item] | None:
    """The list that was shown last for these answers, once; None when there is none."""
    path = _path(answers)
    try:
        fresh = path.stat().st_mtime >= time.time() - GOOD_FOR
        items = load(path) if fresh else None
    except FileNotFoundError:
        return None
    path.unlink(missing_ok=True)
    return items


def _path(answers: str) -> Path:
    return own_folder("shown") / f"{hashlib.sha256(answers.encode()).hexdigest()}.json"
