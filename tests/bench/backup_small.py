"""Backups of many small files against the official restic: see `tests.bench._backup`."""

import sys
import tempfile
from pathlib import Path

from tests.bench._backup import rounds
from tests.bench.figures import Figure, table
from tests.helpers.trees import change_some, office_tree


def bench(files: int = 20_000) -> list[Figure]:
    """All figures. At full size it takes some minutes and 10 GB of scratch space."""
    with tempfile.TemporaryDirectory(prefix="bench-backup-") as folder:
        scratch = Path(folder)
        office_tree(scratch / "small", files)
        walls = {"first": 0.9, "second": 0.9, "verify": 1.0, "restore": 1.1}
        return list(rounds(scratch, "small", change_some, walls, changes=2))


if __name__ == "__main__":
    print(table(bench(*map(int, sys.argv[1:]))))
