"""A job's log by stretches: which bytes are known, and what to ask for next, forwards or backwards."""

from dataclasses import dataclass, field

from desktop.client.events import JobLogged
from desktop.client.shapes import LogEntry, LogPage

STRETCH = 48 * 1024
"""Bytes that are asked for at a time when going backwards, and kept at the end when a log is opened."""


@dataclass
class LogPages:
    """The bytes `start .. end` of one attempt's log are known; `size` is how many there are."""

    job: int
    attempt: int
    start: int = 0
    end: int = 0
    size: int = 0
    kept_from: int = 0
    """What was before this byte is gone."""
    first: LogEntry | None = None
    """The first entry that is known; what is read before it ends where it begins."""
    opened: bool = False
    gathered: list[LogEntry] = field(default_factory=list[LogEntry])
    """What has been read of the stretch before `start`, until it meets it."""

    @property
    def has_earlier(self) -> bool:
        """Whether there is something before what is known."""
        return self.opened and self.start > self.kept_from

    @property
    def has_later(self) -> bool:
        """Whether there is something after what is known."""
        return self.end < self.size

    def opening(self, size: int, kept_from: int = 0) -> int:
        """Where to begin in a log of so many bytes: near its end. A page begins with the next whole line."""
        self.size, self.kept_from = size, kept_from
        self.start = self.end = max(kept_from, size - STRETCH)
        return self.start

    def append(self, page: LogPage) -> list[LogEntry]:
        """Takes in what follows; returns it."""
        if not self.opened:
            self.opened = True
            self.first = page.entries[0] if page.entries else None
        self.first = self.first or (page.entries[0] if page.entries else None)
        self.end, self.size = page.next, max(page.size, page.next)
        return page.entries

    def earlier(self) -> int:
        """Where the stretch before begins."""
        return max(self.kept_from, self.start - STRETCH)

    def prepend(self, page: LogPage, begin: int) -> list[LogEntry] | None:
        """Takes in a page of the stretch that began at `begin`.

        Returns the whole stretch once it reaches what is known, or None while there is more of it, from `page.next`.
        """
        entries = page.entries
        if page.next > self.start or not entries:
            entries = self._before_known(entries)
            met = True
        else:
            met = page.next >= self.start
        self.gathered += entries
        if not met:
            return None
        stretch, self.gathered = self.gathered, []
        self.start = begin
        self.first = stretch[0] if stretch else self.first
        return stretch

    def _before_known(self, entries: list[LogEntry]) -> list[LogEntry]:
        for place, entry in enumerate(entries):
            if entry == self.first:
                return entries[:place]
        return entries

    def concerns(self, event: JobLogged) -> bool:
        """Whether new lines were added to this log that are not known yet."""
        return event.id == self.job and event.attempt == self.attempt and self.opened and event.offset >= self.end
