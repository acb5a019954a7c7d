"""How much there is to back up: counted before the start, in a thread of its own where that can be."""

import os
import stat
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from backend.lib.restic.exclusions import Exclusions
from backend.lib.restic.scan import MOST_KEPT, Entry, Scanner, Skipped, clean_sources, native

_MOST_NAMED = 1000
_FRESH = 5.0  # seconds


@dataclass
class Survey:
    """Figures of what a backup would take. The lists name the first thousand."""

    files: int = 0
    folders: int = 0
    bytes: int = 0
    excluded: list[str] = field(default_factory=list[str])
    excluded_count: int = 0
    skipped: list[Skipped] = field(default_factory=list[Skipped])
    skipped_count: int = 0


def survey(
    sources: Sequence[str],
    exclusions: Exclusions,
    repository_root: Path,
    checkpoint: Callable[[], None],
    keep: Callable[[str, list[Entry]], None] = lambda _path, _entries: None,
) -> Survey:
    """Counts what a backup would take. Changes nothing. `keep` gets each folder that is whole, in the walk's order."""
    counted = Survey()

    def excluded(path: str) -> None:
        counted.excluded_count += 1
        if len(counted.excluded) < _MOST_NAMED:
            counted.excluded.append(path)

    def skipped(what: Skipped) -> None:
        counted.skipped_count += 1
        if len(counted.skipped) < _MOST_NAMED:
            counted.skipped.append(what)

    scanner = Scanner(exclusions, repository_root, skipped, excluded)
    waiting: list[str] = []
    for source in reversed(sources):
        try:
            waiting += _count(counted, [Entry(b"", source, os.lstat(native(source)))])
        except OSError as error:
            scanner.tell(source, error)
    while waiting:
        checkpoint()
        path, before = waiting.pop(), counted.skipped_count
        entries = scanner.list(path)
        if entries is not None:
            waiting += reversed(_count(counted, entries))
            if counted.skipped_count == before:
                keep(path, entries)
    return counted


class Surveying:
    """A survey in a thread of its own, so that it costs no time while something else is waited for.

    To be used as a context: what still goes on at its end is ended. `checkpoint` is called by that thread, and what it
    raises is raised by `result`. Where there is no repository yet, the counting waits for `result`: what the
    repository takes itself could not be told from what is to be backed up.
    """

    def __init__(
        self,
        sources: Sequence[str | Path],
        exclusions: Exclusions,
        repository_root: Path,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> None:
        self.sources = clean_sources(sources)
        self._exclusions = exclusions
        self._root = repository_root
        self._checkpoint = checkpoint
        self._counted: Survey | None = None
        self._failure: BaseException | None = None
        self._is_over = False
        self._kept = 0
        self._listings: dict[str, tuple[float, list[Entry]]] = {}
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._root.is_dir():
            self._thread = threading.Thread(target=self._run, name="backup-survey", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        if self._thread:
            self._thread.join()
        self._listings.clear()

    def result(self) -> Survey:
        """The figures, once they are there; raises what the counting raised."""
        if self._thread:
            self._thread.join()
        elif self._counted is None:
            self._run()
        if self._counted is None:
            assert self._failure is not None
            raise self._failure
        return self._counted

    def take_listing(self, path: str) -> list[Entry] | None:
        """What lies in a folder, where that was seen just now and is not taken yet; not before there is a result."""
        made, entries = self._listings.pop(path, (0.0, None))
        return entries if time.monotonic() - made < _FRESH else None

    def _run(self) -> None:
        try:
            self._counted = survey(self.sources, self._exclusions, self._root, self._check, self._keep)
        except BaseException as error:  # noqa: BLE001 - raised by who waits
            self._failure = error

    def _check(self) -> None:
        if self._is_over:
            raise InterruptedError
        self._checkpoint()

    def _keep(self, path: str, entries: list[Entry]) -> None:
        if (kept := self._kept + len(entries)) <= MOST_KEPT:
            self._kept = kept
            self._listings[path] = (time.monotonic(), entries)


def _count(counted: Survey, entries: Sequence[Entry]) -> list[str]:
    """Counts entries of one folder, and returns the folders among them."""
    folders: list[str] = []
    for entry in entries:
        mode = entry.info.st_mode
        if stat.S_ISDIR(mode):
            counted.folders += 1
            folders.append(entry.path)
        elif stat.S_ISREG(mode):
            counted.files += 1
            counted.bytes += entry.info.st_size
        elif stat.S_ISLNK(mode):
            counted.files += 1
    return folders
