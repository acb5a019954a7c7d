"""The recipients of a mailing as they are shown: a filter, those that are loaded, and how many there are in all."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Protocol

from desktop.client.recipients import Recipient, RecipientPage
from desktop.state.rows import Counted, PagedRows

STATES = ("waiting", "handed over", "deferred", "sent", "refused", "unknown", "skipped")
"""The states of a recipient, in the order in which they are told."""


@dataclass(frozen=True)
class Wanted:
    """Which recipients of which job are listed; without states, all."""

    job: int
    states: tuple[str, ...] = ()
    search: str = ""


class RowWatcher(Counted, Protocol):
    """Who shows the rows."""

    def repaint(self, first: int, last: int) -> None: ...


class RecipientList(PagedRows[Recipient]):
    """The rows are in the order of their ids."""

    def __init__(self, watcher: RowWatcher) -> None:
        super().__init__(watcher)
        self.cursor: int | None = None
        self._watcher = watcher

    def clear(self) -> None:
        """Nothing is listed."""
        self.begin(RecipientPage([], None, 0, {}))

    def begin(self, page: RecipientPage) -> None:
        """Shows the first page of an answer."""
        self._watcher.resetting()
        self.rows, self.cursor = list(page.items), page.next_cursor
        self.total = max(page.total, len(self.rows))
        self._watcher.reset()

    def extend(self, page: RecipientPage) -> None:
        """Takes the next page in: placeholders become rows."""
        start = len(self.rows)
        known = self.rows[-1].id if self.rows else 0
        new = [one for one in page.items if one.id > known]
        self.cursor = page.next_cursor
        self.resize(max(self.total, start + len(new)) if self.cursor else start + len(new))
        self.rows += new
        if new:
            self._watcher.repaint(start, len(self.rows) - 1)

    def before(self, row: int) -> int:
        """The cursor with which a page begins at this row."""
        return self.rows[min(row, len(self.rows)) - 1].id if row > 0 and self.rows else 0

    def renew(self, after: int, page: RecipientPage) -> None:
        """Puts a stretch that was asked for again, from the cursor `after` on, in the place of what is known of it."""
        start = bisect_right(self.rows, after, key=_number)
        end = len(self.rows)
        if page.next_cursor is not None:
            end = bisect_right(self.rows, page.next_cursor, key=_number)
        # What lies behind the rows that are loaded is not taken in: there would be a gap before it.
        last = self.rows[-1].id if self.rows and self.cursor is not None else None
        new = [one for one in page.items if last is None or one.id <= last]
        old = self.rows[start:end]
        if [one.id for one in old] != [one.id for one in new]:
            self._drop(start, {one.id for one in new}, old)
            self._insert(new)
        for row, one in enumerate(new, start):
            if self.rows[row] != one:
                self.rows[row] = one
                self._watcher.repaint(row, row)
        self.resize(page.total if self.cursor is not None else len(self.rows))

    def _drop(self, start: int, kept: set[int], old: list[Recipient]) -> None:
        for row in range(start + len(old) - 1, start - 1, -1):
            if self.rows[row].id not in kept:
                self._watcher.removing(row, 1)
                del self.rows[row]
                self.total -= 1
                self._watcher.removed()

    def _insert(self, new: list[Recipient]) -> None:
        for one in new:
            row = bisect_left(self.rows, one.id, key=_number)
            if row == len(self.rows) or self.rows[row].id != one.id:
                self._watcher.inserting(row, 1)
                self.rows.insert(row, one)
                self.total += 1
                self._watcher.inserted()


def _number(one: Recipient) -> int:
    return one.id
