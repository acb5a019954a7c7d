"""The log of an attempt on disk: JSON, a line an entry, in parts of bounded size of which the newest are kept.

Places in a log are byte offsets counted over all parts, also over those that are gone: they never change their meaning.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backend.core.views import LogEntry

PART_BYTES = 64_000_000
PARTS = 4
PAGE_BYTES = 1_000_000
SEARCH_BYTES = 16_000_000


@dataclass(frozen=True)
class Part:
    """One file of a log; `start` is where it begins in the whole."""

    start: int
    path: Path

    @property
    def size(self) -> int:
        """Bytes in it now."""
        return self.path.stat().st_size


@dataclass
class Page:
    """Entries, where the next page begins, and which bytes there are: from `first` up to `size`."""

    entries: list[LogEntry] = field(default_factory=list[LogEntry])
    next: int = 0
    first: int = 0
    size: int = 0


def parts(folder: Path, attempt: int) -> list[Part]:
    """The parts of an attempt's log that are there, in order."""
    try:
        with os.scandir(folder) as there:
            names = [entry.name for entry in there]
    except FileNotFoundError:
        return []
    begin = f"attempt-{attempt}."
    found = [
        Part(int(name.split(".")[1]) if name.count(".") == 2 else 0, folder / name)
        for name in names
        if name.startswith(begin) and name.endswith(".log")
    ]
    return sorted(found, key=lambda part: part.start)


class LogWriter:
    """Appends to the log of one attempt. For one process, which locks by itself."""

    def __init__(self, folder: Path, attempt: int, *, part_bytes: int = PART_BYTES, kept: int = PARTS) -> None:
        self._folder, self._attempt = folder, attempt
        self._part_bytes, self._kept = part_bytes, kept
        there = parts(folder, attempt)
        self._start = there[-1].start if there else 0
        self._handle = self._open()
        self._length = os.fstat(self._handle).st_size

    @property
    def size(self) -> int:
        """Where the next line begins."""
        return self._start + self._length

    def append(self, entry: LogEntry) -> None:
        """Adds one line, whole or not at all. Raises OSError."""
        line = _line(entry)
        if self._length and self._length + len(line) > self._part_bytes:
            self._begin_part()
        try:
            written = os.write(self._handle, line)
        except OSError:
            os.ftruncate(self._handle, self._length)
            raise
        if written < len(line):
            os.ftruncate(self._handle, self._length)
            raise OSError(28, os.strerror(28))
        self._length += written

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._handle)

    def _open(self) -> int:
        name = f"attempt-{self._attempt}.{self._start}.log" if self._start else f"attempt-{self._attempt}.log"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        return os.open(self._folder / name, flags, 0o600)

    def _begin_part(self) -> None:
        os.close(self._handle)
        self._start, self._length = self.size, 0
        self._handle = self._open()
        for part in parts(self._folder, self._attempt)[: -self._kept]:
            part.path.unlink()


def _line(entry: LogEntry) -> bytes:
    return json.dumps(entry.model_dump(mode="json"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def only_line(entry: LogEntry, text: str, after: int) -> Page:
    """The log of one line that stands in no file, as `read` and `search` would tell of it."""
    size = len(_line(entry))
    is_wanted = after <= 0 and _written(text) in _written(entry.message)
    return Page([entry] if is_wanted else [], size, 0, size)


def read(folder: Path, attempt: int, after: int, limit: int) -> Page:
    """At most `limit` entries from a byte on, about PAGE_BYTES; inside a line, from the next one on."""
    page, there = _page(folder, attempt, after)
    taken = 0
    for start, line in _lines(there, page.next):
        if len(page.entries) == limit or taken >= PAGE_BYTES:
            break
        page.entries.append(LogEntry.model_validate_json(line))
        page.next = start + len(line)
        taken += len(line)
    return page


def search(folder: Path, attempt: int, text: str, after: int, limit: int) -> Page:
    """At most `limit` entries that hold the text (whatever the case) in message or facts, from a byte on.

    About SEARCH_BYTES are gone through; `next` is where to search on.
    """
    written = _written(text)
    page, there = _page(folder, attempt, after)
    until = page.next + SEARCH_BYTES
    for start, block in _blocks(there, page.next):
        if len(page.entries) >= limit or start >= until:
            break
        page.next = start + len(block)
        if written not in block.decode("utf-8", "replace").casefold():
            continue
        for line in block.splitlines(keepends=True):
            if written in line.decode("utf-8", "replace").casefold():
                entry = LogEntry.model_validate_json(line)
                if any(written in _written(part) for part in (entry.message, entry.facts)):
                    page.entries.append(entry)
    return page


def _written(part: object) -> str:
    """As it stands in the file, whatever its case, without the marks around it."""
    return json.dumps(part, ensure_ascii=False)[1:-1].casefold()


def _page(folder: Path, attempt: int, after: int) -> tuple[Page, list[Part]]:
    there = parts(folder, attempt)
    if not there:
        return Page(), []
    first, size = there[0].start, there[-1].start + there[-1].size
    return Page(next=_whole_line(there, min(max(after, first), size)), first=first, size=size), there


def _whole_line(there: list[Part], after: int) -> int:
    """The first place at or behind `after` where a line begins. Parts begin with whole lines."""
    part = next(part for part in reversed(there) if part.start <= after)
    if after == part.start:
        return after
    with part.path.open("rb") as file:
        file.seek(after - part.start - 1)
        file.readline()
        return part.start + file.tell()


def _lines(there: list[Part], after: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines with their places; one that is still being written is left for later."""
    for part, file_at in _from(there, after):
        with part.path.open("rb") as file:
            file.seek(file_at)
            for line in file:
                if line.endswith(b"\n"):
                    yield part.start + file_at, line
                    file_at += len(line)


def _blocks(there: list[Part], after: int) -> Iterator[tuple[int, bytes]]:
    """The same in blocks of about a megabyte."""
    for part, file_at in _from(there, after):
        with part.path.open("rb") as file:
            file.seek(file_at)
            while block := file.read(PAGE_BYTES):
                if not block.endswith(b"\n"):
                    block += file.readline()
                if not block.endswith(b"\n"):
                    block = block[: block.rfind(b"\n") + 1]
                if block:
                    yield part.start + file_at, block
                file_at = file.tell()


def _from(there: list[Part], after: int) -> Iterator[tuple[Part, int]]:
    for part in there:
        if after < part.start + part.size:
            yield part, max(0, after - part.start)
