"""How far a run is: counted by its threads, told to one listener, never backwards and never full before the end."""

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Files and bytes dealt with, of how many, and what was dealt with last."""

    files: int
    total_files: int
    bytes: int
    total_bytes: int
    path: str


Listener = Callable[[Progress], None]


class Counter:
    """Adds up and tells. Thread-safe; the listener is called by one thread at a time."""

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._files = self._bytes = self._total_files = self._total_bytes = 0

    def expect(self, files: int, size: int) -> None:
        """Sets what there is to do in all."""
        with self._lock:
            self._total_files, self._total_bytes = files, size

    def add(self, path: str, files: int = 0, size: int = 0) -> None:
        """Counts what was done. What grew meanwhile does not lead past the end: the last step is told by `end`."""
        with self._lock:
            self._files += files
            self._bytes += size
            self._tell(path, max(min(self._files, self._total_files - 1), 0), min(self._bytes, self._total_bytes - 1))

    def end(self) -> None:
        """Everything is done and safe."""
        with self._lock:
            self._total_files, self._total_bytes = self._files, self._bytes
            self._tell("", self._files, self._bytes)

    def _tell(self, path: str, files: int, size: int) -> None:
        if self._listener:
            self._listener(Progress(files, self._total_files, max(size, 0), self._total_bytes, path))
