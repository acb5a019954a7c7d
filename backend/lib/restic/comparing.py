"""What a backup would do: what is new, changed and gone since the last version, and what may not be read."""

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.lib.restic.errors import DamagedError
from backend.lib.restic.exclusions import Exclusions
from backend.lib.restic.names import quote
from backend.lib.restic.nodes import unchanged
from backend.lib.restic.reading import open_source
from backend.lib.restic.repository import Repository, host_name
from backend.lib.restic.scan import Entry, Scanner, Skipped, clean_sources, native, parts_of
from backend.lib.restic.snapshots import Snapshot, choose_parent, load_snapshots

_MOST_NAMED = 500


@dataclass
class Comparison:
    """Figures against the last version; `since` is None where there is none. The lists name the first five hundred."""

    since: Snapshot | None = None
    files: int = 0
    bytes: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    bytes_to_read: int = 0
    excluded_count: int = 0
    excluded: list[str] = field(default_factory=list[str])
    unreadable: list[Skipped] = field(default_factory=list[Skipped])


def compare(
    repository: Repository | None,
    sources: Sequence[str],
    exclusions: Exclusions,
    root: os.PathLike[str],
    checkpoint: Callable[[], None] = lambda: None,
) -> Comparison:
    """Walks the sources beside the last version in the repository, if there is one. Changes nothing."""
    run = _Run(repository, exclusions, root, checkpoint)
    paths = clean_sources(list(sources))
    if repository is not None:
        snapshots = load_snapshots(repository, lambda _damage: None)
        repository.load_index(lambda _damage: None, checkpoint)
        run.found.since = choose_parent(snapshots, host_name(), paths)
    for path in paths:
        run.source(path)
    return run.found


class _Run:
    def __init__(
        self,
        repository: Repository | None,
        exclusions: Exclusions,
        root: os.PathLike[str],
        checkpoint: Callable[[], None],
    ) -> None:
        self.found = Comparison()
        self._repository = repository
        self._checkpoint = checkpoint
        self._scanner = Scanner(exclusions, Path(root), self._skipped, self._excluded)

    def source(self, path: str) -> None:
        """Compares one source."""
        tree = self.found.since.tree if self.found.since else b""
        names = parts_of(path)
        for name in names[:-1]:
            tree = bytes.fromhex(self._nodes(tree).get(quote(os.fsencode(name)), {}).get("subtree") or "")
        nodes = self._nodes(tree)
        try:
            info = os.lstat(native(path))
        except OSError as error:
            self._scanner.tell(path, error)
            return
        name = os.fsencode(names[-1]) if names else b""
        waiting = self._entry(Entry(name, path, info), nodes) if names else [(path, tree)]
        while waiting:
            self._checkpoint()
            folder, tree = waiting.pop()
            entries = self._scanner.list(folder)
            if entries is None:
                continue
            nodes = self._nodes(tree)
            for entry in entries:
                waiting.extend(self._entry(entry, nodes))
            self.found.gone += len(nodes.keys() - {quote(entry.raw) for entry in entries})

    def _entry(self, entry: Entry, nodes: dict[str, dict[str, Any]]) -> list[tuple[str, bytes]]:
        before = nodes.get(quote(entry.raw))
        mode = entry.info.st_mode
        if stat.S_ISDIR(mode):
            return [(entry.path, bytes.fromhex(str((before or {}).get("subtree") or "")))]
        self.found.files += 1
        if not stat.S_ISREG(mode):
            return []
        size = entry.info.st_size
        self.found.bytes += size
        if before is None:
            self.found.new += 1
        elif not unchanged(before, entry.info):
            self.found.changed += 1
        else:
            return []
        self.found.bytes_to_read += size
        try:
            os.close(open_source(native(entry.path))[0])
        except OSError as error:
            self._scanner.tell(entry.path, error)
        return []

    def _nodes(self, tree: bytes) -> dict[str, dict[str, Any]]:
        if not tree or self._repository is None:
            return {}
        try:
            return {str(node["name"]): node for node in self._repository.load_tree(tree)}
        except (DamagedError, KeyError, TypeError):
            return {}  # the run itself reads such a folder anew and tells of the damage

    def _skipped(self, what: Skipped) -> None:
        if what.trouble != "special" and len(self.found.unreadable) < _MOST_NAMED:
            self.found.unreadable.append(what)

    def _excluded(self, path: str) -> None:
        self.found.excluded_count += 1
        if len(self.found.excluded) < _MOST_NAMED:
            self.found.excluded.append(path)
