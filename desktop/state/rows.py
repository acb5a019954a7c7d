"""Rows of which some are loaded, and how many there are in all: what lists that come in pages have in common."""

from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Counted(Protocol):
    """Who shows the rows; each `...ing` is called before the change and each `...ed` after it."""

    def inserting(self, row: int, count: int) -> None: ...
    def inserted(self) -> None: ...
    def removing(self, row: int, count: int) -> None: ...
    def removed(self) -> None: ...
    def resetting(self) -> None: ...
    def reset(self) -> None: ...


class PagedRows(Generic[T]):
    """Rows `0 .. len(rows)` are loaded, those up to `total` are known to exist."""

    def __init__(self, shower: Counted) -> None:
        self.rows: list[T] = []
        self.total = 0
        self._shower = shower

    def resize(self, total: int) -> None:
        """Corrects how many there are; rows that are loaded always count."""
        total = max(total, len(self.rows))
        if total > self.total:
            self._shower.inserting(self.total, total - self.total)
            self.total = total
            self._shower.inserted()
        elif total < self.total:
            self._shower.removing(total, self.total - total)
            self.total = total
            self._shower.removed()
