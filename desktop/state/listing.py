"""The list of jobs as it is shown: a filter, an order, the rows that are loaded, and how many there are in all."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from desktop.client.shapes import Job, JobPage
from desktop.state.jobs import Changes
from desktop.state.rows import Counted, PagedRows
from desktop.state.standing import Chip

Part = Literal["all", "progress", "time"]
"""What of a row reads otherwise: anything, how far the job is, or how long it still takes."""

_PRIORITIES = {"high": 0, "normal": 1, "low": 2}
_NEVER = float("-inf")


@dataclass(frozen=True)
class Query:
    """What is listed, and in which order. `sort` is one of the API's, or `line` for the order of their turn."""

    chip: Chip = Chip.ALL
    search: str = ""
    kind: str = ""
    sort: str = "created"
    descending: bool = True

    @property
    def is_local(self) -> bool:
        """Whether the answer is known without asking: jobs that have not ended are all in the snapshot."""
        return self.chip.is_active

    def matches(self, job: Job) -> bool:
        """Whether the job belongs in the list."""
        states = self.chip.states
        if states and job.state not in states:
            return False
        if self.kind and job.kind != self.kind:
            return False
        return not self.search or self.search.casefold() in job.name.casefold()


def _time(job: Job, name: str) -> float:
    moment = getattr(job, name)
    return moment.timestamp() if moment else _NEVER


_KEYS: dict[str, Callable[[Job], tuple[Any, ...]]] = {
    "created": lambda job: (_time(job, "created_at"), job.id),
    "started": lambda job: (_time(job, "started_at"), job.id),
    "ended": lambda job: (_time(job, "ended_at"), job.id),
    "name": lambda job: (job.name.casefold(), job.id),
    "kind": lambda job: (job.kind, job.id),
    "state": lambda job: (job.state, job.id),
    "line": lambda job: (_PRIORITIES.get(job.priority, 1), job.position, job.id),
}


class Watcher(Counted, Protocol):
    """Who shows the rows; each `...ing` is called before the change and each `...ed` after it."""

    def moving(self, row: int, before: int) -> bool: ...
    def moved(self) -> None: ...
    def repaint(self, rows: list[int], part: Part) -> None: ...


class Listing(PagedRows[Job]):
    """The rows are in the order of the query."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__(watcher)
        self.query = Query()
        self.cursor: str | None = None
        self._watcher = watcher
        self._places: dict[int, int] | None = {}

    @property
    def complete(self) -> bool:
        """Whether every row is loaded."""
        return len(self.rows) >= self.total

    def place(self, job: int) -> int | None:
        """The row of a job, or None where it is not loaded."""
        if self._places is None:
            self._places = {row.id: index for index, row in enumerate(self.rows)}
        return self._places.get(job)

    def fill(self, query: Query, jobs: Iterable[Job]) -> None:
        """Shows the fitting ones of jobs that are all known."""
        fitting = [job for job in jobs if query.matches(job)]
        fitting.sort(key=_KEYS[query.sort], reverse=query.descending)
        self._replace(query, fitting, len(fitting), None)

    def begin(self, query: Query, page: JobPage) -> None:
        """Shows the first page of an answer."""
        self._replace(query, page.items, max(page.total, len(page.items)), page.next_cursor)

    def _replace(self, query: Query, rows: list[Job], total: int, cursor: str | None) -> None:
        self._watcher.resetting()
        self.query, self.rows, self.total, self.cursor = query, rows, total, cursor
        self._places = None
        self._watcher.reset()

    def extend(self, page: JobPage) -> None:
        """Takes the next page in: placeholders become rows. Those that came by event meanwhile are not doubled."""
        start = len(self.rows)
        new = [job for job in page.items if self.place(job.id) is None]
        self.cursor = page.next_cursor
        self.resize(max(self.total, start + len(new)))
        self.rows += new
        self._places = None
        if self.cursor is None:
            self.resize(len(self.rows))
        self._watcher.repaint(list(range(start, len(self.rows))), "all")

    def apply(self, changes: Changes) -> None:
        """Brings the rows up to date; only those that changed are painted again."""
        touched: list[int] = []
        for number in changes.removed:
            self._drop(number)
        for number, job in changes.changed.items():
            row = self.place(number)
            if row is None:
                self._offer(job)
            elif not self.query.matches(job):
                self._drop(number)
            else:
                self._update(row, job)
                touched.append(number)
        if touched:
            self._repaint(touched, "all")
        for number, progress in changes.progressed.items():
            if (row := self.place(number)) is not None:
                self.rows[row].progress = progress
        self._repaint(changes.progressed.keys() - set(touched), "progress")
        self._repaint(changes.retimed - set(touched), "time")

    def _repaint(self, numbers: Iterable[int], part: Part) -> None:
        rows = sorted(row for number in numbers if (row := self.place(number)) is not None)
        if rows:
            self._watcher.repaint(rows, part)

    def _drop(self, number: int) -> None:
        if (row := self.place(number)) is None:
            return
        self._watcher.removing(row, 1)
        del self.rows[row]
        self.total -= 1
        self._places = None
        self._watcher.removed()

    def _offer(self, job: Job) -> None:
        if not self.query.matches(job):
            return
        row = self._fitting_row(job)
        if row == len(self.rows) and not self.complete:
            return
        self._watcher.inserting(row, 1)
        self.rows.insert(row, job)
        self.total += 1
        self._places = None
        self._watcher.inserted()

    def _fitting_row(self, job: Job) -> int:
        key = _KEYS[self.query.sort]
        if not self.query.descending:
            return bisect_left(self.rows, key(job), key=key)
        low, high, mine = 0, len(self.rows), key(job)
        while low < high:
            middle = (low + high) // 2
            if key(self.rows[middle]) > mine:
                low = middle + 1
            else:
                high = middle
        return low

    def _update(self, row: int, job: Job) -> None:
        key = _KEYS[self.query.sort]
        same_place = key(job) == key(self.rows[row])
        if same_place:
            self.rows[row] = job
            return
        del self.rows[row]
        target = self._fitting_row(job)
        self.rows.insert(row, job)
        if target == row:
            return
        # Qt counts the target before the row is taken away.
        if self._watcher.moving(row, target + 1 if target > row else target):
            self.rows.insert(target, self.rows.pop(row))
            self._places = None
            self._watcher.moved()
